/**
 * PyTorch's checkpoints: a zip archive with the pickle of what was saved and a member for the numbers of each storage, or
 * what was written before version 1.6, five pickles and the numbers behind them. Tensors are found wherever they stand in
 * dictionaries, lists and tuples, and go by the path that leads to them.
 */
import { FormatError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import type { ByteSource } from "../source";
import { checkGrowth, checkShape, MAX_TENSORS } from "../tensors/bounds";
import { ELEMENT_BYTES, shownName, swapBytes } from "../tensors/elements";
import { gather, isContiguous, reachOf } from "../tensors/strided";
import type { TensorEntry, TensorFile } from "../tensors/tensorFile";
import { openZip } from "../zip";
import { type Pickled, readPickle } from "./pickle";
import { PickleEnd } from "./pickleBytes";
import { checkpointRules, type Storage, TensorView } from "./rules";

/** Containers that are looked into; a checkpoint has a few for each tensor. */
const MAX_STEPS = 1_000_000;

/** The tensors in what was saved, by their paths: `state_dict.features.0.weight`. */
function findTensors(file: string, saved: Pickled): Map<string, TensorView> {
  const found = new Map<string, TensorView>();
  const open = new Set<Pickled>();
  let steps = 0;
  const walk = (value: Pickled, path: string): void => {
    if (++steps > MAX_STEPS) throw new FormatError(file, `has more than ${MAX_STEPS} objects in each other`);
    if (value instanceof TensorView) {
      const name = path === "" ? "tensor" : path;
      if (found.has(name)) throw new FormatError(file, `has two tensors ${shownName(name)}`);
      if (found.size === MAX_TENSORS) throw new FormatError(file, `has more than ${MAX_TENSORS} tensors`);
      found.set(name, value);
      return;
    }
    if (!(value instanceof Map) && !Array.isArray(value)) return;
    if (open.has(value)) throw new FormatError(file, `holds a container that contains itself, at ${shownName(path)}`);
    if (open.size > 100)
      throw new FormatError(file, `holds more than 100 containers in each other, at ${shownName(path)}`);
    open.add(value);
    for (const [key, inner] of value.entries() as Iterable<[Pickled, Pickled]>) {
      if (typeof key === "string" || typeof key === "number") walk(inner, path === "" ? `${key}` : `${path}.${key}`);
    }
    open.delete(value);
  };
  walk(saved, "");
  return found;
}

interface Entry extends TensorEntry {
  readonly storage: Storage;
  /** In elements. */
  readonly offset: number;
  readonly strides: readonly number[];
}

function entryOf(file: string, fileSize: number, name: string, view: TensorView): Entry {
  const what = `tensor ${shownName(name)}`;
  const { storage, dtype, offset, shape, strides } = view;
  checkShape(file, what, shape);
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isWhole(offset) || !strides.every(isWhole) || strides.length !== shape.length) {
    throw new FormatError(file, `${what} has an offset or strides that are no whole numbers, or not one for each axis`);
  }
  const width = dtype.type === undefined ? 1 : ELEMENT_BYTES[dtype.type];
  const own = storage.dtype.type === undefined ? 1 : ELEMENT_BYTES[storage.dtype.type];
  const reach = reachOf(shape, strides);
  if (dtype.type !== undefined && (offset + reach) * width > storage.length * own && reach > 0) {
    throw new FormatError(
      file,
      `${what} ${formatShape(shape)} ends at element ${offset + reach} of a storage of ${(storage.length * own) / width}`,
    );
  }
  const byteLength = sizeOf(shape) * width;
  checkGrowth(file, fileSize, byteLength, what);
  return { name, type: dtype.type, dtype: dtype.name, shape, byteLength, storage, offset, strides };
}

/** A file of tensors out of what was saved, and a way to the bytes of a storage. */
function tensorFile(
  source: ByteSource,
  saved: Pickled,
  bigEndian: boolean,
  storageSource: (storage: Storage) => ByteSource,
): TensorFile {
  const { name: file, size } = source;
  const entries = new Map<string, Entry>();
  let total = 0;
  for (const [name, view] of findTensors(file, saved)) {
    const entry = entryOf(file, size, name, view);
    entries.set(name, entry);
    total += entry.byteLength;
  }
  checkGrowth(file, size, total, "the tensors in it");
  return {
    file,
    format: "pytorch",
    size,
    entries,
    metadata: {},
    readBytes: async (name) => {
      const { type, shape, strides, offset, storage } = entries.get(name) as Entry;
      const width = type === undefined ? 1 : ELEMENT_BYTES[type];
      if (sizeOf(shape) === 0) return new Uint8Array();
      const bytes = await storageSource(storage).read(offset * width, reachOf(shape, strides) * width);
      const ordered = bigEndian ? swapBytes(bytes.slice(), width) : bytes;
      return isContiguous(shape, strides) ? ordered : gather(ordered, width, shape, strides);
    },
  };
}

const bytesOf = ({ dtype, length }: Storage): number =>
  length * (dtype.type === undefined ? 1 : ELEMENT_BYTES[dtype.type]);

/** Whether an archive is a checkpoint. */
export const isCheckpoint = (members: ReadonlyMap<string, ByteSource>): boolean =>
  [...members.keys()].some((name) => /(^|\/)data\.pkl$/.test(name));

/** Opens an archive that `torch.save` wrote. @throws FormatError, which names what the pickle must not ask for. */
export async function openCheckpoint(
  source: ByteSource,
  archive?: ReadonlyMap<string, ByteSource>,
): Promise<TensorFile> {
  const file = source.name;
  const members = archive ?? (await openZip(source));
  const pickles = [...members.keys()].filter((name) => /(^|\/)data\.pkl$/.test(name));
  if (pickles.length !== 1)
    throw new FormatError(file, `has ${pickles.length} members "data.pkl"; a checkpoint has one`);
  const root = (pickles[0] as string).slice(0, -"data.pkl".length);
  if (members.has(`${root}constants.pkl`)) {
    throw new FormatError(file, "is a TorchScript program, not weights: save the model's state_dict() with torch.save");
  }
  const read = async (member: ByteSource): Promise<Uint8Array<ArrayBuffer>> => member.read(0, member.size);
  const order = members.get(`${root}byteorder`);
  const byteOrder = order ? new TextDecoder().decode(await order.read(0, Math.min(order.size, 16))) : "little";
  if (byteOrder !== "little" && byteOrder !== "big")
    throw new FormatError(file, "has a byte order that is neither little nor big");
  const pickle = await read(members.get(pickles[0] as string) as ByteSource);
  const { value } = readPickle(file, pickle, checkpointRules(file));
  return tensorFile(source, value, byteOrder === "big", (storage) => {
    const member = members.get(`${root}data/${storage.key}`);
    if (!member) throw new FormatError(file, `has no storage ${shownName(storage.key)}`);
    if (storage.dtype.type !== undefined && member.size !== bytesOf(storage)) {
      throw new FormatError(
        file,
        `its storage ${shownName(storage.key)} has ${member.size} bytes, but ${storage.length} numbers of ${storage.dtype.name} take ${bytesOf(storage)}`,
      );
    }
    return member;
  });
}

/** The first pickle of a file from before version 1.6 holds this number. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/** Whether a file begins with a pickle, as checkpoints from before version 1.6 do. */
export const isPickle = (prefix: Uint8Array): boolean =>
  prefix[0] === 0x80 && (prefix[1] ?? 0) >= 2 && (prefix[1] ?? 9) <= 5;

/** How much of a file is read for its pickles at first; more when they go on. */
const FIRST_PART = 2 ** 20;

/** The five pickles that a file begins with. Their length stands nowhere, so more of it is read until they end. */
async function readPickles(source: ByteSource): Promise<{ values: Pickled[]; end: number }> {
  const rules = checkpointRules(source.name);
  for (let length = Math.min(FIRST_PART, source.size); ; length = Math.min(4 * length, source.size)) {
    const bytes = await source.read(0, length);
    const values: Pickled[] = [];
    let end = 0;
    try {
      while (values.length < 5) {
        const pickle = readPickle(source.name, bytes, rules, end);
        values.push(pickle.value);
        end = pickle.end;
        if (values.length === 1 && pickle.value !== MAGIC) {
          throw new FormatError(
            source.name,
            "is a pickle, but no checkpoint of PyTorch's: files of torch.save are read",
          );
        }
      }
      return { values, end };
    } catch (error) {
      if (!(error instanceof PickleEnd) || length === source.size) throw error;
    }
  }
}

/** Opens a file that `torch.save` wrote before version 1.6, or without its zip format since. @throws FormatError. */
export async function openLegacyCheckpoint(source: ByteSource): Promise<TensorFile> {
  const { name: file, size } = source;
  const { values, end } = await readPickles(source);
  const [, , system = null, saved = null, keys = null] = values;
  const bigEndian = system instanceof Map && system.get("little_endian") === false;
  if (!Array.isArray(keys)) throw new FormatError(file, "does not list its storages");
  // Storages follow in the order of the list, each behind its number of elements; how wide those are, tensors say.
  const storages = new Map<string, Storage>();
  for (const { storage } of findTensors(file, saved).values()) storages.set(storage.key, storage);
  const places = new Map<string, number>();
  let at = end;
  for (const key of keys.map(String)) {
    const storage = storages.get(key);
    if (!storage)
      throw new FormatError(file, `has a storage ${shownName(key)} that no tensor looks at, so its width is unknown`);
    const prefix = await source.read(at, 8);
    const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigInt64(0, !bigEndian);
    if (length !== BigInt(storage.length)) {
      throw new FormatError(
        file,
        `its storage ${shownName(key)} has ${length} elements, but its tensors expect ${storage.length}`,
      );
    }
    if (storage.dtype.type === undefined)
      throw new FormatError(file, `holds numbers of type ${storage.dtype.name}, which is not read`);
    places.set(key, at + 8);
    at += 8 + bytesOf(storage);
    if (at > size)
      throw new FormatError(file, `is truncated: storage ${shownName(key)} ends at byte ${at}, but it has ${size}`);
  }
  return tensorFile(source, saved, bigEndian, (storage) => {
    const start = places.get(storage.key);
    if (start === undefined) throw new FormatError(file, `has no storage ${shownName(storage.key)}`);
    const read = async (offset: number, length: number) => {
      if (offset + length > bytesOf(storage))
        throw new FormatError(file, `its storage ${shownName(storage.key)} is too short`);
      return source.read(start + offset, length);
    };
    return { name: file, size: bytesOf(storage), read };
  });
}
