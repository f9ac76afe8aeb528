/**
 * Where measured kernel choices are kept between runs: a file in Node, IndexedDB in a page. A place that has neither, or
 * whose content cannot be read, has none; opening a device never fails for it.
 */
import { Tuning } from "../scheduler/tuning";

/** A place for the text of a `Tuning`. */
export interface TuningStore {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** What of Node's `process` is looked at; a page has none. */
interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

const nodeProcess = (): NodeProcess | undefined => {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.versions?.node ? process : undefined;
};

/** A module of Node's; its name is not for bundlers to follow. */
const nodeModule = async <T>(name: string): Promise<T> => (await import(/* @vite-ignore */ `node:${name}`)) as T;

/** A file in Node: `path`, or `tuning.json` in the user's cache folder (`XDG_CACHE_HOME`, or `~/.cache`). */
function fileStore({ env, pid }: NodeProcess, path?: string): TuningStore {
  const where = async (): Promise<string> => {
    if (path) return path;
    const { homedir } = await nodeModule<{ homedir(): string }>("os");
    return `${env.XDG_CACHE_HOME || `${homedir()}/.cache`}/tandem/tuning.json`;
  };
  interface Files {
    readFile(path: string, encoding: "utf8"): Promise<string>;
    writeFile(path: string, text: string): Promise<void>;
    rename(from: string, to: string): Promise<void>;
    mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  }
  return {
    async read() {
      const { readFile } = await nodeModule<Files>("fs/promises");
      return readFile(await where(), "utf8").catch(() => undefined);
    },
    async write(text) {
      const { mkdir, rename, writeFile } = await nodeModule<Files>("fs/promises");
      const { dirname } = await nodeModule<{ dirname(path: string): string }>("path");
      const target = await where();
      await mkdir(dirname(target), { recursive: true });
      // Whole or not at all: another process may read it meanwhile.
      await writeFile(`${target}.${pid}`, text);
      await rename(`${target}.${pid}`, target);
    },
  };
}

const DATABASE = "tandem";
const TABLE = "tuning";
const KEY = "entries";

const answer = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function withTable<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
  const database = await answer(opening);
  try {
    return await answer(work(database.transaction(TABLE, mode).objectStore(TABLE)));
  } finally {
    database.close();
  }
}

const databaseStore: TuningStore = {
  read: () => withTable<string | undefined>("readonly", (table) => table.get(KEY)).catch(() => undefined),
  write: async (text) => {
    await withTable("readwrite", (table) => table.put(text, KEY));
  },
};

const nowhere: TuningStore = { read: async () => undefined, write: async () => undefined };

let chosen: TuningStore | undefined;

/** Makes `store` the place for this page or process; `undefined` for the usual one. */
export function useTuningStore(store: TuningStore | undefined): void {
  chosen = store;
}

/**
 * The place of this page or process. In Node the environment variable `TANDEM_TUNING` names another file, or `off` none.
 */
export function tuningStore(): TuningStore {
  if (chosen) return chosen;
  const node = nodeProcess();
  if (node?.env.TANDEM_TUNING === "off") return nowhere;
  if (node) return fileStore(node, node.env.TANDEM_TUNING);
  return typeof indexedDB === "undefined" ? nowhere : databaseStore;
}

/** What is kept there; empty where nothing is, or nothing that can be read. */
export async function storedTuning(store: TuningStore = tuningStore()): Promise<Tuning> {
  const text = await store.read();
  if (text === undefined) return new Tuning();
  try {
    return Tuning.parse(text);
  } catch (error) {
    console.warn(`Tandem: measured kernel choices are left out: ${(error as Error).message}`);
    return new Tuning();
  }
}

/** Adds `tuning` to what is kept there. */
export async function keepTuning(tuning: Tuning, store: TuningStore = tuningStore()): Promise<void> {
  await store.write((await storedTuning(store)).merged(tuning).toString());
}
