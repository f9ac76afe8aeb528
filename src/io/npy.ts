/**
 * NumPy's format for one array (numpy.lib.format): a magic word, a header written as a Python dictionary, the numbers.
 * Any version, either byte order, rows or columns first; bfloat16, which NumPy has no name for, is written as f32.
 */
import { FormatError } from "../core/errors";
import { formatShape, sizeOf } from "../core/shape";
import type { Tensor } from "../core/tensor";
import type { ByteSource } from "./source";
import { checkShape } from "./tensors/bounds";
import { ELEMENT_BYTES, type ElementType, encodeElements, swapBytes } from "./tensors/elements";
import { fortranStrides, gather } from "./tensors/strided";
import type { TensorEntry, TensorFile } from "./tensors/tensorFile";

/** NumPy's letters with the bytes of an element, to ours. */
const TYPES: Readonly<Record<string, ElementType>> = {
  f8: "f64",
  f4: "f32",
  f2: "f16",
  i8: "i64",
  i4: "i32",
  i2: "i16",
  i1: "i8",
  u8: "u64",
  u4: "u32",
  u2: "u16",
  u1: "u8",
  b1: "bool",
};

const LETTERS = new Map(Object.entries(TYPES).map(([letters, type]) => [type, letters]));

/** Where the header ends is written in it; NumPy itself refuses headers of more than 10,000 bytes unless told. */
export const NPY_HEADER_BYTES = 65_536;

/** Whether a file begins as NumPy's arrays do. */
export const isNpy = (prefix: Uint8Array): boolean => String.fromCharCode(...prefix.subarray(0, 6)) === "\u0093NUMPY";

interface NpyHeader {
  readonly type: ElementType | undefined;
  readonly dtype: string;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

const fieldOf = (text: string, name: string, value: string): string | undefined =>
  new RegExp(`["']${name}["']\\s*:\\s*${value}`).exec(text)?.[1];

function parseDescription(file: string, text: string): Omit<NpyHeader, "dataStart"> {
  const fail = (detail: string) => new FormatError(file, detail);
  const descr = fieldOf(text, "descr", `["']([^"']{1,40})["']`);
  const fortran = fieldOf(text, "fortran_order", "(True|False)");
  const extents = fieldOf(text, "shape", "\\(([^()]*)\\)");
  if (descr === undefined) {
    if (fieldOf(text, "descr", "(\\[)")) throw fail("holds records of several fields; arrays of numbers are read");
    throw fail(`has a header that names no type: ${JSON.stringify(text.slice(0, 60))}`);
  }
  if (fortran === undefined) throw fail(`has a header that does not say the order of its axes ("fortran_order")`);
  if (extents === undefined) throw fail(`has a header without a shape`);
  const parts = extents.split(",").map((part) => part.trim());
  if (parts.at(-1) === "") parts.pop();
  const shape = parts.map((part) => (/^-?\d{1,20}L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN));
  checkShape(file, "the array", shape);
  const [, order = "", letters = ""] = /^([<>=|]?)(.*)$/s.exec(descr) ?? [];
  if (letters === "O") throw fail("holds Python objects (dtype |O), which are a pickle: arrays of numbers are read");
  const type = Object.hasOwn(TYPES, letters) ? TYPES[letters] : undefined;
  return { type, dtype: descr, bigEndian: order === ">", fortran: fortran === "True", shape };
}

async function readHeader(source: ByteSource): Promise<NpyHeader> {
  const { name: file, size } = source;
  const prefix = await source.read(0, Math.min(12, size));
  if (!isNpy(prefix)) throw new FormatError(file, `is no NumPy array: it does not begin with "\\x93NUMPY"`);
  const major = prefix[6] ?? 0;
  if (prefix.length < 12) throw new FormatError(file, `is truncated: it has ${size} bytes`);
  if (major < 1 || major > 3) throw new FormatError(file, `is of version ${major} of NumPy's format; 1 to 3 are read`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.length);
  const [start, length] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > NPY_HEADER_BYTES) {
    throw new FormatError(file, `has a header of ${length} bytes; ${NPY_HEADER_BYTES} are the most that are read`);
  }
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(await source.read(start, length));
  return { ...parseDescription(file, text), dataStart: start + length };
}

/** An array of numbers in a file, as `npy` or as a member of `npz`. */
export interface NpyArray extends Omit<TensorEntry, "name"> {
  readBytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Reads the header of one array, and checks it against the size of what it stands in. @throws FormatError. */
export async function openArray(source: ByteSource): Promise<NpyArray> {
  const header = await readHeader(source);
  const { type, dtype, shape, dataStart, fortran, bigEndian } = header;
  const have = source.size - dataStart;
  const byteLength = type === undefined ? have : sizeOf(shape) * ELEMENT_BYTES[type];
  if (byteLength !== have) {
    throw new FormatError(
      source.name,
      `has ${have} bytes of numbers, but ${dtype}${formatShape(shape)} takes ${byteLength}`,
    );
  }
  return {
    type,
    dtype,
    shape,
    byteLength,
    readBytes: async () => {
      const width = type === undefined ? 1 : ELEMENT_BYTES[type];
      let bytes = await source.read(dataStart, byteLength);
      if (bigEndian) bytes = swapBytes(bytes.slice(), width);
      return fortran && shape.length > 1 ? gather(bytes, width, shape, fortranStrides(shape)) : bytes;
    },
  };
}

/** Opens a file of one array; the tensor goes by the file's name without its folder and `.npy`. @throws FormatError. */
export async function openNpy(source: ByteSource): Promise<TensorFile> {
  const array = await openArray(source);
  const name = (source.name.split(/[\\/]/).at(-1) ?? "").replace(/\.npy$/i, "") || "array";
  return {
    file: source.name,
    format: "npy",
    size: source.size,
    entries: new Map([[name, { ...array, name }]]),
    metadata: {},
    readBytes: () => array.readBytes(),
  };
}

/** The first bytes of a file of one array, rows first, little-endian. @throws FormatError for bf16, which NumPy lacks. */
export function npyHeader(file: string, type: ElementType, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const letters = LETTERS.get(type);
  if (letters === undefined) throw new FormatError(file, `NumPy's format has no type for ${type}`);
  const order = ELEMENT_BYTES[type] === 1 ? "|" : "<";
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${order}${letters}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Numbers begin at a multiple of 64, and a line break ends the header, as NumPy has it.
  const total = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(bytes.buffer).setUint16(8, total - 10, true);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes[total - 1] = 0x0a;
  return bytes;
}

/** One tensor as a file; floats as `floats` says, rounded to the nearest. */
export function writeNpy(tensor: Tensor, floats: "f32" | "f16" = "f32"): Uint8Array<ArrayBuffer> {
  const header = npyHeader("npy", tensor.dtype === "f32" ? floats : tensor.dtype, tensor.shape);
  const data = encodeElements(tensor.data, floats);
  const bytes = new Uint8Array(header.length + data.length);
  bytes.set(header);
  bytes.set(data, header.length);
  return bytes;
}
