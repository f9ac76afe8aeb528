/** A tensor on the host, and the type (shape and dtype) of any tensor. */
import { allocate, BYTES_PER_ELEMENT, type DType, type TensorData } from "./dtype";
import { TandemError } from "./errors";
import { formatShape, type Shape, sizeOf } from "./shape";

/** What a tensor is, without its values. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

export const f32 = (...shape: number[]): TensorType => ({ shape, dtype: "f32" });
export const i32 = (...shape: number[]): TensorType => ({ shape, dtype: "i32" });

/** Bytes that a tensor of `type` takes. */
export const byteLength = (type: TensorType): number => sizeOf(type.shape) * BYTES_PER_ELEMENT;

/** `f32[1, 3, 227, 227]`. */
export const formatType = (type: TensorType): string => `${type.dtype}${formatShape(type.shape)}`;

const dtypeOf = (data: TensorData): DType =>
  data instanceof Float32Array ? "f32" : data instanceof Int32Array ? "i32" : "u32";

/** A tensor in host memory: row-major `data` of `shape`. */
export class Tensor implements TensorType {
  readonly dtype: DType;

  /** @throws TandemError when `data` does not hold exactly the elements of `shape`. */
  constructor(
    readonly shape: Shape,
    readonly data: TensorData,
  ) {
    if (shape.some((extent) => !Number.isInteger(extent) || extent < 0)) {
      throw new TandemError(`a tensor's shape must be whole numbers of 0 or more, not ${formatShape(shape)}`);
    }
    if (sizeOf(shape) !== data.length) {
      throw new TandemError(
        `a tensor of shape ${formatShape(shape)} holds ${sizeOf(shape)} elements, but got ${data.length}`,
      );
    }
    this.dtype = dtypeOf(data);
  }

  /** A zeroed tensor. */
  static zeros(type: TensorType): Tensor {
    return new Tensor(type.shape, allocate(type.dtype, sizeOf(type.shape)));
  }

  /** An f32 tensor from plain numbers. */
  static f32(shape: Shape, values: ArrayLike<number>): Tensor {
    return new Tensor(shape, Float32Array.from(values));
  }

  /** An i32 tensor from plain numbers. */
  static i32(shape: Shape, values: ArrayLike<number>): Tensor {
    return new Tensor(shape, Int32Array.from(values));
  }
}
