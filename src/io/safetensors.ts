/**
 * The safetensors format (huggingface/safetensors, "Format"): 8 bytes little-endian length of the header, the header in
 * JSON, then the data of all tensors without gaps. Every length and offset is checked before it is used.
 */
import { viewAs } from "../core/dtype";
import { FormatError } from "../core/errors";
import { fromHalf } from "../core/float16";
import { formatShape, sizeOf } from "../core/shape";
import { Tensor } from "../core/tensor";
import { type ByteSource, bytesSource } from "./source";

/** Element types we read, with their bytes. Floats become f32, whole numbers i32. */
const BYTES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const;

type FileDtype = keyof typeof BYTES;

/** One tensor as the header describes it. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the beginning of the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference implementation's own bound on headers. */
const MAX_HEADER_BYTES = 100_000_000;

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parseEntry(file: string, name: string, value: unknown, dataStart: number, fileSize: number): TensorEntry {
  const fail = (detail: string) => new FormatError(file, `tensor "${name}" ${detail}`);
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  if (typeof dtype !== "string") throw fail("has no dtype");
  if (!Array.isArray(shape) || !shape.every(isWhole))
    throw fail(`has shape ${JSON.stringify(shape)}; a list of whole numbers is expected`);
  const isRange = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isWhole);
  if (!isRange || (offsets[1] as number) < (offsets[0] as number)) {
    throw fail(`has data_offsets ${JSON.stringify(offsets)}; two whole numbers in order are expected`);
  }
  const [begin, end] = offsets as [number, number];
  if (dataStart + end > fileSize) {
    throw fail(`ends at byte ${dataStart + end}, but the file has ${fileSize}: it is truncated`);
  }
  if (Object.hasOwn(BYTES, dtype)) {
    const wanted = sizeOf(shape) * BYTES[dtype as FileDtype];
    if (end - begin !== wanted)
      throw fail(`has ${end - begin} bytes, but ${dtype}${formatShape(shape)} takes ${wanted}`);
  }
  return { name, dtype, shape, byteOffset: dataStart + begin, byteLength: end - begin };
}

/** Reads the header of a file, and checks all of it. @throws FormatError naming the file, the tensor and what is wrong. */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const { name: file, size } = source;
  if (size < 8)
    throw new FormatError(file, `has ${size} bytes; a safetensors file begins with 8 bytes of header length`);
  const prefix = await source.read(0, 8);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, size - 8))) {
    throw new FormatError(
      file,
      `says that its header has ${length} bytes, but ${size - 8} follow: it is truncated, or no safetensors file`,
    );
  }
  const text = await source.read(8, Number(length));
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    throw new FormatError(file, "has a header that is not JSON: it is no safetensors file, or damaged");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw new FormatError(file, "has a header that is not a JSON object");
  const dataStart = 8 + Number(length);
  const entries = new Map<string, TensorEntry>();
  const { __metadata__: metadata = {}, ...described } = header as Record<string, unknown>;
  for (const [name, value] of Object.entries(described))
    entries.set(name, parseEntry(file, name, value, dataStart, size));
  const inOrder = [...entries.values()].sort((a, b) => a.byteOffset - b.byteOffset);
  inOrder.reduce((end, entry) => {
    if (entry.byteOffset < end) throw new FormatError(file, `tensor "${entry.name}" overlaps the one before it`);
    return entry.byteOffset + entry.byteLength;
  }, dataStart);
  return { entries, metadata: metadata as Record<string, string> };
}

function convert(file: string, entry: TensorEntry, bytes: Uint8Array<ArrayBuffer>): Tensor {
  const count = sizeOf(entry.shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const floats = (at: (i: number) => number) =>
    new Tensor(
      entry.shape,
      Float32Array.from({ length: count }, (_, i) => at(i)),
    );
  const whole = (at: (i: number) => number) =>
    new Tensor(
      entry.shape,
      Int32Array.from({ length: count }, (_, i) => at(i)),
    );
  switch (entry.dtype as FileDtype) {
    case "F32":
      return new Tensor(entry.shape, viewAs("f32", bytes.slice().buffer));
    case "I32":
      return new Tensor(entry.shape, viewAs("i32", bytes.slice().buffer));
    case "F64":
      return floats((i) => view.getFloat64(8 * i, true));
    case "F16":
      return floats((i) => fromHalf(view.getUint16(2 * i, true)));
    case "BF16": {
      const bits = Uint32Array.from({ length: count }, (_, i) => view.getUint16(2 * i, true) << 16);
      return new Tensor(entry.shape, new Float32Array(bits.buffer));
    }
    case "I64":
      return whole((i) => {
        const value = view.getBigInt64(8 * i, true);
        if (BigInt.asIntN(32, value) !== value)
          throw new FormatError(file, `tensor "${entry.name}" holds ${value}, which does not fit 32 bits`);
        return Number(value);
      });
    case "I16":
      return whole((i) => view.getInt16(2 * i, true));
    case "I8":
      return whole((i) => view.getInt8(i));
    case "U8":
    case "BOOL":
      return whole((i) => view.getUint8(i));
    default:
      throw new FormatError(
        file,
        `tensor "${entry.name}" is of dtype ${entry.dtype}; we read ${Object.keys(BYTES).join(", ")}`,
      );
  }
}

/** Reads one tensor. @throws FormatError. */
export async function readTensor(source: ByteSource, entry: TensorEntry): Promise<Tensor> {
  return convert(source.name, entry, await source.read(entry.byteOffset, entry.byteLength));
}

/** Every tensor of a file. `file` names it in errors. @throws FormatError. */
export async function parseSafetensors(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<Safetensors> {
  const source = bytesSource(file, bytes);
  const { entries, metadata } = await readSafetensorsHeader(source);
  const tensors = new Map<string, Tensor>();
  for (const entry of entries.values()) tensors.set(entry.name, await readTensor(source, entry));
  return { tensors, metadata };
}

/** Writes tensors as a file; f32 as F32, i32 as I32. Data begin at a multiple of 8. */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const begin = end;
    end += tensor.data.byteLength;
    header[name] = { dtype: tensor.dtype.toUpperCase(), shape: tensor.shape, data_offsets: [begin, end] };
  }
  const json = JSON.stringify(header);
  const plain = new TextEncoder().encode(json);
  const text = new TextEncoder().encode(json + " ".repeat((8 - (plain.length % 8)) % 8));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  let at = 8 + text.length;
  for (const tensor of Object.values(tensors)) {
    bytes.set(new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength), at);
    at += tensor.data.byteLength;
  }
  return bytes;
}
