/** Text from a character model: each character is drawn by the probabilities that the ones before it lead to. */
import { FormatError, ValueError } from "../core/errors";
import { hash, streamOf } from "../core/random";
import { Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { CharModel } from "../io/charModel";
import { charRnnGraph, zeroStates } from "../models/charRnn";

export interface WritingOptions {
  /** What is read first; a character that the model does not know is refused. */
  readonly prompt: string;
  /** Characters to write. */
  readonly length: number;
  /** Logits are divided by this: below 1 the likely becomes likelier, at 0 the likeliest is taken. */
  readonly temperature: number;
  readonly seed: number;
}

/**
 * Writes on from the prompt, a character at a time.
 * @throws ValueError for an empty prompt, a length below 1 or a temperature below 0; FormatError for unknown characters.
 */
export async function* writing(
  device: Device,
  { form, characters, weights }: CharModel,
  { prompt, length, temperature, seed }: WritingOptions,
): AsyncGenerator<string> {
  const where = { op: "write" };
  if (prompt === "") throw new ValueError(where, "prompt", '""', "one character or more");
  if (!Number.isInteger(length) || length < 1) throw new ValueError(where, "length", String(length), "1 or more");
  if (!(temperature >= 0)) throw new ValueError(where, "temperature", String(temperature), "a number of 0 or more");
  const numbers = Array.from(prompt, (character) => {
    const number = characters.indexOf(character);
    if (number < 0) throw new FormatError("prompt", `the model does not know ${JSON.stringify(character)}`);
    return number;
  });
  const program = await device.compile(charRnnGraph(form, 1, 1));
  try {
    await program.setParameters(weights);
    const stream = streamOf(seed, "writing");
    let states = zeroStates(form, 1);
    const read = async (number: number): Promise<Float32Array> => {
      const outputs = await program.run({ indices: Tensor.i32([1, 1], [number]), ...states });
      states = Object.fromEntries(Object.keys(states).map((name) => [name, outputs[`${name}.last`] as Tensor]));
      return outputs.logits?.data as Float32Array;
    };
    let logits: Float32Array = new Float32Array();
    for (const number of numbers) logits = await read(number);
    for (let i = 0; i < length; i++) {
      const next = drawn(logits, temperature, hash(stream, i) / 2 ** 32);
      yield characters[next] as string;
      if (i + 1 < length) logits = await read(next);
    }
  } finally {
    program.destroy();
  }
}

/** The number of a character: by its share of eˡᵒᵍⁱᵗ ᐟ ᵗᵉᵐᵖᵉʳᵃᵗᵘʳᵉ, where `lot` is uniform in [0, 1). */
function drawn(logits: Float32Array, temperature: number, lot: number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (temperature === 0) return logits.indexOf(largest);
  const shares = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  let rest = lot * shares.reduce((a, b) => a + b, 0);
  const found = shares.findIndex((share) => {
    rest -= share;
    return rest < 0;
  });
  return found < 0 ? shares.length - 1 : found;
}
