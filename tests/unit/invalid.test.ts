/** Calls that must be refused: each by an error that names the op, before any GPU is there. */
import { expect, test } from "vitest";
import { AttributeError, ShapeError } from "../../src/core/errors";
import { f32, i32, type TensorType } from "../../src/core/tensor";
import { pose } from "../../src/graph/graph";
import { type OpName, ops } from "../../src/ops";

const u32 = (...shape: number[]): TensorType => ({ shape, dtype: "u32" });
const LSTM = {
  input: f32(2, 1, 3),
  h0: f32(1, 4),
  c0: f32(1, 4),
  weightIh: f32(16, 3),
  weightHh: f32(16, 4),
};

const CALLS: [OpName, Record<string, TensorType>, Record<string, unknown>][] = [
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3) }, { stride: [0, 1] }],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3) }, { padding: [-1, 0] }],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 7, 7) }, {}],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 2, 3, 3) }, {}],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3), bias: f32(3) }, {}],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3) }, { groups: 2 }],
  ["conv2d", { input: f32(3, 5, 5), weight: f32(2, 3, 3, 3) }, {}],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3) }, { dilation: [0, 1] }],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3) }, { stride: [1.5, 1] }],
  ["conv2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3) }, { groups: 0 }],
  ["matmul", { a: f32(2, 3), b: f32(4, 5) }, {}],
  ["matmul", { a: f32(2, 2, 3), b: f32(3, 3, 5) }, {}],
  ["matmul", { a: f32(3), b: f32(3, 5) }, {}],
  ["linear", { input: f32(2, 3), weight: f32(4, 5) }, {}],
  ["linear", { input: f32(2, 3), weight: f32(4, 3), bias: f32(3) }, {}],
  ["maxPool2dWithIndices", { input: f32(1, 1, 4, 4) }, { kernel: [2, 2], padding: [2, 2] }],
  ["maxPool2dWithIndices", { input: f32(1, 1, 4, 4) }, { kernel: [0, 2] }],
  ["maxPool2dWithIndices", { input: f32(1, 1, 4, 4) }, { kernel: [9, 9] }],
  ["maxPool2dWithIndices", { input: f32(1, 1, 4, 4) }, {}],
  ["avgPool2d", { input: f32(1, 4, 4) }, { kernel: [2, 2] }],
  ["lrn", { input: f32(1, 4, 4, 4) }, { size: 0 }],
  ["lrn", { input: f32(4) }, { size: 3 }],
  ["lrn", { input: f32(1, 4, 4, 4) }, { alpha: -1 }],
  ["softmax", { input: f32(2, 3) }, { axis: 2 }],
  ["softmax", { input: f32(2, 3) }, { axis: -3 }],
  ["softmax", { input: f32(2, 3) }, { axis: 0.5 }],
  ["add", { a: f32(2, 3), b: f32(2, 4) }, {}],
  ["concat", { input0: f32(2, 3), input1: f32(3, 3) }, { axis: 1 }],
  ["concat", { input0: f32(2, 3) }, { axis: 2 }],
  ["reshape", { input: f32(2, 3) }, { shape: [4, 2] }],
  ["reshape", { input: f32(2, 3) }, { shape: [-1, -1] }],
  ["transpose", { input: f32(2, 3) }, { perm: [0, 0] }],
  ["transpose", { input: f32(2, 3) }, { perm: [0] }],
  ["sum", { input: f32(2, 3) }, { axes: [2] }],
  ["sum", { input: f32(2, 3) }, { axes: [0, 0] }],
  ["flatten", { input: f32(2, 3) }, { startAxis: 4 }],
  ["embedding", { weight: f32(2, 3), indices: f32(2) }, {}],
  ["oneHot", { indices: i32(2) }, { depth: 0 }],
  ["crossEntropy", { input: f32(2, 3), labels: i32(3) }, {}],
  ["crossEntropy", { input: f32(2, 3), labels: i32(2) }, { reduction: "none" }],
  ["dropout", { input: f32(2), mask: f32(3) }, { p: 0.5, form: "paper_train" }],
  ["dropout", { input: f32(2), mask: f32(2) }, { p: 1.5, form: "paper_train" }],
  ["dropout", { input: f32(2), mask: f32(2) }, { p: 0.5, form: "x" }],
  ["batchNorm", { input: f32(2, 3), gamma: f32(2), beta: f32(3), mean: f32(3), variance: f32(3) }, {}],
  ["batchNorm", { input: f32(2, 3), gamma: f32(3), beta: f32(3), mean: f32(3), variance: f32(3) }, { eps: -1 }],
  ["lstm", { input: f32(2, 1, 3), h0: f32(1, 4), c0: f32(1, 4), weightIh: f32(12, 3), weightHh: f32(16, 4) }, {}],
  ["lstm", { input: f32(2, 1, 3), h0: f32(2, 4), c0: f32(1, 4), weightIh: f32(16, 3), weightHh: f32(16, 4) }, {}],
  ["gelu", { input: f32(2) }, { approximate: "erf" }],
  ["leakyRelu", { input: f32(2) }, { slope: "x" }],
  ["leakyRelu", { input: f32(2) }, { slope: NaN }],
  ["mse", { input: f32(2), target: f32(3) }, {}],
  ["relu", { input: f32(0) }, {}],
  ["add", { a: f32(2), b: i32(2) }, {}],
  ["pow", { a: u32(2), b: u32(2) }, {}],
  ["prelu", { a: i32(2), b: i32(2) }, {}],
  ["where", { condition: f32(2) }, {}],
  ["where", { condition: f32(2), a: f32(2), b: i32(2) }, {}],
  ["where", { condition: f32(2), a: f32(3) }, {}],
  ["cast", { input: f32(2) }, { to: "f64" }],
  ["clip", { input: f32(2) }, { min: "x" }],
  ["celu", { input: f32(2) }, { alpha: 0 }],
  ["fill", {}, { shape: [2], value: 0.5, dtype: "i32" }],
  ["slice", { input: f32(4) }, { starts: [0], ends: [4], steps: [0] }],
  ["slice", { input: f32(4) }, { starts: [0], ends: [4], steps: [-1] }],
  ["pad", { input: f32(2, 3) }, { before: [1], after: [1, 1] }],
  ["pad", { input: f32(2) }, { before: [-1], after: [0] }],
  ["gather", { input: f32(2, 3), indices: i32(2) }, { axis: 2 }],
  ["gather", { input: f32(2, 3), indices: f32(2) }, {}],
  ["gatherElements", { input: f32(2, 3), indices: i32(3, 4) }, {}],
  ["gatherND", { input: f32(2, 3), indices: i32(2, 3) }, {}],
  ["gatherND", { input: f32(2, 3), indices: i32(3, 1) }, { batchDims: 1 }],
  ["scatterElements", { input: f32(2, 3), indices: i32(1, 3), updates: f32(3) }, {}],
  ["scatterND", { input: f32(2, 3), indices: i32(4, 1), updates: f32(4, 2) }, {}],
  ["reverseSequence", { input: f32(2, 3), lengths: i32(2) }, {}],
  ["reverseSequence", { input: f32(2, 3), lengths: i32(2) }, { batchAxis: 0 }],
  ["mean", { input: i32(2) }, {}],
  ["argmin", { input: f32(2) }, { axis: 1 }],
  ["cumSum", { input: f32(2) }, { axis: 1 }],
  ["topK", { input: f32(2, 3) }, { k: 4 }],
  ["convTranspose2d", { input: f32(1, 3, 5, 5), weight: f32(2, 3, 3, 3) }, {}],
  ["convTranspose2d", { input: f32(1, 3, 5, 5), weight: f32(3, 2, 3, 3) }, { outputPadding: 1 }],
  ["convTranspose2d", { input: f32(1, 3, 1, 1), weight: f32(3, 2, 1, 1) }, { padding: 1 }],
  ["resize", { input: f32(2, 3) }, { sizes: [4] }],
  ["resize", { input: f32(2, 3) }, { sizes: [4, 6], scales: [2, 0] }],
  ["lstm", { ...LSTM, lengths: i32(2) }, {}],
  ["lstm", { ...LSTM, peephole: f32(4) }, {}],
  ["lstm", LSTM, { activations: ["tanh"] }],
  ["gru", LSTM, { clip: -1 }],
];

test.each(CALLS)("%s %j %j", (name, inputs, attributes) => {
  let refusal: unknown;
  try {
    pose(ops[name], inputs, attributes);
  } catch (error) {
    refusal = error;
  }
  expect(refusal instanceof ShapeError || refusal instanceof AttributeError, String(refusal)).toBe(true);
  expect((refusal as Error).message).toMatch(new RegExp(`^${name}: .+ (is|are) .+, but should be .+`));
});
