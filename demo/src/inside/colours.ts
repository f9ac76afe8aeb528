/** From lightness to pixels: each tower has a scale of its own, dark to its colour to white, in both themes. */
import type { Pixels } from "../components/pixelCanvas";
import type { Tiles } from "./probe";

type Colour = readonly [number, number, number];

const SCALES: Readonly<Record<"a" | "b", readonly Colour[]>> = {
  a: [
    [10, 14, 30],
    [36, 70, 190],
    [110, 156, 255],
    [240, 246, 255],
  ],
  b: [
    [26, 11, 6],
    [170, 58, 14],
    [250, 140, 86],
    [255, 244, 236],
  ],
};

/** A map with NaN in it: nothing else on the page is this green. */
const NOT_A_NUMBER: Colour = [0, 255, 120];

function shade(scale: readonly Colour[], value: number): Colour {
  if (Number.isNaN(value)) return NOT_A_NUMBER;
  const at = Math.min(1, Math.max(0, value)) * (scale.length - 1);
  const below = Math.min(scale.length - 2, Math.floor(at));
  const [from, to] = [scale[below] as Colour, scale[below + 1] as Colour];
  return [0, 1, 2].map((c) => (from[c] as number) + (at - below) * ((to[c] as number) - (from[c] as number))) as [
    number,
    number,
    number,
  ];
}

/** Rows `from` to `end` of tiles, in a tower's colours; what is no tile is transparent. */
export function coloured({ width, values }: Tiles, tower: "a" | "b", from: number, end: number): Pixels {
  const rgba = new Uint8ClampedArray(4 * width * (end - from));
  for (let i = 0; i < width * (end - from); i++) {
    const value = values[from * width + i] as number;
    if (value < 0) continue;
    rgba.set(shade(SCALES[tower], value), 4 * i);
    rgba[4 * i + 3] = 255;
  }
  return { width, height: end - from, rgba };
}

/** Filters as small pictures of what they answer to, grey where a weight is 0: weights [F, C, K, K]. */
export function filterPatches(
  weights: ArrayLike<number>,
  shape: readonly number[],
  filters: readonly number[],
  columns: number,
  blueFirst: boolean,
): Pixels {
  const [, channels = 1, height = 1, width = 1] = shape;
  const area = height * width;
  const pitch = [width + 1, height + 1] as const;
  const across = columns * pitch[0] - 1;
  const down = Math.ceil(filters.length / columns) * pitch[1] - 1;
  const rgba = new Uint8ClampedArray(4 * across * down);
  filters.forEach((filter, k) => {
    const start = filter * channels * area;
    let largest = Number.MIN_VALUE;
    for (let i = 0; i < channels * area; i++) largest = Math.max(largest, Math.abs(weights[start + i] as number));
    const left = (k % columns) * pitch[0];
    const top = Math.floor(k / columns) * pitch[1];
    for (let i = 0; i < area; i++) {
      const at = 4 * ((top + Math.floor(i / width)) * across + left + (i % width));
      for (let c = 0; c < 3; c++) {
        const channel = channels === 1 ? 0 : blueFirst ? 2 - c : c;
        rgba[at + c] = 127.5 * (1 + (weights[start + channel * area + i] as number) / largest);
      }
      rgba[at + 3] = 255;
    }
  });
  return { width: across, height: down, rgba };
}
