/** Small words that translations are written in: one op each, or a few that always go together. */
import { broadcastShapes, formatShape, type Shape, sameShape, sizeOf } from "../../core/shape";
import type { Builder } from "./builder";
import { type Held, isEmpty, known, scalar } from "./held";
import { Unsupported } from "./problems";
import { ELEMENTS, type ElementType, isInteger } from "./types";

/** The same values under another element type that runs alike. */
export const retyped = (held: Held, type: ElementType): Held => ({ ...held, type });

export const unary = (b: Builder, op: string, input: Held, attributes: Record<string, unknown> = {}): Held =>
  b.apply(op, { input }, attributes);

/** Whole numbers of a narrow type wrap around, as they do where they have no more bits. */
function wrapped(b: Builder, held: Held): Held {
  const { kind, bytes, range } = ELEMENTS[held.type];
  if (kind !== "integer" || bytes >= 4 || !range) return held;
  const [min] = range;
  const from = min === 0 ? held : b.apply("sub", { a: held, b: scalar(min, held.type) });
  const rest = b.apply("mod", { a: from, b: scalar(2 ** (8 * bytes), held.type) });
  return min === 0 ? rest : b.apply("add", { a: rest, b: scalar(min, held.type) });
}

const shapeOfBoth = (a: Held, c: Held): Shape => {
  const shape = broadcastShapes(a.shape, c.shape);
  if (!shape) throw new Unsupported(`${formatShape(a.shape)} and ${formatShape(c.shape)} do not broadcast`);
  return shape;
};

const empty = (type: ElementType, shape: Shape): Held => known({ type, shape, data: new Float64Array() });

/** A function of two tensors with broadcasting. */
export function binary(b: Builder, op: string, a: Held, c: Held, type?: ElementType): Held {
  const shape = shapeOfBoth(a, c);
  return sizeOf(shape) === 0 ? empty(type ?? a.type, shape) : b.apply(op, { a, b: c }, {}, type);
}

const ARITHMETIC = new Set(["add", "sub", "mul", "neg", "pow"]);

/** As `binary`, for arithmetic, which may leave the range of a narrow type. */
export const arithmetic = (b: Builder, op: string, a: Held, c: Held): Held => {
  const result = binary(b, op, a, c);
  return ARITHMETIC.has(op) && isInteger(a.type) ? wrapped(b, result) : result;
};

export const add = (b: Builder, a: Held, c: Held): Held => arithmetic(b, "add", a, c);
export const sub = (b: Builder, a: Held, c: Held): Held => arithmetic(b, "sub", a, c);
export const mul = (b: Builder, a: Held, c: Held): Held => arithmetic(b, "mul", a, c);
export const div = (b: Builder, a: Held, c: Held): Held => arithmetic(b, "div", a, c);

/** A comparison: booleans. */
export const compared = (b: Builder, op: string, a: Held, c: Held): Held => binary(b, op, a, c, "bool");

/** The other boolean. */
export const not = (b: Builder, input: Held): Held => b.apply("not", { input }, {}, "bool");

/** The same elements in another shape. */
export function reshape(b: Builder, input: Held, shape: Shape): Held {
  if (sameShape(input.shape, shape)) return input;
  if (sizeOf(input.shape) !== sizeOf(shape))
    throw new Unsupported(`${formatShape(input.shape)} has other than the elements of ${formatShape(shape)}`);
  return input.known ? { ...input, shape } : b.apply("reshape", { input }, { shape }, input.type);
}

export const transpose = (b: Builder, input: Held, perm: readonly number[]): Held => {
  if (perm.every((axis, i) => axis === i)) return input;
  if (isEmpty(input)) return { ...input, shape: perm.map((axis) => input.shape[axis] as number) };
  return b.apply("transpose", { input }, { perm }, input.type);
};

export function concat(b: Builder, inputs: readonly Held[], axis: number): Held {
  const first = inputs[0] as Held;
  const full = inputs.filter((held) => !isEmpty(held));
  if (full.length === 1) return full[0] as Held;
  if (full.length === 0) {
    const extent = inputs.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);
    return empty(
      first.type,
      first.shape.map((e, i) => (i === axis ? extent : e)),
    );
  }
  return b.apply("concat", Object.fromEntries(full.map((held, i) => [`input${i}`, held])), { axis }, first.type);
}

/** Elements `start` to `end` along an axis, in steps of 1 or more. */
export function slice(b: Builder, input: Held, axis: number, start: number, end: number, step = 1): Held {
  const extent = input.shape[axis] as number;
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (start === 0 && step === 1 && end === extent) return input;
  if (count === 0 || isEmpty(input))
    return empty(
      input.type,
      input.shape.map((e, i) => (i === axis ? count : e)),
    );
  return b.apply("slice", { input }, { starts: [start], ends: [end], axes: [axis], steps: [step] }, input.type);
}

/** Elements by their places along an axis. */
export const gather = (b: Builder, input: Held, places: Held, axis: number): Held =>
  b.apply("gather", { input, indices: places }, { axis }, input.type);

/** Elements of an axis at places that are known. */
export function pick(b: Builder, input: Held, axis: number, places: readonly number[]): Held {
  if (places.length === 0) return slice(b, input, axis, 0, 0);
  const step = (places[1] ?? 1) - (places[0] ?? 0);
  const even = step >= 1 && places.every((place, i) => place === (places[0] as number) + i * step);
  if (places.length === 1 || even) {
    const first = places[0] as number;
    return slice(b, input, axis, first, (places.at(-1) as number) + 1, places.length === 1 ? 1 : step);
  }
  const indices = known({ type: "int64", shape: [places.length], data: Float64Array.from(places) });
  return gather(b, input, indices, axis);
}

/** An axis from its end to its beginning. */
export const reversed = (b: Builder, input: Held, axis: number): Held => {
  const extent = input.shape[axis] as number;
  return pick(
    b,
    input,
    axis,
    Array.from({ length: extent }, (_, i) => extent - 1 - i),
  );
};

export const broadcastTo = (b: Builder, input: Held, shape: Shape): Held => {
  if (sameShape(input.shape, shape)) return input;
  return sizeOf(shape) === 0 ? empty(input.type, shape) : b.apply("broadcastTo", { input }, { shape }, input.type);
};

/** A reduction over axes, which are counted from the front. */
export const reduced = (b: Builder, op: string, input: Held, axes: readonly number[], keepDims: boolean): Held =>
  axes.length === 0 ? input : b.apply(op, { input }, { axes, keepDims });

/** A tensor of one value. */
export const filled = (b: Builder, shape: Shape, value: number, type: ElementType): Held =>
  broadcastTo(b, scalar(value, type), shape);

export const where = (b: Builder, condition: Held, a: Held, c: Held): Held => {
  const shape = shapeOfBoth(condition, { ...a, shape: shapeOfBoth(a, c) });
  return sizeOf(shape) === 0 ? empty(a.type, shape) : b.apply("where", { condition, a, b: c }, {}, a.type);
};

/** Another element type: rounded, truncated or compared with 0 as it asks. */
export function cast(b: Builder, input: Held, type: ElementType): Held {
  if (input.type === type) return input;
  if (isEmpty(input)) return retyped(input, type);
  if (type === "bool") return compared(b, "notEqual", input, scalar(0, input.type));
  if (isInteger(type)) {
    const whole = isInteger(input.type) ? retyped(input, type) : b.apply("cast", { input }, { to: "i32" }, type);
    const narrower = !isInteger(input.type) || ELEMENTS[type].bytes < ELEMENTS[input.type].bytes;
    const changesSign = (ELEMENTS[type].range?.[0] === 0) !== (ELEMENTS[input.type].range?.[0] === 0);
    return input.type !== "bool" && (narrower || changesSign) ? wrapped(b, whole) : whole;
  }
  const float = isInteger(input.type) ? b.apply("cast", { input }, { to: "f32" }, type) : retyped(input, type);
  if (type === "float16" && input.type !== "bool") return b.apply("cast", { input: float }, { to: "f16" }, type);
  if (type === "bfloat16" && input.type !== "bool") return b.apply("cast", { input: float }, { to: "bf16" }, type);
  return float;
}
