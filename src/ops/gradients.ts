/** Small things that gradient rules share. */
import { type Shape, sameShape } from "../core/shape";
import type { Emit } from "./op";

/** Sums what was stretched in broadcasting from `shape` to `output` back to `shape`. */
export function unbroadcast<V>(emit: Emit<V>, input: V, shape: Shape, output: Shape): V {
  const added = output.length - shape.length;
  const axes = output.flatMap((extent, axis) => (axis < added || shape[axis - added] !== extent ? [axis] : []));
  if (axes.length === 0) return input;
  const summed = emit("sum", { input }, { axes, keepDims: true }).output as V;
  return reshaped(emit, summed, shape);
}

/** `input` as `shape`; costs nothing. */
export const reshaped = <V>(emit: Emit<V>, input: V, shape: Shape): V =>
  emit("reshape", { input }, { shape }).output as V;

/** `input`, of shape `from`, with its rows [rows, columns] folded together; itself when it is so already. */
export const asMatrix = <V>(emit: Emit<V>, input: V, from: Shape, rows: number, columns: number): V =>
  sameShape(from, [rows, columns]) ? input : reshaped(emit, input, [rows, columns]);

/** a · b, either transposed. */
export const product = <V>(emit: Emit<V>, a: V, b: V, transposeA: boolean, transposeB: boolean): V =>
  emit("matmul", { a, b }, { transposeA, transposeB }).output as V;
