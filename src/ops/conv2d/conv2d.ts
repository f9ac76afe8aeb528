/**
 * Two-dimensional convolution as networks have it: cross-correlation, the kernel is not flipped.
 *
 *   output[n, oc, oy, ox] = activation(bias[oc] + Σ input[n, c, oy·sy − top + ky·dy, ox·sx − left + kx·dx] · weight[oc, c, ky, kx])
 *
 * with c over the input channels of oc's group and zeros outside the image. Size of the output along an axis:
 * ⌊(in + before + after − dilation·(kernel − 1) − 1) / stride⌋ + 1, or rounded up: then the last window reaches beyond the
 * padding and reads zeros there, as in the network of 2012 (cuda-convnet's `modulesX`; 224 → 55 at kernel 11, stride 4).
 */
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import { f32, type TensorType } from "../../core/tensor";
import { activate, readActivation, throughActivation } from "../activation";
import { AttributeReader, type Padding, type Pair } from "../attributes";
import { sumTolerance, view } from "../kernels";
import { type Activation, type Case, type Draw, defineOp } from "../op";
import { conv2dCuts } from "./cuts";
import { geometry, minimalBytes } from "./geometry";
import { conv2dKernels } from "./kernels";

/** Input [N, C, H, W], weight [O, C / groups, kH, kW], bias [O]; output [N, O, outH, outW]. */
export interface Conv2dAttributes {
  /** [y, x] */
  readonly stride: Pair;
  /** [top, left, bottom, right] */
  readonly padding: Padding;
  /** [y, x] */
  readonly dilation: Pair;
  /** Channels are cut into so many groups; an output channel reads the input channels of its own. */
  readonly groups: number;
  /** How the output's size is rounded. */
  readonly rounding: "floor" | "ceil";
  /** Applied to every element of the output. */
  readonly activation: Activation | null;
}

/** Output extent along one axis; below 1 when the kernel is larger than the padded input. */
function outputExtent(
  extent: number,
  before: number,
  after: number,
  kernel: number,
  dilation: number,
  stride: number,
  up: boolean,
): number {
  const room = extent + before + after - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : (up ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
}

const paper = { name: "relu" };
const alexnet = (name: string, input: TensorType, weight: TensorType, attributes: Record<string, unknown>): Case => ({
  name: `alexnet.${name}`,
  inputs: { input, weight, bias: f32(weight.shape[0] as number) },
  attributes: { ...attributes, activation: paper },
  size: "large",
});

export const conv2d = defineOp<Conv2dAttributes>({
  name: "conv2d",
  family: "conv2d",
  summary: "two-dimensional convolution (cross-correlation), with stride, padding, dilation and groups",
  inputs: [{ name: "input" }, { name: "weight" }, { name: "bias", optional: true }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("conv2d", given);
    const attributes: Conv2dAttributes = {
      stride: read.pair("stride", [1, 1], 1),
      padding: read.padding("padding"),
      dilation: read.pair("dilation", [1, 1], 1),
      groups: read.int("groups", 1, 1),
      rounding: read.choice("rounding", ["floor", "ceil"], "floor"),
      activation: readActivation(read),
    };
    read.done();
    return attributes;
  },

  infer: (inputs, { stride, padding, dilation, groups, rounding }) => {
    const where = { op: "conv2d" };
    const input = (inputs.input as TensorType).shape;
    const weight = (inputs.weight as TensorType).shape;
    if (input.length !== 4) throw new ShapeError(where, "input", formatShape(input), "[N, C, H, W]");
    if (weight.length !== 4) throw new ShapeError(where, "weight", formatShape(weight), "[O, C / groups, kH, kW]");
    const [batch, channels, height, width] = input as [number, number, number, number];
    const [out, perGroup, kernelHeight, kernelWidth] = weight as [number, number, number, number];
    if (channels % groups !== 0) {
      throw new AttributeError(
        where,
        "groups",
        String(groups),
        `a divisor of the ${channels} channels of input ${formatShape(input)}`,
      );
    }
    if (out % groups !== 0) {
      throw new AttributeError(
        where,
        "groups",
        String(groups),
        `a divisor of the ${out} channels of weight ${formatShape(weight)}`,
      );
    }
    if (perGroup !== channels / groups) {
      const wanted = `[${out}, ${channels / groups}, ${kernelHeight}, ${kernelWidth}], as input is ${formatShape(input)} in ${groups} group${groups === 1 ? "" : "s"}`;
      throw new ShapeError(where, "weight", formatShape(weight), wanted);
    }
    if (inputs.bias && (inputs.bias.shape.length !== 1 || inputs.bias.shape[0] !== out)) {
      throw new ShapeError(
        where,
        "bias",
        formatShape(inputs.bias.shape),
        `[${out}], as weight is ${formatShape(weight)}`,
      );
    }
    const [top, left, bottom, right] = padding;
    const up = rounding === "ceil";
    const outHeight = outputExtent(height, top, bottom, kernelHeight, dilation[0], stride[0], up);
    const outWidth = outputExtent(width, left, right, kernelWidth, dilation[1], stride[1], up);
    if (outHeight < 1 || outWidth < 1) {
      const reach = [dilation[0] * (kernelHeight - 1) + 1, dilation[1] * (kernelWidth - 1) + 1];
      const wanted = `at least ${reach[0]} × ${reach[1]} with its padding ${formatShape(padding)}, the reach of kernel ${formatShape(weight)}`;
      throw new ShapeError(where, "input", formatShape(input), wanted);
    }
    return [f32(batch, out, outHeight, outWidth)];
  },

  cost: (problem) => {
    const { inner } = geometry(problem);
    const elements = sizeOf((problem.outputs.output as TensorType).shape);
    return { flops: elements * (2 * inner + (problem.inputs.bias ? 1 : 0)), bytes: minimalBytes(problem) };
  },

  reference: ({ input, weight, bias }, problem) => {
    const g = geometry(problem);
    const x = view(input as Float64Array, (problem.inputs.input as TensorType).shape);
    const w = view(weight as Float64Array, (problem.inputs.weight as TensorType).shape);
    const output = new Float64Array(g.batch * g.outChannels * g.pixels);
    const channels = g.inChannels / g.groups;
    let at = 0;
    for (let n = 0; n < g.batch; n++) {
      for (let oc = 0; oc < g.outChannels; oc++) {
        const first = Math.floor(oc / g.outPerGroup) * channels;
        for (let oy = 0; oy < g.outHeight; oy++) {
          for (let ox = 0; ox < g.outWidth; ox++) {
            let sum = bias?.[oc] ?? 0;
            for (let c = 0; c < channels; c++) {
              for (let ky = 0; ky < g.kernelHeight; ky++) {
                const iy = oy * g.strideHeight - g.padTop + ky * g.dilationHeight;
                if (iy < 0 || iy >= g.inHeight) continue;
                for (let kx = 0; kx < g.kernelWidth; kx++) {
                  const ix = ox * g.strideWidth - g.padLeft + kx * g.dilationWidth;
                  if (ix >= 0 && ix < g.inWidth) sum += x(n, first + c, iy, ix) * w(oc, c, ky, kx);
                }
              }
            }
            output[at++] = activate(problem.attributes.activation, sum);
          }
        }
      }
    }
    return { output };
  },

  gradient: (emit, { inputs, outputs, problem, cotangents, wants }) => {
    type V = (typeof inputs)[string];
    const { stride, padding, dilation, groups, activation, ...rest } = problem.attributes;
    const window = { stride, padding, dilation, groups };
    const before = throughActivation(emit, activation, outputs.output as V, cotangents.output as V, () => {
      return emit("conv2d", inputs, { ...window, ...rest }).output as V;
    });
    const input = inputs.input as V;
    const weight = inputs.weight as V;
    const size = (problem.inputs.input as TensorType).shape.slice(2);
    const kernel = (problem.inputs.weight as TensorType).shape.slice(2);
    const gradients: Record<string, V> = {};
    if (wants("input")) {
      gradients.input = emit("conv2dInputGrad", { cotangent: before, weight }, { ...window, size }).output as V;
    }
    if (wants("weight")) {
      gradients.weight = emit("conv2dWeightGrad", { input, cotangent: before }, { ...window, kernel }).output as V;
    }
    if (wants("bias")) {
      // Each map by itself first: it lies together in memory, and its sum is short enough to lose nothing.
      const maps = emit("sum", { input: before }, { axes: [2, 3], keepDims: false }).output as V;
      gradients.bias = emit("sum", { input: maps }, { axes: [0], keepDims: false }).output as V;
    }
    return gradients;
  },
  cuts: conv2dCuts,
  tolerance: (problem) => sumTolerance(geometry(problem).inner + 1),
  fusesActivation: true,
  golden: { op: "conv2d", inputs: ["x", "w", "b"], outputs: ["y"] },
  kernels: conv2dKernels,

  cases: [
    { name: "one", inputs: { input: f32(1, 1, 1, 1), weight: f32(1, 1, 1, 1), bias: f32(1) } },
    {
      name: "odd",
      inputs: { input: f32(2, 3, 7, 9), weight: f32(5, 3, 3, 3), bias: f32(5) },
      attributes: { padding: 1 },
    },
    { name: "without bias", inputs: { input: f32(1, 2, 5, 5), weight: f32(9, 2, 2, 3) } },
    {
      name: "stride and padding",
      inputs: { input: f32(1, 4, 11, 8), weight: f32(6, 4, 3, 2), bias: f32(6) },
      attributes: { stride: [2, 3], padding: [0, 1] },
    },
    {
      name: "asymmetric padding",
      inputs: { input: f32(1, 2, 6, 6), weight: f32(8, 2, 3, 3), bias: f32(8) },
      attributes: { padding: [0, 0, 3, 3] },
    },
    {
      name: "rounded up",
      inputs: { input: f32(1, 3, 14, 14), weight: f32(4, 3, 5, 5), bias: f32(4) },
      attributes: { stride: 4, rounding: "ceil" },
    },
    {
      name: "dilation",
      inputs: { input: f32(1, 3, 12, 13), weight: f32(4, 3, 3, 3), bias: f32(4) },
      attributes: { dilation: [2, 3], padding: 2 },
    },
    {
      name: "groups",
      inputs: { input: f32(2, 6, 5, 5), weight: f32(20, 3, 3, 3), bias: f32(20) },
      attributes: { groups: 2, padding: 1, activation: "relu" },
    },
    {
      name: "depthwise",
      inputs: { input: f32(1, 5, 6, 6), weight: f32(5, 1, 3, 3), bias: f32(5) },
      attributes: { groups: 5, padding: 1 },
    },
    { name: "1 × 1", inputs: { input: f32(1, 17, 5, 5), weight: f32(66, 17, 1, 1), bias: f32(66) } },
    alexnet("conv1", f32(1, 3, 227, 227), f32(96, 3, 11, 11), { stride: 4 }),
    alexnet("conv2", f32(1, 96, 27, 27), f32(256, 48, 5, 5), { padding: 2, groups: 2 }),
    alexnet("conv3", f32(1, 256, 13, 13), f32(384, 256, 3, 3), { padding: 1 }),
    alexnet("conv4", f32(1, 384, 13, 13), f32(384, 192, 3, 3), { padding: 1, groups: 2 }),
    alexnet("conv5", f32(1, 384, 13, 13), f32(256, 192, 3, 3), { padding: 1, groups: 2 }),
    alexnet("conv1 2012", f32(1, 3, 224, 224), f32(96, 3, 11, 11), { stride: 4, rounding: "ceil" }),
    alexnet("conv1 torchvision", f32(1, 3, 224, 224), f32(64, 3, 11, 11), { stride: 4, padding: 2 }),
    alexnet("conv2 batch 16", f32(16, 96, 27, 27), f32(256, 48, 5, 5), { padding: 2, groups: 2 }),
  ],

  random: (draw: Draw) => {
    const groups = draw.pick([1, 1, 2, 3]);
    const perGroup = draw.int(1, 5);
    const kernel = [draw.int(1, 4), draw.int(1, 4)] as const;
    const dilation = [draw.int(1, 2), draw.int(1, 2)] as const;
    const out = groups * draw.int(1, 10);
    const extent = (axis: 0 | 1) => dilation[axis] * (kernel[axis] - 1) + draw.int(1, 9);
    return {
      inputs: {
        input: f32(draw.int(1, 2), groups * perGroup, extent(0), extent(1)),
        weight: f32(out, perGroup, kernel[0], kernel[1]),
        ...(draw.bool() ? { bias: f32(out) } : {}),
      },
      attributes: {
        stride: [draw.int(1, 3), draw.int(1, 3)],
        padding: [draw.int(0, 2), draw.int(0, 2), draw.int(0, 2), draw.int(0, 2)],
        dilation,
        groups,
        rounding: draw.pick(["floor", "ceil"]),
        activation: draw.pick([null, "relu", "elu"]),
      },
    };
  },
});
