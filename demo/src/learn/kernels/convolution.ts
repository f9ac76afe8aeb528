/** Convolution of numbers and of pictures with a kernel that the reader edits. */
import { f32, Graph, Tensor } from "../../../../src/index";
import type { Computation } from "../computation";

/** How windows lie on the input. */
export interface Geometry {
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** A square kernel, row by row. */
export interface Kernel {
  readonly size: 3 | 5;
  readonly values: readonly number[];
}

/** The size of an output, step by step. */
export interface OutputSize {
  /** What the kernel spans: dilation · (k − 1) + 1. */
  readonly span: number;
  /** The input with its padding. */
  readonly padded: number;
  /** 0 when the kernel does not fit. */
  readonly size: number;
}

export function outputSize(input: number, kernel: number, { stride, padding, dilation }: Geometry): OutputSize {
  const span = dilation * (kernel - 1) + 1;
  const padded = input + 2 * padding;
  return { span, padded, size: padded < span ? 0 : Math.floor((padded - span) / stride) + 1 };
}

/** The formula with the numbers in it: `⌊(7 + 2·1 − 3) / 2⌋ + 1 = 4`. */
export function sizeFormula(input: number, kernel: number, geometry: Geometry): string {
  const { span, size } = outputSize(input, kernel, geometry);
  return `⌊(${input} + 2·${geometry.padding} − ${span}) / ${geometry.stride}⌋ + 1 = ${size}`;
}

/** One product of a window: where it is in the input, and whether it is on the padding around it. */
export interface Term {
  readonly y: number;
  readonly x: number;
  readonly inside: boolean;
  readonly value: number;
  readonly weight: number;
}

/** The products whose sum is the output at (`row`, `column`). */
export function termsOf(
  image: readonly number[],
  side: number,
  kernel: Kernel,
  { stride, padding, dilation }: Geometry,
  [row, column]: readonly [number, number],
): Term[] {
  return kernel.values.map((weight, i) => {
    const y = row * stride - padding + dilation * Math.floor(i / kernel.size);
    const x = column * stride - padding + dilation * (i % kernel.size);
    const inside = y >= 0 && x >= 0 && y < side && x < side;
    return { y, x, inside, value: inside ? (image[y * side + x] ?? 0) : 0, weight };
  });
}

function convolution(
  [channels, height, width]: readonly [number, number, number],
  size: number,
  { stride, padding, dilation }: Geometry,
  magnitude: boolean,
): Graph {
  const graph = new Graph("convolution");
  const input = graph.input("image", f32(1, channels, height, width));
  const weight = graph.input("kernel", f32(channels, 1, size, size));
  // Each colour by itself, with the same numbers.
  const output = graph.apply("conv2d", { input, weight }, { stride, padding, dilation, groups: channels }, "convolve");
  graph.output("output", magnitude ? graph.apply("abs", { input: output }) : output);
  return graph;
}

const keyOf = (what: string, kernel: Kernel, { stride, padding, dilation }: Geometry): string =>
  `${what} ${kernel.size} ${stride} ${padding} ${dilation}`;

/** A square of numbers; output `output` [1, 1, h, w]. */
export function convolveNumbers(image: readonly number[], kernel: Kernel, geometry: Geometry): Computation {
  const side = Math.sqrt(image.length);
  return {
    key: keyOf(`numbers ${side}`, kernel, geometry),
    build: () => convolution([1, side, side], kernel.size, geometry, false),
    inputs: {
      image: Tensor.f32([1, 1, side, side], image),
      kernel: Tensor.f32([1, 1, kernel.size, kernel.size], kernel.values),
    },
  };
}

/**
 * A picture of three colours, [1, 3, H, W]; output `output` [1, 3, h, w].
 * @param magnitude whether what is below zero is shown as if it were above
 */
export function convolvePicture(picture: Tensor, kernel: Kernel, geometry: Geometry, magnitude: boolean): Computation {
  const [, channels = 3, height = 1, width = 1] = picture.shape;
  const colours = Array.from({ length: channels }, () => kernel.values).flat();
  return {
    key: `${keyOf(`picture ${height} ${width}`, kernel, geometry)} ${magnitude}`,
    build: () => convolution([channels, height, width], kernel.size, geometry, magnitude),
    inputs: { image: picture, kernel: Tensor.f32([channels, 1, kernel.size, kernel.size], colours) },
  };
}

/** The 7 × 7 image and the filter of the slides' example of stride. */
export const SLIDE_IMAGE: readonly number[] = [
  [2, 3, 7, 4, 6, 2, 9],
  [6, 6, 9, 8, 7, 4, 3],
  [3, 4, 8, 3, 8, 9, 7],
  [7, 8, 3, 6, 6, 3, 4],
  [4, 2, 1, 8, 3, 4, 6],
  [3, 2, 4, 1, 9, 8, 3],
  [0, 1, 3, 9, 2, 1, 4],
].flat();

export const SLIDE_KERNEL: Kernel = { size: 3, values: [3, 4, 4, 1, 0, 2, -1, 0, 3] };

const divided = (values: readonly number[]): number[] => {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
};

const BELL = [1, 4, 6, 4, 1];

/** Kernels to begin from. */
export const PRESETS = {
  identity: { size: 3, values: [0, 0, 0, 0, 1, 0, 0, 0, 0] },
  blur: { size: 3, values: divided(new Array<number>(9).fill(1)) },
  gauss: { size: 5, values: divided(BELL.flatMap((a) => BELL.map((b) => a * b))) },
  sharpen: { size: 3, values: [0, -1, 0, -1, 5, -1, 0, -1, 0] },
  outline: { size: 3, values: [-1, -1, -1, -1, 8, -1, -1, -1, -1] },
  upright: { size: 3, values: [-1, 0, 1, -2, 0, 2, -1, 0, 1] },
  level: { size: 3, values: [-1, -2, -1, 0, 0, 0, 1, 2, 1] },
  emboss: { size: 3, values: [-2, -1, 0, -1, 1, 1, 0, 1, 2] },
} as const satisfies Readonly<Record<string, Kernel>>;

export type PresetName = keyof typeof PRESETS;

/** The same numbers in a kernel of another size: in the middle of a larger one, or the middle of it. */
export function resized({ size, values }: Kernel, to: Kernel["size"]): Kernel {
  const shift = (to - size) / 2;
  return {
    size: to,
    values: Array.from({ length: to * to }, (_, i) => {
      const [y, x] = [Math.floor(i / to) - shift, (i % to) - shift];
      return y >= 0 && x >= 0 && y < size && x < size ? (values[y * size + x] ?? 0) : 0;
    }),
  };
}
