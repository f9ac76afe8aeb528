/** Matrix product with broadcast leading axes, as NumPy's and PyTorch's `matmul` for operands of two axes or more. */
import { ShapeError } from "../../core/errors";
import { broadcastShapes, broadcastStrides, formatShape, type Shape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { activate, readActivation, throughActivation } from "../activation";
import { AttributeReader } from "../attributes";
import { product, unbroadcast } from "../gradients";
import { sumTolerance } from "../kernels";
import { type Activation, type Draw, defineOp, type Problem } from "../op";
import { matmulCuts } from "./cuts";
import { batchAxes, type Gemm, MAX_BATCH_AXES, type Operand } from "./gemm";
import { gemmKernels } from "./kernels";

/** `a` is [..., M, K], or [..., K, M] when transposed; `b` is [..., K, N], or [..., N, K]. */
export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Applied to every element of the product. */
  readonly activation: Activation | null;
}

const matrix = (shape: Shape): [number, number] => [shape.at(-2) as number, shape.at(-1) as number];

function operand(tensor: string, type: TensorType, linesFirst: boolean, batch: Shape): Operand {
  const [, width] = matrix(type.shape);
  const leading = type.shape.slice(0, -2);
  const perMatrix = sizeOf(type.shape.slice(-2));
  const batchStrides = broadcastStrides(leading, batch).map((stride) => stride * perMatrix);
  return {
    tensor,
    type,
    lineStride: linesFirst ? width : 1,
    innerStride: linesFirst ? 1 : width,
    batchStrides: batchAxes(batchStrides, 0),
  };
}

function asGemm({ inputs, outputs, attributes }: Problem<MatmulAttributes>): Gemm {
  const a = inputs.a as TensorType;
  const b = inputs.b as TensorType;
  const output = outputs.output as TensorType;
  const [rows, columns] = matrix(output.shape);
  const batch = output.shape.slice(0, -2);
  const [p, q] = matrix(a.shape);
  return {
    rows,
    columns,
    inner: attributes.transposeA ? p : q,
    batches: sizeOf(batch),
    batchExtents: batchAxes(batch, 1),
    a: operand("a", a, !attributes.transposeA, batch),
    b: operand("b", b, attributes.transposeB, batch),
    bias: undefined,
    activation: attributes.activation,
  };
}

export const matmul = defineOp<MatmulAttributes>({
  name: "matmul",
  family: "matmul",
  summary: "matrix product a · b, leading axes broadcast, either operand transposed",
  inputs: [{ name: "a" }, { name: "b" }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("matmul", given);
    const attributes = {
      transposeA: read.boolean("transposeA", false),
      transposeB: read.boolean("transposeB", false),
      activation: readActivation(read),
    };
    read.done();
    return attributes;
  },

  infer: ({ a, b }, { transposeA, transposeB }) => {
    const where = { op: "matmul" };
    const left = (a as TensorType).shape;
    const right = (b as TensorType).shape;
    for (const [name, shape] of [
      ["a", left],
      ["b", right],
    ] as const) {
      if (shape.length < 2 || shape.length > MAX_BATCH_AXES + 2) {
        throw new ShapeError(
          where,
          name,
          formatShape(shape),
          `a matrix or a batch of them: 2 to ${MAX_BATCH_AXES + 2} axes`,
        );
      }
    }
    const [p, q] = matrix(left);
    const [r, s] = matrix(right);
    const [rows, inner] = transposeA ? [q, p] : [p, q];
    const [innerB, columns] = transposeB ? [s, r] : [r, s];
    if (inner !== innerB) {
      const wanted = transposeB ? `[..., N, ${inner}]` : `[..., ${inner}, N]`;
      throw new ShapeError(where, "b", formatShape(right), `${wanted}, as a is ${formatShape(left)}`);
    }
    const batch = broadcastShapes(left.slice(0, -2), right.slice(0, -2));
    if (!batch)
      throw new ShapeError(
        where,
        "b",
        formatShape(right),
        `of leading axes that broadcast with a's, ${formatShape(left)}`,
      );
    return [f32(...batch, rows, columns)];
  },

  cost: (problem) => {
    const { rows, columns, inner, batches } = asGemm(problem);
    const tensors = [...Object.values(problem.inputs), ...Object.values(problem.outputs)];
    return {
      flops: 2 * batches * rows * columns * inner,
      bytes: tensors.reduce((sum, type) => sum + byteLength(type), 0),
    };
  },

  reference: ({ a, b }, problem) => {
    const gemm = asGemm(problem);
    const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
    const offset = (batch: number, steps: readonly number[]): number => {
      let rest = batch;
      let sum = 0;
      for (let axis = gemm.batchExtents.length - 1; axis >= 0; axis--) {
        const extent = gemm.batchExtents[axis] as number;
        sum += (rest % extent) * (steps[axis] as number);
        rest = Math.floor(rest / extent);
      }
      return sum;
    };
    let at = 0;
    for (let batch = 0; batch < gemm.batches; batch++) {
      const fromA = offset(batch, gemm.a.batchStrides);
      const fromB = offset(batch, gemm.b.batchStrides);
      for (let m = 0; m < gemm.rows; m++) {
        for (let n = 0; n < gemm.columns; n++) {
          let sum = 0;
          for (let k = 0; k < gemm.inner; k++) {
            const x = (a as Float64Array)[fromA + m * gemm.a.lineStride + k * gemm.a.innerStride] as number;
            sum += x * ((b as Float64Array)[fromB + n * gemm.b.lineStride + k * gemm.b.innerStride] as number);
          }
          output[at++] = activate(gemm.activation, sum);
        }
      }
    }
    return { output };
  },

  // With A and B as they are multiplied: dA = dY · Bᵀ and dB = Aᵀ · dY; for a stored transpose the transpose of that.
  gradient: (emit, { inputs, outputs, problem, cotangents, wants }) => {
    type V = (typeof inputs)[string];
    const { transposeA, transposeB, activation } = problem.attributes;
    const a = inputs.a as V;
    const b = inputs.b as V;
    const flow = throughActivation(emit, activation, outputs.output as V, cotangents.output as V, () =>
      product(emit, a, b, transposeA, transposeB),
    );
    const batch = (problem.outputs.output as TensorType).shape.slice(0, -2);
    const summed = (name: "a" | "b", gradient: V): V => {
      const { shape } = problem.inputs[name] as TensorType;
      return unbroadcast(emit, gradient, shape, [...batch, ...shape.slice(-2)]);
    };
    return {
      ...(wants("a")
        ? {
            a: summed(
              "a",
              transposeA ? product(emit, b, flow, transposeB, true) : product(emit, flow, b, false, !transposeB),
            ),
          }
        : {}),
      ...(wants("b")
        ? {
            b: summed(
              "b",
              transposeB ? product(emit, flow, a, true, transposeA) : product(emit, a, flow, !transposeA, false),
            ),
          }
        : {}),
    };
  },
  cuts: matmulCuts,
  tolerance: (problem) => sumTolerance(asGemm(problem).inner),
  fusesActivation: true,
  golden: {
    op: "matmul",
    inputs: ["a", "b"],
    outputs: ["y"],
    attributes: ({ transA, transB, ...rest }) => ({ transposeA: transA, transposeB: transB, ...rest }),
  },
  kernels: gemmKernels(asGemm),

  cases: [
    { name: "odd", inputs: { a: f32(13, 7), b: f32(7, 9) } },
    { name: "one", inputs: { a: f32(1, 1), b: f32(1, 1) } },
    { name: "row by column", inputs: { a: f32(1, 65), b: f32(65, 1) } },
    { name: "outer", inputs: { a: f32(33, 1), b: f32(1, 17) } },
    { name: "transposed a", inputs: { a: f32(19, 10), b: f32(19, 12) }, attributes: { transposeA: true } },
    { name: "transposed b", inputs: { a: f32(3, 12), b: f32(11, 12) }, attributes: { transposeB: true } },
    { name: "vector by weights", inputs: { a: f32(1, 8), b: f32(5, 8) }, attributes: { transposeB: true } },
    {
      name: "both transposed",
      inputs: { a: f32(9, 6), b: f32(10, 9) },
      attributes: { transposeA: true, transposeB: true },
    },
    { name: "broadcast batches", inputs: { a: f32(2, 1, 9, 8), b: f32(3, 8, 10) } },
    { name: "relu", inputs: { a: f32(9, 20), b: f32(20, 9) }, attributes: { activation: "relu" } },
    { name: "long sums", inputs: { a: f32(2, 64), b: f32(64, 3) } },
    { name: "edges of tiles", inputs: { a: f32(65, 17), b: f32(17, 67) } },
    { name: "square 512", inputs: { a: f32(512, 512), b: f32(512, 512) }, size: "large" },
    { name: "square 1024", inputs: { a: f32(1024, 1024), b: f32(1024, 1024) }, size: "large" },
    {
      name: "attention",
      inputs: { a: f32(8, 128, 64), b: f32(8, 128, 64) },
      attributes: { transposeB: true },
      size: "large",
    },
  ],

  random: (draw: Draw) => {
    const [m, k, n] = [draw.int(1, 40), draw.int(1, 40), draw.int(1, 40)];
    const batch = Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 3));
    const stretch = (shape: readonly number[]) =>
      shape.slice(draw.int(0, shape.length)).map((extent) => (draw.bool() ? 1 : extent));
    const transposeA = draw.bool();
    const transposeB = draw.bool();
    return {
      inputs: {
        a: f32(...stretch(batch), ...(transposeA ? [k, m] : [m, k])),
        b: f32(...stretch(batch), ...(transposeB ? [n, k] : [k, n])),
      },
      attributes: { transposeA, transposeB, activation: draw.pick([null, "relu", "tanh"]) },
    };
  },
});
