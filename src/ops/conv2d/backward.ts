/**
 * The gradients of a convolution by its input (a transposed convolution) and by its weights; that of its bias is a sum.
 *
 *   by the input   output[n, c, y, x]      = Σ cotangent[n, oc, oy, ox] · weight[oc, c, ky, kx]
 *   by the weights output[oc, c, ky, kx]   = Σ cotangent[n, oc, oy, ox] · input[n, c, y, x]
 *
 * both over all terms with y = oy·sy − top + ky·dy and x likewise (Goodfellow et al., "Deep Learning", equations 9.11, 9.13).
 */
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, type Shape, sizeOf } from "../../core/shape";
import { f32, type TensorType } from "../../core/tensor";
import { AttributeReader, type Pair } from "../attributes";
import { sumTolerance } from "../kernels";
import { type Case, type Draw, defineOp, type Problem } from "../op";
import { inputGradKernels, weightGradKernels } from "./backwardKernels";
import type { Conv2dAttributes } from "./conv2d";
import { inputGradCuts, weightGradCuts } from "./cuts";
import { type Conv2dProblem, type Geometry, geometry, minimalBytes } from "./geometry";

/** How the convolution moves over its input; as `conv2d` has it. */
export type WindowAttributes = Pick<Conv2dAttributes, "stride" | "padding" | "dilation" | "groups">;

/** Cotangent [N, O, outH, outW], weight [O, C / groups, kH, kW]; output [N, C, H, W]. */
export interface InputGradAttributes extends WindowAttributes {
  /** [H, W] of the convolution's input: several sizes give the same output. */
  readonly size: Pair;
}

/** Input [N, C, H, W], cotangent [N, O, outH, outW]; output [O, C / groups, kH, kW]. */
export interface WeightGradAttributes extends WindowAttributes {
  /** [kH, kW] */
  readonly kernel: Pair;
}

export const readWindow = (read: AttributeReader): WindowAttributes => ({
  stride: read.pair("stride", [1, 1], 1),
  padding: read.padding("padding"),
  dilation: read.pair("dilation", [1, 1], 1),
  groups: read.int("groups", 1, 1),
});

/** The convolution that a gradient belongs to. */
export const forward = (
  input: TensorType,
  weight: TensorType,
  output: TensorType,
  window: WindowAttributes,
): Conv2dProblem => ({
  inputs: { input, weight },
  outputs: { output },
  attributes: { ...window, rounding: "floor", activation: null },
});

export const inputGradForward = ({ inputs, outputs, attributes }: Problem<InputGradAttributes>): Conv2dProblem =>
  forward(outputs.output as TensorType, inputs.weight as TensorType, inputs.cotangent as TensorType, attributes);

export const weightGradForward = ({ inputs, outputs, attributes }: Problem<WeightGradAttributes>): Conv2dProblem =>
  forward(inputs.input as TensorType, outputs.output as TensorType, inputs.cotangent as TensorType, attributes);

/** @throws ShapeError unless a convolution of `size` by `kernel` has an output of the cotangent's size, either way rounded. */
function checkExtents(op: string, cotangent: Shape, size: Pair, kernel: Pair, window: WindowAttributes): void {
  const { stride, padding, dilation } = window;
  ([0, 1] as const).forEach((axis) => {
    const room = size[axis] + padding[axis] + (padding[axis + 2] as number) - dilation[axis] * (kernel[axis] - 1) - 1;
    const exact = room / stride[axis];
    const given = cotangent[axis + 2] as number;
    if (room >= 0 && (given === Math.floor(exact) + 1 || given === Math.ceil(exact) + 1)) return;
    const wanted =
      room < 0
        ? `none: an input of ${formatShape(size)} is smaller than kernel ${formatShape(kernel)}`
        : `of extent ${Math.floor(exact) + 1} along axis ${axis + 2}, for an input of ${formatShape(size)} and kernel ${formatShape(kernel)}`;
    throw new ShapeError({ op }, "cotangent", formatShape(cotangent), wanted);
  });
}

/** Calls `term` with the offsets of input, weight and output of every product that the convolution sums up. */
export function eachProduct(
  problem: Conv2dProblem,
  term: (input: number, weight: number, output: number) => void,
): void {
  const g: Geometry = geometry(problem);
  const channels = g.inChannels / g.groups;
  for (let n = 0; n < g.batch; n++) {
    for (let oc = 0; oc < g.outChannels; oc++) {
      const first = Math.floor(oc / g.outPerGroup) * channels;
      for (let p = 0; p < g.pixels; p++) {
        const cornerY = Math.floor(p / g.outWidth) * g.strideHeight - g.padTop;
        const cornerX = (p % g.outWidth) * g.strideWidth - g.padLeft;
        for (let k = 0; k < g.inner; k++) {
          const c = Math.floor(k / (g.kernelHeight * g.kernelWidth));
          const y = cornerY + (Math.floor(k / g.kernelWidth) % g.kernelHeight) * g.dilationHeight;
          const x = cornerX + (k % g.kernelWidth) * g.dilationWidth;
          if (y < 0 || y >= g.inHeight || x < 0 || x >= g.inWidth) continue;
          const input = ((n * g.inChannels + first + c) * g.inHeight + y) * g.inWidth + x;
          term(input, oc * g.inner + k, (n * g.outChannels + oc) * g.pixels + p);
        }
      }
    }
  }
}

const flops = (problem: Conv2dProblem): number =>
  2 * geometry(problem).inner * sizeOf((problem.outputs.output as TensorType).shape);

export const dividing = (op: string, groups: number, channels: number, what: string, shape: Shape): void => {
  if (channels % groups === 0) return;
  throw new AttributeError(
    { op },
    "groups",
    String(groups),
    `a divisor of the ${channels} channels of ${what} ${formatShape(shape)}`,
  );
};

export function rank4(
  op: string,
  name: string,
  { shape }: TensorType,
  wanted: string,
): [number, number, number, number] {
  if (shape.length !== 4) throw new ShapeError({ op }, name, formatShape(shape), wanted);
  return shape as unknown as [number, number, number, number];
}

export const conv2dInputGrad = defineOp<InputGradAttributes>({
  name: "conv2dInputGrad",
  family: "conv2d",
  summary: "gradient of conv2d by its input: a transposed convolution",
  inputs: [{ name: "cotangent" }, { name: "weight" }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("conv2dInputGrad", given);
    const attributes = { ...readWindow(read), size: read.pair("size", undefined, 1) };
    read.done();
    return attributes;
  },

  infer: (inputs, attributes) => {
    const op = "conv2dInputGrad";
    const cotangent = rank4(op, "cotangent", inputs.cotangent as TensorType, "[N, O, outH, outW]");
    const weight = rank4(op, "weight", inputs.weight as TensorType, "[O, C / groups, kH, kW]");
    const { size, groups } = attributes;
    const [out, perGroup, kernelHeight, kernelWidth] = weight;
    if (cotangent[1] !== out) {
      const wanted = `[N, ${out}, outH, outW], as weight is ${formatShape(weight)}`;
      throw new ShapeError({ op }, "cotangent", formatShape(cotangent), wanted);
    }
    dividing(op, groups, out, "weight", weight);
    checkExtents(op, cotangent, size, [kernelHeight, kernelWidth], attributes);
    return [f32(cotangent[0], perGroup * groups, size[0], size[1])];
  },

  cost: (problem) => ({ flops: flops(inputGradForward(problem)), bytes: minimalBytes(inputGradForward(problem)) }),

  reference: ({ cotangent, weight }, problem) => {
    const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
    eachProduct(inputGradForward(problem), (at, w, from) => {
      output[at] = (output[at] as number) + (cotangent?.[from] as number) * (weight?.[w] as number);
    });
    return { output };
  },

  cuts: inputGradCuts,
  tolerance: (problem) => {
    const { outPerGroup, kernelHeight, kernelWidth } = geometry(inputGradForward(problem));
    return sumTolerance(outPerGroup * kernelHeight * kernelWidth);
  },
  kernels: inputGradKernels(inputGradForward),
  cases: cases(({ input, weight, output, window }) => ({
    inputs: { cotangent: output, weight },
    attributes: { ...window, size: input.shape.slice(2) },
  })),
  random: (draw) => {
    const { input, weight, output, window } = randomConvolution(draw);
    return { inputs: { cotangent: output, weight }, attributes: { ...window, size: input.shape.slice(2) } };
  },
});

export const conv2dWeightGrad = defineOp<WeightGradAttributes>({
  name: "conv2dWeightGrad",
  family: "conv2d",
  summary: "gradient of conv2d by its weights",
  inputs: [{ name: "input" }, { name: "cotangent" }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("conv2dWeightGrad", given);
    const attributes = { ...readWindow(read), kernel: read.pair("kernel", undefined, 1) };
    read.done();
    return attributes;
  },

  infer: (inputs, attributes) => {
    const op = "conv2dWeightGrad";
    const input = rank4(op, "input", inputs.input as TensorType, "[N, C, H, W]");
    const cotangent = rank4(op, "cotangent", inputs.cotangent as TensorType, "[N, O, outH, outW]");
    const { kernel, groups } = attributes;
    if (cotangent[0] !== input[0]) {
      const wanted = `[${input[0]}, O, outH, outW], as input is ${formatShape(input)}`;
      throw new ShapeError({ op }, "cotangent", formatShape(cotangent), wanted);
    }
    dividing(op, groups, input[1], "input", input);
    dividing(op, groups, cotangent[1], "cotangent", cotangent);
    checkExtents(op, cotangent, [input[2], input[3]], kernel, attributes);
    return [f32(cotangent[1], input[1] / groups, kernel[0], kernel[1])];
  },

  cost: (problem) => ({ flops: flops(weightGradForward(problem)), bytes: minimalBytes(weightGradForward(problem)) }),

  reference: ({ input, cotangent }, problem) => {
    const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
    eachProduct(weightGradForward(problem), (from, at, flow) => {
      output[at] = (output[at] as number) + (cotangent?.[flow] as number) * (input?.[from] as number);
    });
    return { output };
  },

  cuts: weightGradCuts,
  tolerance: (problem) => {
    const { batch, pixels } = geometry(weightGradForward(problem));
    return sumTolerance(batch * pixels);
  },
  kernels: weightGradKernels(weightGradForward),
  cases: cases(({ input, weight, output, window }) => ({
    inputs: { input, cotangent: output },
    attributes: { ...window, kernel: weight.shape.slice(2) },
  })),
  random: (draw) => {
    const { input, weight, output, window } = randomConvolution(draw);
    return { inputs: { input, cotangent: output }, attributes: { ...window, kernel: weight.shape.slice(2) } };
  },
});

/** The types around a convolution, and how it moves. */
interface Convolution {
  readonly input: TensorType;
  readonly weight: TensorType;
  readonly output: TensorType;
  readonly window: Readonly<Record<string, unknown>>;
}

function cases(gradient: (convolution: Convolution) => Omit<Case, "name">): Case[] {
  const one = (
    name: string,
    input: TensorType,
    weight: TensorType,
    output: TensorType,
    window: Readonly<Record<string, unknown>> = {},
  ): Case => ({ name, ...gradient({ input, weight, output, window }) });
  const large = (...args: Parameters<typeof one>): Case => ({ ...one(...args), size: "large" });
  return [
    one("one", f32(1, 1, 1, 1), f32(1, 1, 1, 1), f32(1, 1, 1, 1)),
    one("odd", f32(2, 3, 7, 9), f32(5, 3, 3, 3), f32(2, 5, 7, 9), { padding: 1 }),
    one("stride and padding", f32(1, 4, 11, 8), f32(6, 4, 3, 2), f32(1, 6, 5, 3), { stride: [2, 3], padding: [0, 1] }),
    one("asymmetric padding", f32(1, 2, 6, 6), f32(8, 2, 3, 3), f32(1, 8, 7, 7), { padding: [0, 0, 3, 3] }),
    one("rounded up", f32(1, 3, 14, 14), f32(4, 3, 5, 5), f32(1, 4, 4, 4), { stride: 4 }),
    one("rows that no window reaches", f32(1, 2, 8, 8), f32(3, 2, 2, 2), f32(1, 3, 3, 3), { stride: 3 }),
    one("dilation", f32(1, 3, 12, 13), f32(4, 3, 3, 3), f32(1, 4, 12, 11), { dilation: [2, 3], padding: 2 }),
    one("groups", f32(2, 6, 5, 5), f32(20, 3, 3, 3), f32(2, 20, 5, 5), { groups: 2, padding: 1 }),
    one("depthwise", f32(1, 5, 6, 6), f32(5, 1, 3, 3), f32(1, 5, 6, 6), { groups: 5, padding: 1 }),
    one("1 × 1", f32(2, 17, 5, 5), f32(66, 17, 1, 1), f32(2, 66, 5, 5)),
    large("alexnet.conv1", f32(16, 3, 227, 227), f32(96, 3, 11, 11), f32(16, 96, 55, 55), { stride: 4 }),
    large("alexnet.conv2", f32(16, 96, 27, 27), f32(256, 48, 5, 5), f32(16, 256, 27, 27), { padding: 2, groups: 2 }),
    large("alexnet.conv3", f32(16, 256, 13, 13), f32(384, 256, 3, 3), f32(16, 384, 13, 13), { padding: 1 }),
    large("alexnet.conv4", f32(16, 384, 13, 13), f32(384, 192, 3, 3), f32(16, 384, 13, 13), { padding: 1, groups: 2 }),
    large("alexnet.conv5", f32(16, 384, 13, 13), f32(256, 192, 3, 3), f32(16, 256, 13, 13), { padding: 1, groups: 2 }),
  ];
}

function randomConvolution(draw: Draw): Convolution {
  const groups = draw.pick([1, 1, 2, 3]);
  const perGroup = draw.int(1, 10);
  const batch = draw.int(1, 3);
  const out = groups * draw.int(1, 10);
  const axis = () => {
    const [kernel, dilation, stride] = [draw.int(1, 4), draw.int(1, 2), draw.int(1, 3)];
    const [before, after] = [draw.int(0, 2), draw.int(0, 2)];
    const extent = dilation * (kernel - 1) + draw.int(1, 9);
    const room = extent + before + after - dilation * (kernel - 1) - 1;
    const result = (draw.bool() ? Math.floor(room / stride) : Math.ceil(room / stride)) + 1;
    return { kernel, dilation, stride, before, after, extent, result };
  };
  const [y, x] = [axis(), axis()];
  return {
    input: f32(batch, groups * perGroup, y.extent, x.extent),
    weight: f32(out, perGroup, y.kernel, x.kernel),
    output: f32(batch, out, y.result, x.result),
    window: {
      stride: [y.stride, x.stride],
      padding: [y.before, x.before, y.after, x.after],
      dilation: [y.dilation, x.dilation],
      groups,
    },
  };
}
