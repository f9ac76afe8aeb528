/** Weights of a file into the parameters of a graph, by our names or by those that a model's files are known to use. */
import { FormatError } from "../core/errors";
import { formatShape, sameShape } from "../core/shape";
import type { Tensor } from "../core/tensor";
import type { Graph } from "../graph/graph";
import { openTensors } from "./openTensors";
import type { ByteSource } from "./source";
import { isFloat, shownName } from "./tensors/elements";
import { readable, readTensor, type TensorEntry, type TensorFile } from "./tensors/tensorFile";

const LABELS = "tandem.labels";

/** What to put into the metadata of weights, so that the names of the classes go with them. */
export const labelsMetadata = (labels: readonly string[]): Record<string, string> => ({
  [LABELS]: JSON.stringify(labels),
});

const opened = async (from: ByteSource | TensorFile): Promise<TensorFile> =>
  "entries" in from ? from : openTensors(from);

/** Names of the classes that weights were trained for, where their file says them. @throws FormatError for a damaged file. */
export async function readLabels(from: ByteSource | TensorFile): Promise<readonly string[] | undefined> {
  const { metadata, file } = await opened(from);
  const text = metadata[LABELS];
  if (text === undefined) return undefined;
  try {
    const labels: unknown = JSON.parse(text);
    if (Array.isArray(labels) && labels.every((label) => typeof label === "string")) return labels;
  } catch {
    // Said below, as of any other damage.
  }
  throw new FormatError(file, `the names of its classes ("${LABELS}") are no list of texts`);
}

/** Errors listed before the rest is only counted. */
const SHOWN = 12;

/** What training scripts save a network's weights under, and what wrappers put before their names. */
const WRAPPERS = /^(state_dict|model_state_dict|model_state|model|module|net|network|weights|params)\./;

/** A file's name for a tensor without the wrappers around it: `state_dict.module.fc.weight` is `fc.weight`. */
function unwrapped(name: string): string {
  let short = name;
  while (WRAPPERS.test(short)) short = short.replace(WRAPPERS, "");
  return short;
}

/** A file's tensors by our names. A name that is ours as it stands goes before one that becomes ours. */
export function byParameter(
  file: TensorFile,
  aliases: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, TensorEntry> {
  const ours = (name: string): string => (Object.hasOwn(aliases, name) ? (aliases[name] as string) : name);
  const found = new Map<string, TensorEntry>();
  const entries = [...file.entries.values()];
  for (const entry of entries) found.set(ours(unwrapped(entry.name)), entry);
  for (const entry of entries) found.set(ours(entry.name), entry);
  return found;
}

/** What of `graph` a file lacks, or has in another shape; in words, empty when it fits. */
export function misfits(graph: Graph, entries: ReadonlyMap<string, TensorEntry>): string[] {
  const wrong: string[] = [];
  for (const [name, { shape }] of graph.parameters) {
    const entry = entries.get(name);
    if (!entry) wrong.push(`"${name}" ${formatShape(shape)} is missing`);
    else if (!sameShape(entry.shape, shape))
      wrong.push(`${shownName(entry.name)} is ${formatShape(entry.shape)}, but should be ${formatShape(shape)}`);
  }
  return wrong;
}

/**
 * Reads every parameter of `graph` from a file: safetensors, `npz`, `npy` or a checkpoint of PyTorch's. What the file has
 * beyond them is left alone.
 * @param from a file, or bytes of one that is to be opened
 * @param aliases other names for parameters, as files have them: `features.0.weight` → `conv1.weight`
 * @param onProgress bytes read so far, and in all
 * @throws FormatError that lists every parameter which is missing or of another shape; nothing is returned then
 */
export async function readWeights(
  graph: Graph,
  from: ByteSource | TensorFile,
  aliases: Readonly<Record<string, string>> = {},
  onProgress?: (done: number, total: number) => void,
): Promise<Record<string, Tensor>> {
  const file = await opened(from);
  const entries = byParameter(file, aliases);
  const wrong = misfits(graph, entries);
  if (wrong.length > 0) {
    const more = wrong.length > SHOWN ? `; and ${wrong.length - SHOWN} more` : "";
    throw new FormatError(file.file, `does not fit ${graph.name}: ${wrong.slice(0, SHOWN).join("; ")}${more}`);
  }
  const wanted = [...graph.parameters.keys()].map((name) => ({ name, entry: entries.get(name) as TensorEntry }));
  for (const { entry } of wanted) {
    if (!isFloat(readable(file, entry.name).type)) {
      throw new FormatError(
        file.file,
        `tensor ${shownName(entry.name)} is of dtype ${entry.dtype}; weights are floats`,
      );
    }
  }
  const total = wanted.reduce((sum, { entry }) => sum + entry.byteLength, 0);
  const weights: Record<string, Tensor> = {};
  let done = 0;
  for (const { name, entry } of wanted) {
    weights[name] = await readTensor(file, entry.name);
    done += entry.byteLength;
    onProgress?.(done, total);
  }
  return weights;
}
