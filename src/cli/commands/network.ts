/** What the commands about models say alike. */
import { dirname } from "node:path";
import { Option } from "commander";
import { count, faint, percent, warning } from "../../bench/report";
import { PREPROCESS_NAMES } from "../../models/preprocess";
import { UsageError } from "../exit";
import type { Guess, Network } from "../tasks/network";
import { looksLikeFile } from "../tasks/openModel";
import { positive } from "./numbers";

/** The guesses, best first, aligned. */
export function guessLines(guesses: readonly Guess[]): string[] {
  const wide = Math.max(...guesses.map(({ label }) => label.length));
  return guesses.map(({ label, index, probability }) => {
    const share = percent(probability).padStart(8);
    const number = `class ${index}`;
    // Without names a class goes by its number, once.
    return label === number ? `${share}  ${number}` : `${share}  ${label.padEnd(wide)}  ${faint(number)}`;
  });
}

/** Where the weights came from; random ones cannot be overlooked. */
export function weightsLine(weights: Network["weights"]): string {
  if (weights.file !== undefined) return `${weights.file} (${count(weights.tensors)} tensors)`;
  return warning(
    `RANDOM, seed ${weights.seed}: the network is untrained, so its answers mean nothing. Give --weights FILE.`,
  );
}

/** `--preprocess`. */
export const preprocessOption = (): Option =>
  new Option("--preprocess <how>", "how pictures are prepared (told from the file unless given)").choices(
    PREPROCESS_NAMES,
  );

/** `sequence=16`, any number of times. */
function readDim(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [, name = "", extent = ""] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (name === "") throw new UsageError(`"${text}" should be an axis and its extent, such as height=299`);
  return { ...before, [name]: positive(extent) };
}

/** `--dim`. */
export const dimOption = (): Option =>
  new Option("--dim <name=n>", "an axis that an ONNX file leaves open, by its name").argParser(readDim);

/** How pictures are prepared, and what made that choice; with what to do when it is wrong. */
export function preprocessLine(
  choice: Network["preprocess"] & { readonly resize: number; readonly size: number },
): string {
  const { says, because, resize, size } = choice;
  const other = says.startsWith("grey") ? "" : `; another way: --preprocess ${PREPROCESS_NAMES.join("|")}`;
  return `prepared  short side to ${resize}, ${size}×${size} cut from the middle; ${says}\n          (${because}${other})`;
}

/** What must be readable for a model that is a file: the file, and the folder beside an ONNX file, which may keep tensors there. */
export function modelFiles(model: string): string[] {
  if (!looksLikeFile(model)) return [];
  return /\.onnx$/i.test(model) && !/^https?:/i.test(model) ? [model, dirname(model)] : [model];
}
