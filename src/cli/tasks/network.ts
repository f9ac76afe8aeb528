/** A model opened on a device, with weights, ready to run on pictures; what `run` and `bench` share. */
import { TandemError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import { Tensor } from "../../core/tensor";
import { type Device, openDevice } from "../../engine/device";
import type { MeshCompileOptions } from "../../engine/mesh";
import type { Program } from "../../engine/program";
import type { Compiler, Runnable } from "../../engine/runnable";
import type { Graph } from "../../graph/graph";
import { pictureGraph, planes } from "../../io/image";
import type { LayoutName } from "../../layout/layout";
import type { Model } from "../../models";
import { makeInputs } from "../../ops/inputs";
import type { TaskContext } from "../hosts/context";
import type { OpenedModel, OpenModelArgs, PreprocessChoice } from "./opened";
import { openModel } from "./openModel";

export type NetworkArgs = OpenModelArgs;

/** @template D a device, or a mesh of them */
export interface Network<P extends Runnable = Program, D extends Compiler = Device> {
  readonly model: Model;
  readonly graph: Graph;
  readonly device: D;
  readonly program: P;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly parameterCount: number;
  /** Names of the classes, by number; empty when they have none. */
  readonly labels: readonly string[];
  readonly picture: OpenedModel["picture"];
  readonly recipes: OpenedModel["recipes"];
  /** How pictures are prepared, and why so. */
  readonly preprocess: PreprocessChoice;
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

/** What a network is opened on. */
interface Opens<P extends Runnable> extends Compiler {
  compile(graph: Graph, options?: Pick<MeshCompileOptions, "onProgress" | "layout">): Promise<P>;
  destroy(): void;
}

/** Opens a device, opens and compiles the model, and sets its weights. The caller destroys the device. */
export function openNetwork(args: NetworkArgs, context: TaskContext): Promise<Network> {
  return openNetworkOn<Program, Device>(args, context, (label) => openDevice({ gpu: context.gpu, label }));
}

/**
 * As `openNetwork`, on what `openDevices` opens.
 * @param layout of the network, where that is a mesh; what prepares its pictures goes by the mesh's own
 */
export async function openNetworkOn<P extends Runnable, D extends Opens<P>>(
  args: NetworkArgs,
  context: TaskContext,
  openDevices: (label: string) => Promise<D>,
  layout?: LayoutName,
): Promise<Network<P, D>> {
  const tell = (what: string): void => context.progress({ done: 0, total: 1, what });
  tell(`opening ${args.model}`);
  const opened = await openModel(args, context);
  const { model, graph, labels, picture, preprocess, recipes } = opened;
  tell("opening the device");
  const [device, openMs] = await clocked(() => openDevices(model.name));
  try {
    const placed = layout === undefined ? {} : { layout };
    const [program, compileMs] = await clocked(() =>
      device.compile(graph, { ...placed, onProgress: context.progress }),
    );
    tell(opened.file === undefined ? `drawing random weights, seed ${args.seed}` : `reading ${opened.file}`);
    const [parameters, weightsMs] = await clocked(() => opened.readParameters());
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
      picture,
      preprocess,
      recipes,
      weights: {
        ...(opened.file === undefined ? {} : { file: opened.file }),
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

/** Inputs drawn by lot, the same on every machine, for a network of other things than pictures. */
export function drawInputs({ graph, recipes }: Network, seed: number): Readonly<Record<string, Tensor>> {
  const inputs = Object.fromEntries([...graph.inputs].map(([name, { type }]) => [name, type]));
  return makeInputs({ inputs, recipes }, seed);
}

/** Decodes a picture, prepares it on the GPU, and gives it as the network's input, repeated to fill the batch. */
export async function readPicture(
  { model, graph, device, picture: place }: Pick<Network<Runnable, Compiler>, "model" | "graph" | "device" | "picture">,
  file: string,
  context: TaskContext,
): Promise<{ inputs: Record<string, Tensor>; width: number; height: number; preprocessMs: number }> {
  const wanted = place && graph.inputs.get(place.input);
  if (!place || !wanted) {
    const inputs = [...graph.inputs.values()].map(({ name, shape }) => `${name} ${formatShape(shape)}`).join(", ");
    throw new TandemError(
      `${model.name} takes no pictures: its inputs are ${inputs}; one square input of 3 colours is needed`,
    );
  }
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
  const one = place.channelsLast ? channelsLast(image) : image.data;
  const data = new Float32Array(sizeOf(wanted.shape));
  for (let at = 0; at < data.length; at += one.length) data.set(one, at);
  return { inputs: { [place.input]: new Tensor(wanted.shape, data) }, width, height, preprocessMs };
}

/** A picture in planes (1 × channels × height × width) as pixels. */
function channelsLast({ shape, data }: Tensor): Float32Array {
  const [, channels = 1, height = 1, width = 1] = shape;
  const area = height * width;
  return Float32Array.from(data, (_, i) => data[(i % channels) * area + Math.floor(i / channels)] as number);
}
