/** A model opened on a device, with weights, ready to run on pictures; what `run` and `bench` share. */
import { TandemError, UnknownNameError } from "../../core/errors";
import { sizeOf } from "../../core/shape";
import { Tensor } from "../../core/tensor";
import { type Device, openDevice } from "../../engine/device";
import type { Program } from "../../engine/program";
import type { Graph } from "../../graph/graph";
import { pictureGraph, planes } from "../../io/image";
import { bytesSource } from "../../io/source";
import { readLabels, readWeights } from "../../io/weights";
import { type Model, models } from "../../models";
import type { TaskContext } from "../hosts/context";

export interface NetworkArgs {
  readonly model: string;
  readonly batch: number;
  /** Of the random weights, when there are no others. */
  readonly seed: number;
  /** A safetensors file or address. */
  readonly weights?: string;
}

export interface Network {
  readonly model: Model;
  readonly graph: Graph;
  readonly device: Device;
  readonly program: Program;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly parameterCount: number;
  /** Names of the classes, by number; empty when they have none. */
  readonly labels: readonly string[];
  /** Where the weights came from. */
  readonly weights: { readonly file?: string; readonly seed: number; readonly tensors: number };
  /** Milliseconds that each part of the start took. */
  readonly times: {
    readonly openMs: number;
    readonly compileMs: number;
    readonly weightsMs: number;
    readonly uploadMs: number;
  };
}

/** One answer of a classifier. */
export interface Guess {
  readonly index: number;
  readonly label: string;
  readonly probability: number;
}

/** The `count` likeliest classes of image `position` of a batch. A probability that is no number ranks last. */
export function topOf(probabilities: Tensor, position: number, count: number, labels: readonly string[]): Guess[] {
  const classes = probabilities.shape.at(-1) ?? 0;
  const row = Array.from(probabilities.data.subarray(position * classes, (position + 1) * classes));
  if (!row.every(Number.isFinite)) throw new TandemError("the network's probabilities are not all finite numbers");
  return row
    .map((probability, index) => ({ index, label: labels[index] ?? `class ${index}`, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

/** The weights: those of a file, with the names of their classes, or random ones. */
async function weightsOf(
  model: Model,
  graph: Graph,
  { weights, seed }: NetworkArgs,
  { read, progress }: TaskContext,
): Promise<{ readonly tensors: Record<string, Tensor>; readonly labels: readonly string[] }> {
  if (weights === undefined) return { tensors: model.initialise(seed), labels: model.labels };
  const source = bytesSource(weights, await read(weights));
  const tensors = await readWeights(graph, source, model.weightNames, (done, total) =>
    progress({ done, total, what: `reading ${weights}` }),
  );
  return { tensors, labels: (await readLabels(source)) ?? model.labels };
}

/** Opens a device, builds and compiles the model, and sets its weights. The caller destroys the device. */
export async function openNetwork(args: NetworkArgs, context: TaskContext): Promise<Network> {
  if (!Object.hasOwn(models, args.model)) throw new UnknownNameError("model", args.model, Object.keys(models));
  const model: Model = models[args.model as keyof typeof models];
  const tell = (what: string): void => context.progress({ done: 0, total: 1, what });
  tell("opening the device");
  const graph = model.build({ batch: args.batch });
  const [device, openMs] = await clocked(() => openDevice({ gpu: context.gpu, label: args.model }));
  try {
    const [program, compileMs] = await clocked(() => device.compile(graph, { onProgress: context.progress }));
    tell(args.weights === undefined ? `drawing random weights, seed ${args.seed}` : `reading ${args.weights}`);
    const [{ tensors: parameters, labels }, weightsMs] = await clocked(() => weightsOf(model, graph, args, context));
    tell("uploading weights");
    const [, uploadMs] = await clocked(async () => {
      await program.setParameters(parameters);
      await program.idle();
    });
    return {
      model,
      graph,
      device,
      program,
      parameters,
      parameterCount: [...graph.parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
      labels,
      weights: {
        ...(args.weights === undefined ? {} : { file: args.weights }),
        seed: args.seed,
        tensors: graph.parameters.size,
      },
      times: { openMs, compileMs, weightsMs, uploadMs },
    };
  } catch (error) {
    device.destroy();
    throw error;
  }
}

/** What `work` gives, and how many milliseconds it took. */
async function clocked<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, performance.now() - start];
}

/** Decodes a picture, prepares it on the GPU, and gives it as the network's input, repeated to fill the batch. */
export async function readPicture(
  { model, graph, device }: Network,
  file: string,
  context: TaskContext,
): Promise<{ inputs: Record<string, Tensor>; width: number; height: number; preprocessMs: number }> {
  const picture = await context.decodeImage(await context.read(file), file);
  const { width, height } = picture;
  const [image, preprocessMs] = await clocked(async () => {
    const preparing = pictureGraph(model.recipe, width, height);
    const program = await device.compile(preparing.graph);
    try {
      await program.setParameters(preparing.parameters);
      const outputs = await program.run({ picture: planes(picture, model.recipe.channels) });
      return outputs.image as Tensor;
    } finally {
      program.destroy();
    }
  });
  const wanted = graph.inputs.get("image");
  if (!wanted) throw new TandemError(`model ${model.name} has no input "image"`);
  const data = new Float32Array(sizeOf(wanted.shape));
  for (let at = 0; at < data.length; at += image.data.length) data.set(image.data, at);
  return { inputs: { image: new Tensor(wanted.shape, data) }, width, height, preprocessMs };
}
