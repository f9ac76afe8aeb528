/** Small things that kernels' plans and references share. */
import { type Shape, stridesOf } from "../core/shape";
import type { Workgroups } from "./op";

export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);

/** Workgroups in one dimension that every WebGPU device offers. */
const MAX_WORKGROUPS = 65535;

/**
 * Workgroups for `count` items, `perWorkgroup` in each, folded over x and y when x alone cannot hold them. Kernels take
 * their index from `index_1d` in `shaders/lib/grid.wgsl` and check it against the count.
 */
export function grid1d(count: number, perWorkgroup: number): Workgroups {
  const groups = Math.max(1, ceilDiv(count, perWorkgroup));
  if (groups <= MAX_WORKGROUPS) return [groups, 1, 1];
  const rows = ceilDiv(groups, MAX_WORKGROUPS);
  return [ceilDiv(groups, rows), rows, 1];
}

/** Reads `data` of `shape` by coordinates, so that a reference reads as its formula. */
export function view(data: Float64Array, shape: Shape): (...at: number[]) => number {
  const strides = stridesOf(shape);
  return (...at) => {
    let offset = 0;
    for (let axis = 0; axis < strides.length; axis++) offset += (at[axis] ?? 0) * (strides[axis] ?? 0);
    return data[offset] as number;
  };
}

/** The error that a sum of `length` products of numbers in [-1, 1] may gather in float32, with room for any order. */
export const sumTolerance = (length: number): { rtol: number; atol: number } => ({
  rtol: 1e-5,
  atol: 1e-6 + 2e-7 * Math.max(1, Math.sqrt(length)) * Math.max(1, Math.log2(length + 1)),
});
