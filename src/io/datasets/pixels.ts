/** Decoded pictures as planes of numbers, and their resizing on the CPU, ahead of training. */
import type { Picture } from "../image";
import { resizeTaps, type Taps } from "../image";

/** What red, green and blue weigh in grey (ITU-R BT.601, as Pillow's mode "L" has it). */
const GREY = [0.299, 0.587, 0.114] as const;

/** The colours of a picture as planes [C, H, W], 0..255, what is transparent blended with white; or its grey. */
export function picturePlanes({ width, height, rgba }: Picture, channels: 1 | 3): Float32Array<ArrayBuffer> {
  const area = width * height;
  const out = new Float32Array(channels * area);
  for (let i = 0; i < area; i++) {
    const alpha = (rgba[4 * i + 3] as number) / 255;
    const red = (rgba[4 * i] as number) * alpha + 255 * (1 - alpha);
    const green = (rgba[4 * i + 1] as number) * alpha + 255 * (1 - alpha);
    const blue = (rgba[4 * i + 2] as number) * alpha + 255 * (1 - alpha);
    if (channels === 3) {
      out[i] = red;
      out[area + i] = green;
      out[2 * area + i] = blue;
    } else {
      out[i] = GREY[0] * red + GREY[1] * green + GREY[2] * blue;
    }
  }
  return out;
}

/** Sums of `taps` along lines: element (y, i) of `out` from row y of `plane`, whose rows are `width` long. */
function sumRow(plane: Float32Array, begin: number, taps: readonly Taps[], out: Float32Array, at: number): void {
  for (const [i, { first, weights }] of taps.entries()) {
    let sum = 0;
    for (let j = 0; j < weights.length; j++) sum += (weights[j] as number) * (plane[begin + first + j] as number);
    out[at + i] = sum;
  }
}

/**
 * The middle square of a picture whose shorter side was resized to `size`, averaged over all that shrinks into a pixel.
 * Rows first, and only those that the square needs; then columns.
 */
export function centralSquare(picture: Picture, channels: 1 | 3, size: number): Float32Array<ArrayBuffer> {
  const { width, height } = picture;
  const factor = size / Math.min(width, height);
  const across = resizeTaps(width, Math.round(width * factor), size);
  const down = resizeTaps(height, Math.round(height * factor), size);
  const planes = picturePlanes(picture, channels);
  const out = new Float32Array(channels * size * size);
  const narrow = new Float32Array(height * size);
  const top = Math.min(...down.map(({ first }) => first));
  const bottom = Math.max(...down.map(({ first, weights }) => first + weights.length));
  for (let c = 0; c < channels; c++) {
    for (let y = top; y < bottom; y++) sumRow(planes, (c * height + y) * width, across, narrow, y * size);
    for (const [i, { first, weights }] of down.entries()) {
      const row = out.subarray((c * size + i) * size, (c * size + i + 1) * size);
      for (let j = 0; j < weights.length; j++) {
        const weight = weights[j] as number;
        const begin = (first + j) * size;
        for (let x = 0; x < size; x++) row[x] = (row[x] as number) + weight * (narrow[begin + x] as number);
      }
    }
  }
  return out;
}
