/** Ops that move elements. */
import {
  type Export,
  type ExportSite,
  type Exports,
  inputOf,
  outputShape,
  type Ref,
  shapeOf,
  type Writer,
} from "./writer";

const toOutput: Export = (site) => site.w.reshape(inputOf(site), outputShape(site));

const transpose: Export = (site) => {
  const rank = shapeOf(site).length;
  const perm =
    (site.attributes.perm as readonly number[] | null) ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return rank === 0 ? site.w.node("Identity", [inputOf(site)]) : site.w.node("Transpose", [inputOf(site)], { perm });
};

const slice: Export = (site) => {
  const { starts, ends, axes, steps } = site.attributes as Record<string, readonly number[] | null>;
  const each = starts as readonly number[];
  if (each.length === 0) return site.w.node("Identity", [inputOf(site)]);
  const lists = [each, ends as readonly number[], axes ?? each.map((_, i) => i), steps ?? each.map(() => 1)];
  return site.w.node("Slice", [inputOf(site), ...lists.map((list) => site.w.ints(list))]);
};

const concat: Export = ({ w, inputs, attributes, types }) => {
  const rank = types.input0?.shape.length ?? 1;
  const axis = attributes.axis as number;
  return w.node("Concat", Object.values(inputs), { axis: axis < 0 ? axis + rank : axis });
};

export const padWith = (
  w: Writer,
  input: Ref,
  before: readonly number[],
  after: readonly number[],
  value?: Ref,
): Ref =>
  [...before, ...after].every((each) => each === 0)
    ? input
    : w.node("Pad", [input, w.ints([...before, ...after]), ...(value ? [value] : [])], { mode: "constant" });

/** Steps between elements: an axis of zeros is put behind each, and what is beyond the last is cut. */
const place: Export = (site) => {
  const { w, attributes } = site;
  const { shape, starts, steps } = attributes as Record<"shape" | "starts" | "steps", readonly number[]>;
  const own = shapeOf(site);
  const type = site.types.input?.dtype;
  const zero = type === "f32" ? undefined : w.scalar(0, type);
  const wide = own.reduce((held, extent, axis) => {
    const step = steps[axis] as number;
    if (step === 1 || extent === 1) return held;
    const grown = own.map((e, i) => (i < axis ? spread(e, steps[i] as number) : e));
    const apart = w.reshape(held, [...grown.slice(0, axis + 1), 1, ...grown.slice(axis + 1)]);
    const after = [...grown.slice(0, axis + 1).map(() => 0), step - 1, ...grown.slice(axis + 1).map(() => 0)];
    const padded = padWith(
      w,
      apart,
      after.map(() => 0),
      after,
      zero,
    );
    const joined = w.reshape(
      padded,
      grown.map((e, i) => (i === axis ? e * step : e)),
    );
    return w.slice(joined, axis, 0, spread(extent, step));
  }, inputOf(site));
  const after = shape.map((extent, i) => extent - (starts[i] as number) - spread(own[i] as number, steps[i] as number));
  return padWith(w, wide, starts, after, zero);
};

const spread = (extent: number, step: number): number => (extent - 1) * step + 1;

const pad: Export = (site) => {
  const { before, after, mode, value } = site.attributes as {
    before: readonly number[];
    after: readonly number[];
    mode: string;
    value: number;
  };
  const { w } = site;
  const pads = w.ints([...before, ...after]);
  // Version 19 brought "wrap": before, it is made of repeats.
  if (mode === "wrap" && w.opset < 19) return wrapped(site, before, after);
  const far = shapeOf(site).some((extent, i) => Math.max(before[i] as number, after[i] as number) >= extent);
  if (mode === "reflect" && far) return reflected(site, before, after);
  return w.node(
    "Pad",
    [inputOf(site), pads, ...(mode === "constant" ? [w.scalar(value, site.types.input?.dtype)] : [])],
    { mode },
  );
};

function wrapped(site: ExportSite, before: readonly number[], after: readonly number[]): Ref {
  const own = shapeOf(site);
  const rounds = own.map((extent, i) => Math.ceil((before[i] as number) / extent));
  const repeats = own.map((extent, i) => 1 + (rounds[i] as number) + Math.ceil((after[i] as number) / extent));
  const tiled = site.w.node("Tile", [inputOf(site), site.w.ints(repeats)]);
  return own.reduce((held, extent, axis) => {
    const start = (rounds[axis] as number) * extent - (before[axis] as number);
    return site.w.slice(held, axis, start, start + extent + (before[axis] as number) + (after[axis] as number));
  }, tiled);
}

/** To and fro through a tensor that is smaller than its padding, which not every reader of ONNX does: elements by their numbers. */
function reflected(site: ExportSite, before: readonly number[], after: readonly number[]): Ref {
  return shapeOf(site).reduce((held, extent, axis) => {
    const [low, high] = [before[axis] as number, after[axis] as number];
    if (low === 0 && high === 0) return held;
    const period = Math.max(1, 2 * (extent - 1));
    const places = Array.from({ length: low + extent + high }, (_, i) => {
      const place = (((i - low) % period) + period) % period;
      return Math.min(place, period - place);
    });
    return site.w.node("Gather", [held, site.w.ints(places)], { axis });
  }, inputOf(site));
}

const indexed =
  (type: string, ours: (attributes: Record<string, unknown>) => Record<string, number | string>): Export =>
  ({ w, inputs, attributes }) =>
    w.node(type, [inputs.input, inputs.indices, ...(inputs.updates ? [inputs.updates] : [])], ours(attributes));

/** Reductions of a scatter beyond adding and multiplying came with version 18. */
const scatter =
  (type: string): Export =>
  ({ w, inputs, attributes }) => {
    const { axis, reduction } = attributes as { axis?: number; reduction: string };
    return w.node(type, [inputs.input, inputs.indices, inputs.updates], {
      ...(axis === undefined ? {} : { axis }),
      reduction,
    });
  };

/** Each picture's rows, then its columns, by their numbers; a mirrored one counts them from the other side. */
const crop: Export = (site) => {
  const { w, inputs } = site;
  const [batch, channels, , width] = shapeOf(site) as unknown as [number, number, number, number];
  const [outHeight, outWidth] = outputShape(site).slice(2) as [number, number];
  const places = w.node("Cast", [inputs.places], { to: 7 });
  const column = (i: number): Ref => w.reshape(w.slice(places, 1, i, i + 1), [batch, 1, 1, 1]);
  const counted = (count: number, shape: readonly number[], turned = false): Ref =>
    w.constant(
      Array.from({ length: count }, (_, i) => (turned ? count - 1 - i : i)),
      shape,
      "int64",
    );
  const rows = w.node("Add", [column(0), counted(outHeight, [1, 1, outHeight, 1])]);
  const mirrored = w.node("Cast", [column(2)], { to: 9 });
  const order = [1, 1, 1, outWidth];
  const steps = w.node("Where", [mirrored, counted(outWidth, order, true), counted(outWidth, order)]);
  const columns = w.node("Add", [column(1), steps]);
  const whole = (ref: Ref, shape: readonly number[]): Ref => w.node("Expand", [ref, w.ints(shape)]);
  const tall = w.node("GatherElements", [inputs.input, whole(rows, [batch, channels, outHeight, width])], { axis: 2 });
  const cut = w.node("GatherElements", [tall, whole(columns, [batch, channels, outHeight, outWidth])], { axis: 3 });
  return inputs.shift ? w.node("Add", [cut, w.reshape(inputs.shift, [batch, channels, 1, 1])]) : cut;
};

/** Indices of 64 bits and at least one axis, which is what every reader of ONNX takes. */
const oneHot: Export = (site) => {
  const { w } = site;
  const wide = w.node("Cast", [inputOf(site, "indices")], { to: 7 });
  const listed = shapeOf(site, "indices").length === 0 ? w.reshape(wide, [1]) : wide;
  const depth = w.ints([site.attributes.depth as number]);
  const rows = w.node("OneHot", [listed, depth, w.constant([0, 1])], { axis: -1 });
  return listed === wide ? rows : w.reshape(rows, outputShape(site));
};

export const movement: Exports = {
  broadcastTo: (site) => site.w.node("Expand", [inputOf(site), site.w.ints(outputShape(site))]),
  concat,
  crop,
  embedding: (site) => site.w.node("Gather", [inputOf(site, "weight"), inputOf(site, "indices")], { axis: 0 }),
  fill: ({ w, attributes, outputs }) => {
    const { value } = attributes as { value: number };
    const { shape, dtype } = outputs.output as { shape: readonly number[]; dtype: "f32" | "i32" };
    return w.node("Expand", [w.scalar(value, dtype), w.ints(shape)]);
  },
  flatten: toOutput,
  gather: indexed("Gather", ({ axis }) => ({ axis: axis as number })),
  gatherElements: indexed("GatherElements", ({ axis }) => ({ axis: axis as number })),
  gatherND: (site) =>
    site.w.node("GatherND", [inputOf(site), site.w.node("Cast", [inputOf(site, "indices")], { to: 7 })], {
      batch_dims: site.attributes.batchDims as number,
    }),
  oneHot,
  pad,
  place,
  reshape: toOutput,
  scatterElements: scatter("ScatterElements"),
  scatterND: (site) => {
    const indices = site.w.node("Cast", [inputOf(site, "indices")], { to: 7 });
    return scatter("ScatterND")({ ...site, inputs: { ...site.inputs, indices } });
  },
  slice,
  transpose,
};
