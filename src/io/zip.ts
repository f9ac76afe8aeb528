/**
 * Zip archives, read in parts: the directory first, then of each member what is asked for. Stored members are read where
 * they lie; packed ones are unpacked as far as needed, never beyond the size that the directory gives. The library that
 * knows the format is loaded when the first archive is.
 */
import { FormatError } from "../core/errors";
import type { ByteSource } from "./source";
import { checkGrowth } from "./tensors/bounds";
import { shownName } from "./tensors/elements";

type Member = import("@zip.js/zip.js/lib/zip-core-native.js").FileEntry;

/** Bytes of a member that may be unpacked for a look at its beginning. */
const GLANCE = 65_536 + 4096;

/** Members that are read: a directory of more takes longer than anyone would wait for it to be refused. */
const MAX_MEMBERS = 20_000;

const refused = (file: string, error: unknown): FormatError =>
  error instanceof FormatError
    ? error
    : new FormatError(
        file,
        `is no zip archive that can be read: ${error instanceof Error ? error.message : String(error)}`,
      );

/** Unpacks the first `wanted` bytes of a member; all of it is checked against its checksum. */
async function inflate(file: string, member: Member, wanted: number): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(wanted);
  const whole = wanted === member.uncompressedSize;
  const enough = new AbortController();
  let have = 0;
  let over = false;
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      const room = wanted - have;
      over ||= whole && chunk.length > room;
      out.set(chunk.subarray(0, room), have);
      have += Math.min(room, chunk.length);
      if (over || (have === wanted && !whole)) enough.abort();
    },
  });
  try {
    await member.getData(sink, { signal: enough.signal, checkSignature: whole });
  } catch (error) {
    if (over)
      throw new FormatError(file, `unpacks to more than the ${member.uncompressedSize} bytes that are announced`);
    if (have < wanted || whole) throw refused(file, error);
  }
  if (have < wanted)
    throw new FormatError(file, `unpacks to ${have} bytes, but ${member.uncompressedSize} are announced`);
  return out;
}

/** Where the bytes of a stored member begin: behind a header of its own, whose length only that says. */
async function storedAt(source: ByteSource, file: string, member: Member): Promise<number> {
  const header = await source.read(member.offset, 30);
  const view = new DataView(header.buffer, header.byteOffset, 30);
  if (view.getUint32(0, true) !== 0x04034b50) throw new FormatError(file, "does not begin where the directory says");
  return member.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
}

const STORED = 0;
const DEFLATED = 8;

/** The members of an archive by their names, folders left out. @throws FormatError for one that is damaged, or a bomb. */
export async function openZip(source: ByteSource): Promise<ReadonlyMap<string, ByteSource>> {
  const { Reader, ZipReader } = await import("./zipReading");
  class SourceReader extends Reader<ByteSource> {
    override size = source.size;
    override readUint8Array(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
      const from = Math.min(offset, source.size);
      return source.read(from, Math.min(length, source.size - from));
    }
  }
  const members: Member[] = [];
  const names = new Set<string>();
  try {
    const reader = new ZipReader(new SourceReader(source));
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue;
      if (names.has(entry.filename)) throw new FormatError(source.name, `has ${shownName(entry.filename)} twice`);
      names.add(entry.filename);
      members.push(entry);
      if (members.length > MAX_MEMBERS) throw new FormatError(source.name, `has more than ${MAX_MEMBERS} members`);
    }
  } catch (error) {
    throw refused(source.name, error);
  }
  const total = members.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  checkGrowth(source.name, source.size, total, "what it unpacks to");

  /** The packed member that was read last: tensors may share one. */
  let held: { readonly member: Member; readonly bytes: Promise<Uint8Array<ArrayBuffer>> } | undefined;
  const opened = new Map<string, ByteSource>();
  for (const member of members) {
    const name = `${source.name}: ${shownName(member.filename).slice(1, -1)}`;
    const { uncompressedSize: size, compressionMethod: method } = member;
    const read = async (offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new FormatError(
          name,
          `is truncated: bytes ${offset} to ${offset + length} are wanted, but it has ${size}`,
        );
      }
      if (member.encrypted) throw new FormatError(name, "is encrypted");
      if (method === STORED) {
        if (member.compressedSize !== size) throw new FormatError(name, "is stored as it is, but in another size");
        return source.read((await storedAt(source, name, member)) + offset, length);
      }
      if (method !== DEFLATED)
        throw new FormatError(name, `is packed by method ${method}; stored and deflated ones are read`);
      const end = offset + length;
      if (end <= GLANCE && end < size) return (await inflate(name, member, end)).subarray(offset);
      if (held?.member !== member) held = { member, bytes: inflate(name, member, size) };
      return (await held.bytes).slice(offset, end);
    };
    opened.set(member.filename, { name, size, read });
  }
  return opened;
}

/** A file to be put into an archive. */
export interface NewMember {
  readonly name: string;
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Long past, and always the same: an archive depends on what is in it, not on when it was made. */
const MADE = new Date(1980, 0, 1);

/** Writes members one after another, stored as they are or packed, handing on bytes as they come. */
export async function writeZip(
  members: Iterable<NewMember>,
  packed: boolean,
  write: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>,
): Promise<void> {
  const { Uint8ArrayReader, ZipWriter } = await import("./zipWriting");
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({ write });
  const writer = new ZipWriter(sink, { level: packed ? 6 : 0, lastModDate: MADE, extendedTimestamp: false });
  for (const { name, read } of members) await writer.add(name, new Uint8ArrayReader(await read()));
  await writer.close();
}
