/** Weights of a file into the parameters of a graph, by our names or by those that a model's files are known to use. */
import { FormatError } from "../core/errors";
import { formatShape, sameShape } from "../core/shape";
import type { Tensor } from "../core/tensor";
import type { Graph } from "../graph/graph";
import { readSafetensorsHeader, readTensor } from "./safetensors";
import type { ByteSource } from "./source";

const LABELS = "tandem.labels";

/** What to put into the metadata of weights, so that the names of the classes go with them. */
export const labelsMetadata = (labels: readonly string[]): Record<string, string> => ({
  [LABELS]: JSON.stringify(labels),
});

/** Names of the classes that weights were trained for, where their file says them. @throws FormatError for a damaged file. */
export async function readLabels(source: ByteSource): Promise<readonly string[] | undefined> {
  const text = (await readSafetensorsHeader(source)).metadata[LABELS];
  if (text === undefined) return undefined;
  try {
    const labels: unknown = JSON.parse(text);
    if (Array.isArray(labels) && labels.every((label) => typeof label === "string")) return labels;
  } catch {
    // Said below, as of any other damage.
  }
  throw new FormatError(source.name, `the names of its classes ("${LABELS}") are no list of texts`);
}

/** Errors listed before the rest is only counted. */
const SHOWN = 12;

/**
 * Reads every parameter of `graph` from a safetensors file. What the file has beyond them is left alone.
 * @param aliases other names for parameters, as files have them: `features.0.weight` → `conv1.weight`
 * @param onProgress bytes read so far, and in all
 * @throws FormatError that lists every parameter which is missing or of another shape; nothing is returned then
 */
export async function readWeights(
  graph: Graph,
  source: ByteSource,
  aliases: Readonly<Record<string, string>> = {},
  onProgress?: (done: number, total: number) => void,
): Promise<Record<string, Tensor>> {
  const { entries } = await readSafetensorsHeader(source);
  const byOurName = new Map([...entries.values()].map((entry) => [aliases[entry.name] ?? entry.name, entry]));
  const wrong: string[] = [];
  for (const [name, { shape }] of graph.parameters) {
    const entry = byOurName.get(name);
    if (!entry) wrong.push(`"${name}" ${formatShape(shape)} is missing`);
    else if (!sameShape(entry.shape, shape))
      wrong.push(`"${entry.name}" is ${formatShape(entry.shape)}, but should be ${formatShape(shape)}`);
  }
  if (wrong.length > 0) {
    const more = wrong.length > SHOWN ? `; and ${wrong.length - SHOWN} more` : "";
    throw new FormatError(source.name, `does not fit ${graph.name}: ${wrong.slice(0, SHOWN).join("; ")}${more}`);
  }
  const wanted = [...graph.parameters.keys()].map((name) => ({
    name,
    entry: byOurName.get(name) as NonNullable<ReturnType<typeof byOurName.get>>,
  }));
  const total = wanted.reduce((sum, { entry }) => sum + entry.byteLength, 0);
  const weights: Record<string, Tensor> = {};
  let done = 0;
  for (const { name, entry } of wanted) {
    const tensor = await readTensor(source, entry);
    if (tensor.dtype !== "f32")
      throw new FormatError(source.name, `tensor "${entry.name}" is of dtype ${entry.dtype}; weights are floats`);
    weights[name] = tensor;
    done += entry.byteLength;
    onProgress?.(done, total);
  }
  return weights;
}
