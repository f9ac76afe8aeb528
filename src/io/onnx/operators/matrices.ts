/** Products of matrices. */
import { formatShape, sizeOf } from "../../../core/shape";
import { add, cast, mul, reshape, slice, sub, transpose, unary } from "../forms";
import { type Held, scalar } from "../held";
import type { Site, Translate, Translations } from "../site";
import { isFloat } from "../types";

/** a · b, leading axes broadcast; an operand of one axis is a row on the left and a column on the right. */
export function product(site: Site, a: Held, c: Held): Held {
  const left = a.shape.length === 1 ? reshape(site.b, a, [1, ...a.shape]) : a;
  const right = c.shape.length === 1 ? reshape(site.b, c, [...c.shape, 1]) : c;
  if (left.shape.length === 0 || right.shape.length === 0) site.refuse("an operand of it is a scalar");
  const result = site.b.apply("matmul", { a: left, b: right });
  const { shape } = result;
  const row = a.shape.length === 1 ? [] : [shape.at(-2) as number];
  const column = c.shape.length === 1 ? [] : [shape.at(-1) as number];
  return reshape(site.b, result, [...shape.slice(0, -2), ...row, ...column]);
}

/** Terms of a product of 8-bit numbers whose sum float32 surely holds exactly: 2^24 / 255². */
const EXACT_TERMS = 258;

/** A product of whole numbers: as floats in parts that are exact, and the parts summed as whole numbers. */
export function integerProduct(site: Site, a: Held, c: Held): Held {
  const inner = a.shape.at(-1) as number;
  const parts: Held[] = [];
  for (let from = 0; from < inner; from += EXACT_TERMS) {
    const to = Math.min(inner, from + EXACT_TERMS);
    const part = product(
      site,
      slice(site.b, a, a.shape.length - 1, from, to),
      slice(site.b, c, Math.max(0, c.shape.length - 2), from, to),
    );
    parts.push(cast(site.b, part, "int32"));
  }
  return parts.reduce((sum, part) => add(site.b, sum, part));
}

const matMul: Translate = (site) => {
  const [a, c] = [site.need(0), site.need(1)];
  if (isFloat(a.type)) return product(site, a, c);
  return site.refuse(`it multiplies matrices of ${a.type}; we have those of floats`);
};

/** A zero point of a row (or of a column) as a tensor that broadcasts over the matrix. */
export const less = (site: Site, held: Held, zero: Held | undefined): Held => {
  const float = cast(site.b, held, "float");
  return zero ? sub(site.b, float, cast(site.b, zero, "float")) : float;
};

const matMulInteger: Translate = (site) => {
  const [rows, columns] = [site.input(2), site.input(3)];
  const column =
    rows && rows.shape.length === 1 && sizeOf(rows.shape) > 1 ? reshape(site.b, rows, [...rows.shape, 1]) : rows;
  return integerProduct(site, less(site, site.need(0), column), less(site, site.need(1), columns));
};

const scaled = (site: Site, held: Held, factor: number): Held =>
  factor === 1
    ? held
    : isFloat(held.type)
      ? unary(site.b, "scale", held, { factor })
      : mul(site.b, held, scalar(factor, held.type));

/** alpha · A · B + beta · C, either matrix transposed. */
const gemm: Translate = (site) => {
  const [a, c, given] = [site.need(0), site.need(1), site.input(2)];
  const [alpha, beta] = [site.float("alpha", 1), site.float("beta", 1)];
  const [transposeA, transposeB] = [site.flag("transA"), site.flag("transB")];
  site.ignore(...(site.opset < 7 ? ["broadcast"] : []));
  if (a.shape.length !== 2 || c.shape.length !== 2)
    site.refuse(`it multiplies ${formatShape(a.shape)} by ${formatShape(c.shape)}; two matrices are expected`);
  if (!isFloat(a.type)) site.refuse(`it multiplies matrices of ${a.type}; we have those of floats`);
  const bias = given && given.shape.length === 1 && given.shape[0] === c.shape[transposeB ? 0 : 1] ? given : undefined;
  if (transposeB && !transposeA && alpha === 1 && (!given || (bias && beta === 1)))
    return site.b.apply("linear", { input: a, weight: c, bias });
  const result = scaled(site, site.b.apply("matmul", { a, b: c }, { transposeA, transposeB }), alpha);
  return given && beta !== 0 ? add(site.b, result, scaled(site, given, beta)) : result;
};

/** Letters of one operand's subscripts, with those that an ellipsis stands for. */
function subscripts(site: Site, term: string, rank: number, ellipsis: number): string[] {
  const letters = term.replace(/\s/g, "").split("...");
  const dots = Array.from({ length: letters.length > 1 ? ellipsis : 0 }, (_, i) => `.${i}`);
  const found = [...(letters[0] ?? ""), ...dots, ...(letters[1] ?? "")];
  if (rank >= 0 && found.length !== rank)
    site.refuse(`its term "${term}" has ${found.length} axes, but the operand ${rank}`);
  return found;
}

/** A repeated letter means the diagonal: multiplied by an identity matrix and summed. */
function diagonals(site: Site, held: Held, letters: readonly string[]): [Held, string[]] {
  const unique = [...new Set(letters)];
  if (unique.length === letters.length) return [held, unique];
  const twice = letters.findIndex((letter, i) => letters.indexOf(letter) < i);
  const first = letters.indexOf(letters[twice] as string);
  const extent = held.shape[first] as number;
  const eye = Float64Array.from({ length: extent ** 2 }, (_, i) => (i % (extent + 1) === 0 ? 1 : 0));
  const mask: Held = {
    ...scalar(0, held.type),
    shape: held.shape.map((e, i) => (i === first || i === twice ? e : 1)),
    known: eye,
  };
  const kept = site.b.apply("sum", { input: mul(site.b, held, mask) }, { axes: [twice], keepDims: false });
  return diagonals(
    site,
    kept,
    letters.filter((_, i) => i !== twice),
  );
}

/** An operand of a sum of products, and the letters of its axes. */
type Lettered = readonly [held: Held, letters: readonly string[]];

/** Axes in the order of `wanted`; letters that are not wanted are summed. */
function arranged(site: Site, [held, letters]: Lettered, wanted: readonly string[]): Held {
  const axes = letters.flatMap((letter, axis) => (wanted.includes(letter) ? [] : [axis]));
  const kept = letters.filter((letter) => wanted.includes(letter));
  const rest = axes.length > 0 ? site.b.apply("sum", { input: held }, { axes, keepDims: false }) : held;
  return transpose(
    site.b,
    rest,
    wanted.map((letter) => kept.indexOf(letter)),
  );
}

/** Two operands as a product of matrices: letters of both that are `needed` later are its leading axes, the others are summed. */
function contracted(site: Site, a: Lettered, c: Lettered, needed: ReadonlySet<string>): Lettered {
  const both = a[1].filter((letter) => c[1].includes(letter));
  const leading = both.filter((letter) => needed.has(letter));
  const inner = both.filter((letter) => !needed.has(letter));
  const rows = a[1].filter((letter) => !both.includes(letter) && needed.has(letter));
  const columns = c[1].filter((letter) => !both.includes(letter) && needed.has(letter));
  const left = arranged(site, a, [...leading, ...rows, ...inner]);
  const right = arranged(site, c, [...leading, ...inner, ...columns]);
  const [l, r, k] = [leading.length, rows.length, inner.length];
  const matrix = (held: Held, first: number): Held =>
    reshape(site.b, held, [
      ...held.shape.slice(0, l),
      sizeOf(held.shape.slice(l, l + first)),
      sizeOf(held.shape.slice(l + first)),
    ]);
  const result = site.b.apply("matmul", { a: matrix(left, r), b: matrix(right, k) });
  const shape = [...result.shape.slice(0, l), ...left.shape.slice(l, l + r), ...right.shape.slice(l + k)];
  return [reshape(site.b, result, shape), [...leading, ...rows, ...columns]];
}

/** Sums of products by letters: "ij,jk->ik" is a product of matrices. */
const einsum: Translate = (site) => {
  const equation = site.string("equation", "");
  const [left = "", right] = equation.split("->");
  const terms = left.split(",");
  if (terms.length !== site.all.length)
    site.refuse(`its equation "${equation}" has ${terms.length} terms for ${site.all.length} operands`);
  const named = terms.map((term) => term.replace(/[\s.]/g, "").length);
  const ellipsis = Math.max(
    0,
    ...terms.map((term, i) => (term.includes("...") ? site.need(i).shape.length - (named[i] as number) : 0)),
  );
  const operands = terms.map((term, i): Lettered => {
    const held = site.need(i);
    return diagonals(site, held, subscripts(site, term, held.shape.length, ellipsis));
  });
  const letters = [...new Set(operands.flatMap(([, own]) => own))];
  const isOnce = (letter: string): boolean => letter.startsWith(".") || terms.join("").split(letter).length === 2;
  const output = right === undefined ? letters.filter(isOnce).sort() : subscripts(site, right, -1, ellipsis);
  const strange = output.find((letter) => !letters.includes(letter));
  if (strange) site.refuse(`its output has "${strange}", which no operand has`);
  const result = operands.reduce((a, c, i) => {
    const later = operands.slice(i + 1).flatMap(([, own]) => own);
    return contracted(site, a, c, new Set([...output, ...later]));
  });
  return arranged(site, result, output);
};

export const matrices: Translations = {
  Einsum: einsum,
  Gemm: gemm,
  MatMul: matMul,
  MatMulInteger: matMulInteger,
};
