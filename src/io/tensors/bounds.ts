/** What a file may grow to in memory, and what a shape may be. Files lie; these bounds are checked before anything is made. */
import { FormatError } from "../../core/errors";
import { formatShape, type Shape } from "../../core/shape";

/** Axes that a tensor may have; NumPy's and PyTorch's own bound. */
const MAX_RANK = 64;

/** A file of any size may become this large, … */
const FREE_BYTES = 64 * 2 ** 20;

/** … and a larger one this many times its size. Weights shrink to about 0.9 of theirs when packed. */
const MAX_GROWTH = 32;

/** Tensors that a file may hold. The largest models have a few thousand. */
export const MAX_TENSORS = 200_000;

/** @throws FormatError when a file of `fileBytes` would become `bytes` in memory, as a bomb does. */
export function checkGrowth(file: string, fileBytes: number, bytes: number, what: string): void {
  if (bytes <= Math.max(FREE_BYTES, MAX_GROWTH * fileBytes)) return;
  throw new FormatError(
    file,
    `${what} would take ${bytes} bytes, out of a file of ${fileBytes}: refused, as a file that is made to fill the memory does that`,
  );
}

/** What stands where a shape should: numbers as they are, anything else by its kind. */
const shownShape = (shape: readonly unknown[]): string =>
  `[${shape.map((extent) => (/^(number|bigint)$/.test(typeof extent) && !Number.isNaN(extent) ? extent : "no number")).join(", ")}]`;

/** A shape that came out of a file. @throws FormatError when it is none. */
export function checkShape(file: string, what: string, shape: readonly unknown[]): asserts shape is Shape {
  const fail = (detail: string) => new FormatError(file, `${what} has ${detail}`);
  if (shape.length > MAX_RANK) throw fail(`${shape.length} axes; ${MAX_RANK} are the most that are read`);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && (extent as number) >= 0)) {
    throw fail(`shape ${shownShape(shape)}; whole numbers of 0 or more are expected`);
  }
  let size = 1;
  for (const extent of shape as Shape) if (extent > 0) size *= extent;
  if (!Number.isSafeInteger(size))
    throw fail(`shape ${formatShape(shape as Shape)}, more elements than can be counted`);
}
