/** Element types of tensors, and the typed arrays that hold them on the host. */

export type DType = "f32" | "i32" | "u32";

export type TensorData = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Bytes of one element. Every dtype the engine computes in is four bytes wide. */
export const BYTES_PER_ELEMENT = 4;

/** A zeroed typed array of `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TensorData {
  switch (dtype) {
    case "f32":
      return new Float32Array(length);
    case "i32":
      return new Int32Array(length);
    case "u32":
      return new Uint32Array(length);
    default:
      return dtype satisfies never;
  }
}

/** `buffer` seen as elements of `dtype`; no copy. */
export function viewAs(dtype: DType, buffer: ArrayBuffer, byteOffset = 0, length?: number): TensorData {
  switch (dtype) {
    case "f32":
      return new Float32Array(buffer, byteOffset, length);
    case "i32":
      return new Int32Array(buffer, byteOffset, length);
    case "u32":
      return new Uint32Array(buffer, byteOffset, length);
    default:
      return dtype satisfies never;
  }
}
