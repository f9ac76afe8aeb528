/**
 * Pictures on their way into a network: batches in an order drawn from the seed, cut, mirrored and shifted in colour as the
 * 2012 paper has it (section 4.1), all but the drawing of lots on the device.
 */
import { FormatError } from "../core/errors";
import { hash, streamOf } from "../core/random";
import { f32, i32, Tensor } from "../core/tensor";
import type { Graph } from "../graph/graph";
import type { ImageDataset } from "../io/datasets";
import type { ImageRecipe, MakeInput } from "../models";

/** How pictures are varied in training. */
export interface Augmentation {
  /** Cut anywhere, and not from the middle. */
  readonly crop: boolean;
  /** Half of them mirrored left to right. */
  readonly mirror: boolean;
  /** Deviation of the shift along the principal colours, 0.1 in the paper; 0 for none. */
  readonly colour: number;
}

/** The colours in which pictures vary most: eigenvectors of their covariance, each times the root of its eigenvalue. */
export type Colours = readonly (readonly number[])[];

/**
 * What a network reads in place of its image: `pictures` [N, C, H, W] of 0 to 255 at `places`, plus `shift` (which takes the
 * mean away), times `gain` [C, 1, 1].
 */
export const preparedPictures =
  ({ channels, height, width }: ImageDataset): MakeInput =>
  (graph: Graph, { shape }) => {
    const [batch = 1, , rows = 1, columns = 1] = shape;
    const input = graph.input("pictures", f32(batch, channels, height, width));
    const places = graph.input("places", i32(batch, 3));
    const shift = graph.input("shift", f32(batch, channels));
    const cut = graph.apply("crop", { input, places, shift }, { size: [rows, columns] }, "crop");
    return graph.apply("mul", { a: cut, b: graph.input("gain", f32(channels, 1, 1)) }, {}, "normalise");
  };

/** Uniform in [0, 1). */
const lot = (stream: number, index: number): number => hash(stream, index) / 2 ** 32;

/** Numbers 0 to `length` − 1 in an order of their own for each seed and epoch (Fisher and Yates). */
export function shuffled(length: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  const stream = streamOf(seed, `order/${epoch}`);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(lot(stream, i) * (i + 1));
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/** A normal number of mean 0 and deviation 1 (Box and Muller). */
const normal = (stream: number, index: number): number =>
  Math.sqrt(-2 * Math.log(1 - lot(stream, 2 * index))) * Math.cos(2 * Math.PI * lot(stream, 2 * index + 1));

/** Batches of a dataset, as the inputs of a network that reads prepared pictures. */
export class Batches {
  /** Pictures that could not be read, and were left out. */
  readonly broken = new Set<number>();
  readonly #gain: Tensor;

  /** @throws FormatError when the pictures are smaller than the network's, or of other colours. */
  constructor(
    readonly dataset: ImageDataset,
    readonly recipe: ImageRecipe,
    readonly seed: number,
    readonly colours: Colours = [],
  ) {
    const { name, height, width, channels } = dataset;
    if (height < recipe.size || width < recipe.size) {
      throw new FormatError(name, `has pictures of ${width}×${height}, smaller than the network's ${recipe.size}`);
    }
    const gains = recipe.deviation.slice(0, channels).map((deviation) => 1 / (recipe.scale * deviation));
    this.#gain = Tensor.f32([channels, 1, 1], gains);
  }

  /** The pictures `indices`, labels and all; `step` draws their places and colours, null takes the middle as it is. */
  async of(
    indices: ArrayLike<number>,
    step: number | null,
    { crop, mirror, colour }: Augmentation,
  ): Promise<Record<string, Tensor>> {
    const { dataset, recipe, seed } = this;
    const { channels, height, width } = dataset;
    const size = channels * height * width;
    const count = indices.length;
    const pictures = new Float32Array(count * size);
    const labels = new Int32Array(count);
    const places = new Int32Array(count * 3);
    const shift = new Float32Array(count * channels);
    const stream = streamOf(seed, `augmentation/${step ?? 0}`);
    // All at once: a page decodes pictures on threads of its own.
    const read = await Promise.all(
      Array.from({ length: count }, (_, n) => this.#read(indices[n] as number, pictures, n * size)),
    );
    for (let n = 0; n < count; n++) {
      labels[n] = dataset.label(read[n] as number);
      const drawn = step !== null;
      const place = (room: number, which: number): number =>
        drawn && crop ? Math.floor(lot(stream, 16 * n + which) * (room + 1)) : Math.floor(room / 2);
      places[3 * n] = place(height - recipe.size, 0);
      places[3 * n + 1] = place(width - recipe.size, 1);
      places[3 * n + 2] = drawn && mirror && lot(stream, 16 * n + 2) < 0.5 ? 1 : 0;
      for (let c = 0; c < channels; c++) {
        shift[n * channels + c] = -(recipe.mean[c] as number) * recipe.scale;
        if (!drawn || colour === 0) continue;
        this.colours.forEach((direction, which) => {
          const at = n * channels + c;
          shift[at] = (shift[at] as number) + colour * normal(stream, 8 * n + 2 + which) * (direction[c] as number);
        });
      }
    }
    if (recipe.channels === "BGR" && channels === 3) swapColours(pictures, count, height * width);
    return {
      pictures: new Tensor([count, channels, height, width], pictures),
      labels: new Tensor([count], labels),
      places: new Tensor([count, 3], places),
      shift: new Tensor([count, channels], shift),
      gain: this.#gain,
    };
  }

  /** Reads a picture, or the next one that can be read; gives its number. @throws FormatError when none can. */
  async #read(index: number, into: Float32Array, offset: number): Promise<number> {
    const { dataset } = this;
    for (let tried = 0; tried < dataset.length; tried++) {
      const at = (index + tried) % dataset.length;
      if (!this.broken.has(at)) {
        if (await dataset.read(at, into, offset)) return at;
        this.broken.add(at);
      }
    }
    throw new FormatError(dataset.name, "not one of its pictures can be read");
  }
}

function swapColours(pictures: Float32Array, count: number, pixels: number): void {
  for (let n = 0; n < count; n++) {
    const [first, third] = [3 * n * pixels, (3 * n + 2) * pixels];
    const red = pictures.slice(first, first + pixels);
    pictures.copyWithin(first, third, third + pixels);
    pictures.set(red, third);
  }
}

/** Pictures that the principal colours are worked out from. */
const COLOUR_SAMPLE = 1000;

/**
 * The principal colours of a dataset's pictures: the eigenvectors of the covariance of their pixels' red, green and blue, each
 * times the root of its eigenvalue. None for grey pictures. (The paper says "eigenvalue", section 4.1; the numbers in its
 * released code, 19.7, 37.1 and 121.8, are deviations.)
 */
export async function principalColours(dataset: ImageDataset, seed: number): Promise<Colours> {
  if (dataset.channels !== 3) return [];
  const pixels = dataset.height * dataset.width;
  const planes = new Float32Array(3 * pixels);
  const order = shuffled(dataset.length, seed, -1).subarray(0, COLOUR_SAMPLE);
  const sums = [0, 0, 0];
  const squares = [0, 1, 2].map(() => [0, 0, 0]);
  let count = 0;
  for (const index of order) {
    if (!(await dataset.read(index, planes, 0))) continue;
    count += pixels;
    for (let p = 0; p < pixels; p++) {
      for (let a = 0; a < 3; a++) {
        const x = planes[a * pixels + p] as number;
        sums[a] = (sums[a] as number) + x;
        const row = squares[a] as number[];
        for (let b = 0; b < 3; b++) row[b] = (row[b] as number) + x * (planes[b * pixels + p] as number);
      }
    }
  }
  if (count === 0) return [];
  const mean = sums.map((sum) => sum / count);
  const covariance = squares.map((row, a) =>
    row.map((sum, b) => sum / count - (mean[a] as number) * (mean[b] as number)),
  );
  return eigenvectors(covariance).map(({ value, vector }) => vector.map((x) => x * Math.sqrt(Math.max(0, value))));
}

/** Eigenvalues and unit eigenvectors of a small symmetric matrix, by Jacobi's rotations (1846). */
export function eigenvectors(matrix: readonly (readonly number[])[]): { value: number; vector: number[] }[] {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = matrix.map((_, i) => matrix.map((__, j) => (i === j ? 1 : 0)));
  const at = (m: number[][], i: number, j: number): number => (m[i] as number[])[j] as number;
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        off += Math.abs(at(a, p, q));
        if (at(a, p, q) === 0) continue;
        const theta = (at(a, q, q) - at(a, p, p)) / (2 * at(a, p, q));
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cos = 1 / Math.sqrt(t * t + 1);
        const sin = t * cos;
        const turn = (row: number[], i: number, j: number): void => {
          const [x, y] = [row[i] as number, row[j] as number];
          row[i] = cos * x - sin * y;
          row[j] = sin * x + cos * y;
        };
        for (let i = 0; i < n; i++) turn(a[i] as number[], p, q);
        const [rowP, rowQ] = [a[p] as number[], a[q] as number[]];
        for (let i = 0; i < n; i++) {
          const [x, y] = [rowP[i] as number, rowQ[i] as number];
          rowP[i] = cos * x - sin * y;
          rowQ[i] = sin * x + cos * y;
        }
        for (let i = 0; i < n; i++) turn(v[i] as number[], p, q);
      }
    }
    if (off === 0) break;
  }
  return matrix.map((_, i) => ({ value: at(a, i, i), vector: v.map((row) => row[i] as number) }));
}
