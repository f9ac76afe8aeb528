/**
 * The network in use, compiled with its weights on the device. One at a time: sections that show the same network share
 * it, so that 240 MB of weights are on the GPU once.
 */
import {
  type Device,
  type Graph,
  imagenetLabels,
  type Program,
  readLabels,
  readWeights,
  Tensor,
} from "../../../src/index";
import type { Network } from "./list";
import type { Weights } from "./weights";

export interface Guess {
  readonly index: number;
  /** The class's name; undefined where the weights do not say. */
  readonly label: string | undefined;
  readonly probability: number;
}

export interface Answer {
  readonly guesses: readonly Guess[];
  /** Milliseconds of one run: the median of the runs after the first, or the first where there was time for one only. */
  readonly runMs: number;
}

export interface OpenNetwork {
  readonly network: Network;
  readonly device: Device;
  readonly graph: Graph;
  readonly program: Program;
  readonly labels: readonly string[];
}

/** How far opening is: `compiling` kernels, `drawing` random weights, `reading` or `uploading` them. */
export interface Step {
  readonly what: "compiling" | "drawing" | "reading" | "uploading";
  readonly done: number;
  readonly total: number;
}

interface Held {
  readonly device: Device;
  readonly network: Network;
  readonly weights: Weights;
  readonly opening: Promise<OpenNetwork & { destroy(): void }>;
}

let held: Held | undefined;

/** Runs are repeated for a steadier time, but no longer than this in all, in milliseconds. */
const PATIENCE_MS = 400;
const RUNS = 5;

/** The network on the device with these weights; opened anew only when one of the three is another. */
export function openNetwork(
  device: Device,
  network: Network,
  weights: Weights,
  tell: (step: Step) => void,
): Promise<OpenNetwork> {
  if (held && held.device === device && held.network === network && held.weights === weights) return held.opening;
  const before = held;
  const opening = (async () => {
    await before?.opening.then((open) => open.destroy()).catch(() => undefined);
    return open(device, network, weights, tell);
  })();
  const mine: Held = { device, network, weights, opening };
  held = mine;
  // What failed is tried again when it is asked for again.
  opening.catch(() => {
    if (held === mine) held = undefined;
  });
  return opening;
}

async function tensorsOf(
  network: Network,
  graph: Graph,
  weights: Weights,
  tell: (step: Step) => void,
): Promise<Record<string, Tensor>> {
  if (weights.origin === "seed") return seeded(network, weights.seed, tell);
  return readWeights(graph, weights.source, network.model.weightNames, (done, total) =>
    tell({ what: "reading", done, total }),
  );
}

async function seeded(network: Network, seed: number, tell: (step: Step) => void): Promise<Record<string, Tensor>> {
  tell({ what: "drawing", done: 0, total: 0 });
  const { address } = await import("./seed.worker");
  const worker = new Worker(address, { type: "module" });
  return new Promise<Record<string, Tensor>>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<(readonly [string, number[], Float32Array<ArrayBuffer>])[]>) =>
      resolve(Object.fromEntries(data.map(([name, shape, values]) => [name, new Tensor(shape, values)])));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ model: network.model.name, seed });
  }).finally(() => worker.terminate());
}

async function open(device: Device, network: Network, weights: Weights, tell: (step: Step) => void) {
  const { model } = network;
  const graph = model.build();
  const program = await device.compile(graph, {
    onProgress: ({ done, total }) => tell({ what: "compiling", done, total }),
  });
  try {
    const tensors = await tensorsOf(network, graph, weights, tell);
    tell({ what: "uploading", done: 0, total: 0 });
    await program.setParameters(tensors);
    const labels = await labelsOf(network, weights);
    return { network, device, graph, program, labels, destroy: () => program.destroy() };
  } catch (error) {
    program.destroy();
    throw error;
  }
}

/** Names of the classes: the file's own, the model's, or ImageNet's. Random weights of its size have no classes to name. */
async function labelsOf({ model }: Network, weights: Weights): Promise<readonly string[]> {
  if (weights.origin === "seed") return model.labels;
  const named = (await readLabels(weights.source)) ?? model.labels;
  return named.length > 0 ? named : imagenetLabels();
}

/** The `count` likeliest classes of the first picture of a batch. */
export function likeliest(probabilities: Tensor, labels: readonly string[], count: number): Guess[] {
  const classes = probabilities.shape.at(-1) ?? 0;
  return Array.from(probabilities.data.subarray(0, classes), (probability, index) => ({
    index,
    label: labels[index],
    probability,
  }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

/** Runs the network on a prepared picture, several times where that is quick. */
export async function classify({ program, labels }: OpenNetwork, image: Tensor, count: number): Promise<Answer> {
  const times: number[] = [];
  let probabilities: Tensor | undefined;
  for (let spent = 0; times.length < RUNS && spent < PATIENCE_MS; ) {
    const start = performance.now();
    ({ probabilities } = await program.run({ image }, { outputs: ["probabilities"] }));
    const time = performance.now() - start;
    times.push(time);
    spent += time;
  }
  const later = times.length > 1 ? times.slice(1) : times;
  later.sort((a, b) => a - b);
  return {
    guesses: likeliest(probabilities as Tensor, labels, count),
    runMs: later[later.length >> 1] as number,
  };
}
