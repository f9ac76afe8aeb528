/** Reductions over any set of axes: sum, mean, maximum, and the place of the maximum along one axis. */
import libText from "../../shaders/lib/reduce.wgsl?raw";
import linesText from "../../shaders/reduce/lines.wgsl?raw";
import serialText from "../../shaders/reduce/serial.wgsl?raw";
import squaresText from "../../shaders/reduce/squares.wgsl?raw";
import totalText from "../../shaders/reduce/total.wgsl?raw";
import workgroupText from "../../shaders/reduce/workgroup.wgsl?raw";
import { AttributeError, ShapeError } from "../core/errors";
import { formatShape, normalizeAxis, sizeOf, stridesOf } from "../core/shape";
import { byteLength, f32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { reshaped } from "./gradients";
import { grid1d, sumTolerance } from "./kernels";
import { batchLib, gridLib, nonfiniteLib } from "./lib";
import { type Draw, defineOp, type Kernel, type Named, type Op, type Problem, shader } from "./op";

export interface ReduceAttributes {
  /** Axes that go; a negative one counts from the back. All of them unless told. */
  readonly axes: readonly number[] | null;
  /** Whether they stay as axes of extent 1. */
  readonly keepDims: boolean;
}

const MAX_AXES = 8;
const WORKGROUP = 64;
const lib = [libText, ...batchLib, ...nonfiniteLib];
const serialShader = shader("reduce/serial.wgsl", serialText, [...gridLib, ...lib]);
const workgroupShader = shader("reduce/workgroup.wgsl", workgroupText, lib);

const KINDS = { sum: 0, mean: 1, max: 2, argmax: 3 } as const;
type Kind = keyof typeof KINDS;

const lead = (values: readonly number[], fill: number): number[] => [
  ...new Array<number>(MAX_AXES - values.length).fill(fill),
  ...values,
];

/** Axes that stay and axes that go, with their extents and strides. */
function walk({ inputs, attributes }: Problem<ReduceAttributes>) {
  const { shape } = inputs.input as TensorType;
  const strides = stridesOf(shape);
  const cut = new Set(
    (attributes.axes ?? shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, shape.length)),
  );
  const side = (goes: boolean) => {
    const axes = shape.flatMap((_, axis) => (cut.has(axis) === goes ? [axis] : []));
    return { extents: axes.map((axis) => shape[axis] as number), strides: axes.map((axis) => strides[axis] as number) };
  };
  const kept = side(false);
  const gone = side(true);
  return { kept, gone, count: sizeOf(kept.extents), length: sizeOf(gone.extents) };
}

function paramsOf(problem: Problem<ReduceAttributes>) {
  const { kept, gone, count, length } = walk(problem);
  return {
    count,
    length,
    keptExtents: lead(kept.extents, 1),
    keptStrides: lead(kept.strides, 0),
    cutExtents: lead(gone.extents, 1),
    cutStrides: lead(gone.strides, 0),
  };
}

const linesShader = shader("reduce/lines.wgsl", linesText, gridLib);

/** Whether the axes that go are the last ones, so that each output sums neighbours. */
function sumsNeighbours(problem: Problem<ReduceAttributes>): boolean {
  const { shape } = problem.inputs.input as TensorType;
  const meant = (problem.attributes.axes ?? shape.map((_, axis) => axis)).map((axis) =>
    normalizeAxis(axis, shape.length),
  );
  const first = shape.length - meant.length;
  return meant.every((axis) => axis !== undefined && axis >= first);
}

const linesKernel = (kind: "sum" | "mean"): Kernel<ReduceAttributes> => ({
  name: "lines",
  shaders: [linesShader],
  supports: (problem) => sumsNeighbours(problem) || "wants the last axes to go",
  preference: (_, { software }) => (software ? 2 : 0),
  plan: (problem) => {
    const { count, length } = walk(problem);
    const constants = { MEAN: kind === "mean" ? 1 : 0, WORKGROUP: 16 };
    return {
      dispatches: [{ shader: linesShader, constants, params: { count, length }, workgroups: grid1d(count, 16) }],
    };
  },
});

/** The kernels of an op that reads as a reduction by `as`. */
const kernelsOf = <A>(kind: Kind, as: (problem: Problem<A>) => Problem<ReduceAttributes>): readonly Kernel<A>[] => [
  {
    name: "workgroup",
    shaders: [workgroupShader],
    tunables: { WORKGROUP: [64, 128, 256] },
    preference: (problem, { software }) => (software || walk(as(problem)).length < 32 ? -1 : 1),
    plan: (problem, tuned) => {
      const params = paramsOf(as(problem));
      const constants = { KIND: KINDS[kind], WORKGROUP: tuned.WORKGROUP ?? WORKGROUP };
      return { dispatches: [{ shader: workgroupShader, constants, params, workgroups: grid1d(params.count, 1) }] };
    },
  },
  {
    name: "serial",
    shaders: [serialShader],
    plan: (problem) => {
      const params = paramsOf(as(problem));
      return {
        dispatches: [
          {
            shader: serialShader,
            constants: { KIND: KINDS[kind], WORKGROUP: 16 },
            params,
            workgroups: grid1d(params.count, 16),
          },
        ],
      };
    },
  },
];

function referenceOf(kind: Kind, x: Float64Array, problem: Problem<ReduceAttributes>): Float64Array {
  const { kept, gone, count, length } = walk(problem);
  const offset = (i: number, { extents, strides }: typeof kept): number => {
    let rest = i;
    let sum = 0;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      sum += (rest % (extents[axis] as number)) * (strides[axis] as number);
      rest = Math.floor(rest / (extents[axis] as number));
    }
    return sum;
  };
  return Float64Array.from({ length: count }, (_, o) => {
    const start = offset(o, kept);
    const at = (j: number) => x[start + offset(j, gone)] as number;
    if (kind === "sum" || kind === "mean") {
      let sum = 0;
      for (let j = 0; j < length; j++) sum += at(j);
      return kind === "mean" ? sum / length : sum;
    }
    let best = 0;
    for (let j = 1; j < length && !Number.isNaN(at(best)); j++) if (at(j) > at(best) || Number.isNaN(at(j))) best = j;
    return kind === "max" ? at(best) : best;
  });
}

function infer(op: string, input: TensorType, { axes, keepDims }: ReduceAttributes, dtype: "f32" | "i32"): TensorType {
  const { shape } = input;
  if (shape.length > MAX_AXES) throw new ShapeError({ op }, "input", formatShape(shape), `of at most ${MAX_AXES} axes`);
  const meant = (axes ?? shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, shape.length));
  if (meant.includes(undefined) || new Set(meant).size !== meant.length) {
    throw new AttributeError({ op }, "axes", formatShape(axes ?? []), `different axes of input ${formatShape(shape)}`);
  }
  const out = shape.flatMap((extent, axis) => (meant.includes(axis) ? (keepDims ? [1] : []) : [extent]));
  return { shape: out, dtype };
}

const cost = ({ inputs, outputs }: Problem<ReduceAttributes>) => ({
  flops: sizeOf((inputs.input as TensorType).shape),
  bytes: byteLength(inputs.input as TensorType) + byteLength(outputs.output as TensorType),
});

const cases = [
  { name: "everything", inputs: { input: f32(3, 5, 2) } },
  { name: "one", inputs: { input: f32(1) } },
  { name: "last axis", inputs: { input: f32(4, 70) }, attributes: { axes: [-1] } },
  { name: "first axis", inputs: { input: f32(9, 4) }, attributes: { axes: [0] } },
  { name: "maps, kept", inputs: { input: f32(2, 3, 4, 5) }, attributes: { axes: [2, 3], keepDims: true } },
  {
    name: "nonfinite",
    inputs: { input: f32(4, 3) },
    attributes: { axes: [1] },
    recipes: {
      input: {
        kind: "values",
        values: [1, Number.NaN, 3, -Infinity, 2, 5, Infinity, Infinity, 1, -Infinity, -Infinity, -Infinity],
      },
    },
  },
] as const;

const random = (draw: Draw) => {
  const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 7));
  const axes = shape.flatMap((_, axis) => (draw.bool() ? [axis] : []));
  return {
    inputs: { input: f32(...shape) },
    attributes: { axes: axes.length > 0 ? axes : null, keepDims: draw.bool() },
  };
};

function reduceOp(kind: "sum" | "mean" | "max", summary: string, golden: boolean): Op<ReduceAttributes> {
  return defineOp<ReduceAttributes>({
    name: kind,
    family: "reduce",
    summary,
    inputs: [{ name: "input" }],
    outputs: ["output"],
    attributes: (given) => {
      const read = new AttributeReader(kind, given);
      const accept = (value: unknown) =>
        value === null || (Array.isArray(value) && value.every((axis) => Number.isInteger(axis)))
          ? (value as number[] | null)
          : undefined;
      const axes = read.custom<readonly number[] | null>("axes", null, accept, "a list of axes");
      // An empty list means all axes, as in PyTorch.
      const attributes = { axes: axes?.length === 0 ? null : axes, keepDims: read.boolean("keepDims", false) };
      read.done();
      return attributes;
    },
    infer: ({ input }, attributes) => [infer(kind, input as TensorType, attributes, "f32")],
    cost,
    reference: ({ input }: Named<Float64Array>, problem) => ({
      output: referenceOf(kind, input as Float64Array, problem),
    }),
    // Of a maximum, all that reach it share what flows back, as PyTorch's amax has it.
    gradient: (emit, { inputs, outputs, problem, cotangents }) => {
      type V = (typeof inputs)[string];
      const input = inputs.input as V;
      const { shape } = problem.inputs.input as TensorType;
      const { length } = walk(problem);
      const kept = infer(
        kind,
        problem.inputs.input as TensorType,
        { ...problem.attributes, keepDims: true },
        "f32",
      ).shape;
      const spread = (value: V): V =>
        emit("broadcastTo", { input: reshaped(emit, value, kept) }, { shape }).output as V;
      const flow = cotangents.output as V;
      if (kind === "sum") return { input: spread(flow) };
      if (kind === "mean") return { input: spread(emit("scale", { input: flow }, { factor: 1 / length }).output as V) };
      const winners = emit("equal", { a: input, b: spread(outputs.output as V) }).output as V;
      const count = emit("sum", { input: winners }, { axes: problem.attributes.axes, keepDims: true }).output as V;
      const share = emit("div", { a: reshaped(emit, flow, kept), b: count }).output as V;
      return { input: emit("mul", { a: winners, b: share }).output as V };
    },
    tolerance: (problem) => (kind === "max" ? { rtol: 0, atol: 0 } : sumTolerance(walk(problem).length)),
    ...(golden
      ? {
          golden: {
            op: kind,
            inputs: ["x"],
            outputs: ["y"],
            attributes: ({ axes, keepdims }) => ({ axes, keepDims: keepdims }),
          },
        }
      : {}),
    kernels: [
      ...(kind === "max" ? [] : [linesKernel(kind)]),
      ...kernelsOf(kind, (problem: Problem<ReduceAttributes>) => problem),
    ],
    cases,
    random,
  });
}

export const sum = reduceOp("sum", "sum over axes", true);
export const mean = reduceOp("mean", "mean over axes", true);
export const max = reduceOp("max", "maximum over axes", false);

export interface ArgmaxAttributes {
  /** The axis along which places are counted; a negative one counts from the back. */
  readonly axis: number;
  readonly keepDims: boolean;
}

const asReduce = (problem: Problem<ArgmaxAttributes>): Problem<ReduceAttributes> => ({
  ...problem,
  attributes: { axes: [problem.attributes.axis], keepDims: problem.attributes.keepDims },
});

/** Place of the largest element along an axis; of equal ones the first, and NaN before all. */
export const argmax = defineOp<ArgmaxAttributes>({
  name: "argmax",
  family: "reduce",
  summary: "place of the largest element along an axis",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("argmax", given);
    const attributes = { axis: read.int("axis", -1), keepDims: read.boolean("keepDims", false) };
    read.done();
    return attributes;
  },
  infer: ({ input }, { axis, keepDims }) => {
    const type = input as TensorType;
    if (normalizeAxis(axis, type.shape.length) === undefined) {
      throw new AttributeError({ op: "argmax" }, "axis", String(axis), `an axis of input ${formatShape(type.shape)}`);
    }
    return [infer("argmax", type, { axes: [axis], keepDims }, "i32")];
  },
  cost: (problem) => cost(asReduce(problem)),
  reference: ({ input }, problem) => ({ output: referenceOf("argmax", input as Float64Array, asReduce(problem)) }),
  tolerance: () => ({ rtol: 0, atol: 0 }),
  kernels: kernelsOf("argmax", asReduce),
  cases: [
    { name: "rows", inputs: { input: f32(3, 70) } },
    { name: "one", inputs: { input: f32(1) } },
    { name: "first axis, kept", inputs: { input: f32(4, 3) }, attributes: { axis: 0, keepDims: true } },
    { name: "ties", inputs: { input: f32(3, 9) }, recipes: { input: { kind: "integers", min: 0, max: 2 } } },
    {
      name: "nonfinite",
      inputs: { input: f32(2, 4) },
      recipes: { input: { kind: "values", values: [1, Number.NaN, 9, Number.NaN, -Infinity, Infinity, 3, Infinity] } },
    },
  ],
  random: (draw) => {
    const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 9));
    return {
      inputs: { input: f32(...shape) },
      attributes: { axis: draw.int(-shape.length, shape.length - 1), keepDims: draw.bool() },
    };
  },
});

const squaresShader = shader("reduce/squares.wgsl", squaresText, gridLib);
const totalShader = shader("reduce/total.wgsl", totalText);

/** Parts that a sum of squares is split into: enough for a large GPU, and not more than there are numbers for. */
const MAX_PARTS = 16384;
const TOTAL_WORKGROUP = 256;

function squaresKernel(name: string, perPart: number): Kernel<Record<never, never>> {
  return {
    name,
    shaders: [squaresShader, totalShader],
    plan: ({ inputs }) => {
      const count = sizeOf((inputs.input as TensorType).shape);
      const parts = Math.max(1, Math.min(MAX_PARTS, Math.floor(count / perPart)));
      return {
        scratch: { partial: f32(parts) },
        dispatches: [
          {
            shader: squaresShader,
            constants: { WORKGROUP },
            params: { count, parts },
            workgroups: grid1d(parts, WORKGROUP),
          },
          {
            shader: totalShader,
            constants: { WORKGROUP: TOTAL_WORKGROUP },
            params: { parts },
            workgroups: [1, 1, 1],
          },
        ],
      };
    },
  };
}

/** Input of any shape; output a scalar. The root of it is the Euclidean norm. */
export const sumOfSquares = defineOp<Record<never, never>>({
  name: "sumOfSquares",
  family: "reduce",
  summary: "sum of the squares of all elements",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes: (given) => {
    new AttributeReader("sumOfSquares", given).done();
    return {};
  },
  infer: () => [f32()],
  cost: ({ inputs }) => ({
    flops: 2 * sizeOf((inputs.input as TensorType).shape),
    bytes: byteLength(inputs.input as TensorType),
  }),
  reference: ({ input }) => ({
    output: Float64Array.of((input as Float64Array).reduce((total, x) => total + x * x, 0)),
  }),
  gradient: (emit, { inputs, cotangents }) => {
    const input = inputs.input as (typeof inputs)[string];
    const doubled = emit("scale", { input: cotangents.output as typeof input }, { factor: 2 }).output as typeof input;
    return { input: emit("mul", { a: input, b: doubled }).output as typeof input };
  },
  tolerance: ({ inputs }) => sumTolerance(sizeOf((inputs.input as TensorType).shape)),
  kernels: [squaresKernel("parts", 16), squaresKernel("naive", MAX_PARTS)],
  cases: [
    { name: "odd", inputs: { input: f32(3, 7) } },
    { name: "one", inputs: { input: f32() } },
    { name: "many parts", inputs: { input: f32(70, 71) } },
    { name: "alexnet.fc7", inputs: { input: f32(4096, 4096) }, size: "large" },
  ],
  random: (draw) => ({ inputs: { input: f32(...Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 12))) } }),
});
