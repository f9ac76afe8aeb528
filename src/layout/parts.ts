/** Parts of tensors on the host, by the ranges in which values lie on devices. */
import { sizeOf, stridesOf } from "../core/shape";
import { Tensor } from "../core/tensor";
import { type PartRange, shapeWithin } from "./lying";

/** Where the lines of a range lie: the first begins at `first`, each has `width` elements and is `stride` after the last. */
function linesOf(shape: readonly number[], { axis, start, end }: NonNullable<PartRange>) {
  const inner = stridesOf(shape)[axis] as number;
  const stride = inner * (shape[axis] as number);
  return { lines: sizeOf(shape) / stride, first: start * inner, width: (end - start) * inner, stride };
}

/** A range of `tensor`; where its elements lie together it is the tensor's own memory. */
export function cutTensor(tensor: Tensor, range: PartRange): Tensor {
  if (!range) return tensor;
  const { lines, first, width, stride } = linesOf(tensor.shape, range);
  const shape = shapeWithin(tensor.shape, range);
  if (lines === 1) return new Tensor(shape, tensor.data.subarray(first, first + width));
  const data = tensor.data.slice(0, lines * width);
  for (let line = 0; line < lines; line++) {
    const from = line * stride + first;
    data.set(tensor.data.subarray(from, from + width), line * width);
  }
  return new Tensor(shape, data);
}

/** The tensor whose ranges these are. */
export function joinTensors(
  whole: Tensor,
  pieces: readonly { readonly range: PartRange; readonly tensor: Tensor }[],
): Tensor {
  for (const { range, tensor } of pieces) {
    if (!range) return tensor;
    const { lines, first, width, stride } = linesOf(whole.shape, range);
    for (let line = 0; line < lines; line++) {
      whole.data.set(tensor.data.subarray(line * width, (line + 1) * width), line * stride + first);
    }
  }
  return whole;
}
