/** What the commands about models say alike. */
import { count, faint, percent, warning } from "../../bench/report";
import type { Guess, Network } from "../tasks/network";

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
