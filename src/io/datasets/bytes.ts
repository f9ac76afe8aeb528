/** A whole file, unpacked when it is gzip. */
import { FormatError } from "../../core/errors";
import type { ByteSource } from "../source";

async function gunzip(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new FormatError(name, "is a gzip file that cannot be unpacked: it is truncated or damaged");
  }
}

/** All bytes of `source`; gzip is known by its first two bytes (RFC 1952), whatever the file is called. */
export async function readAll(source: ByteSource): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(0, source.size);
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(source.name, bytes) : bytes;
}
