/** What training reads: labelled pictures by number. Where they come from is each dataset's own file. */
import { TandemError } from "../../core/errors";
import { hash, streamOf, uniform } from "../../core/random";

/** Labelled pictures, all of one size, by number. */
export interface ImageDataset {
  readonly name: string;
  readonly classes: readonly string[];
  readonly length: number;
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  /** Label of picture `index`, 0 .. classes.length - 1. */
  label(index: number): number;
  /**
   * Writes picture `index`, planes [C, H, W], values 0..255, into `into` at `offset`. Returns false where the file is
   * broken (counted and reported by the caller); `into` is left as it was then.
   */
  read(index: number, into: Float32Array, offset: number): Promise<boolean>;
}

/** Pictures to learn from, or pictures that the network has never seen. */
export type Split = "train" | "held-out";

/** @throws TandemError when there is no picture `index`. */
export function checkIndex({ name, length }: Pick<ImageDataset, "name" | "length">, index: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length)
    throw new TandemError(`${name}: there is no picture ${index}; it has pictures 0 to ${length - 1}`);
}

/** @throws TandemError when there is no picture `index`, or it does not fit into `into` at `offset`. */
export function checkRead(
  dataset: Pick<ImageDataset, "name" | "length" | "channels" | "height" | "width">,
  index: number,
  into: Float32Array,
  offset: number,
): void {
  checkIndex(dataset, index);
  const size = dataset.channels * dataset.height * dataset.width;
  if (!Number.isInteger(offset) || offset < 0 || offset + size > into.length) {
    throw new TandemError(
      `${dataset.name}: a picture of ${size} values does not fit at ${offset} of an array of ${into.length}`,
    );
  }
}

/** @throws TandemError unless `value` is a whole number from `least` on. */
export function checkWhole(dataset: string, what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new TandemError(`${dataset}: ${what} is ${value}, but should be a whole number from ${least} on`);
}

/** The random numbers of one picture, drawn in turn: the same for the same seed, split and index on every machine. */
export class Draws {
  private readonly stream: number;
  private next: number;

  /** @param perPicture more than a picture ever draws, so that no two pictures share a number */
  constructor(seed: number, dataset: string, split: Split, index: number, perPicture: number) {
    this.stream = streamOf(seed, `${dataset} ${split}`);
    this.next = index * perPicture;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + ((high - low) * (uniform(this.stream, this.next++) + 1)) / 2;
  }

  /** One of 0 .. count - 1. */
  whole(count: number): number {
    return Math.floor(this.between(0, count));
  }

  /** Nearly normal, of mean 0 and deviation 1: the sum of the four bytes of one draw. */
  bell(): number {
    const bits = hash(this.stream, this.next++);
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
    // Each byte has the variance (256² - 1) / 12.
    return (sum - 510) / Math.sqrt(65535 / 3);
  }
}
