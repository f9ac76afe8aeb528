/** From one file of tensors to another, one tensor at a time: memory is needed for the largest of them only. */
import { FormatError } from "../core/errors";
import { npyHeader } from "./npy";
import { safetensorsHeader } from "./safetensors";
import {
  decodeElements,
  type ElementType,
  encodeElements,
  type FloatType,
  isFloat,
  shownName,
} from "./tensors/elements";
import { readable, type TensorEntry, type TensorFile } from "./tensors/tensorFile";
import { writeZip } from "./zip";

export const WRITTEN_FORMATS = ["safetensors", "npz", "npy"] as const;

export type WrittenFormat = (typeof WRITTEN_FORMATS)[number];

export interface ConvertOptions {
  /** What is written, for errors. */
  readonly to: string;
  readonly format: WrittenFormat;
  /** What floats become, rounded to the nearest; as they are unless told. Whole numbers stay as they are. */
  readonly floats?: FloatType;
  /** Deflate the members of an `npz`. */
  readonly packed?: boolean;
  readonly onProgress?: (done: number, total: number, name: string) => void;
}

export interface Converted {
  readonly tensors: number;
  /** Tensors of bfloat16 that became f32, since NumPy has no such type. */
  readonly widened: number;
  /** Finite numbers that half precision cannot hold; they became infinite. */
  readonly overflowed: number;
}

interface Part extends TensorEntry {
  readonly type: ElementType;
  readonly target: ElementType;
}

/** Half precision's largest number, and half a step. */
const HALF_LIMIT = 65520;

/**
 * Writes all tensors of a file in another format, or in another type of number.
 * @param write takes bytes of the new file in order
 * @throws FormatError when a tensor cannot be read, or the format cannot hold the file; nothing has been written then, unless
 * the numbers themselves are damaged
 */
export async function convertTensors(
  file: TensorFile,
  { to, format, floats, packed = false, onProgress }: ConvertOptions,
  write: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>,
): Promise<Converted> {
  let widened = 0;
  let overflowed = 0;
  const parts = [...file.entries.keys()].map((name): Part => {
    const entry = readable(file, name);
    const wanted = isFloat(entry.type) ? (floats ?? entry.type) : entry.type;
    const lacking = wanted === "bf16" && format !== "safetensors";
    if (lacking) widened++;
    return { ...entry, target: lacking ? "f32" : wanted };
  });
  let done = 0;
  const read = async ({ name, type, target, shape }: Part): Promise<Uint8Array<ArrayBuffer>> => {
    onProgress?.(done++, parts.length, name);
    const bytes = await file.readBytes(name);
    if (type === target) return bytes;
    const { data } = decodeElements(type, bytes, shape, { file: file.file, name });
    if (target === "f16") for (const x of data) if (Math.abs(x) >= HALF_LIMIT && Number.isFinite(x)) overflowed++;
    return encodeElements(data, target as FloatType);
  };
  await writers[format]({ to, parts, read, write, packed, metadata: file.metadata });
  return { tensors: parts.length, widened, overflowed };
}

interface Work {
  readonly to: string;
  readonly parts: readonly Part[];
  readonly read: (part: Part) => Promise<Uint8Array<ArrayBuffer>>;
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  readonly packed: boolean;
  readonly metadata: TensorFile["metadata"];
}

const writers: Readonly<Record<WrittenFormat, (work: Work) => Promise<void>>> = {
  async safetensors({ parts, read, write, metadata }) {
    await write(
      safetensorsHeader(
        parts.map(({ name, target, shape }) => ({ name, type: target, shape })),
        metadata,
      ),
    );
    for (const part of parts) await write(await read(part));
  },
  async npz({ to, parts, read, write, packed }) {
    const members = parts.map((part) => ({
      name: `${part.name}.npy`,
      read: async () => {
        const [header, data] = [npyHeader(to, part.target, part.shape), await read(part)];
        const bytes = new Uint8Array(header.length + data.length);
        bytes.set(header);
        bytes.set(data, header.length);
        return bytes;
      },
    }));
    await writeZip(members, packed, write);
  },
  async npy({ to, parts, read, write }) {
    const [part, ...others] = parts;
    if (!part || others.length > 0) {
      const names = parts.slice(0, 5).map(({ name }) => shownName(name));
      throw new FormatError(
        to,
        `an npy file holds one tensor, not ${parts.length} (${names.join(", ")}…): name one, or write an npz`,
      );
    }
    await write(npyHeader(to, part.target, part.shape));
    await write(await read(part));
  },
};

/** One tensor of a file, as a file of its own. @throws FormatError when there is none of that name. */
export function only(file: TensorFile, name: string): TensorFile {
  return { ...file, entries: new Map([[name, readable(file, name)]]) };
}
