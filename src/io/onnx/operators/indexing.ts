/** Operators that take or place elements by their indices. */
import { formatShape, type Shape, sizeOf, stridesOf } from "../../../core/shape";
import { add, cast, gather, mul, pick, reshape, sub, transpose, where } from "../forms";
import { type Held, known, scalar } from "../held";
import type { Site, Translate, Translations } from "../site";
import { elementType } from "./shapes";

/** Indices as they run; a negative one counts from the end of `extent`. */
function fromFront(site: Site, indices: Held, extent: number): Held {
  if (!indices.known) return indices;
  const data = Float64Array.from(indices.known, (i) => (i < 0 ? i + extent : i));
  const wrong = data.find((i) => i < 0 || i >= extent);
  if (wrong !== undefined) site.refuse(`its index ${wrong} is none of an axis of ${extent}`);
  return { ...indices, known: data };
}

const gathers: Translate = (site) => {
  const input = site.need(0);
  const axis = site.axis(site.int("axis", 0), input.shape);
  const indices = fromFront(site, site.need(1), input.shape[axis] as number);
  // What is known beforehand, and lies in steps, is a slice.
  if (!indices.known || indices.shape.length > 1) return gather(site.b, input, indices, axis);
  const taken = pick(site.b, input, axis, [...indices.known]);
  const shape = [...input.shape.slice(0, axis), ...indices.shape, ...input.shape.slice(axis + 1)];
  return reshape(site.b, taken, shape);
};

const gatherElements: Translate = (site) => {
  const input = site.need(0);
  const axis = site.axis(site.int("axis", 0), input.shape);
  return site.b.apply("gatherElements", { input, indices: site.need(1) }, { axis }, input.type);
};

const gatherNd: Translate = (site) => {
  const [input, indices] = [site.need(0), site.need(1)];
  return site.b.apply("gatherND", { input, indices }, { batchDims: site.int("batch_dims", 0) }, input.type);
};

const REDUCTIONS = ["none", "add", "mul", "max", "min"] as const;

const scatterElements: Translate = (site) => {
  const [input, indices, updates] = [site.need(0), site.need(1), site.need(2)];
  const axis = site.axis(site.int("axis", 0), input.shape);
  const reduction = site.choice("reduction", REDUCTIONS, "none");
  return site.b.apply("scatterElements", { input, indices, updates }, { axis, reduction }, input.type);
};

const scatterNd: Translate = (site) => {
  const [input, indices, updates] = [site.need(0), site.need(1), site.need(2)];
  const reduction = site.choice("reduction", REDUCTIONS, "none");
  return site.b.apply("scatterND", { input, indices, updates }, { reduction }, input.type);
};

/** Rows of `off` with a single `on`, along a new axis. */
const oneHot: Translate = (site) => {
  const depth = site.values(1)[0] as number;
  const indices = cast(site.b, site.need(0), "int64");
  const values = site.need(2);
  const [off, on] = [0, 1].map((i) => reshape(site.b, pick(site.b, values, 0, [i]), [])) as [Held, Held];
  const rank = indices.shape.length + 1;
  const axis = site.axis(site.int("axis", -1), new Array<number>(rank).fill(1));
  const rows = cast(site.b, site.b.apply("oneHot", { indices }, { depth }), values.type);
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? rank - 1 : i > axis ? i - 1 : i));
  return add(site.b, mul(site.b, transpose(site.b, rows, perm), sub(site.b, on, off)), off);
};

/** Indices of all elements that are not 0, a column for each. */
const nonZero: Translate = (site) => {
  const data = site.values(0);
  const { shape } = site.need(0);
  const found = Array.from(data.keys()).filter((i) => data[i] !== 0);
  const strides = stridesOf(shape);
  const rows = shape.flatMap((extent, axis) => found.map((i) => Math.floor(i / (strides[axis] as number)) % extent));
  return known({ type: "int64", shape: [shape.length, found.length], data: Float64Array.from(rows) });
};

const compress: Translate = (site) => {
  const input = site.need(0);
  const places = Array.from(site.values(1).entries()).flatMap(([i, keep]) => (keep === 0 ? [] : [i]));
  if (!site.has("axis")) return pick(site.b, reshape(site.b, input, [sizeOf(input.shape)]), 0, places);
  return pick(site.b, input, site.axis(site.int("axis", 0), input.shape), places);
};

const topK: Translate = (site) => {
  const input = site.need(0);
  const k = site.opset >= 10 ? (site.values(1)[0] as number) : site.int("k", 0);
  const axis = site.axis(site.int("axis", -1), input.shape);
  site.flag("sorted", true);
  const { values, indices } = site.b.applyAll("topK", { input }, { k, axis, largest: site.flag("largest", true) });
  return [values, { ...(indices as Held), type: "int64" }];
};

const cumSum: Translate = (site) => {
  const input = site.need(0);
  const axis = site.axis(site.values(1)[0] as number, input.shape);
  return site.b.apply("cumSum", { input }, { axis, exclusive: site.flag("exclusive"), reverse: site.flag("reverse") });
};

/** A tensor of `rows` by `columns` made of whether each place is kept. */
const mask = (shape: Shape, keep: (row: number, column: number) => boolean): Held => {
  const columns = shape.at(-1) as number;
  const data = Float64Array.from({ length: (shape.at(-2) as number) * columns }, (_, i) =>
    keep(Math.floor(i / columns), i % columns) ? 1 : 0,
  );
  return known({ type: "bool", shape: shape.slice(-2), data });
};

const trilu: Translate = (site) => {
  const input = site.need(0);
  if (input.shape.length < 2) site.refuse(`it takes a triangle of ${formatShape(input.shape)}, which is no matrix`);
  const k = site.input(1) ? (site.values(1)[0] as number) : 0;
  const upper = site.flag("upper", true);
  const kept = mask(input.shape, (row, column) => (upper ? column >= row + k : column <= row + k));
  return where(site.b, kept, input, scalar(0, input.type));
};

const eyeLike: Translate = (site) => {
  const { shape, type } = site.need(0);
  const k = site.int("k", 0);
  const eye = mask(shape, (row, column) => column === row + k);
  return { ...eye, type: site.has("dtype") ? elementType(site, site.int("dtype", 1)) : type };
};

export const indexing: Translations = {
  Compress: compress,
  CumSum: cumSum,
  EyeLike: eyeLike,
  Gather: gathers,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  NonZero: nonZero,
  OneHot: oneHot,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  TopK: topK,
  Trilu: trilu,
};
