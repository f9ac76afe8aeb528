/** Numbers that do not lie row by row: columns first, slices, transposed and broadcast views. */
import { type Shape, sizeOf, stridesOf } from "../../core/shape";
import { viewed } from "./elements";

/** Whether elements at these strides lie row by row without gaps. An axis of one element may have any stride. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  const wanted = stridesOf(shape);
  return shape.every((extent, axis) => extent === 1 || strides[axis] === wanted[axis]);
}

/** Strides of an array whose first axis runs fastest, as Fortran has them. */
export const fortranStrides = (shape: Shape): number[] => stridesOf([...shape].reverse()).reverse();

/** One more than the last element that a view looks at, counted from its first; 0 when it has none. */
export const reachOf = (shape: Shape, strides: readonly number[]): number =>
  sizeOf(shape) === 0 ? 0 : shape.reduce((last, extent, axis) => last + (extent - 1) * (strides[axis] ?? 0), 0) + 1;

const wordsOf = (bytes: Uint8Array<ArrayBuffer>, width: 1 | 2 | 4): Uint8Array | Uint16Array | Uint32Array =>
  width === 1 ? bytes : width === 2 ? viewed(Uint16Array<ArrayBuffer>, bytes) : viewed(Uint32Array<ArrayBuffer>, bytes);

/**
 * The elements of a view, row by row.
 * @param width bytes of an element
 * @param strides in elements
 */
export function gather(
  bytes: Uint8Array<ArrayBuffer>,
  width: 1 | 2 | 4 | 8,
  shape: Shape,
  strides: readonly number[],
): Uint8Array<ArrayBuffer> {
  // Wide elements go as two halves: through floats a bit pattern could change.
  if (width === 8) {
    return gather(bytes, 4, [...shape, 2], [...strides.map((stride) => 2 * stride), 1]);
  }
  const source = wordsOf(bytes, width);
  const out = wordsOf(new Uint8Array(sizeOf(shape) * width), width);
  const last = shape.length - 1;
  let at = 0;
  const walk = (axis: number, from: number): void => {
    const [extent, stride] = [shape[axis] ?? 1, strides[axis] ?? 0];
    if (axis < last) {
      for (let i = 0; i < extent; i++) walk(axis + 1, from + i * stride);
    } else {
      for (let i = 0; i < extent; i++) out[at++] = source[from + i * stride] as number;
    }
  };
  if (out.length > 0) walk(0, 0);
  return new Uint8Array(out.buffer as ArrayBuffer);
}
