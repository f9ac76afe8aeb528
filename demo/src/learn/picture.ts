/** The picture that lessons work on: the visitor's, or one of the page's own until there is one. */
import { signal } from "@preact/signals";
import { planes, Tensor } from "../../../src/index";
import type { Pixels } from "../components/pixelCanvas";
import { samplesOf } from "../networks/samples";
import { type NamedPicture, PictureError } from "../pictures";

/** Outlives the lesson that is shown, and the device. */
export const lessonPicture = signal<NamedPicture | undefined>(undefined);

/** Sets the page's own picture where the visitor has given none. @throws PictureError. */
export async function ownPicture(): Promise<void> {
  if (lessonPicture.value) return;
  const [, coffee] = await samplesOf("photographs");
  lessonPicture.value ??= coffee;
}

function canvasOf(picture: NamedPicture): OffscreenCanvas {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const drawing = canvas.getContext("2d");
  if (!drawing) throw new PictureError(picture.name);
  const copy = new Uint8ClampedArray(picture.rgba.length);
  copy.set(picture.rgba);
  drawing.putImageData(new ImageData(copy, picture.width, picture.height), 0, 0);
  return canvas;
}

function redrawn(
  picture: NamedPicture,
  [width, height]: readonly [number, number],
  [left, top, fromWidth, fromHeight]: readonly [number, number, number, number],
): NamedPicture {
  const drawing = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!drawing) throw new PictureError(picture.name);
  drawing.imageSmoothingQuality = "high";
  drawing.drawImage(canvasOf(picture), left, top, fromWidth, fromHeight, 0, 0, width, height);
  return { name: picture.name, width, height, rgba: drawing.getImageData(0, 0, width, height).data };
}

/** The picture with its longer side at most `longest`. */
export function fitted(picture: NamedPicture, longest: number): NamedPicture {
  const { width, height } = picture;
  const factor = Math.min(1, longest / Math.max(width, height));
  const size = [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))] as const;
  return redrawn(picture, size, [0, 0, width, height]);
}

/** The middle square of the picture, `side` pixels wide. */
export function squared(picture: NamedPicture, side: number): NamedPicture {
  const short = Math.min(picture.width, picture.height);
  return redrawn(picture, [side, side], [(picture.width - short) / 2, (picture.height - short) / 2, short, short]);
}

/** Its colours as the engine takes them: [1, 3, H, W] of 0 to 255. */
export function tensorOf(picture: NamedPicture): Tensor {
  const { shape, data } = planes(picture, "RGB");
  return new Tensor([1, ...shape], data);
}

/** Picture `index` of a tensor [N, 3, H, W] of 0 to 255, for the screen. */
export function pixelsAt({ shape, data }: Tensor, index = 0): Pixels {
  const [, channels = 3, height = 1, width = 1] = shape;
  const plane = height * width;
  const rgba = new Uint8ClampedArray(4 * plane).fill(255);
  for (let c = 0; c < channels; c++) {
    const from = (index * channels + c) * plane;
    // Clamped to 0 to 255 and rounded by the array.
    for (let i = 0; i < plane; i++) rgba[4 * i + c] = data[from + i] as number;
  }
  return { width, height, rgba };
}
