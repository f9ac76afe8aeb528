/** Character models in files: safetensors whose metadata say what the weights are of and which characters they know. */
import { FormatError } from "../core/errors";
import type { Tensor } from "../core/tensor";
import { type CharRnnForm, charRnnGraph } from "../models/charRnn";
import { openSafetensors } from "./safetensors";
import { bytesSource } from "./source";
import { readWeights } from "./weights";

export interface CharModel {
  readonly form: CharRnnForm;
  /** By number. */
  readonly characters: readonly string[];
  readonly weights: Readonly<Record<string, Tensor>>;
}

const KEY = "tandem.characters";
const CELLS: readonly unknown[] = ["lstm", "gru", "rnn"] satisfies CharRnnForm["cell"][];

/** What to put into the metadata of a character model's weights. */
export const charModelMetadata = (form: CharRnnForm, characters: readonly string[]): Record<string, string> => ({
  [KEY]: JSON.stringify({ ...form, characters }),
});

/** @throws FormatError for a damaged file, weights of something else, or weights that do not fit their own description. */
export async function readCharModel(bytes: Uint8Array<ArrayBuffer>, file: string): Promise<CharModel> {
  const opened = await openSafetensors(bytesSource(file, bytes));
  const text = opened.metadata[KEY];
  if (text === undefined) throw new FormatError(file, `holds no character model: its metadata have no "${KEY}"`);
  let given: Partial<CharRnnForm & { characters: unknown }>;
  try {
    given = JSON.parse(text) as typeof given;
  } catch (error) {
    throw new FormatError(file, `the description of its character model is no JSON (${(error as Error).message})`);
  }
  const { cell, vocabulary, hidden, layers, characters } = given;
  const whole = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) > 0;
  if (
    !CELLS.includes(cell) ||
    ![vocabulary, hidden, layers].every(whole) ||
    !Array.isArray(characters) ||
    characters.length !== vocabulary ||
    !characters.every((each) => typeof each === "string")
  ) {
    throw new FormatError(file, "the description of its character model lacks cell, sizes or characters");
  }
  const form = { cell, vocabulary, hidden, layers } as CharRnnForm;
  return { form, characters: characters as string[], weights: await readWeights(charRnnGraph(form, 1, 1), opened) };
}
