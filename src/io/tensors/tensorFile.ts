/** What every format that holds named tensors is to the rest of the project: a table of contents, and reads by name. */
import { FormatError } from "../../core/errors";
import type { Shape } from "../../core/shape";
import type { Tensor } from "../../core/tensor";
import { decodeElements, ELEMENT_BYTES, type ElementType, shownName } from "./elements";

export const TENSOR_FORMATS = ["safetensors", "npz", "npy", "pytorch"] as const;

export type TensorFormat = (typeof TENSOR_FORMATS)[number];

/** A tensor as a file describes it. */
export interface TensorEntry {
  readonly name: string;
  /** Undefined for a type that is not read. */
  readonly type: ElementType | undefined;
  /** The type in the format's own words. */
  readonly dtype: string;
  readonly shape: Shape;
  /** Of its elements, row by row. */
  readonly byteLength: number;
}

/** A file whose table of contents has been read and checked; the numbers are read one tensor at a time. */
export interface TensorFile {
  /** For errors. */
  readonly file: string;
  readonly format: TensorFormat;
  readonly size: number;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Elements of one tensor: little-endian, row by row. @throws FormatError. */
  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** The entry of that name, of a type that is read. @throws FormatError. */
export function readable(file: TensorFile, name: string): TensorEntry & { readonly type: ElementType } {
  const entry = file.entries.get(name);
  if (!entry) throw new FormatError(file.file, `has no tensor ${shownName(name)}`);
  const { type } = entry;
  if (type === undefined) {
    throw new FormatError(
      file.file,
      `tensor ${shownName(name)} is of dtype ${entry.dtype}; we read ${Object.keys(ELEMENT_BYTES).join(", ")}`,
    );
  }
  return { ...entry, type };
}

/** Reads one tensor: floats become f32, whole numbers i32 or u32. @throws FormatError. */
export async function readTensor(file: TensorFile, name: string): Promise<Tensor> {
  const { type, shape } = readable(file, name);
  return decodeElements(type, await file.readBytes(name), shape, { file: file.file, name });
}
