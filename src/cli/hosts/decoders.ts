/** Threads that decode pictures, so that training does not wait for one after the other. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Piscina } from "piscina";
import type { DecodedImage } from "./context";
import { decodeImage, undecodable } from "./decode";
import { packageFolder } from "./package";

/** More would hold more pictures in memory than a disk can read. */
const MOST = 8;
/** Milliseconds without work after which a thread ends. */
const IDLE = 2000;

export interface Decoders {
  /** @throws FormatError for what is no picture */
  decode(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage>;
  close(): Promise<void>;
}

/** Threads start when there is something to decode. Sources that were never built have none, and decode here. */
export function openDecoders(): Decoders {
  const filename = join(packageFolder(), "dist", "cli", "decodeWorker.js");
  if (!existsSync(filename)) return { decode: decodeImage, close: async () => undefined };
  let pool: Piscina<{ bytes: Uint8Array }, DecodedImage | null> | undefined;
  return {
    async decode(bytes, name) {
      pool ??= new Piscina({
        filename,
        minThreads: 0,
        maxThreads: Math.min(MOST, Math.max(1, availableParallelism() - 1)),
        idleTimeout: IDLE,
      });
      const picture = await pool.run({ bytes });
      if (!picture) throw undecodable(name);
      return picture;
    },
    close: async () => pool?.destroy(),
  };
}
