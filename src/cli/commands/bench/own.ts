/** Kernels of the user's: read from their files, and measured again at each save. */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { axisValues, product } from "../../../bench/axes";
import type { OwnText } from "../../../bench/ownKernel";
import { UsageError } from "../../exit";
import type { Options } from "./options";
import { textOf } from "./request";

/** The texts as they are now, one for each combination of the constants' values. */
export async function ownTexts({ wgsl = [], constant = {} }: Options): Promise<OwnText[]> {
  if (wgsl.length === 0 && Object.keys(constant).length > 0)
    throw new UsageError("--constant is for a kernel of --wgsl");
  const axes = Object.fromEntries(Object.entries(constant).map(([name, values]) => [name, axisValues(name, values)]));
  const texts: OwnText[] = [];
  for (const file of wgsl) {
    const code = await textOf(file);
    texts.push(...product(axes).map((constants) => ({ file, code, constants })));
  }
  return texts;
}

/** Editors write a file in several steps; what follows within this time belongs to one save. */
const SETTLED_MS = 150;

/**
 * Calls `again` after each change of the files, one call at a time, until Ctrl-C. Their folders are watched: editors put
 * a new file in the old one's place, and a watch on that would go with it.
 */
export async function watchFiles(files: readonly string[], again: () => Promise<void>): Promise<void> {
  const wanted = new Set(files.map((file) => resolve(file)));
  let timer: NodeJS.Timeout | undefined;
  let changed = (): void => undefined;
  let ended = false;
  const watchers: FSWatcher[] = [...new Set([...wanted].map((file) => dirname(file)))].map((folder) =>
    watch(folder, (_, name) => {
      if (name === null || ![...wanted].some((file) => basename(file) === name && dirname(file) === folder)) return;
      clearTimeout(timer);
      timer = setTimeout(() => changed(), SETTLED_MS);
    }),
  );
  const interrupted = (): void => {
    ended = true;
    changed();
  };
  process.once("SIGINT", interrupted);
  try {
    while (!ended) {
      const next = new Promise<void>((done) => {
        changed = done;
      });
      await next;
      if (!ended) await again();
    }
  } finally {
    process.off("SIGINT", interrupted);
    clearTimeout(timer);
    for (const each of watchers) each.close();
  }
}
