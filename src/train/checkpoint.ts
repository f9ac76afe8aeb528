/**
 * Checkpoints: all that a run of training needs to go on as if it had never stopped, in one safetensors file. Weights stand
 * under their own names, so the file is a weights file too; what else there is lies beside them and in the metadata.
 */
import { FormatError } from "../core/errors";
import type { Tensor } from "../core/tensor";
import { parseSafetensors, writeSafetensors } from "../io/safetensors";
import type { Named } from "../ops/op";

/** Where a run of training stands. */
export interface Progress {
  /** Steps taken. */
  readonly step: number;
  /** Epochs finished, and batches taken of the one that is not. */
  readonly epoch: number;
  readonly position: number;
  /** Best accuracy on held-out pictures so far; null before the first evaluation. */
  readonly best: number | null;
  /** The rate's schedule. */
  readonly schedule: Readonly<Record<string, number>>;
}

export interface Checkpoint {
  readonly model: string;
  /** Weights and what the optimiser keeps, by name. */
  readonly parameters: Named<Tensor>;
  readonly progress: Progress;
  /** What the run was asked to do; a run that goes on must be asked the same. */
  readonly settings: Readonly<Record<string, unknown>>;
}

const KEY = "tandem.checkpoint";
const FORMAT = 1;

export const writeCheckpoint = ({ parameters, ...rest }: Checkpoint): Uint8Array<ArrayBuffer> =>
  writeSafetensors(parameters, { format: "pt", [KEY]: JSON.stringify({ version: FORMAT, ...rest }) });

/** @throws FormatError for a file that is damaged, no checkpoint, or one of another version. */
export async function readCheckpoint(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<Checkpoint> {
  const { tensors, metadata } = await parseSafetensors(bytes, file);
  const text = metadata[KEY];
  if (text === undefined) throw new FormatError(file, "holds weights, but is no checkpoint to go on from");
  let json: Omit<Checkpoint, "parameters"> & { readonly version?: number };
  try {
    json = JSON.parse(text) as typeof json;
  } catch (error) {
    throw new FormatError(file, `the checkpoint's description is no JSON (${(error as Error).message})`);
  }
  if (json.version !== FORMAT) {
    throw new FormatError(file, `is a checkpoint of version ${json.version}; this one reads version ${FORMAT}`);
  }
  const { progress, settings, model } = json;
  if (typeof model !== "string" || !settings || typeof progress?.step !== "number") {
    throw new FormatError(file, "the checkpoint's description lacks model, settings or progress");
  }
  return { model, progress, settings, parameters: Object.fromEntries(tensors) };
}

/** @throws FormatError naming each setting in which a checkpoint differs from what is asked for now. */
export function checkSettings(
  checkpoint: Checkpoint,
  model: string,
  settings: Checkpoint["settings"],
  file: string,
): void {
  if (checkpoint.model !== model) {
    throw new FormatError(file, `is a checkpoint of ${checkpoint.model}, but ${model} is to be trained`);
  }
  const names = [...new Set([...Object.keys(settings), ...Object.keys(checkpoint.settings)])];
  const other = names.filter((name) => JSON.stringify(settings[name]) !== JSON.stringify(checkpoint.settings[name]));
  if (other.length === 0) return;
  const listed = other.map(
    (name) => `${name} was ${JSON.stringify(checkpoint.settings[name])}, now ${JSON.stringify(settings[name])}`,
  );
  throw new FormatError(file, `was trained otherwise: ${listed.join("; ")}`);
}
