/**
 * Draws a network's random weights off the main thread: AlexNet has 61 million, which takes seconds. This module is a chunk
 * of the page and, at the same address, a worker's script, so that both share the engine's chunk.
 */
import { models } from "../../../src/index";

export interface SeedRequest {
  readonly model: keyof typeof models;
  readonly seed: number;
}

/** Of this module, for `new Worker`. */
export const address = import.meta.url;

function answer({ data: { model, seed } }: MessageEvent<SeedRequest>): void {
  const tensors = Object.entries(models[model].initialise(seed)).map(
    ([name, { shape, data }]) => [name, shape, data] as const,
  );
  const buffers = tensors.map(([, , data]) => data.buffer as ArrayBuffer);
  postMessage(tensors, { transfer: buffers });
}

// The page only asks for the address.
if (typeof document === "undefined") addEventListener("message", answer);
