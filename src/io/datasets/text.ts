/** A text as a dataset of characters, for recurrent networks trained by truncated backpropagation through time. */
import { FormatError } from "../../core/errors";
import { checkWhole } from "./dataset";

/** One step of training: what goes in and what should come out, element (t, b) at t · batch + b. */
export interface TextWindow {
  readonly inputs: Int32Array<ArrayBuffer>;
  readonly targets: Int32Array<ArrayBuffer>;
}

export interface TextDataset {
  readonly name: string;
  /** The characters (code points), sorted; a character's number is its place here. */
  readonly vocabulary: readonly string[];
  readonly text: string;
  /** Characters of the text. */
  readonly length: number;
  /** @throws FormatError for a character that the vocabulary does not have */
  encode(text: string): Int32Array<ArrayBuffer>;
  /** @throws FormatError for a number beyond the vocabulary */
  decode(codes: ArrayLike<number>): string;
  /**
   * Windows in one pass over the text, but for its first `offset` characters (none unless told). A network's state carries over
   * from window to window, and starts anew after these.
   */
  windows(steps: number, batch: number, offset?: number): number;
  /**
   * The text is cut into `batch` streams of equal length, and window `step` is the `steps` characters of each stream that
   * follow window `step - 1`; after the last one it begins again. Targets are the characters that come next. The first `offset`
   * characters are left out.
   * @throws FormatError when the text is too short for one window
   */
  window(step: number, steps: number, batch: number, offset?: number): TextWindow;
}

const codePoint = (character: string): number => character.codePointAt(0) as number;

const describe = (character: string): string =>
  `${JSON.stringify(character)} (U+${codePoint(character).toString(16).toUpperCase().padStart(4, "0")})`;

function decodeUtf8(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError(name, "is no text in UTF-8");
  }
}

/**
 * A text, or the bytes of one in UTF-8.
 * @param vocabulary of a network that was trained before, or of the text that this one is held out from; the characters
 *   of the text itself unless told
 * @throws FormatError when the text is empty, is no UTF-8, or has a character that `vocabulary` does not have
 */
export function textDataset(name: string, content: string | Uint8Array, vocabulary?: readonly string[]): TextDataset {
  const characters = Array.from(typeof content === "string" ? content : decodeUtf8(name, content));
  if (characters.length === 0) throw new FormatError(name, "is empty; a text is expected");
  const known = vocabulary ?? [...new Set(characters)].sort((a, b) => codePoint(a) - codePoint(b));
  const numbers = new Map(known.map((character, number) => [character, number]));

  const encodeAll = (list: readonly string[], what: string): Int32Array<ArrayBuffer> =>
    Int32Array.from(list, (character, i) => {
      const number = numbers.get(character);
      if (number === undefined) {
        const wanted = `the vocabulary has ${known.length} characters, and this is none of them`;
        throw new FormatError(name, `character ${i} of the ${what} is ${describe(character)}; ${wanted}`);
      }
      return number;
    });

  const codes = encodeAll(characters, "text");

  /** Characters in each stream, and windows in each. The last target of a stream is one beyond its last input. */
  const cut = (steps: number, batch: number, offset: number) => {
    checkWhole(name, "steps", steps, 1);
    checkWhole(name, "batch", batch, 1);
    checkWhole(name, "offset", offset, 0);
    const stream = Math.floor((codes.length - 1 - offset) / batch);
    const windows = Math.floor(stream / steps);
    if (windows < 1) {
      const wanted = `${batch} streams of ${steps} steps take at least ${batch * steps + 1 + offset}`;
      throw new FormatError(name, `has ${codes.length} characters, but ${wanted}`);
    }
    return { stream, windows };
  };

  return {
    name,
    vocabulary: known,
    text: characters.join(""),
    length: codes.length,
    encode: (text) => encodeAll(Array.from(text), "text to encode"),
    decode: (list) =>
      Array.from(list, (number) => {
        const character = known[number];
        if (character === undefined) {
          throw new FormatError(name, `has no character of number ${number}; 0 to ${known.length - 1} are expected`);
        }
        return character;
      }).join(""),
    windows: (steps, batch, offset = 0) => cut(steps, batch, offset).windows,
    window(step, steps, batch, offset = 0) {
      checkWhole(name, "step", step, 0);
      const { stream, windows } = cut(steps, batch, offset);
      const inputs = new Int32Array(steps * batch);
      const targets = new Int32Array(steps * batch);
      for (let b = 0; b < batch; b++) {
        const begin = offset + b * stream + (step % windows) * steps;
        for (let t = 0; t < steps; t++) {
          inputs[t * batch + b] = codes[begin + t] as number;
          targets[t * batch + b] = codes[begin + t + 1] as number;
        }
      }
      return { inputs, targets };
    },
  };
}
