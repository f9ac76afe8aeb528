/**
 * The safetensors format (huggingface/safetensors, "Format"): 8 bytes little-endian length of the header, the header in
 * JSON, then the data of all tensors without gaps. Every length and offset is checked before it is used.
 */
import { FormatError } from "../core/errors";
import { formatShape, sizeOf } from "../core/shape";
import type { Tensor } from "../core/tensor";
import { type ByteSource, bytesSource } from "./source";
import { checkShape, MAX_TENSORS } from "./tensors/bounds";
import { ELEMENT_BYTES, type ElementType, encodeElements, type FloatType, shownName } from "./tensors/elements";
import { readTensor, type TensorEntry, type TensorFile } from "./tensors/tensorFile";

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference implementation's own bound on headers. */
const MAX_HEADER_BYTES = 100_000_000;

interface Placed extends TensorEntry {
  /** From the beginning of the file. */
  readonly byteOffset: number;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** `F32` is our `f32`. */
function elementType(dtype: string): ElementType | undefined {
  const type = dtype.toLowerCase();
  return Object.hasOwn(ELEMENT_BYTES, type) && type.toUpperCase() === dtype ? (type as ElementType) : undefined;
}

function parseEntry(file: string, name: string, value: unknown, dataStart: number, fileSize: number): Placed {
  const what = `tensor ${shownName(name)}`;
  const fail = (detail: string) => new FormatError(file, `${what} ${detail}`);
  const given = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const { dtype, shape, data_offsets: offsets } = given;
  if (typeof dtype !== "string" || !/^\w{1,32}$/.test(dtype)) throw fail("has no dtype");
  if (!Array.isArray(shape)) throw fail("has no shape; a list of whole numbers is expected");
  checkShape(file, what, shape);
  const isRange = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isWhole);
  if (!isRange || (offsets[1] as number) < (offsets[0] as number)) {
    throw fail(
      `has data_offsets ${JSON.stringify(offsets ?? null).slice(0, 60)}; two whole numbers in order are expected`,
    );
  }
  const [begin, end] = offsets as [number, number];
  if (dataStart + end > fileSize) {
    throw fail(`ends at byte ${dataStart + end}, but the file has ${fileSize}: it is truncated`);
  }
  const type = elementType(dtype);
  if (type !== undefined && end - begin !== sizeOf(shape) * ELEMENT_BYTES[type]) {
    throw fail(
      `has ${end - begin} bytes, but ${dtype}${formatShape(shape)} takes ${sizeOf(shape) * ELEMENT_BYTES[type]}`,
    );
  }
  return { name, type, dtype, shape, byteOffset: dataStart + begin, byteLength: end - begin };
}

/** The header's text as an object. */
async function readHeader(source: ByteSource): Promise<{ header: Record<string, unknown>; dataStart: number }> {
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
  return { header: header as Record<string, unknown>, dataStart: 8 + Number(length) };
}

/** Tensors lie one behind another to the end of the file, as the format demands: nothing hides between them. */
function checkOrder(file: string, entries: Iterable<Placed>, dataStart: number, size: number): void {
  let end = dataStart;
  for (const entry of [...entries].sort((a, b) => a.byteOffset - b.byteOffset || a.byteLength - b.byteLength)) {
    if (entry.byteOffset < end) {
      throw new FormatError(file, `tensor ${shownName(entry.name)} overlaps the one before it`);
    }
    if (entry.byteOffset > end) {
      const gap = entry.byteOffset - end;
      throw new FormatError(file, `has ${gap} bytes before tensor ${shownName(entry.name)} that belong to none`);
    }
    end += entry.byteLength;
  }
  if (end !== size) throw new FormatError(file, `has ${size - end} bytes behind its last tensor`);
}

/**
 * Opens a file: reads its header, and checks all of it. The numbers are read one tensor at a time, each once.
 * @throws FormatError naming the file, the tensor and what is wrong.
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const { name: file, size } = source;
  const { header, dataStart } = await readHeader(source);
  const { __metadata__: metadata = {}, ...described } = header;
  const isText = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  if (!isText || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw new FormatError(file, "has metadata that are not texts by name");
  }
  const names = Object.keys(described);
  if (names.length > MAX_TENSORS) {
    throw new FormatError(file, `has ${names.length} tensors; ${MAX_TENSORS} are the most that are read`);
  }
  const entries = new Map<string, Placed>();
  for (const name of names) entries.set(name, parseEntry(file, name, described[name], dataStart, size));
  checkOrder(file, entries.values(), dataStart, size);
  return {
    file,
    format: "safetensors",
    size,
    entries,
    metadata: metadata as Record<string, string>,
    readBytes: async (name) => {
      const { byteOffset, byteLength } = entries.get(name) as Placed;
      return source.read(byteOffset, byteLength);
    },
  };
}

/** Every tensor of a file. `file` names it in errors. @throws FormatError. */
export async function parseSafetensors(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<Safetensors> {
  const opened = await openSafetensors(bytesSource(file, bytes));
  const tensors = new Map<string, Tensor>();
  for (const name of opened.entries.keys()) tensors.set(name, await readTensor(opened, name));
  return { tensors, metadata: opened.metadata };
}

/** What a tensor of a file to be written is called, and how wide it is. */
export interface SafetensorsPart {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** The first bytes of a file whose tensors are these, one behind another. Data begin at a multiple of 8. */
export function safetensorsHeader(
  parts: readonly SafetensorsPart[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const described = parts.map(({ name, type, shape }) => {
    const begin = end;
    end += sizeOf(shape) * ELEMENT_BYTES[type];
    return [name, { dtype: type.toUpperCase(), shape, data_offsets: [begin, end] }] as const;
  });
  const about = Object.keys(metadata).length > 0 ? [["__metadata__", metadata] as const] : [];
  // Through entries: a tensor may be called "__proto__".
  const plain = new TextEncoder().encode(JSON.stringify(Object.fromEntries<unknown>([...about, ...described])));
  const length = Math.ceil(plain.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(plain, 8);
  return bytes;
}

/**
 * Writes tensors as a file: f32 as F32 (or as `floats` says, rounded to the nearest), i32 as I32, u32 as U32.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
  floats: FloatType = "f32",
): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(tensors).map(([name, { shape, dtype, data }]) => ({
    name,
    shape,
    type: dtype === "f32" ? floats : dtype,
    bytes: encodeElements(data, floats),
  }));
  const header = safetensorsHeader(parts, metadata);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, header.length));
  bytes.set(header);
  let at = header.length;
  for (const part of parts) {
    bytes.set(part.bytes, at);
    at += part.bytes.length;
  }
  return bytes;
}
