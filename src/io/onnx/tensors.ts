/** Tensors of ONNX files, to and from host arrays. Every length is checked against what the shape needs. */
import { fromBinary } from "@bufbuild/protobuf";
import { type TensorProto, TensorProtoSchema } from "onnx-buf";
import { allocate } from "../../core/dtype";
import { FormatError, ValueError } from "../../core/errors";
import { fromBfloat16, fromHalf } from "../../core/float16";
import { formatShape, type Shape, sizeOf } from "../../core/shape";
import { Tensor } from "../../core/tensor";
import { ELEMENTS, type ElementType, elementName, elementOf, runsAs } from "./types";

type HostData = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/**
 * Values of a tensor on the host. Floats as they are stored (float32 where that holds them), whole numbers and booleans as
 * the numbers they are: 64-bit ones beyond 2^53 come out rounded, and arithmetic refuses them.
 */
export interface HostTensor {
  readonly type: ElementType;
  readonly shape: Shape;
  readonly data: HostData;
}

/** @throws FormatError unless `dims` are whole numbers of 0 or more whose product an array can have. */
export function checkedShape(file: string, what: string, dims: readonly bigint[]): number[] {
  const shape = dims.map(Number);
  // Checked without zeros too: an extent of 0 must not hide one that overflows.
  const size = sizeOf(shape.map((extent) => Math.max(1, extent)));
  if (shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0) && size <= 2 ** 40) return shape;
  const wanted = "extents must be whole numbers of 0 or more, and all elements fit memory";
  throw new FormatError(file, `${what} has shape ${formatShape(shape)}; ${wanted}`);
}

type Reader = (view: DataView<ArrayBuffer>, count: number) => HostData;

const each =
  (bytes: number, at: (view: DataView, offset: number) => number): Reader =>
  (view, count) => {
    const out = new Float64Array(count);
    for (let i = 0; i < count; i++) out[i] = at(view, bytes * i);
    return out;
  };

/** The bytes, copied: in a file they need not lie at a multiple of four. */
const copied = (view: DataView<ArrayBuffer>): ArrayBuffer =>
  view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);

const sixteen =
  (convert: (bits: number) => number): Reader =>
  (view, count) => {
    const out = new Float32Array(count);
    for (let i = 0; i < count; i++) out[i] = convert(view.getUint16(2 * i, true));
    return out;
  };

const RAW: Readonly<Record<ElementType, Reader>> = {
  float: (view) => new Float32Array(copied(view)),
  double: each(8, (view, at) => view.getFloat64(at, true)),
  float16: sixteen(fromHalf),
  bfloat16: sixteen(fromBfloat16),
  int8: each(1, (view, at) => view.getInt8(at)),
  uint8: each(1, (view, at) => view.getUint8(at)),
  bool: each(1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)),
  int16: each(2, (view, at) => view.getInt16(at, true)),
  uint16: each(2, (view, at) => view.getUint16(at, true)),
  int32: (view) => new Int32Array(copied(view)),
  uint32: each(4, (view, at) => view.getUint32(at, true)),
  int64: each(8, (view, at) => Number(view.getBigInt64(at, true))),
  uint64: each(8, (view, at) => Number(view.getBigUint64(at, true))),
};

type Lister = (proto: TensorProto) => HostData;

const small: Lister = (proto) => Float64Array.from(proto.int32Data);

/** Elements in the fields that older writers use instead of raw data. */
const LISTED: Readonly<Record<ElementType, Lister>> = {
  float: (proto) => Float32Array.from(proto.floatData),
  double: (proto) => Float64Array.from(proto.doubleData),
  float16: (proto) => Float32Array.from(proto.int32Data, fromHalf),
  bfloat16: (proto) => Float32Array.from(proto.int32Data, fromBfloat16),
  int8: small,
  uint8: small,
  int16: small,
  uint16: small,
  int32: (proto) => Int32Array.from(proto.int32Data),
  bool: (proto) => Float64Array.from(proto.int32Data, (value) => (value === 0 ? 0 : 1)),
  int64: (proto) => Float64Array.from(proto.int64Data, Number),
  uint32: (proto) => Float64Array.from(proto.uint64Data, Number),
  uint64: (proto) => Float64Array.from(proto.uint64Data, Number),
};

/**
 * The values of a tensor of a file.
 * @param bytes what stands in another file, for a tensor that is stored outside
 * @throws FormatError for a type that we do not read, a shape that cannot be, or a length that does not fit the shape
 */
export function readTensorProto(file: string, proto: TensorProto, bytes?: Uint8Array<ArrayBuffer>): HostTensor {
  const what = `tensor "${proto.name}"`;
  const type = elementOf(proto.dataType);
  if (!type) throw new FormatError(file, `${what} is of type ${elementName(proto.dataType)}, which we do not read`);
  if (proto.segment) throw new FormatError(file, `${what} is stored in segments, which we do not read`);
  const shape = checkedShape(file, what, proto.dims);
  const count = sizeOf(shape);
  const raw = bytes ?? proto.rawData;
  if (raw.length === 0) {
    const data = LISTED[type](proto);
    if (data.length === count) return { type, shape, data };
    const has = `holds ${data.length} elements, but its shape ${formatShape(shape)} has ${count}`;
    throw new FormatError(file, `${what} ${has}`);
  }
  const wanted = count * ELEMENTS[type].bytes;
  if (raw.length !== wanted)
    throw new FormatError(file, `${what} has ${raw.length} bytes, but ${type}${formatShape(shape)} takes ${wanted}`);
  return { type, shape, data: RAW[type](new DataView(raw.buffer, raw.byteOffset, raw.byteLength), count) };
}

/**
 * As it runs: floats rounded to f32, booleans as f32 0 or 1, whole numbers as i32.
 * @throws ValueError for a whole number that does not fit 32 bits, and a double beyond what float32 can hold
 */
export function toTensor({ type, shape, data }: HostTensor, name: string): Tensor {
  const dtype = runsAs(type);
  if (dtype === "f32" && data instanceof Float32Array) return new Tensor(shape, data);
  if (dtype === "i32" && data instanceof Int32Array) return new Tensor(shape, data);
  const out = allocate(dtype, data.length);
  out.set(data);
  const isBeyond =
    dtype === "i32"
      ? (value: number, i: number) => value !== out[i]
      : (value: number, i: number) => Number.isFinite(value) && !Number.isFinite(out[i]);
  const beyond = data.findIndex(isBeyond);
  if (beyond < 0) return new Tensor(shape, out);
  const wanted =
    dtype === "i32" ? "whole numbers that fit 32 bits" : "numbers that float32 can hold, as which they run";
  throw new ValueError({ op: "onnx" }, `${type} tensor "${name}"`, String(data[beyond]), wanted);
}

/** What a run gave back, as the element type that the model declares. */
export const fromTensor = ({ shape, data }: Tensor, type: ElementType): HostTensor => ({
  type,
  shape,
  data: data instanceof Uint32Array ? Float64Array.from(data) : data,
});

/** A file that holds one tensor, as the test data of ONNX do. @throws FormatError. */
export function readTensorFile(file: string, bytes: Uint8Array<ArrayBuffer>): HostTensor & { readonly name: string } {
  let proto: TensorProto;
  try {
    proto = fromBinary(TensorProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    throw new FormatError(file, `holds no tensor, or is damaged (${(error as Error).message})`);
  }
  return { ...readTensorProto(file, proto), name: proto.name };
}
