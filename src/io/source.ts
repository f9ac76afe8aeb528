/** Bytes that can be read in parts: a buffer, a Blob or File, or an address that serves ranges. */
import { FormatError } from "../core/errors";

export interface ByteSource {
  /** For errors. */
  readonly name: string;
  readonly size: number;
  /** @throws FormatError when the range lies beyond the end. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

function check(name: string, size: number, offset: number, length: number): void {
  if (offset < 0 || length < 0 || offset + length > size) {
    throw new FormatError(name, `is truncated: bytes ${offset} to ${offset + length} are wanted, but it has ${size}`);
  }
}

/** Bytes that are already there. */
export const bytesSource = (name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource => ({
  name,
  size: bytes.length,
  read: async (offset, length) => {
    check(name, bytes.length, offset, length);
    return bytes.subarray(offset, offset + length);
  },
});

/** A file that a visitor dropped or picked. */
export const blobSource = (name: string, blob: Blob): ByteSource => ({
  name,
  size: blob.size,
  read: async (offset, length) => {
    check(name, blob.size, offset, length);
    return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
  },
});

/**
 * An address. Where the server takes ranges, only what is wanted is fetched; otherwise everything, once.
 * @param name what it is called in errors
 * @throws FormatError when the server does not have it.
 */
export async function urlSource(url: string, fetcher: typeof fetch = fetch, name = url): Promise<ByteSource> {
  const get = async (range?: string): Promise<Response> => {
    const response = await fetcher(url, range ? { headers: { Range: range } } : {}).catch((error: unknown) => {
      throw new FormatError(name, `cannot be fetched: ${error instanceof Error ? error.message : String(error)}`);
    });
    // Of an empty file no range can be had.
    if (response.status === 416 && /\/0$/.test(response.headers.get("Content-Range") ?? "")) return new Response();
    if (!response.ok)
      throw new FormatError(name, `cannot be fetched: the server says ${response.status} ${response.statusText}`);
    return response;
  };
  const probe = await get("bytes=0-7");
  const total = Number(/\/(\d+)$/.exec(probe.headers.get("Content-Range") ?? "")?.[1]);
  if (probe.status !== 206 || !Number.isInteger(total))
    return bytesSource(name, new Uint8Array(await probe.arrayBuffer()));
  return {
    name,
    size: total,
    read: async (offset, length) => {
      check(name, total, offset, length);
      if (length === 0) return new Uint8Array();
      const bytes = new Uint8Array(await (await get(`bytes=${offset}-${offset + length - 1}`)).arrayBuffer());
      if (bytes.length !== length)
        throw new FormatError(name, `gave ${bytes.length} bytes where ${length} were asked for`);
      return bytes;
    },
  };
}
