/**
 * Tensors resized along any of their axes, as ONNX's Resize has it (operator set 19): each axis by itself, from the nearest
 * element, linearly or cubically between elements. And what flows back through it.
 */
import libText from "../../../shaders/lib/resample.wgsl?raw";
import axisText from "../../../shaders/resize/axis.wgsl?raw";
import gradText from "../../../shaders/resize/axis_grad.wgsl?raw";
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, type Shape, sameShape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { grid1d } from "../kernels";
import { gridLib } from "../lib";
import { type Case, type Dispatch, type Draw, defineOp, type Kernel, type Problem, shader } from "../op";
import { type Axis, axisAt, axisParams, COORDINATES, isSame, MODES, ROUNDINGS, sharesOf } from "./axis";

export interface ResizeAttributes {
  /** The shape of the output. */
  readonly sizes: readonly number[];
  /** How much longer each axis is meant to be, where that is not the ratio of the extents: positions are worked out from it. */
  readonly scales: readonly number[] | null;
  readonly mode: (typeof MODES)[number];
  /** Where in the input an element of the output lies. */
  readonly coordinates: (typeof COORDINATES)[number];
  /** How `nearest` rounds positions. */
  readonly rounding: (typeof ROUNDINGS)[number];
  /** The coefficient of `cubic`. */
  readonly cubicA: number;
  /** Elements outside the input count for nothing, and the others for more; else those at the ends stand in for them. */
  readonly excludeOutside: boolean;
  /** Where an axis shrinks, all the elements that it leaves out count too. */
  readonly antialias: boolean;
  /** Starts, then ends of the part that `tf_crop_and_resize` takes, as shares of each axis. */
  readonly roi: readonly number[] | null;
  /** What `tf_crop_and_resize` finds outside the input. */
  readonly extrapolation: number;
}

export interface ResizeGradAttributes extends ResizeAttributes {
  /** The shape of what was resized. */
  readonly shape: readonly number[];
}

const WORKGROUP = 64;
const axisShader = shader("resize/axis.wgsl", axisText, [...gridLib, libText]);
const gradShader = shader("resize/axis_grad.wgsl", gradText, [...gridLib, libText]);

function read(from: AttributeReader): ResizeAttributes {
  const numbers = (name: string, least: number) =>
    from.custom<readonly number[] | null>(
      name,
      null,
      (value) =>
        value === null || (Array.isArray(value) && value.every((e) => Number.isFinite(e) && e > least))
          ? (value as readonly number[] | null)
          : undefined,
      least === 0 ? "a list of numbers above 0" : "a list of numbers",
    );
  return {
    sizes: from.ints("sizes", undefined, 1),
    scales: numbers("scales", 0),
    mode: from.choice("mode", MODES, "nearest"),
    coordinates: from.choice("coordinates", COORDINATES, "half_pixel"),
    rounding: from.choice("rounding", ROUNDINGS, "round_prefer_floor"),
    cubicA: from.number("cubicA", -0.75),
    excludeOutside: from.boolean("excludeOutside", false),
    antialias: from.boolean("antialias", false),
    roi: numbers("roi", -Infinity),
    extrapolation: from.number("extrapolation", 0),
  };
}

/** @throws AttributeError for lists that are not as long as the input has axes. */
function check(op: string, shape: Shape, { sizes, scales, roi }: ResizeAttributes): void {
  const lists = [
    ["sizes", sizes, 1],
    ["scales", scales, 1],
    ["roi", roi, 2],
  ] as const;
  for (const [name, list, per] of lists) {
    if (list === null || list.length === per * shape.length) continue;
    const wanted = `${per * shape.length} numbers, ${per === 1 ? "one" : "two"} for each axis of ${formatShape(shape)}`;
    throw new AttributeError({ op }, name, formatShape(list), wanted);
  }
}

/** The axes that change, those first that shrink most; the last one where none does, so that something is written. */
function changing(shape: Shape, attributes: ResizeAttributes): { index: number; axis: Axis }[] {
  const all = shape.map((extent, index) => ({
    index,
    axis: axisAt(attributes, index, extent, attributes.sizes[index] as number, shape.length),
  }));
  const found = all.filter(({ axis }) => !isSame(axis));
  if (found.length === 0) return all.slice(-1);
  const growth = ({ axis }: { axis: Axis }) => axis.outExtent / axis.inExtent;
  return found.sort((a, b) => growth(a) - growth(b));
}

/** The steps from a shape to another, an axis at a time, with the shape after each. */
function stepsOf(shape: Shape, attributes: ResizeAttributes, back: boolean) {
  // A scalar has no axis; it is copied as a line of one.
  const line = shape.length === 0;
  const whole = line ? { ...attributes, sizes: [1] } : attributes;
  const axes = changing(line ? [1] : shape, whole);
  const now = line ? [1] : back ? [...attributes.sizes] : [...shape];
  return (back ? axes.reverse() : axes).map(({ index, axis }) => {
    now[index] = back ? axis.inExtent : axis.outExtent;
    return { index, axis, shape: [...now] };
  });
}

const constantsOf = (attributes: ResizeAttributes) => ({
  MODE: MODES.indexOf(attributes.mode),
  ROUNDING: ROUNDINGS.indexOf(attributes.rounding),
  EXCLUDE: Number(attributes.excludeOutside),
  NORMALISE: Number(attributes.excludeOutside || attributes.antialias),
  EXTRAPOLATE: Number(attributes.coordinates === "tf_crop_and_resize"),
});

/** One dispatch an axis, through scratch tensors. */
function kernel<A extends ResizeAttributes>(
  name: string,
  PER: number,
  shapeOf: (problem: Problem<A>) => Shape,
  from: "input" | "cotangent",
): Kernel<A> {
  const back = from === "cotangent";
  const which = back ? gradShader : axisShader;
  return {
    name,
    shaders: [which],
    plan: (problem) => {
      const { attributes } = problem;
      const steps = stepsOf(shapeOf(problem), attributes, back);
      const names = steps.map((_, i) => (i + 1 === steps.length ? "output" : `pass${i}`));
      const dispatches = steps.map(({ index, axis, shape }, i): Dispatch => {
        const count = sizeOf(shape);
        return {
          shader: which,
          constants: { ...constantsOf(attributes), PER, WORKGROUP },
          params: { count, inner: sizeOf(shape.slice(index + 1)), ...axisParams(axis, attributes) },
          bindings: { input: i === 0 ? from : (names[i - 1] as string), output: names[i] as string },
          workgroups: grid1d(count, PER * WORKGROUP),
        };
      });
      const passes = steps.slice(0, -1).map(({ shape }, i) => [names[i] as string, f32(...shape)] as const);
      return { ...(passes.length > 0 ? { scratch: Object.fromEntries(passes) } : {}), dispatches };
    },
  };
}

/** Walks the steps on the host, forwards or back. */
function walk(data: Float64Array, shape: Shape, attributes: ResizeAttributes, back: boolean): Float64Array {
  let now = data;
  for (const { index, axis, shape: after } of stepsOf(shape, attributes, back)) {
    const inner = sizeOf(after.slice(index + 1));
    const outer = sizeOf(after.slice(0, index));
    const next = new Float64Array(sizeOf(after));
    for (let o = 0; o < outer; o++) {
      for (let x = 0; x < axis.outExtent; x++) {
        const shares = sharesOf(axis, attributes, x);
        for (let i = 0; i < inner; i++) {
          const outAt = (o * axis.outExtent + x) * inner + i;
          if (!shares) {
            if (!back) next[outAt] = attributes.extrapolation;
            continue;
          }
          for (const [k, weight] of shares) {
            const inAt = (o * axis.inExtent + k) * inner + i;
            const [to, take] = back ? [inAt, outAt] : [outAt, inAt];
            next[to] = (next[to] as number) + weight * (now[take] as number);
          }
        }
      }
    }
    now = next;
  }
  return now;
}

const cost = ({ inputs, outputs }: Problem<unknown>) => {
  const types = [...Object.values(inputs), ...Object.values(outputs)];
  const most = Math.max(...types.map(({ shape }) => sizeOf(shape)));
  return { flops: 8 * most, bytes: types.reduce((sum, type) => sum + byteLength(type), 0) };
};

/** Weights of a cubic are up to 1.5 in sum of absolutes for each axis; a smoothed axis sums many. */
const tolerance = () => ({ rtol: 2e-5, atol: 1e-5 });

const EXAMPLES: readonly { name: string; shape: Shape; attributes: { sizes: number[] } & Record<string, unknown> }[] = [
  { name: "twice as large", shape: [1, 2, 3, 4], attributes: { sizes: [1, 2, 6, 8] } },
  { name: "linear", shape: [2, 3, 5], attributes: { sizes: [2, 7, 4], mode: "linear" } },
  { name: "cubic", shape: [4, 5], attributes: { sizes: [9, 3], mode: "cubic" } },
  {
    name: "cubic, nothing from outside",
    shape: [4, 4],
    attributes: { sizes: [7, 3], mode: "cubic", cubicA: -0.5, excludeOutside: true },
  },
  { name: "by scales", shape: [4, 4], attributes: { sizes: [2, 3], scales: [0.6, 0.8], mode: "linear" } },
  {
    name: "corners aligned",
    shape: [3, 4],
    attributes: { sizes: [5, 1], mode: "linear", coordinates: "align_corners" },
  },
  { name: "smoothed", shape: [9, 7], attributes: { sizes: [4, 3], mode: "linear", antialias: true } },
  { name: "smoothed cubic", shape: [9, 7], attributes: { sizes: [4, 9], mode: "cubic", antialias: true } },
  {
    name: "cropped",
    shape: [4, 5],
    attributes: {
      sizes: [3, 4],
      mode: "linear",
      coordinates: "tf_crop_and_resize",
      roi: [0.4, 0.6, 1.2, 0.1],
      extrapolation: 1.5,
    },
  },
  { name: "as it is", shape: [3, 2], attributes: { sizes: [3, 2] } },
];

function random(draw: Draw) {
  const shape = Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 6));
  const mode = draw.pick(MODES);
  return {
    shape,
    attributes: {
      sizes: shape.map((extent) => (draw.bool() ? extent : draw.int(1, 11))),
      mode,
      coordinates: draw.pick(COORDINATES),
      rounding: draw.pick(ROUNDINGS),
      excludeOutside: mode !== "nearest" && draw.bool(),
      antialias: draw.bool(),
    },
  };
}

export const resize = defineOp<ResizeAttributes>({
  name: "resize",
  family: "resize",
  summary: "axes made longer or shorter: nearest, linear or cubic",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes: (given) => {
    const reader = new AttributeReader("resize", given);
    const attributes = read(reader);
    reader.done();
    return attributes;
  },
  infer: ({ input }, attributes) => {
    check("resize", (input as TensorType).shape, attributes);
    return [f32(...attributes.sizes)];
  },
  cost,
  reference: ({ input }, { inputs, attributes }) => ({
    output: walk(input as Float64Array, (inputs.input as TensorType).shape, attributes, false),
  }),
  gradient: (emit, { problem, cotangents }) => {
    const cotangent = cotangents.output as (typeof cotangents)[string];
    const attributes = { ...problem.attributes, shape: (problem.inputs.input as TensorType).shape };
    return { input: emit("resizeGrad", { cotangent }, attributes).output as typeof cotangent };
  },
  tolerance,
  kernels: [
    kernel("quads", 4, ({ inputs }) => (inputs.input as TensorType).shape, "input"),
    kernel("naive", 1, ({ inputs }) => (inputs.input as TensorType).shape, "input"),
  ],
  cases: [
    ...EXAMPLES.map(({ name, shape, attributes }): Case => ({ name, inputs: { input: f32(...shape) }, attributes })),
    {
      name: "a map doubled",
      inputs: { input: f32(1, 64, 56, 56) },
      attributes: { sizes: [1, 64, 112, 112], mode: "linear" },
      size: "large",
    },
  ],
  random: (draw) => {
    const { shape, attributes } = random(draw);
    return { inputs: { input: f32(...shape) }, attributes };
  },
});

/** Cotangent of the shape `sizes`; output of `shape`. */
export const resizeGrad = defineOp<ResizeGradAttributes>({
  name: "resizeGrad",
  family: "resize",
  summary: "gradient of resize",
  inputs: [{ name: "cotangent" }],
  outputs: ["output"],
  attributes: (given) => {
    const reader = new AttributeReader("resizeGrad", given);
    const attributes = { ...read(reader), shape: reader.ints("shape", undefined, 1) };
    reader.done();
    return attributes;
  },
  infer: ({ cotangent }, attributes) => {
    const { shape } = cotangent as TensorType;
    if (!sameShape(shape, attributes.sizes)) {
      throw new ShapeError({ op: "resizeGrad" }, "cotangent", formatShape(shape), formatShape(attributes.sizes));
    }
    check("resizeGrad", attributes.shape, attributes);
    return [f32(...attributes.shape)];
  },
  cost,
  reference: ({ cotangent }, { attributes }) => ({
    output: walk(cotangent as Float64Array, attributes.shape, attributes, true),
  }),
  tolerance,
  kernels: [
    kernel("quads", 4, ({ attributes }) => attributes.shape, "cotangent"),
    kernel("naive", 1, ({ attributes }) => attributes.shape, "cotangent"),
  ],
  cases: EXAMPLES.map(({ name, shape, attributes }) => ({
    name,
    inputs: { cotangent: f32(...attributes.sizes) },
    attributes: { ...attributes, shape },
  })),
  random: (draw) => {
    const { shape, attributes } = random(draw);
    return { inputs: { cotangent: f32(...attributes.sizes) }, attributes: { ...attributes, shape } };
  },
});
