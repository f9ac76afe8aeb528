/** A matrix product as its kernels see it: strides instead of transposes, one batch axis list, an epilogue. */
import type { TensorType } from "../../core/tensor";
import type { Activation, Problem } from "../op";

/** One operand: a tensor by name, read with strides (in elements). `line` is a's row or b's column. */
export interface Operand {
  readonly tensor: string;
  readonly type: TensorType;
  readonly lineStride: number;
  readonly innerStride: number;
  /** One for each of the eight batch axes; 0 along a stretched one. */
  readonly batchStrides: readonly number[];
}

/** output[batch, m, n] = activation(bias[n] + Σₖ a[batch, m, k] · b[batch, k, n]). */
export interface Gemm {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly batches: number;
  readonly batchExtents: readonly number[];
  readonly a: Operand;
  readonly b: Operand;
  readonly bias: string | undefined;
  readonly activation: Activation | null;
}

/** How an op of this family reads as a matrix product. */
export type AsGemm<A> = (problem: Problem<A>) => Gemm;

const BATCH_AXES = 8;

/** A list for the eight batch axes of the shaders, the given ones last. */
export const batchAxes = (values: readonly number[], fill: number): number[] => [
  ...new Array<number>(BATCH_AXES - values.length).fill(fill),
  ...values,
];

/** The most batch axes that kernels can tell apart. */
export const MAX_BATCH_AXES = BATCH_AXES;

/** True when b holds one matrix, its columns contiguous along the inner axis, as the weights of a linear layer do. */
export const hasWeightLayout = ({ a, b, batches }: Gemm): boolean =>
  batches === 1 && b.innerStride === 1 && a.innerStride === 1;
