/** Pictures into a network's input, on the GPU. Programs for the last few sizes are kept: a camera's pictures have one size. */
import { type Device, type Picture, type Program, pictureGraph, planes, type Tensor } from "../../../src/index";
import type { Network } from "./list";

/** A picture as the network reads it, and the milliseconds that took. */
export interface Prepared {
  readonly image: Tensor;
  readonly ms: number;
}

const KEPT = 4;

/** By device and size, the latest last. */
const programs = new WeakMap<Device, Map<string, Program>>();

/** One at a time, so that no program is destroyed while it runs. */
let queue: Promise<unknown> = Promise.resolve();

async function programFor(device: Device, { model }: Network, { width, height }: Picture): Promise<Program> {
  const known = programs.get(device) ?? new Map<string, Program>();
  programs.set(device, known);
  const key = `${model.name} ${width}×${height}`;
  let program = known.get(key);
  if (!program) {
    const preparing = pictureGraph(model.recipe, width, height);
    program = await device.compile(preparing.graph);
    await program.setParameters(preparing.parameters);
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= KEPT) {
      known.get(oldest)?.destroy();
      known.delete(oldest);
    }
  }
  known.delete(key);
  known.set(key, program);
  return program;
}

/** Resizes, cuts and normalises a picture as the network's recipe says. */
export function preparePicture(device: Device, network: Network, picture: Picture): Promise<Prepared> {
  const mine = queue.then(async () => {
    const program = await programFor(device, network, picture);
    const begun = performance.now();
    const { image } = await program.run({ picture: planes(picture, network.model.recipe.channels) });
    return { image: image as Tensor, ms: performance.now() - begun };
  });
  queue = mine.catch(() => undefined);
  return mine;
}
