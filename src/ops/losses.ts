/** Losses: mean squared error, binary cross-entropy and cross-entropy of logits, each averaged or summed to a scalar. */
import softmaxLib from "../../shaders/lib/softmax.wgsl?raw";
import gradText from "../../shaders/losses/cross_entropy_grad.wgsl?raw";
import gradSerialText from "../../shaders/losses/cross_entropy_grad_serial.wgsl?raw";
import topText from "../../shaders/losses/in_top_k.wgsl?raw";
import termsText from "../../shaders/losses/terms.wgsl?raw";
import type { TensorData } from "../core/dtype";
import { ShapeError, ValueError } from "../core/errors";
import { formatShape, sameShape, sizeOf } from "../core/shape";
import { byteLength, f32, i32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { batchCut, summedBatch } from "./cut";
import { grid1d, sumTolerance } from "./kernels";
import { gridLib, nonfiniteLib } from "./lib";
import { type Draw, defineOp, type Golden, type Kernel, type Op, type Problem, shader } from "./op";
import type { Part } from "./part";

export interface LossAttributes {
  /** Over every element; for cross-entropy over every label. */
  readonly reduction: "mean" | "sum";
}

const termsShader = shader("losses/terms.wgsl", termsText, [softmaxLib, ...nonfiniteLib]);
const KINDS = { mse: 0, bceWithLogits: 1, crossEntropy: 2 } as const;

function readReduction(op: string, given: Readonly<Record<string, unknown>>): LossAttributes {
  const read = new AttributeReader(op, given);
  const attributes = { reduction: read.choice("reduction", ["mean", "sum"], "mean") };
  read.done();
  return attributes;
}

/** How many terms a loss has, and of what they are made. */
function termsOf(kind: keyof typeof KINDS, { inputs }: Problem<LossAttributes>) {
  const { shape } = inputs.input as TensorType;
  if (kind !== "crossEntropy") return { terms: sizeOf(shape), classes: 1, inner: 1 };
  const classes = shape[1] as number;
  return { terms: sizeOf(shape) / classes, classes, inner: sizeOf(shape.slice(2)) };
}

const scaleOf = ({ attributes }: Problem<LossAttributes>, terms: number): number =>
  attributes.reduction === "mean" ? 1 / terms : 1;

function kernelsOf(kind: keyof typeof KINDS, second: string): readonly Kernel<LossAttributes>[] {
  const kernel = (name: string, WORKGROUP: number): Kernel<LossAttributes> => ({
    name,
    shaders: [termsShader],
    preference: (_, { software }) => (software === (WORKGROUP === 1) ? 1 : 0),
    plan: (problem) => {
      const params = termsOf(kind, problem);
      return {
        dispatches: [
          {
            shader: termsShader,
            constants: { KIND: KINDS[kind], WORKGROUP },
            params: { ...params, scale: scaleOf(problem, params.terms) },
            bindings: { target_bits: second },
            workgroups: [1, 1, 1],
          },
        ],
      };
    },
  });
  return [kernel("workgroup", 256), kernel("serial", 1)];
}

const cost = (flopsEach: number) => (problem: Problem<LossAttributes>) => ({
  flops: sizeOf((problem.inputs.input as TensorType).shape) * flopsEach,
  bytes: Object.values(problem.inputs).reduce((sum, type) => sum + byteLength(type), 0) + 4,
});

/** A loss of every element against a target of the same shape. */
function elementwiseLoss(
  name: "mse" | "bceWithLogits",
  summary: string,
  goldenName: string,
  forward: (x: number, t: number) => number,
): Op<LossAttributes> {
  const golden: Golden<LossAttributes> = { op: goldenName, inputs: ["x", "target"], outputs: ["loss"] };
  const scale = name === "mse" ? 1 : 4;
  const recipes = { input: { kind: "uniform", scale }, target: { kind: "range", min: 0, max: 1 } } as const;
  return defineOp<LossAttributes>({
    name,
    family: "losses",
    summary,
    inputs: [{ name: "input" }, { name: "target" }],
    outputs: ["output"],
    attributes: (given) => readReduction(name, given),
    infer: ({ input, target }) => {
      const { shape } = input as TensorType;
      const wanted = (target as TensorType).shape;
      if (!sameShape(shape, wanted))
        throw new ShapeError({ op: name }, "target", formatShape(wanted), `${formatShape(shape)}, as input is`);
      return [f32()];
    },
    cost: cost(name === "mse" ? 3 : 8),
    reference: ({ input, target }, problem) => {
      const terms = Array.from(input as Float64Array, (x, i) => forward(x, target?.[i] as number));
      return { output: Float64Array.of(terms.reduce((a, b) => a + b, 0) * scaleOf(problem, terms.length)) };
    },
    cuts: ({ inputs, attributes: { reduction } }) => {
      const [extent] = (inputs.input as TensorType).shape;
      return extent === undefined ? [] : [summedBatch(extent, ["input", "target"], "output", reduction === "mean")];
    },
    tolerance: (problem) => {
      const { atol } = sumTolerance(termsOf(name, problem).terms);
      return { rtol: 1e-5, atol: 10 * atol };
    },
    golden,
    gradient: (emit, { inputs, problem, cotangents, wants }) => {
      type V = (typeof inputs)[string];
      const input = inputs.input as V;
      const target = inputs.target as V;
      const factor = (name === "mse" ? 2 : 1) * scaleOf(problem, termsOf(name, problem).terms);
      const flow = emit("scale", { input: cotangents.output as V }, { factor }).output as V;
      const times = (a: V): V => emit("mul", { a, b: flow }).output as V;
      const minus = (a: V, b: V): V => emit("sub", { a, b }).output as V;
      // (x − t)² has the two slopes 2 (x − t) and its negative; the other loss σ(x) − t and −x.
      const guess = name === "mse" ? input : (emit("sigmoid", { input }).output as V);
      const byTarget = () => (name === "mse" ? minus(target, input) : (emit("neg", { input }).output as V));
      return {
        ...(wants("input") ? { input: times(minus(guess, target)) } : {}),
        ...(wants("target") ? { target: times(byTarget()) } : {}),
      };
    },
    kernels: kernelsOf(name, "target"),
    cases: [
      { name: "mean", inputs: { input: f32(3, 5), target: f32(3, 5) }, recipes },
      { name: "sum", inputs: { input: f32(70), target: f32(70) }, attributes: { reduction: "sum" }, recipes },
      { name: "one", inputs: { input: f32(), target: f32() }, recipes },
    ],
    random: (draw: Draw) => {
      const shape = Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 9));
      return {
        inputs: { input: f32(...shape), target: f32(...shape) },
        attributes: { reduction: draw.pick(["mean", "sum"]) },
        recipes,
      };
    },
  });
}

export const mse = elementwiseLoss("mse", "mean squared error", "mse", (x, t) => (x - t) ** 2);

/** −t·log σ(x) − (1 − t)·log(1 − σ(x)), in the form that cannot overflow. */
export const bceWithLogits = elementwiseLoss(
  "bceWithLogits",
  "binary cross-entropy of logits",
  "bce_with_logits",
  (x, t) => Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x))),
);

/** @throws ShapeError unless input is [N, C, …] and labels [N, …]. */
function checkLabelled(op: string, { shape }: TensorType, { shape: given }: TensorType): void {
  if (shape.length < 2) throw new ShapeError({ op }, "input", formatShape(shape), "[N, C, …]");
  const wanted = [...shape.slice(0, 1), ...shape.slice(2)];
  if (!sameShape(given, wanted)) {
    throw new ShapeError(
      { op },
      "labels",
      formatShape(given),
      `${formatShape(wanted)}, as input is ${formatShape(shape)}`,
    );
  }
}

/** @throws ValueError for a label that is no class. */
function checkLabels(op: string, labels: TensorData | undefined, { shape }: TensorType): void {
  const classes = shape[1] as number;
  labels?.forEach((label, at) => {
    if (label < 0 || label >= classes) {
      throw new ValueError({ op }, "labels", `${label} at element ${at}`, `whole numbers from 0 to ${classes - 1}`);
    }
  });
}

const labelsTo = (classes: number) => ({ labels: { kind: "integers" as const, min: 0, max: classes - 1 } });

/** Input [N, C, …] logits, labels [N, …]; output a scalar: −log softmax(input)[label], averaged or summed. */
export const crossEntropy = defineOp<LossAttributes>({
  name: "crossEntropy",
  family: "losses",
  summary: "cross-entropy of logits and labels",
  inputs: [{ name: "input" }, { name: "labels", dtype: "i32" }],
  outputs: ["output"],
  attributes: (given) => readReduction("crossEntropy", given),
  infer: ({ input, labels }) => {
    checkLabelled("crossEntropy", input as TensorType, labels as TensorType);
    return [f32()];
  },
  cost: cost(4),
  reference: ({ input, labels }, problem) => {
    const { terms, classes, inner } = termsOf("crossEntropy", problem);
    let sum = 0;
    for (let line = 0; line < terms; line++) {
      const start = Math.floor(line / inner) * classes * inner + (line % inner);
      const x = (c: number) => (input as Float64Array)[start + c * inner] as number;
      const logits = Array.from({ length: classes }, (_, c) => x(c));
      const largest = logits.reduce((a, b) => Math.max(a, b));
      sum +=
        largest +
        Math.log(logits.reduce((s, v) => s + Math.exp(v - largest), 0)) -
        x((labels as Float64Array)[line] as number);
    }
    return { output: Float64Array.of(sum * scaleOf(problem, terms)) };
  },
  cuts: ({ inputs, attributes: { reduction } }) => [
    summedBatch((inputs.input as TensorType).shape[0] as number, ["input", "labels"], "output", reduction === "mean"),
  ],
  tolerance: (problem) => {
    const { terms } = termsOf("crossEntropy", problem);
    return { rtol: 1e-5, atol: 4e-6 * (problem.attributes.reduction === "sum" ? Math.max(1, terms) : 1) };
  },
  check: ({ labels }, { inputs }) => checkLabels("crossEntropy", labels, inputs.input as TensorType),
  gradient: (emit, { inputs, problem, cotangents }) => {
    type V = (typeof inputs)[string];
    const given = { input: inputs.input as V, labels: inputs.labels as V, cotangent: cotangents.output as V };
    return { input: emit("crossEntropyGrad", given, { ...problem.attributes }).output as V };
  },
  golden: { op: "cross_entropy", inputs: ["x", "labels"], outputs: ["loss"] },
  kernels: kernelsOf("crossEntropy", "labels"),
  cases: [
    { name: "mean", inputs: { input: f32(4, 10), labels: i32(4) }, recipes: labelsTo(10) },
    {
      name: "sum",
      inputs: { input: f32(3, 7), labels: i32(3) },
      attributes: { reduction: "sum" },
      recipes: labelsTo(7),
    },
    { name: "pixels", inputs: { input: f32(2, 5, 3, 4), labels: i32(2, 3, 4) }, recipes: labelsTo(5) },
    { name: "one", inputs: { input: f32(1, 1), labels: i32(1) }, recipes: labelsTo(1) },
  ],
  random: (draw: Draw) => {
    const [n, classes] = [draw.int(1, 6), draw.int(1, 12)];
    const rest = Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 4));
    return {
      inputs: { input: f32(n, classes, ...rest), labels: i32(n, ...rest) },
      attributes: { reduction: draw.pick(["mean", "sum"]) },
      recipes: { ...labelsTo(classes), input: { kind: "uniform", scale: 10 } },
    };
  },
});

const gradShader = shader("losses/cross_entropy_grad.wgsl", gradText, [softmaxLib, ...nonfiniteLib]);
const gradSerialShader = shader("losses/cross_entropy_grad_serial.wgsl", gradSerialText, [
  ...gridLib,
  softmaxLib,
  ...nonfiniteLib,
]);

function gradParams(problem: Problem<LossAttributes>) {
  const { terms: lines, classes, inner } = termsOf("crossEntropy", problem);
  return { lines, classes, inner, scale: scaleOf(problem, lines) };
}

/** Input and labels as `crossEntropy` has them, cotangent a scalar; output as input: (softmax − one-hot) · cotangent. */
export const crossEntropyGrad = defineOp<LossAttributes>({
  name: "crossEntropyGrad",
  family: "losses",
  summary: "gradient of cross-entropy by the logits",
  inputs: [{ name: "input" }, { name: "labels", dtype: "i32" }, { name: "cotangent" }],
  outputs: ["output"],
  attributes: (given) => readReduction("crossEntropyGrad", given),
  infer: ({ input, labels, cotangent }) => {
    checkLabelled("crossEntropyGrad", input as TensorType, labels as TensorType);
    const { shape } = cotangent as TensorType;
    if (shape.length > 0)
      throw new ShapeError({ op: "crossEntropyGrad" }, "cotangent", formatShape(shape), "[], a scalar");
    return [input as TensorType];
  },
  cost: ({ inputs }) => ({
    flops: 6 * sizeOf((inputs.input as TensorType).shape),
    bytes: 2 * byteLength(inputs.input as TensorType) + byteLength(inputs.labels as TensorType),
  }),
  reference: ({ input, labels, cotangent }, problem) => {
    const { lines, classes, inner, scale } = gradParams(problem);
    const x = input as Float64Array;
    const output = new Float64Array(x.length);
    for (let line = 0; line < lines; line++) {
      const start = Math.floor(line / inner) * classes * inner + (line % inner);
      const logits = Array.from({ length: classes }, (_, c) => x[start + c * inner] as number);
      const largest = logits.reduce((a, b) => Math.max(a, b));
      const sum = logits.reduce((s, v) => s + Math.exp(v - largest), 0);
      logits.forEach((v, c) => {
        const hit = c === labels?.[line] ? 1 : 0;
        output[start + c * inner] = (Math.exp(v - largest) / sum - hit) * scale * (cotangent?.[0] as number);
      });
    }
    return { output };
  },
  cuts: ({ inputs, attributes: { reduction } }) => {
    const extent = (inputs.input as TensorType).shape[0] as number;
    const cut = batchCut(extent, ["input", "labels"], ["output"]);
    if (reduction === "sum") return [cut];
    // Each part divides by its own samples.
    return [{ ...cut, part: (start, end) => ({ ...(cut.part(start, end) as Part), factor: (end - start) / extent }) }];
  },
  tolerance: () => ({ rtol: 1e-5, atol: 2e-7 }),
  check: ({ labels }, { inputs }) => checkLabels("crossEntropyGrad", labels, inputs.input as TensorType),
  kernels: [
    {
      name: "workgroup",
      shaders: [gradShader],
      tunables: { WORKGROUP: [64, 128, 256] },
      preference: (problem, { software }) => (software || gradParams(problem).classes < 32 ? -1 : 1),
      plan: (problem, { WORKGROUP = 64 }) => {
        const params = gradParams(problem);
        return {
          dispatches: [{ shader: gradShader, constants: { WORKGROUP }, params, workgroups: grid1d(params.lines, 1) }],
        };
      },
    },
    {
      name: "serial",
      shaders: [gradSerialShader],
      plan: (problem) => {
        const params = gradParams(problem);
        const constants = { WORKGROUP: 32 };
        return {
          dispatches: [{ shader: gradSerialShader, constants, params, workgroups: grid1d(params.lines, 32) }],
        };
      },
    },
  ],
  cases: [
    { name: "mean", inputs: { input: f32(4, 10), labels: i32(4), cotangent: f32() }, recipes: labelsTo(10) },
    {
      name: "sum of pixels",
      inputs: { input: f32(2, 5, 3, 4), labels: i32(2, 3, 4), cotangent: f32() },
      attributes: { reduction: "sum" },
      recipes: labelsTo(5),
    },
    { name: "one", inputs: { input: f32(1, 1), labels: i32(1), cotangent: f32() }, recipes: labelsTo(1) },
    {
      name: "large logits",
      inputs: { input: f32(3, 70), labels: i32(3), cotangent: f32() },
      recipes: { ...labelsTo(70), input: { kind: "uniform", scale: 80 } },
    },
    {
      name: "alexnet batch 128",
      inputs: { input: f32(128, 1000), labels: i32(128), cotangent: f32() },
      recipes: labelsTo(1000),
      size: "large",
    },
  ],
  random: (draw: Draw) => {
    const [n, classes] = [draw.int(1, 6), draw.int(1, 90)];
    const rest = Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 4));
    return {
      inputs: { input: f32(n, classes, ...rest), labels: i32(n, ...rest), cotangent: f32() },
      attributes: { reduction: draw.pick(["mean", "sum"]) },
      recipes: { ...labelsTo(classes), input: { kind: "uniform", scale: 10 } },
    };
  },
});

export interface InTopKAttributes {
  readonly k: number;
}

const topShader = shader("losses/in_top_k.wgsl", topText, [...gridLib, ...nonfiniteLib]);

function topKernel(name: string, WORKGROUP: number): Kernel<InTopKAttributes> {
  return {
    name,
    shaders: [topShader],
    plan: ({ inputs, attributes: { k } }) => {
      const [rows, classes] = (inputs.input as TensorType).shape as [number, number];
      const params = { rows, classes, k };
      return {
        dispatches: [{ shader: topShader, constants: { WORKGROUP }, params, workgroups: grid1d(rows, WORKGROUP) }],
      };
    },
  };
}

/** Input [N, C] logits, labels [N]; output [N]: 1 where the label is among the k largest. Their mean is top-k accuracy. */
export const inTopK = defineOp<InTopKAttributes>({
  name: "inTopK",
  family: "losses",
  summary: "1 where the label is among the k largest logits, else 0",
  inputs: [{ name: "input" }, { name: "labels", dtype: "i32" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("inTopK", given);
    const attributes = { k: read.int("k", 1, 1) };
    read.done();
    return attributes;
  },
  infer: ({ input, labels }) => {
    checkLabelled("inTopK", input as TensorType, labels as TensorType);
    const { shape } = input as TensorType;
    if (shape.length !== 2) throw new ShapeError({ op: "inTopK" }, "input", formatShape(shape), "[N, C]");
    return [f32(shape[0] as number)];
  },
  cost: ({ inputs }) => ({
    flops: 2 * sizeOf((inputs.input as TensorType).shape),
    bytes: byteLength(inputs.input as TensorType),
  }),
  reference: ({ input, labels }, { inputs, attributes: { k } }) => {
    const [rows, classes] = (inputs.input as TensorType).shape as [number, number];
    return {
      output: Float64Array.from({ length: rows }, (_, row) => {
        const logits = (input as Float64Array).subarray(row * classes, (row + 1) * classes);
        const label = labels?.[row] as number;
        const own = logits[label] as number;
        const ahead = logits.reduce((n, x, c) => n + (x > own || (x === own && c < label) ? 1 : 0), 0);
        return !Number.isNaN(own) && ahead < k ? 1 : 0;
      }),
    };
  },
  cuts: ({ outputs }) => [batchCut((outputs.output as TensorType).shape[0] as number, ["input", "labels"], ["output"])],
  tolerance: () => ({ rtol: 0, atol: 0 }),
  check: ({ labels }, { inputs }) => checkLabels("inTopK", labels, inputs.input as TensorType),
  kernels: [topKernel("wide", 64), topKernel("naive", 8)],
  cases: [
    { name: "best", inputs: { input: f32(9, 4), labels: i32(9) }, recipes: labelsTo(4) },
    { name: "five best", inputs: { input: f32(30, 10), labels: i32(30) }, attributes: { k: 5 }, recipes: labelsTo(10) },
    {
      name: "ties",
      inputs: { input: f32(12, 6), labels: i32(12) },
      attributes: { k: 2 },
      recipes: { ...labelsTo(6), input: { kind: "integers", min: 0, max: 2 } },
    },
    {
      name: "nonfinite",
      inputs: { input: f32(4, 3), labels: i32(4) },
      recipes: { ...labelsTo(3), input: { kind: "values", values: [Number.NaN, 1, Infinity, -Infinity] } },
    },
  ],
  random: (draw: Draw) => {
    const [n, classes] = [draw.int(1, 20), draw.int(1, 12)];
    return {
      inputs: { input: f32(n, classes), labels: i32(n) },
      attributes: { k: draw.int(1, 6) },
      recipes: labelsTo(classes),
    };
  },
});
