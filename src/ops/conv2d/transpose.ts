/**
 * Transposed convolution: what a convolution does to its input's gradient, as a layer of its own. Each element of the input adds
 * the kernel, times itself, to a window of the output (Zeiler et al., "Deconvolutional Networks", 2010).
 *
 *   output[n, o, y, x] = activation(bias[o] + Σ input[n, c, iy, ix] · weight[c, o, ky, kx])
 *
 * over all terms with y = iy·sy − top + ky·dy, and x likewise, c over the channels of o's group. Size of the output along an axis:
 * (in − 1)·stride − before − after + dilation·(kernel − 1) + 1 + outputPadding.
 */
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, sameShape, sizeOf } from "../../core/shape";
import { f32, type TensorType } from "../../core/tensor";
import { activate, readActivation, throughActivation } from "../activation";
import { AttributeReader, type Pair } from "../attributes";
import { sumTolerance } from "../kernels";
import { type Activation, type Draw, defineOp, type Named, type Problem } from "../op";
import { dividing, eachProduct, forward, rank4, readWindow, type WindowAttributes } from "./backward";
import { inputGradKernels } from "./backwardKernels";
import { type Conv2dProblem, geometry, minimalBytes } from "./geometry";

/** Input [N, C, H, W], weight [C, O / groups, kH, kW], bias [O]; output [N, O, outH, outW]. */
export interface ConvTranspose2dAttributes extends WindowAttributes {
  /** [y, x]: rows and columns more, at the far ends; less than the stride or than the dilation. */
  readonly outputPadding: Pair;
  readonly activation: Activation | null;
}

const OP = "convTranspose2d";

/** The convolution whose input's gradient this is. */
const convolution = ({ inputs, outputs, attributes }: Problem<ConvTranspose2dAttributes>): Conv2dProblem =>
  forward(outputs.output as TensorType, inputs.weight as TensorType, inputs.input as TensorType, attributes);

function extentsOf(inputs: Named<TensorType>, { stride, padding, dilation, outputPadding }: ConvTranspose2dAttributes) {
  const { shape } = inputs.input as TensorType;
  const kernel = (inputs.weight as TensorType).shape.slice(2);
  return ([0, 1] as const).map((axis) => {
    const reach = dilation[axis] * ((kernel[axis] as number) - 1) + 1;
    const cut = padding[axis] + (padding[axis + 2] as number);
    return ((shape[axis + 2] as number) - 1) * stride[axis] + reach - cut + outputPadding[axis];
  });
}

export const convTranspose2d = defineOp<ConvTranspose2dAttributes>({
  name: OP,
  family: "conv2d",
  summary: "two-dimensional transposed convolution, with stride, padding, output padding, dilation and groups",
  inputs: [{ name: "input" }, { name: "weight" }, { name: "bias", optional: true }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader(OP, given);
    const attributes: ConvTranspose2dAttributes = {
      ...readWindow(read),
      outputPadding: read.pair("outputPadding", [0, 0], 0),
      activation: readActivation(read),
    };
    read.done();
    const { outputPadding, stride, dilation } = attributes;
    if (([0, 1] as const).some((axis) => outputPadding[axis] >= Math.max(stride[axis], dilation[axis]))) {
      const wanted = `less than stride ${formatShape(stride)} or than dilation ${formatShape(dilation)}`;
      throw new AttributeError({ op: OP }, "outputPadding", formatShape(outputPadding), wanted);
    }
    return attributes;
  },

  infer: (inputs, attributes) => {
    const where = { op: OP };
    const input = rank4(OP, "input", inputs.input as TensorType, "[N, C, H, W]");
    const weight = rank4(OP, "weight", inputs.weight as TensorType, "[C, O / groups, kH, kW]");
    const { groups } = attributes;
    if (weight[0] !== input[1]) {
      const wanted = `[${input[1]}, O / groups, kH, kW], as input is ${formatShape(input)}`;
      throw new ShapeError(where, "weight", formatShape(weight), wanted);
    }
    dividing(OP, groups, input[1], "input", input);
    const out = weight[1] * groups;
    if (inputs.bias && !sameShape(inputs.bias.shape, [out])) {
      const wanted = `[${out}], as weight is ${formatShape(weight)} in ${groups} groups`;
      throw new ShapeError(where, "bias", formatShape(inputs.bias.shape), wanted);
    }
    const [height, width] = extentsOf(inputs, attributes) as [number, number];
    if (height < 1 || width < 1) {
      const wanted = `large enough for padding ${formatShape(attributes.padding)} to leave something of the output`;
      throw new ShapeError(where, "input", formatShape(input), wanted);
    }
    return [f32(input[0], out, height, width)];
  },

  cost: (problem) => {
    const { inner } = geometry(convolution(problem));
    const products = sizeOf((problem.inputs.input as TensorType).shape) * inner;
    return { flops: 2 * products, bytes: minimalBytes(convolution(problem)) };
  },

  reference: ({ input, weight, bias }, problem) => {
    const { shape } = problem.outputs.output as TensorType;
    const plane = (shape[2] as number) * (shape[3] as number);
    const output = new Float64Array(sizeOf(shape)).map(
      (_, i) => bias?.[Math.floor(i / plane) % (shape[1] as number)] ?? 0,
    );
    eachProduct(convolution(problem), (at, w, from) => {
      output[at] = (output[at] as number) + (input?.[from] as number) * (weight?.[w] as number);
    });
    return { output: output.map((x) => activate(problem.attributes.activation, x)) };
  },

  gradient: (emit, { inputs, outputs, problem, cotangents, wants }) => {
    type V = (typeof inputs)[string];
    const { stride, padding, dilation, groups, outputPadding, activation } = problem.attributes;
    const window = { stride, padding, dilation, groups };
    const before = throughActivation(emit, activation, outputs.output as V, cotangents.output as V, () => {
      return emit(OP, inputs, { ...window, outputPadding }).output as V;
    });
    // Rows and columns beyond the last window would make another one fit.
    const { shape } = problem.outputs.output as TensorType;
    const over = ([0, 1] as const).map((axis) => Math.max(0, outputPadding[axis] - stride[axis] + 1));
    const ends = shape.map((extent, axis) => extent - (over[axis - 2] ?? 0));
    const flow = over.some((count) => count > 0)
      ? (emit("slice", { input: before }, { starts: [0, 0, 0, 0], ends }).output as V)
      : before;
    const [input, weight] = [inputs.input as V, inputs.weight as V];
    const kernel = (problem.inputs.weight as TensorType).shape.slice(2);
    const gradients: Record<string, V> = {};
    if (wants("input")) gradients.input = emit("conv2d", { input: flow, weight }, window).output as V;
    if (wants("weight")) {
      gradients.weight = emit("conv2dWeightGrad", { input: flow, cotangent: input }, { ...window, kernel }).output as V;
    }
    if (wants("bias")) {
      const maps = emit("sum", { input: before }, { axes: [2, 3], keepDims: false }).output as V;
      gradients.bias = emit("sum", { input: maps }, { axes: [0], keepDims: false }).output as V;
    }
    return gradients;
  },

  tolerance: (problem) => {
    const { outPerGroup, kernelHeight, kernelWidth } = geometry(convolution(problem));
    return sumTolerance(outPerGroup * kernelHeight * kernelWidth + 1);
  },
  fusesActivation: true,
  kernels: inputGradKernels(convolution, ({ inputs, attributes: { activation } }) => ({
    cotangent: "input",
    bias: inputs.bias !== undefined,
    activation,
  })),

  cases: [
    { name: "one", inputs: { input: f32(1, 1, 1, 1), weight: f32(1, 1, 1, 1), bias: f32(1) } },
    { name: "odd", inputs: { input: f32(2, 3, 3, 4), weight: f32(3, 5, 3, 3), bias: f32(5) } },
    {
      name: "twice as large",
      inputs: { input: f32(1, 8, 4, 5), weight: f32(8, 6, 4, 4) },
      attributes: { stride: 2, padding: 1, activation: { name: "clip", alpha: -1, beta: 1 } },
    },
    {
      name: "output padding",
      inputs: { input: f32(1, 2, 4, 3), weight: f32(2, 3, 3, 3), bias: f32(3) },
      attributes: { stride: [3, 2], padding: [1, 0, 2, 1], outputPadding: [2, 1] },
    },
    {
      name: "output padding beyond the stride",
      inputs: { input: f32(1, 2, 3, 3), weight: f32(2, 1, 2, 2) },
      attributes: { dilation: 3, outputPadding: [2, 1] },
    },
    {
      name: "groups",
      inputs: { input: f32(2, 6, 3, 3), weight: f32(6, 9, 2, 3), bias: f32(18) },
      attributes: { groups: 2, stride: 2 },
    },
    {
      name: "a map doubled",
      inputs: { input: f32(1, 256, 32, 32), weight: f32(256, 128, 4, 4), bias: f32(128) },
      attributes: { stride: 2, padding: 1 },
      size: "large",
    },
  ],

  random: (draw: Draw) => {
    const groups = draw.pick([1, 1, 2, 3]);
    const [channels, out] = [groups * draw.int(1, 9), draw.int(1, 9)];
    const axis = () => {
      const [kernel, dilation, stride] = [draw.int(1, 4), draw.int(1, 2), draw.int(1, 3)];
      const extent = draw.int(1, 5);
      const room = (extent - 1) * stride + dilation * (kernel - 1);
      const before = draw.int(0, Math.min(2, room));
      const after = draw.int(0, Math.min(2, room - before));
      return { kernel, dilation, stride, extent, before, after, more: draw.int(0, Math.max(stride, dilation) - 1) };
    };
    const [y, x] = [axis(), axis()];
    return {
      inputs: {
        input: f32(draw.int(1, 2), channels, y.extent, x.extent),
        weight: f32(channels, out, y.kernel, x.kernel),
        ...(draw.bool() ? { bias: f32(out * groups) } : {}),
      },
      attributes: {
        stride: [y.stride, x.stride],
        padding: [y.before, x.before, y.after, x.after],
        dilation: [y.dilation, x.dilation],
        outputPadding: [y.more, x.more],
        groups,
      },
    };
  },
});
