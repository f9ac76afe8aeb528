/** Opens a file of tensors of any format that is read: which one it is, its first bytes say. */
import { FormatError } from "../core/errors";
import { isNpy, openNpy } from "./npy";
import { openNpz } from "./npz";
import { isCheckpoint, isPickle, openCheckpoint, openLegacyCheckpoint } from "./pytorch/checkpoint";
import { openSafetensors } from "./safetensors";
import type { ByteSource } from "./source";
import { shownName } from "./tensors/elements";
import type { TensorFile } from "./tensors/tensorFile";
import { openZip } from "./zip";

/** How formats begin that are known, and not read. */
const OTHERS: readonly (readonly [magic: string, what: string])[] = [
  ["\u0089HDF", "HDF5, as Keras and MATLAB write it"],
  ["GGUF", "GGUF, as llama.cpp writes it"],
  ["\u0089PNG", "a picture (PNG)"],
  ["\u00ff\u00d8\u00ff", "a picture (JPEG)"],
  ["RIFF", "a picture (WebP) or sound"],
  ["\u001f\u008b", "packed by gzip; unpack it first"],
  ["<", "a page of text (HTML or XML), perhaps an error that was saved in place of the file"],
  ["version https://git-lfs", "a pointer of Git LFS in place of the file; fetch it with: git lfs pull"],
];

const READ = "safetensors, NumPy's npy and npz, and PyTorch's checkpoints are read";

/** The archive's format by its members. */
async function openArchive(source: ByteSource): Promise<TensorFile> {
  const members = await openZip(source);
  if (isCheckpoint(members)) return openCheckpoint(source, members);
  if ([...members.keys()].some((name) => name.endsWith(".npy"))) return openNpz(source, members);
  const names = [...members.keys()].slice(0, 5).map(shownName).join(", ");
  throw new FormatError(source.name, `is a zip archive without tensors (it has ${names || "nothing"}); ${READ}`);
}

/**
 * Opens a file: safetensors, `npy`, `npz`, or what PyTorch saved. Its table of contents is read and checked; numbers are
 * read when they are asked for, each range once.
 * @throws FormatError for any other file, and for one that is damaged or hostile.
 */
export async function openTensors(source: ByteSource): Promise<TensorFile> {
  const prefix = await source.read(0, Math.min(source.size, 32));
  const text = String.fromCharCode(...prefix);
  if (text.startsWith("PK")) return openArchive(source);
  if (isNpy(prefix)) return openNpy(source);
  if (isPickle(prefix)) return openLegacyCheckpoint(source);
  // Behind eight bytes of length a safetensors header is an object in JSON.
  if (text[8] === "{" || /\.safetensors$/i.test(source.name)) return openSafetensors(source);
  const [, other] = OTHERS.find(([magic]) => text.startsWith(magic)) ?? [];
  if (other) throw new FormatError(source.name, `is ${other}; ${READ}`);
  throw new FormatError(source.name, `is ${source.size === 0 ? "empty" : "no file of tensors that is known"}; ${READ}`);
}
