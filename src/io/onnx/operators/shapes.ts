/** Operators that move elements or give them another shape, and those that tell or make shapes. */
import { broadcastShapes, formatShape, type Shape, sizeOf } from "../../../core/shape";
import { FOLD_LIMIT } from "../fold";
import { broadcastTo, cast, concat, filled, pick, reshape, slice, transpose } from "../forms";
import { type Held, known, scalar, vector } from "../held";
import type { Site, Translate, Translations } from "../site";
import { type ElementType, elementName, elementOf } from "../types";

/** A shape with −1 for what is left over and, unless told otherwise, 0 for an extent that stays. */
function wantedShape(site: Site, input: Shape, wanted: readonly number[], zeroStays: boolean): number[] {
  const shape = wanted.map((extent, axis) =>
    extent === 0 && zeroStays
      ? (input[axis] ?? site.refuse(`its shape ${formatShape(wanted)} keeps an axis that is not there`))
      : extent,
  );
  const free = shape.indexOf(-1);
  if (free < 0) return shape;
  const rest = sizeOf(shape.filter((_, axis) => axis !== free));
  const left = sizeOf(input) / rest;
  if (!Number.isInteger(left)) site.refuse(`${formatShape(input)} does not divide into ${formatShape(wanted)}`);
  return shape.map((extent, axis) => (axis === free ? left : extent));
}

const reshapes: Translate = (site) => {
  const input = site.need(0);
  const wanted = site.opset >= 5 ? (site.numbers(1) ?? []) : (site.ints("shape") ?? []);
  if (site.opset < 5) site.ignore("consumed_inputs");
  return reshape(site.b, input, wantedShape(site, input.shape, wanted, !site.flag("allowzero")));
};

const flatten: Translate = (site) => {
  const input = site.need(0);
  const { length } = input.shape;
  const axis = site.int("axis", 1);
  const from = axis < 0 ? axis + length : axis;
  if (from < 0 || from > length) site.refuse(`its axis ${axis} is none of ${formatShape(input.shape)}`);
  return reshape(site.b, input, [sizeOf(input.shape.slice(0, from)), sizeOf(input.shape.slice(from))]);
};

/** Axes as an attribute or, from version 13 on, as an input. */
const axesOf = (site: Site): number[] | undefined => (site.opset >= 13 ? site.numbers(1) : site.ints("axes"));

const squeeze: Translate = (site) => {
  const input = site.need(0);
  const given = axesOf(site);
  const axes = given
    ? site.axes(given, input.shape)
    : input.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
  const wrong = axes.find((axis) => input.shape[axis] !== 1);
  if (wrong !== undefined) site.refuse(`axis ${wrong} of ${formatShape(input.shape)} is not of extent 1`);
  return reshape(
    site.b,
    input,
    input.shape.filter((_, axis) => !axes.includes(axis)),
  );
};

const unsqueeze: Translate = (site) => {
  const input = site.need(0);
  const given = axesOf(site) ?? site.refuse("its axes are missing");
  const rank = input.shape.length + given.length;
  const axes = site.axes(given, new Array<number>(rank).fill(1));
  const rest = [...input.shape];
  return reshape(
    site.b,
    input,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() as number))),
  );
};

const transposes: Translate = (site) => {
  const input = site.need(0);
  const perm = site.ints("perm") ?? input.shape.map((_, axis) => axis).reverse();
  if (perm.length !== input.shape.length || site.axes(perm, input.shape).some((axis, i) => axis !== i))
    site.refuse(`its perm ${formatShape(perm)} is no order of the axes of ${formatShape(input.shape)}`);
  return transpose(site.b, input, perm);
};

const concats: Translate = (site) => {
  const first = site.need(0);
  return concat(site.b, site.all, site.axis(site.int("axis", 1), first.shape));
};

const split: Translate = (site) => {
  const input = site.need(0);
  const axis = site.axis(site.int("axis", 0), input.shape);
  const extent = input.shape[axis] as number;
  const parts = site.opset >= 18 ? site.int("num_outputs", site.outputs) : site.outputs;
  const given = site.opset >= 13 ? site.numbers(1) : (site.ints("split") ?? site.numbers(1));
  const size = Math.ceil(extent / parts);
  const sizes = given ?? Array.from({ length: parts }, (_, i) => Math.min(size, extent - i * size));
  if (sizes.reduce((sum, each) => sum + each, 0) !== extent || sizes.some((each) => each < 0))
    site.refuse(`its parts ${formatShape(sizes)} do not add up to the extent ${extent}`);
  let from = 0;
  return sizes.map((each) => {
    from += each;
    return slice(site.b, input, axis, from - each, from);
  });
};

/** Places that a slice takes along an axis, as NumPy has it. */
function places(extent: number, start: number, end: number, step: number): number[] {
  const clip = (index: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, index < 0 ? index + extent : index));
  const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
  const first = clip(start, step > 0 ? 0 : 0, step > 0 ? extent : extent - 1);
  // An end far below the first element means to stop before it, and not to count from the back.
  const last = step < 0 && end < -extent ? -1 : clip(end, low, high);
  const count = Math.max(0, Math.ceil((last - first) / step));
  return Array.from({ length: Math.min(count, extent) }, (_, i) => first + i * step);
}

const slices: Translate = (site) => {
  const input = site.need(0);
  const old = site.opset < 10;
  const starts = (old ? site.ints("starts") : site.numbers(1)) ?? [];
  const ends = (old ? site.ints("ends") : site.numbers(2)) ?? [];
  const axes = (old ? site.ints("axes") : site.numbers(3)) ?? starts.map((_, i) => i);
  const steps = (old ? undefined : site.numbers(4)) ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length))
    site.refuse("its starts, ends, axes and steps are not as many");
  if (steps.includes(0)) site.refuse("it has a step of 0");
  return axes.reduce((held, given, i) => {
    const axis = site.axis(given, input.shape);
    const at = places(input.shape[axis] as number, starts[i] as number, ends[i] as number, steps[i] as number);
    return pick(site.b, held, axis, at);
  }, input);
};

const expand: Translate = (site) => {
  const input = site.need(0);
  const wanted = site.numbers(1) ?? [];
  const shape = broadcastShapes(input.shape, wanted);
  return broadcastTo(
    site.b,
    input,
    shape ?? site.refuse(`${formatShape(input.shape)} does not stretch to ${formatShape(wanted)}`),
  );
};

/** Each axis gets an axis of repeats before it, which is stretched and taken into it. */
const tile: Translate = (site) => {
  const input = site.need(0);
  const { shape } = input;
  const repeats =
    site.opset >= 6
      ? (site.numbers(1) ?? [])
      : shape.map((_, i) => (i === site.values(2)[0] ? (site.values(1)[0] as number) : 1));
  if (repeats.length !== shape.length)
    site.refuse(`its repeats ${formatShape(repeats)} are not as many as the axes of ${formatShape(shape)}`);
  return repeats.reduce((held, count, axis) => {
    if (count === 1) return held;
    const [before, own, after] = [
      sizeOf(held.shape.slice(0, axis)),
      held.shape[axis] as number,
      sizeOf(held.shape.slice(axis + 1)),
    ];
    const stretched = broadcastTo(site.b, reshape(site.b, held, [before, 1, own * after]), [
      before,
      count,
      own * after,
    ]);
    return reshape(
      site.b,
      stretched,
      held.shape.map((extent, i) => (i === axis ? extent * count : extent)),
    );
  }, input);
};

const shape: Translate = (site) => {
  const extents = site.need(0).shape;
  return vector(extents.slice(site.int("start", 0), site.has("end") ? site.int("end", 0) : undefined));
};

const CONSTANTS: Readonly<Record<string, (site: Site) => Held | undefined>> = {
  value: (site) => {
    const tensor = site.tensor("value");
    return tensor && known(tensor);
  },
  value_float: (site) => scalar(site.float("value_float", 0)),
  value_floats: (site) => vector(site.floats("value_floats") ?? [], "float"),
  value_int: (site) => scalar(site.int("value_int", 0), "int64"),
  value_ints: (site) => vector(site.ints("value_ints") ?? []),
};

const constant: Translate = (site) => {
  const form = Object.keys(CONSTANTS).find((name) => site.has(name));
  return (
    (form && CONSTANTS[form]?.(site)) ||
    site.refuse("it holds strings, a sparse tensor or nothing; we have tensors and numbers")
  );
};

const constantOfShape: Translate = (site) => {
  const value = site.tensor("value") ?? { type: "float" as const, data: Float64Array.of(0) };
  return filled(site.b, site.numbers(0) ?? [], value.data[0] as number, value.type);
};

/** An element type by its number. @throws Unsupported for one that we do not have. */
export const elementType = (site: Site, code: number): ElementType =>
  elementOf(code) ?? site.refuse(`it makes ${elementName(code)}, a type that we do not have`);

const range: Translate = (site) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => site.values(i)[0] as number) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= FOLD_LIMIT)) site.refuse(`it counts ${count} numbers; we have up to ${FOLD_LIMIT}`);
  return known({
    type: site.need(0).type,
    shape: [count],
    data: Float64Array.from({ length: count }, (_, i) => start + i * delta),
  });
};

/** Space for depth: blocks of an image become channels, or the other way round. */
const depthToSpace: Translate = (site) => {
  const input = site.need(0);
  const [n, c, h, w] = input.shape as unknown as [number, number, number, number];
  const block = site.int("blocksize", 1);
  const depth = c / block ** 2;
  if (!Number.isInteger(depth)) site.refuse(`${c} channels do not divide into blocks of ${block} by ${block}`);
  const mode = site.choice("mode", ["DCR", "CRD"], "DCR");
  const [split, perm] =
    mode === "DCR"
      ? [
          [n, block, block, depth, h, w],
          [0, 3, 4, 1, 5, 2],
        ]
      : [
          [n, depth, block, block, h, w],
          [0, 1, 4, 2, 5, 3],
        ];
  return reshape(site.b, transpose(site.b, reshape(site.b, input, split), perm), [n, depth, h * block, w * block]);
};

const spaceToDepth: Translate = (site) => {
  const input = site.need(0);
  const [n, c, h, w] = input.shape as unknown as [number, number, number, number];
  const block = site.int("blocksize", 1);
  if (h % block !== 0 || w % block !== 0)
    site.refuse(`${formatShape(input.shape)} does not divide into blocks of ${block} by ${block}`);
  const parts = reshape(site.b, input, [n, c, h / block, block, w / block, block]);
  return reshape(site.b, transpose(site.b, parts, [0, 3, 5, 1, 2, 4]), [n, c * block ** 2, h / block, w / block]);
};

/** Each sequence turned round as far as it is long. */
const reverseSequence: Translate = (site) => {
  const [timeAxis, batchAxis] = [site.int("time_axis", 0), site.int("batch_axis", 1)];
  const inputs = { input: site.need(0), lengths: cast(site.b, site.need(1), "int32") };
  return site.b.apply("reverseSequence", inputs, { timeAxis, batchAxis }, site.need(0).type);
};

export const shapes: Translations = {
  Cast: (site) => {
    site.ignore("saturate", "round_mode");
    return cast(site.b, site.need(0), elementType(site, site.int("to", 0)));
  },
  CastLike: (site) => {
    site.ignore("saturate", "round_mode");
    return cast(site.b, site.need(0), site.need(1).type);
  },
  Concat: concats,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  DepthToSpace: depthToSpace,
  Expand: expand,
  Flatten: flatten,
  Identity: (site) => site.need(0),
  Range: range,
  Reshape: reshapes,
  ReverseSequence: reverseSequence,
  Shape: shape,
  Size: (site) => scalar(sizeOf(site.need(0).shape), "int64"),
  Slice: slices,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transposes,
  Unsqueeze: unsqueeze,
};
