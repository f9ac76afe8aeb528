/** What the comparison needs of a peer. Each is a file beside this one. */
import type { Built } from "./workloads";

/** A network opened on a peer, its weights set. */
export interface Opened {
  /** One run as a caller sees it: inputs uploaded, the first output read back, in the peer's own layout. */
  run(): Promise<Float32Array>;
  /** That output in our layout; not timed. */
  ours?(output: Float32Array): Float32Array;
  close(): void | Promise<void>;
}

export interface Peer {
  /** Unique: `"tfjs"`. */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly backend: "webgpu" | "wasm";
  /** @throws where the peer has no counterpart of the network. */
  open(built: Built): Promise<Opened>;
}

/** Addresses of the folders with the peers' files, ending in a slash. */
export interface PeerFolders {
  readonly ort: string;
  readonly tensorflow: string;
  readonly jax: string;
}

/** Swaps the axes of rows-of-channels pictures, [N, H, W, C] or [N, C, H, W], to the other order. */
export function turned(data: Float32Array, batch: number, channels: number, pixels: number, to: "NHWC" | "NCHW") {
  const out = new Float32Array(data.length);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < pixels; p++) {
        const planar = (n * channels + c) * pixels + p;
        const packed = (n * pixels + p) * channels + c;
        if (to === "NHWC") out[packed] = data[planar] as number;
        else out[planar] = data[packed] as number;
      }
    }
  }
  return out;
}
