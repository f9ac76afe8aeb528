/** Draws a network's random weights off the main thread: AlexNet has 61 million, which takes seconds. */
import { models } from "../../../src/index";

export interface SeedRequest {
  readonly model: keyof typeof models;
  readonly seed: number;
}

addEventListener("message", ({ data: { model, seed } }: MessageEvent<SeedRequest>) => {
  const tensors = Object.entries(models[model].initialise(seed)).map(
    ([name, { shape, data }]) => [name, shape, data] as const,
  );
  const buffers = tensors.map(([, , data]) => data.buffer as ArrayBuffer);
  postMessage(tensors, { transfer: buffers });
});
