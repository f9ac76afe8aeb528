/** A file on disk that is read in parts, so that one larger than the memory can be opened. */
import { open } from "node:fs/promises";
import { FormatError } from "../../core/errors";
import type { ByteSource } from "../../io/source";

/** What the system says is wrong with a path, in words. */
export function explain(path: string, error: unknown): FormatError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EACCES: "may not be read (permission denied)",
    EISDIR: "is a folder; a file was expected",
    ENOTDIR: "is a file; a folder was expected",
    ENOENT: "there is no such file or folder",
  };
  return new FormatError(path, reasons[code ?? ""] ?? message);
}

/**
 * The file at `target`, called `name` in errors. It is open only while it is read: nobody has to close it.
 * @throws FormatError when it cannot be read.
 */
export async function fileSource(name: string, target = name): Promise<ByteSource> {
  const withFile = async <T>(use: (file: Awaited<ReturnType<typeof open>>) => Promise<T>): Promise<T> => {
    const file = await open(target).catch((error: unknown) => Promise.reject(explain(name, error)));
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  };
  const stats = await withFile((file) => file.stat());
  if (stats.isDirectory()) throw new FormatError(name, "is a folder; a file was expected");
  return {
    name,
    size: stats.size,
    read: (offset, length) =>
      withFile(async (file) => {
        if (offset < 0 || length < 0 || offset + length > stats.size) {
          throw new FormatError(
            name,
            `is truncated: bytes ${offset} to ${offset + length} are wanted, but it has ${stats.size}`,
          );
        }
        const bytes = new Uint8Array(length);
        for (let have = 0; have < length; ) {
          const { bytesRead } = await file.read(bytes, have, length - have, offset + have);
          if (bytesRead === 0) throw new FormatError(name, "became shorter while it was read");
          have += bytesRead;
        }
        return bytes;
      }),
  };
}
