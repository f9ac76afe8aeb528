/**
 * Pooling over windows of the last two axes: maxima (with or without their places) and means, and the mean of a plane.
 * Sizes and edges are PyTorch's: ⌊(in + before + after − dilation·(kernel − 1) − 1) / stride⌋ + 1, or rounded up, and then
 * a window that would begin beyond the image and its leading padding is left out.
 */
import averageText from "../../../shaders/pool/average.wgsl?raw";
import globalText from "../../../shaders/pool/global_average.wgsl?raw";
import globalSerialText from "../../../shaders/pool/global_average_serial.wgsl?raw";
import maxText from "../../../shaders/pool/max.wgsl?raw";
import rowsText from "../../../shaders/pool/max_rows.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { AttributeReader, type Pair } from "../attributes";
import { planeCuts } from "../cut";
import { ceilDiv, grid1d, sumTolerance } from "../kernels";
import { gridLib, nonfiniteLib } from "../lib";
import { type Case, type Draw, defineOp, type Kernel, type Op, type Problem, shader } from "../op";
import { eachWindow, inferWindow, readWindow, type WindowAttributes, windowCost, windowParams } from "./window";

export interface MaxPool2dAttributes extends WindowAttributes {
  /** [y, x] */
  readonly dilation: Pair;
  /**
   * Whom the gradient of a window goes to when several elements reach its maximum: to the first of them in row-major order,
   * as in PyTorch, or the whole of it to all of them, as in the network of 2012 (cuda-convnet).
   */
  readonly ties: "first" | "all";
}

export interface AvgPool2dAttributes extends WindowAttributes {
  /** Whether padding counts as zeros in the mean. */
  readonly countIncludePad: boolean;
}

function maxReference(
  input: Float64Array,
  problem: Problem<MaxPool2dAttributes>,
): { output: Float64Array; indices: Float64Array } {
  const count = sizeOf((problem.outputs.output as TensorType).shape);
  const output = new Float64Array(count);
  const indices = new Float64Array(count);
  let best: number | undefined;
  let winner = 0;
  eachWindow(
    problem,
    problem.attributes.dilation,
    (index, inPlane) => {
      const value = input[index] as number;
      if (best === undefined || (!Number.isNaN(best) && (value > best || Number.isNaN(value)))) {
        best = value;
        winner = inPlane;
      }
    },
    (at) => {
      output[at] = best ?? 0;
      indices[at] = winner;
      best = undefined;
    },
  );
  return { output, indices };
}

const WORKGROUP = 64;
const maxShader = shader("pool/max.wgsl", maxText, [...gridLib, ...nonfiniteLib]);
const rowsShader = shader("pool/max_rows.wgsl", rowsText, gridLib);
const averageShader = shader("pool/average.wgsl", averageText, gridLib);
const globalShader = shader("pool/global_average.wgsl", globalText);
const globalSerialShader = shader("pool/global_average_serial.wgsl", globalSerialText, gridLib);

/** The definition; `workgroup` only sets how many invocations share a workgroup. */
function maxKernel(name: string, workgroup: number, indices: boolean): Kernel<MaxPool2dAttributes> {
  return {
    name,
    shaders: [maxShader],
    plan: (problem) => {
      const { planes: _, ...params } = windowParams(problem);
      const count = sizeOf((problem.outputs.output as TensorType).shape);
      const [dilationHeight, dilationWidth] = problem.attributes.dilation;
      return {
        ...(indices ? {} : { scratch: { indices: { shape: [1], dtype: "i32" as const } } }),
        dispatches: [
          {
            shader: maxShader,
            constants: { INDICES: indices ? 1 : 0, WORKGROUP: workgroup },
            params: { count, ...params, dilationHeight, dilationWidth },
            workgroups: grid1d(count, workgroup),
          },
        ],
      };
    },
  };
}

const rowsKernel: Kernel<MaxPool2dAttributes> = {
  name: "rows",
  shaders: [rowsShader],
  supports: ({ attributes: { padding, dilation } }) =>
    padding[0] === 0 && padding[1] === 0 && dilation[0] === 1 && dilation[1] === 1
      ? true
      : "wants no leading padding and no dilation",
  plan: (problem) => {
    const { planes, padTop: _, padLeft: __, ...params } = windowParams(problem);
    const quadsPerRow = ceilDiv(params.outWidth, 4);
    const quads = planes * params.outHeight * quadsPerRow;
    return {
      dispatches: [
        {
          shader: rowsShader,
          constants: { WORKGROUP },
          params: { quads, quadsPerRow, ...params },
          workgroups: grid1d(quads, WORKGROUP),
        },
      ],
    };
  },
};

const maxAttributes =
  (op: string) =>
  (given: Readonly<Record<string, unknown>>): MaxPool2dAttributes => {
    const read = new AttributeReader(op, given);
    const attributes: MaxPool2dAttributes = {
      ...readWindow(read),
      dilation: read.pair("dilation", [1, 1], 1),
      ties: read.choice("ties", ["first", "all"], "first"),
    };
    read.done();
    return attributes;
  };

const fromGolden = ({ ceil_mode, count_include_pad, ...rest }: Readonly<Record<string, unknown>>) => ({
  ...rest,
  ...(ceil_mode === undefined ? {} : { rounding: ceil_mode ? "ceil" : "floor" }),
  ...(count_include_pad === undefined ? {} : { countIncludePad: count_include_pad }),
});

const NAN_VALUES = { kind: "values", values: [1, Number.NaN, -2, Infinity, -Infinity, 3, -0, 0, 7, -5, 2] } as const;

const windowCases: readonly Case[] = [
  { name: "2 × 2", inputs: { input: f32(1, 1, 4, 4) }, attributes: { kernel: 2 } },
  { name: "overlapping", inputs: { input: f32(2, 3, 9, 11) }, attributes: { kernel: 3, stride: 2 } },
  { name: "rounded up", inputs: { input: f32(1, 2, 6, 8) }, attributes: { kernel: 3, stride: 2, rounding: "ceil" } },
  { name: "padded", inputs: { input: f32(1, 2, 7, 7) }, attributes: { kernel: 3, stride: 2, padding: 1 } },
  {
    name: "asymmetric padding",
    inputs: { input: f32(1, 2, 5, 6) },
    attributes: { kernel: [3, 2], stride: [1, 2], padding: [0, 0, 1, 1] },
  },
  { name: "padded widely", inputs: { input: f32(1, 2, 5, 4) }, attributes: { kernel: 3, stride: 1, padding: 2 } },
  { name: "one", inputs: { input: f32(1, 1, 1, 1) }, attributes: { kernel: 1 } },
  { name: "alexnet.pool1", inputs: { input: f32(1, 96, 55, 55) }, attributes: { kernel: 3, stride: 2 }, size: "large" },
  {
    name: "alexnet.pool2",
    inputs: { input: f32(1, 256, 27, 27) },
    attributes: { kernel: 3, stride: 2 },
    size: "large",
  },
  {
    name: "alexnet.pool5",
    inputs: { input: f32(1, 256, 13, 13) },
    attributes: { kernel: 3, stride: 2 },
    size: "large",
  },
];

const maxCases: readonly Case[] = [
  ...windowCases,
  {
    name: "dilated",
    inputs: { input: f32(1, 2, 9, 8) },
    attributes: { kernel: 3, stride: 2, dilation: 2, padding: 1 },
  },
  {
    name: "gradient to all ties",
    inputs: { input: f32(1, 2, 6, 7) },
    attributes: { kernel: 3, stride: 2, ties: "all" },
  },
  {
    name: "ties",
    inputs: { input: f32(1, 2, 6, 6) },
    attributes: { kernel: 3, stride: 1 },
    recipes: { input: { kind: "integers", min: 0, max: 2 } },
  },
  {
    name: "nonfinite",
    inputs: { input: f32(1, 1, 9, 9) },
    attributes: { kernel: 2, stride: 2 },
    recipes: { input: NAN_VALUES },
  },
];

function randomWindow(draw: Draw, dilation: Pair): Omit<Case, "name"> {
  const kernel = [draw.int(1, 4), draw.int(1, 4)] as const;
  const reach = (axis: 0 | 1) => dilation[axis] * (kernel[axis] - 1) + draw.int(1, 9);
  const pad = (axis: 0 | 1) => draw.int(0, kernel[axis] - 1);
  return {
    inputs: { input: f32(draw.int(1, 2), draw.int(1, 3), reach(0), reach(1)) },
    attributes: {
      kernel,
      stride: [draw.int(1, 3), draw.int(1, 3)],
      padding: [pad(0), pad(1), pad(0), pad(1)],
      rounding: draw.pick(["floor", "ceil"]),
    },
  };
}

const randomMax = (draw: Draw): Omit<Case, "name"> => {
  const dilation = [draw.int(1, 2), draw.int(1, 2)] as const;
  const one = randomWindow(draw, dilation);
  return { ...one, attributes: { ...one.attributes, dilation } };
};

/** Nothing is rounded: a maximum is one of its inputs. */
const exact = () => ({ rtol: 0, atol: 0 });

/** To the winners by their places, found once more where the forward pass did not keep them; or to all that tie. */
const maxGradient: NonNullable<Op<MaxPool2dAttributes>["gradient"]> = (
  emit,
  { inputs, outputs, problem, cotangents },
) => {
  type V = (typeof inputs)[string];
  const input = inputs.input as V;
  const { ties, ...window } = problem.attributes;
  const attributes = { ...window, size: (problem.inputs.input as TensorType).shape.slice(2) };
  const cotangent = cotangents.output as V;
  if (ties === "all") {
    const given = { input, maxima: outputs.output as V, cotangent };
    return { input: emit("maxPool2dTiesGrad", given, attributes).output as V };
  }
  const indices = outputs.indices ?? (emit("maxPool2dWithIndices", { input }, { ...window }).indices as V);
  return { input: emit("maxPool2dGrad", { indices, cotangent }, attributes).output as V };
};

export const maxPool2d = defineOp<MaxPool2dAttributes>({
  name: "maxPool2d",
  family: "pool",
  summary: "maximum of each window",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes: maxAttributes("maxPool2d"),
  infer: ({ input }, attributes) => [inferWindow("maxPool2d", input as TensorType, attributes, attributes.dilation)],
  cost: windowCost,
  reference: ({ input }, problem) => ({ output: maxReference(input as Float64Array, problem).output }),
  gradient: maxGradient,
  cuts: planeCuts,
  tolerance: exact,
  kernels: [rowsKernel, maxKernel("naive", WORKGROUP, false)],
  cases: maxCases,
  random: randomMax,
});

export const maxPool2dWithIndices = defineOp<MaxPool2dAttributes>({
  name: "maxPool2dWithIndices",
  family: "pool",
  summary: "maximum of each window, and its place y · W + x in the plane",
  inputs: [{ name: "input" }],
  outputs: ["output", "indices"],
  attributes: maxAttributes("maxPool2dWithIndices"),
  infer: ({ input }, attributes) => {
    const output = inferWindow("maxPool2dWithIndices", input as TensorType, attributes, attributes.dilation);
    return [output, { shape: output.shape, dtype: "i32" }];
  },
  cost: windowCost,
  reference: ({ input }, problem) => maxReference(input as Float64Array, problem),
  gradient: maxGradient,
  cuts: planeCuts,
  tolerance: exact,
  golden: { op: "maxpool2d", inputs: ["x"], outputs: ["y", "indices"], attributes: fromGolden },
  kernels: [maxKernel("wide", 128, true), maxKernel("naive", WORKGROUP, true)],
  cases: maxCases,
  random: randomMax,
});

function averageKernel(name: string, workgroup: number): Kernel<AvgPool2dAttributes> {
  return {
    name,
    shaders: [averageShader],
    plan: (problem) => {
      const { planes: _, ...params } = windowParams(problem);
      const count = sizeOf((problem.outputs.output as TensorType).shape);
      const [, , padBottom, padRight] = problem.attributes.padding;
      return {
        dispatches: [
          {
            shader: averageShader,
            constants: { COUNT_PADDING: problem.attributes.countIncludePad ? 1 : 0, WORKGROUP: workgroup },
            params: { count, ...params, padBottom, padRight },
            workgroups: grid1d(count, workgroup),
          },
        ],
      };
    },
  };
}

export const avgPool2d = defineOp<AvgPool2dAttributes>({
  name: "avgPool2d",
  family: "pool",
  summary: "mean of each window",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("avgPool2d", given);
    const attributes = { ...readWindow(read), countIncludePad: read.boolean("countIncludePad", true) };
    read.done();
    return attributes;
  },
  infer: ({ input }, attributes) => [inferWindow("avgPool2d", input as TensorType, attributes, [1, 1])],
  cost: windowCost,
  reference: ({ input }, problem) => {
    const p = windowParams(problem);
    const [, , padBottom, padRight] = problem.attributes.padding;
    const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
    let sum = 0;
    let inside = 0;
    eachWindow(
      problem,
      [1, 1],
      (index) => {
        sum += (input as Float64Array)[index] as number;
        inside += 1;
      },
      (at, oy, ox) => {
        const top = oy * p.strideHeight;
        const left = ox * p.strideWidth;
        const height = Math.min(top + p.kernelHeight, p.padTop + p.inHeight + padBottom) - top;
        const width = Math.min(left + p.kernelWidth, p.padLeft + p.inWidth + padRight) - left;
        output[at] = sum / (problem.attributes.countIncludePad ? height * width : inside);
        sum = 0;
        inside = 0;
      },
    );
    return { output };
  },
  gradient: (emit, { problem: { inputs, attributes }, cotangents }) => {
    const cotangent = cotangents.output as (typeof cotangents)[string];
    const size = (inputs.input as TensorType).shape.slice(2);
    return { input: emit("avgPool2dGrad", { cotangent }, { ...attributes, size }).output as typeof cotangent };
  },
  cuts: planeCuts,
  tolerance: ({ attributes: { kernel } }) => sumTolerance(kernel[0] * kernel[1]),
  golden: { op: "avgpool2d", inputs: ["x"], outputs: ["y"], attributes: fromGolden },
  kernels: [averageKernel("wide", 128), averageKernel("naive", WORKGROUP)],
  cases: [
    ...windowCases,
    {
      name: "padding left out",
      inputs: { input: f32(1, 2, 7, 7) },
      attributes: { kernel: 3, stride: 2, padding: 1, countIncludePad: false },
    },
  ],
  random: (draw) => {
    const one = randomWindow(draw, [1, 1]);
    return { ...one, attributes: { ...one.attributes, countIncludePad: draw.bool() } };
  },
});

const planesOf = ({ inputs }: Problem<Record<never, never>>): { planes: number; size: number } => {
  const { shape } = inputs.input as TensorType;
  return { planes: sizeOf(shape.slice(0, 2)), size: sizeOf(shape.slice(2)) };
};

/** Input [N, C, H, W]; output [N, C, 1, 1]. */
export const globalAvgPool2d = defineOp<Record<never, never>>({
  name: "globalAvgPool2d",
  family: "pool",
  summary: "mean of each plane",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes: (given) => {
    new AttributeReader("globalAvgPool2d", given).done();
    return {};
  },
  infer: ({ input }) => {
    const { shape } = input as TensorType;
    if (shape.length !== 4)
      throw new ShapeError({ op: "globalAvgPool2d" }, "input", formatShape(shape), "[N, C, H, W]");
    return [f32(shape[0] as number, shape[1] as number, 1, 1)];
  },
  cost: ({ inputs, outputs }) => ({
    flops: sizeOf((inputs.input as TensorType).shape),
    bytes: byteLength(inputs.input as TensorType) + byteLength(outputs.output as TensorType),
  }),
  reference: ({ input }, problem) => {
    const { planes, size } = planesOf(problem);
    const mean = (plane: number) =>
      (input as Float64Array).subarray(plane * size, (plane + 1) * size).reduce((a, b) => a + b, 0) / size;
    return { output: Float64Array.from({ length: planes }, (_, plane) => mean(plane)) };
  },
  // One window over the whole plane.
  gradient: (emit, { problem: { inputs }, cotangents }) => {
    const cotangent = cotangents.output as (typeof cotangents)[string];
    const size = (inputs.input as TensorType).shape.slice(2);
    return { input: emit("avgPool2dGrad", { cotangent }, { kernel: size, size }).output as typeof cotangent };
  },
  cuts: planeCuts,
  tolerance: (problem) => sumTolerance(planesOf(problem).size),
  golden: { op: "global_avgpool2d", inputs: ["x"], outputs: ["y"] },
  kernels: [
    {
      name: "workgroup",
      shaders: [globalShader],
      preference: (_, { software }) => (software ? -1 : 1),
      plan: (problem) => ({
        dispatches: [
          {
            shader: globalShader,
            constants: { WORKGROUP },
            params: planesOf(problem),
            workgroups: grid1d(planesOf(problem).planes, 1),
          },
        ],
      }),
    },
    {
      name: "serial",
      shaders: [globalSerialShader],
      plan: (problem) => ({
        dispatches: [
          {
            shader: globalSerialShader,
            constants: { WORKGROUP: 8 },
            params: planesOf(problem),
            workgroups: grid1d(planesOf(problem).planes, 8),
          },
        ],
      }),
    },
  ],
  cases: [
    { name: "odd", inputs: { input: f32(2, 3, 5, 7) } },
    { name: "one", inputs: { input: f32(1, 1, 1, 1) } },
    { name: "larger than a workgroup", inputs: { input: f32(1, 2, 13, 13) } },
  ],
  random: (draw) => ({ inputs: { input: f32(draw.int(1, 3), draw.int(1, 5), draw.int(1, 12), draw.int(1, 12)) } }),
});
