/** Decodes pictures on a thread of its own; `decoders.ts` hands them out. What cannot be decoded gives null. */
import type { DecodedImage } from "./context";
import { decodeImage } from "./decode";

export default async ({ bytes }: { readonly bytes: Uint8Array<ArrayBuffer> }): Promise<DecodedImage | null> =>
  decodeImage(bytes, "").catch(() => null);
