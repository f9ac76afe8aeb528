/** One picture as many: cut anywhere, mirrored or not, colours shifted along the principal components of ImageNet's. */
import { f32, fillNormal, Graph, hash, i32, streamOf, Tensor } from "../../../../src/index";
import type { Computation } from "../computation";

/** The side of the pictures, and of what is cut from them. */
export const SIDE = 256;
export const CROP = 224;

/** Places where a crop can be, mirrored or not. The paper says 2,048: it counts 32 by 32 places, where there are 33 by 33. */
export const PLACES = 2 * (SIDE - CROP + 1) ** 2;

/**
 * Deviations of ImageNet's pixels along their principal colours, and those colours as columns of red, green and blue (from
 * the data of cuda-convnet2). The paper calls the deviations eigenvalues.
 */
const DEVIATIONS = [19.72083305, 37.09388853, 121.78006099] as const;
const COLOURS = [
  [0.41795513, -0.71257945, -0.56351045],
  [-0.81698062, -0.02354167, -0.5761844],
  [0.39731118, 0.70119634, -0.59200296],
] as const;

/** What is added to red, green and blue for three normal draws. */
export const colourShift = (draws: readonly number[], strength: number): number[] =>
  COLOURS.map((row) => row.reduce((sum, part, i) => sum + strength * (draws[i] ?? 0) * (DEVIATIONS[i] ?? 0) * part, 0));

export interface Variant {
  readonly top: number;
  readonly left: number;
  readonly mirrored: boolean;
  /** Of red, green and blue. */
  readonly shift: readonly number[];
}

export interface Varying {
  readonly crop: boolean;
  readonly mirror: boolean;
  /** Deviation of the colour shift; the paper has 0.1. */
  readonly colour: number;
}

/** `count` variants by the lots of `seed`. */
export function drawVariants(count: number, seed: number, { crop, mirror, colour }: Varying): Variant[] {
  const lots = streamOf(seed, "augmentation lesson");
  const middle = (SIDE - CROP) / 2;
  return Array.from({ length: count }, (_, n) => {
    const place = (which: number): number => (crop ? hash(lots, 4 * n + which) % (SIDE - CROP + 1) : middle);
    const draws = fillNormal(new Float32Array(3), streamOf(seed, `colour ${n}`));
    return {
      top: place(0),
      left: place(1),
      mirrored: mirror && hash(lots, 4 * n + 2) % 2 === 1,
      shift: colourShift([...draws], colour),
    };
  });
}

/** A picture [1, 3, 256, 256] of 0 to 255; output `output` [n, 3, 224, 224]. */
export function cutVariants(picture: Tensor, variants: readonly Variant[]): Computation {
  const { length } = variants;
  return {
    key: `variants ${length}`,
    build: () => {
      const graph = new Graph("augmentation");
      const one = graph.input("picture", f32(1, 3, SIDE, SIDE));
      const input = graph.apply("broadcastTo", { input: one }, { shape: [length, 3, SIDE, SIDE] });
      const places = graph.input("places", i32(length, 3));
      const shift = graph.input("shift", f32(length, 3));
      graph.output("output", graph.apply("crop", { input, places, shift }, { size: CROP }));
      return graph;
    },
    inputs: {
      picture,
      places: Tensor.i32(
        [length, 3],
        variants.flatMap(({ top, left, mirrored }) => [top, left, mirrored ? 1 : 0]),
      ),
      shift: Tensor.f32(
        [length, 3],
        variants.flatMap(({ shift }) => shift),
      ),
    },
  };
}
