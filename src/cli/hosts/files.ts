/** The files and addresses that a task may read: those the command line named, and what lies in folders it named. */
import { readdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { FormatError } from "../../core/errors";
import { type ByteSource, urlSource } from "../../io/source";
import { explain, fileSource } from "./fileSource";

const isAddress = (path: string): boolean => /^https?:\/\//i.test(path);

async function real(path: string): Promise<string> {
  try {
    return await realpath(resolve(path));
  } catch {
    throw new FormatError(path, "there is no such file or folder");
  }
}

export interface Files {
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** As `read`, in parts. */
  open(path: string): Promise<ByteSource>;
  list(path: string): Promise<string[]>;
  /** Writes to a name beside it first and renames that, so that nobody ever finds half a file. */
  write(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** Gives access to what `named` names, to be read, and `outputs`, to be written, and to nothing else (links are followed). */
export function namedFiles(named: readonly string[], outputs: readonly string[] = []): Files {
  const allowed = async (path: string): Promise<string> => {
    const target = await real(path);
    for (const root of named.filter((name) => !isAddress(name))) {
      const step = relative(await real(root), target);
      if (step === "" || (step !== ".." && !step.startsWith(`..${sep}`) && !isAbsolute(step))) return target;
    }
    throw new FormatError(path, "is not among the files that the command line named");
  };
  const allowAddress = (path: string): void => {
    if (!named.includes(path)) throw new FormatError(path, "is not among the addresses that the command line named");
  };
  return {
    async open(path) {
      if (!isAddress(path)) return fileSource(path, await allowed(path));
      allowAddress(path);
      return urlSource(path);
    },
    async read(path) {
      if (isAddress(path)) {
        allowAddress(path);
        const response = await fetch(path).catch((error: unknown) => {
          throw new FormatError(path, `could not be fetched (${(error as Error).message})`);
        });
        if (!response.ok) throw new FormatError(path, `the server answered ${response.status} ${response.statusText}`);
        return new Uint8Array(await response.arrayBuffer());
      }
      const target = await allowed(path);
      const bytes = await readFile(target).catch((error: unknown) => Promise.reject(explain(path, error)));
      return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    },
    async write(path, bytes) {
      if (!outputs.includes(path)) throw new FormatError(path, "is not among the files that may be written");
      const beside = `${path}.part`;
      try {
        await writeFile(beside, bytes);
        await rename(beside, path);
      } catch (error) {
        throw explain(path, error);
      }
    },
    async list(path) {
      const target = await allowed(path);
      const names = await readdir(target).catch((error: unknown) => Promise.reject(explain(path, error)));
      return names.sort();
    },
  };
}
