/** Parts of tensors in float64, for tests that take networks apart and put them together again. */
import { type Shape, sizeOf, stridesOf } from "../../src/core/shape";
import type { Span } from "../../src/ops/part";

/** Calls `visit` with the place of every element of a range in the whole tensor, in the range's order. */
function walk(shape: Shape, { axis, start, end }: Span, visit: (at: number) => void): void {
  const inner = stridesOf(shape)[axis] as number;
  const line = inner * (shape[axis] as number);
  for (let first = 0; first < sizeOf(shape); first += line) {
    for (let at = first + start * inner; at < first + end * inner; at++) visit(at);
  }
}

/** The elements of a range of a tensor. */
export function cutOut(data: Float64Array, shape: Shape, span: Span): Float64Array {
  const out: number[] = [];
  walk(shape, span, (at) => out.push(data[at] as number));
  return Float64Array.from(out);
}

/** Puts a part into its range of a tensor, or adds it there. */
export function putBack(whole: Float64Array, shape: Shape, span: Span, part: Float64Array, add: boolean): void {
  let i = 0;
  walk(shape, span, (at) => {
    whole[at] = (add ? (whole[at] as number) : 0) + (part[i++] as number);
  });
}

/** The shape of a range. */
export const shapeOfSpan = (shape: Shape, { axis, start, end }: Span): Shape =>
  shape.map((extent, at) => (at === axis ? end - start : extent));
