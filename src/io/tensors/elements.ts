/** Types of the numbers in files: how wide they are, and what they become in a tensor. Bytes are little-endian here. */
import type { TensorData } from "../../core/dtype";
import { FormatError } from "../../core/errors";
import { decodeBfloat16, decodeHalves, encodeBfloat16, encodeHalves } from "../../core/float16";
import { type Shape, sizeOf } from "../../core/shape";
import { Tensor } from "../../core/tensor";

/** Bytes of one number of each type that is read. Floats become f32; u32 stays; all other whole numbers become i32. */
export const ELEMENT_BYTES = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u64: 8,
  u32: 4,
  u16: 2,
  u8: 1,
  bool: 1,
} as const;

export type ElementType = keyof typeof ELEMENT_BYTES;

/** Types that a file of weights can be written in. */
export const FLOAT_TYPES = ["f32", "f16", "bf16"] as const satisfies readonly ElementType[];

export type FloatType = (typeof FLOAT_TYPES)[number];

export const isFloat = (type: ElementType): boolean => type === "f64" || FLOAT_TYPES.some((each) => each === type);

/** A name out of a file as messages show it: quoted, nothing in it that a terminal would obey, and not endless. */
export function shownName(name: string): string {
  const short = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The bytes at an address that a typed array of `width` may begin at; copied only where they stand crooked. */
const aligned = (bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> =>
  bytes.byteOffset % width === 0 ? bytes : bytes.slice();

type Viewed<T> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => T;

/** Bytes seen as numbers. */
export function viewed<T extends { BYTES_PER_ELEMENT: number }>(
  type: Viewed<T> & { readonly BYTES_PER_ELEMENT: number },
  bytes: Uint8Array<ArrayBuffer>,
): T {
  const { buffer, byteOffset, byteLength } = aligned(bytes, type.BYTES_PER_ELEMENT);
  return new type(buffer, byteOffset, byteLength / type.BYTES_PER_ELEMENT);
}

/** Turns the bytes of every number round, in place: from big-endian to little-endian. */
export function swapBytes(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  for (let at = 0; width > 1 && at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
  return bytes;
}

/** 64-bit whole numbers as 32-bit ones. @throws FormatError for one that does not fit. */
function narrowed(
  bytes: Uint8Array<ArrayBuffer>,
  signed: boolean,
  complain: (value: bigint) => FormatError,
): Int32Array<ArrayBuffer> {
  const halves = viewed(Int32Array<ArrayBuffer>, bytes);
  const out = new Int32Array(halves.length / 2);
  for (let i = 0; i < out.length; i++) {
    const [low, high] = [halves[2 * i] as number, halves[2 * i + 1] as number];
    if (signed ? high !== low >> 31 : high !== 0 || low < 0) {
      const wide = new DataView(bytes.buffer, bytes.byteOffset + 8 * i, 8);
      throw complain(signed ? wide.getBigInt64(0, true) : wide.getBigUint64(0, true));
    }
    out[i] = low;
  }
  return out;
}

/** A copy that nothing else looks into, unless the bytes are alone in their buffer already. */
const owned = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();

function numbersOf(
  type: ElementType,
  bytes: Uint8Array<ArrayBuffer>,
  complain: (value: bigint) => FormatError,
): TensorData {
  switch (type) {
    case "f64":
      return Float32Array.from(viewed(Float64Array<ArrayBuffer>, bytes));
    case "f32":
      return viewed(Float32Array<ArrayBuffer>, owned(bytes));
    case "f16":
      return decodeHalves(viewed(Uint16Array<ArrayBuffer>, bytes));
    case "bf16":
      return decodeBfloat16(viewed(Uint16Array<ArrayBuffer>, bytes));
    case "i64":
      return narrowed(bytes, true, complain);
    case "u64":
      return narrowed(bytes, false, complain);
    case "i32":
      return viewed(Int32Array<ArrayBuffer>, owned(bytes));
    case "u32":
      return viewed(Uint32Array<ArrayBuffer>, owned(bytes));
    case "i16":
      return Int32Array.from(viewed(Int16Array<ArrayBuffer>, bytes));
    case "u16":
      return Int32Array.from(viewed(Uint16Array<ArrayBuffer>, bytes));
    case "i8":
      return Int32Array.from(viewed(Int8Array<ArrayBuffer>, bytes));
    case "u8":
    case "bool":
      return Int32Array.from(bytes);
    default:
      return type satisfies never;
  }
}

/**
 * Row-major numbers of a file as a tensor of `shape`.
 * @param where the file, and the tensor's name in it, for errors
 * @throws FormatError when there are not exactly as many, or a whole number does not fit 32 bits.
 */
export function decodeElements(
  type: ElementType,
  bytes: Uint8Array<ArrayBuffer>,
  shape: Shape,
  where: { readonly file: string; readonly name: string },
): Tensor {
  const wanted = sizeOf(shape) * ELEMENT_BYTES[type];
  if (bytes.length !== wanted) {
    throw new FormatError(
      where.file,
      `tensor ${shownName(where.name)} has ${bytes.length} bytes where ${wanted} belong`,
    );
  }
  const complain = (value: bigint) =>
    new FormatError(where.file, `tensor ${shownName(where.name)} holds ${value}, which does not fit 32 bits`);
  return new Tensor(shape, numbersOf(type, bytes, complain));
}

const plain = (values: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Numbers as little-endian bytes of a float type, rounded to the nearest; of a tensor's own type unless told. */
export function encodeElements(data: TensorData, type?: FloatType): Uint8Array<ArrayBuffer> {
  if (type === undefined || !(data instanceof Float32Array)) return plain(data);
  switch (type) {
    case "f32":
      return plain(data);
    case "f16":
      return plain(encodeHalves(data));
    case "bf16":
      return plain(encodeBfloat16(data));
    default:
      return type satisfies never;
  }
}
