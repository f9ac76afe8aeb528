/**
 * Pictures into a model's input, on the GPU: resize, crop and normalise as a graph of its own. Resizing is linear along
 * each axis, so the whole of it, crop included, is a matrix from the left and one from the right.
 */
import { f32, Tensor } from "../core/tensor";
import { Graph } from "../graph/graph";
import type { ImageRecipe } from "../models/model";

/** A decoded picture: four bytes a pixel, rows from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

/** What one pixel of a resized axis is made of: the pixels from `first` on, each by its weight. The weights sum to 1. */
export interface Taps {
  readonly first: number;
  readonly weights: Float32Array<ArrayBuffer>;
}

/**
 * The `to` pixels of a cut through the middle of an axis of `from` pixels resized to `resized`: bilinear, widened when it
 * shrinks so that no pixel is skipped (as Pillow does, and torchvision after it).
 */
export function resizeTaps(from: number, resized: number, to: number): Taps[] {
  const step = from / resized;
  const reach = Math.max(1, step);
  const cut = Math.round((resized - to) / 2);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + cut + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - reach));
    const end = Math.min(from, Math.ceil(centre + reach));
    const weights = new Float32Array(end - first);
    let sum = 0;
    for (let j = first; j < end; j++) {
      const weight = Math.max(0, 1 - Math.abs(j + 0.5 - centre) / reach);
      weights[j - first] = weight;
      sum += weight;
    }
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** `resizeTaps` as a matrix of `to` rows and `from` columns. */
export function resizeMatrix(from: number, resized: number, to: number): Float32Array<ArrayBuffer> {
  const matrix = new Float32Array(to * from);
  for (const [i, { first, weights }] of resizeTaps(from, resized, to).entries()) matrix.set(weights, i * from + first);
  return matrix;
}

/**
 * A graph from input `picture` (channels × height × width, 0 to 255) to output `image` (1 × channels × size × size), and its
 * parameters.
 */
export function pictureGraph(
  recipe: ImageRecipe,
  width: number,
  height: number,
): { graph: Graph; parameters: Record<string, Tensor> } {
  const { size } = recipe;
  const channels = recipe.channels === "grey" ? 1 : 3;
  const factor = recipe.resize / Math.min(width, height);
  const graph = new Graph("picture");
  const picture = graph.input("picture", f32(channels, height, width));
  const rows = graph.parameter("rows", f32(size, height));
  const columns = graph.parameter("columns", f32(size, width));
  const tall = graph.apply("matmul", { a: rows, b: picture }, {}, "resizeRows");
  const square = graph.apply("matmul", { a: tall, b: columns }, { transposeB: true }, "resizeColumns");
  const slope = graph.parameter("slope", f32(channels, 1, 1));
  const offset = graph.parameter("offset", f32(channels, 1, 1));
  const scaled = graph.apply("mul", { a: square, b: slope }, {}, "scale");
  const normal = graph.apply("add", { a: scaled, b: offset }, {}, "shift");
  graph.output("image", graph.apply("reshape", { input: normal }, { shape: [1, channels, size, size] }, "batch"));
  return {
    graph,
    parameters: {
      rows: new Tensor([size, height], resizeMatrix(height, Math.round(height * factor), size)),
      columns: new Tensor([size, width], resizeMatrix(width, Math.round(width * factor), size)),
      slope: Tensor.f32(
        [channels, 1, 1],
        recipe.deviation.map((deviation) => 1 / (recipe.scale * deviation)),
      ),
      offset: Tensor.f32(
        [channels, 1, 1],
        recipe.mean.map((mean, c) => -mean / (recipe.deviation[c] ?? 1)),
      ),
    },
  };
}

/** Brightness of red, green and blue (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;

/** The colours of a picture as planes in the recipe's order; what is transparent is blended with white. */
export function planes({ width, height, rgba }: Picture, channels: ImageRecipe["channels"]): Tensor {
  const area = width * height;
  const count = channels === "grey" ? 1 : 3;
  const data = new Float32Array(count * area);
  for (let i = 0; i < area; i++) {
    const alpha = (rgba[4 * i + 3] ?? 255) / 255;
    for (let c = 0; c < 3; c++) {
      const value = (rgba[4 * i + c] ?? 0) * alpha + 255 * (1 - alpha);
      if (channels === "grey") data[i] = (data[i] as number) + (LUMA[c] as number) * value;
      else data[(channels === "RGB" ? c : 2 - c) * area + i] = value;
    }
  }
  return new Tensor([count, height, width], data);
}
