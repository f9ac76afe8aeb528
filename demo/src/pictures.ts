/** Pictures as the page gets them: files, the clipboard, the camera, addresses of its own. Decoded by the browser. */
import type { Picture } from "../../src/index";

/** A decoded picture and what it is called. */
export interface NamedPicture extends Picture {
  readonly name: string;
  /** Drawn with square edges: it is tiny. */
  readonly crisp?: boolean;
}

/** The longer side at most: networks look at 227 pixels, and a phone's photograph would take a hundred megabytes as floats. */
const LONGEST = 1024;

/** A picture that the browser could not decode. */
export class PictureError extends Error {
  override readonly name = "PictureError";
}

/** The pixels of what can be drawn. */
export function pixelsOf(
  source: ImageBitmap | HTMLVideoElement,
  width: number,
  height: number,
  name: string,
): NamedPicture {
  const factor = Math.min(1, LONGEST / Math.max(width, height));
  const [w, h] = [Math.max(1, Math.round(width * factor)), Math.max(1, Math.round(height * factor))];
  const drawing = new OffscreenCanvas(w, h).getContext("2d", { willReadFrequently: true });
  if (!drawing) throw new PictureError(name);
  drawing.imageSmoothingQuality = "high";
  drawing.drawImage(source, 0, 0, w, h);
  return { name, width: w, height: h, rgba: drawing.getImageData(0, 0, w, h).data };
}

/** @throws PictureError when it is no picture, or a broken one. */
export async function decodePicture(blob: Blob, name: string): Promise<NamedPicture> {
  let bitmap: ImageBitmap;
  try {
    // The bytes as they are stored, which is what networks are trained on.
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new PictureError(name);
  }
  try {
    return pixelsOf(bitmap, bitmap.width, bitmap.height, name);
  } finally {
    bitmap.close();
  }
}

/** One of the page's own pictures. @throws PictureError. */
export async function fetchPicture(url: string, name: string): Promise<NamedPicture> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) throw new PictureError(name);
  return decodePicture(await response.blob(), name);
}

/** Grey values of 0 to 255 as a picture. */
export function greyPicture(values: ArrayLike<number>, size: number, name: string): NamedPicture {
  const rgba = new Uint8ClampedArray(4 * size * size);
  for (let i = 0; i < size * size; i++) {
    rgba.fill(Number(values[i]), 4 * i, 4 * i + 3);
    rgba[4 * i + 3] = 255;
  }
  return { name, width: size, height: size, rgba, crisp: true };
}
