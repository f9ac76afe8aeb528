/** Decoding of pictures in Node. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import decodeWebp, { init } from "@jsquash/webp/decode.js";
import { Jimp } from "jimp";
import { FormatError } from "../../core/errors";
import type { DecodedImage } from "./context";

let webp: Promise<void> | undefined;

/** The decoder's WebAssembly is read from disk: by itself it would fetch it, which Node does not do for files. */
async function prepareWebp(): Promise<void> {
  const path = createRequire(import.meta.url).resolve("@jsquash/webp/codec/dec/webp_dec.wasm");
  await init({ wasmBinary: await readFile(path) });
}

const isWebp = (bytes: Uint8Array): boolean => /^RIFF.{4}WEBP/s.test(String.fromCharCode(...bytes.subarray(0, 12)));

/** Says that a file is no picture. */
export const undecodable = (name: string): FormatError =>
  new FormatError(name, "is no image that can be decoded; PNG, JPEG and WebP can");

/** Decodes as browsers do: EXIF orientation is applied, colours are not converted. JPEG decoders differ by a unit or two. */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage> {
  try {
    if (isWebp(bytes)) {
      webp ??= prepareWebp();
      await webp;
      const { width, height, data } = await decodeWebp(bytes.slice().buffer);
      return { width, height, rgba: new Uint8ClampedArray(data) };
    }
    const { bitmap } = await Jimp.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { width: bitmap.width, height: bitmap.height, rgba: new Uint8ClampedArray(bitmap.data) };
  } catch {
    throw undecodable(name);
  }
}
