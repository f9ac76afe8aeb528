/** A fully connected layer: output = input · weightᵀ + bias, over the last axis of the input. */
import { ShapeError } from "../../core/errors";
import { formatShape, sameShape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { activate, readActivation, throughActivation } from "../activation";
import { AttributeReader } from "../attributes";
import { asMatrix, product, reshaped } from "../gradients";
import { sumTolerance } from "../kernels";
import { type Activation, type Draw, defineOp, type Problem } from "../op";
import { linearCuts } from "./cuts";
import { batchAxes, type Gemm } from "./gemm";
import { gemmKernels } from "./kernels";

/** Input [..., in], weight [out, in], bias [out]; output [..., out]. */
export interface LinearAttributes {
  /** Applied to every element of the output. */
  readonly activation: Activation | null;
}

function asGemm({ inputs, attributes }: Problem<LinearAttributes>): Gemm {
  const input = inputs.input as TensorType;
  const weight = inputs.weight as TensorType;
  const [columns, inner] = weight.shape as [number, number];
  const none = batchAxes([], 0);
  return {
    rows: sizeOf(input.shape) / inner,
    columns,
    inner,
    batches: 1,
    batchExtents: batchAxes([], 1),
    a: { tensor: "input", type: input, lineStride: inner, innerStride: 1, batchStrides: none },
    b: { tensor: "weight", type: weight, lineStride: inner, innerStride: 1, batchStrides: none },
    bias: inputs.bias ? "bias" : undefined,
    activation: attributes.activation,
  };
}

export const linear = defineOp<LinearAttributes>({
  name: "linear",
  family: "matmul",
  summary: "fully connected layer, input · weightᵀ + bias",
  inputs: [{ name: "input" }, { name: "weight" }, { name: "bias", optional: true }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("linear", given);
    const attributes = { activation: readActivation(read) };
    read.done();
    return attributes;
  },

  infer: (inputs) => {
    const where = { op: "linear" };
    const input = (inputs.input as TensorType).shape;
    const weight = (inputs.weight as TensorType).shape;
    if (input.length < 1) throw new ShapeError(where, "input", formatShape(input), "of one axis or more");
    const inner = input.at(-1) as number;
    if (weight.length !== 2 || weight[1] !== inner) {
      throw new ShapeError(where, "weight", formatShape(weight), `[out, ${inner}], as input is ${formatShape(input)}`);
    }
    const out = weight[0] as number;
    if (inputs.bias && (inputs.bias.shape.length !== 1 || inputs.bias.shape[0] !== out)) {
      throw new ShapeError(
        where,
        "bias",
        formatShape(inputs.bias.shape),
        `[${out}], as weight is ${formatShape(weight)}`,
      );
    }
    return [f32(...input.slice(0, -1), out)];
  },

  cost: (problem) => {
    const { rows, columns, inner, bias } = asGemm(problem);
    const tensors = [...Object.values(problem.inputs), ...Object.values(problem.outputs)];
    return {
      flops: 2 * rows * columns * inner + (bias ? rows * columns : 0),
      bytes: tensors.reduce((sum, type) => sum + byteLength(type), 0),
    };
  },

  reference: ({ input, weight, bias }, problem) => {
    const { rows, columns, inner, activation } = asGemm(problem);
    const output = new Float64Array(rows * columns);
    for (let m = 0; m < rows; m++) {
      for (let n = 0; n < columns; n++) {
        let sum = bias?.[n] ?? 0;
        for (let k = 0; k < inner; k++) {
          sum +=
            ((input as Float64Array)[m * inner + k] as number) * ((weight as Float64Array)[n * inner + k] as number);
        }
        output[m * columns + n] = activate(activation, sum);
      }
    }
    return { output };
  },

  gradient: (emit, { inputs, outputs, problem, cotangents, wants }) => {
    type V = (typeof inputs)[string];
    const { rows, columns, inner, activation } = asGemm(problem);
    const from = (problem.inputs.input as TensorType).shape;
    const input = inputs.input as V;
    const weight = inputs.weight as V;
    const before = throughActivation(emit, activation, outputs.output as V, cotangents.output as V, () => {
      return emit("linear", inputs).output as V;
    });
    const flow = asMatrix(emit, before, [...from.slice(0, -1), columns], rows, columns);
    const gradients: Record<string, V> = {};
    if (wants("input")) {
      const toInput = product(emit, flow, weight, false, false);
      gradients.input = sameShape(from, [rows, inner]) ? toInput : reshaped(emit, toInput, from);
    }
    if (wants("weight")) {
      gradients.weight = product(emit, flow, asMatrix(emit, input, from, rows, inner), true, false);
    }
    if (wants("bias")) gradients.bias = emit("sum", { input: flow }, { axes: [0], keepDims: false }).output as V;
    return gradients;
  },
  cuts: linearCuts,
  tolerance: (problem) => sumTolerance(asGemm(problem).inner + 1),
  fusesActivation: true,
  golden: { op: "linear", inputs: ["x", "w", "b"], outputs: ["y"] },
  kernels: gemmKernels(asGemm),

  cases: [
    { name: "odd", inputs: { input: f32(5, 13), weight: f32(7, 13), bias: f32(7) } },
    { name: "one", inputs: { input: f32(1), weight: f32(1, 1), bias: f32(1) } },
    { name: "without bias", inputs: { input: f32(3, 12), weight: f32(10, 12) } },
    {
      name: "vec4",
      inputs: { input: f32(2, 64), weight: f32(33, 64), bias: f32(33) },
      attributes: { activation: "relu" },
    },
    {
      name: "long sums",
      inputs: { input: f32(1, 64), weight: f32(2, 64), bias: f32(2) },
      attributes: { activation: "relu" },
    },
    { name: "leading axes", inputs: { input: f32(2, 3, 20), weight: f32(9, 20), bias: f32(9) } },
    {
      name: "gelu, leading axes",
      inputs: { input: f32(2, 2, 5), weight: f32(3, 5), bias: f32(3) },
      attributes: { activation: "geluErf" },
    },
    { name: "many rows", inputs: { input: f32(70, 36), weight: f32(65, 36), bias: f32(65) } },
    ...[1, 16].flatMap((batch) => [
      {
        name: `alexnet.fc6 batch ${batch}`,
        inputs: { input: f32(batch, 9216), weight: f32(4096, 9216), bias: f32(4096) },
        size: "large" as const,
      },
      {
        name: `alexnet.fc7 batch ${batch}`,
        inputs: { input: f32(batch, 4096), weight: f32(4096, 4096), bias: f32(4096) },
        size: "large" as const,
      },
      {
        name: `alexnet.fc8 batch ${batch}`,
        inputs: { input: f32(batch, 4096), weight: f32(1000, 4096), bias: f32(1000) },
        size: "large" as const,
      },
    ]),
  ],

  random: (draw: Draw) => {
    const inner = draw.bool() ? draw.int(1, 50) : 4 * draw.int(1, 20);
    const out = draw.int(1, 40);
    const leading = Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 6));
    return {
      inputs: {
        input: f32(...leading, inner),
        weight: f32(out, inner),
        ...(draw.bool() ? { bias: f32(out) } : {}),
      },
      attributes: { activation: draw.pick([null, "relu", "sigmoid"]) },
    };
  },
});
