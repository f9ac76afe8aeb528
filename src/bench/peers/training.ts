/**
 * A step of training of the small AlexNet, ours and TensorFlow.js's, in turn: the same weights, pictures, labels and rule
 * (momentum, no decay), pictures uploaded and the loss read in every step. After the first steps the weights are compared.
 * Dropout scales as it does in inference, since the two draw no common masks.
 */
import type { Scalar } from "@tensorflow/tfjs-core";
import { errorRatio } from "../../core/compare";
import { TandemError } from "../../core/errors";
import { streamOf } from "../../core/random";
import { Tensor } from "../../core/tensor";
import { openDevice } from "../../engine/device";
import type { Value } from "../../graph/graph";
import { models } from "../../models";
import { makeTensor } from "../../ops/inputs";
import { controls, optimizerSettings } from "../../train/optimizer";
import { classifierLoss, constants, trainingStep } from "../../train/step";
import { type AdapterFacts, adapterFacts, type Place } from "../facts";
import { timed } from "../sampling";
import { type Summary, summarize } from "../statistics";
import { loadTf, tfNetwork, toTf } from "./tfjs";

export interface PeersTrainingArgs {
  /** Address of the folder of `@tensorflow`'s packages, ending in a slash. */
  readonly tensorflow: string;
  readonly batch: number;
  readonly samples: number;
}

export interface PeersTrainingResult {
  readonly schema: "tandem-peers-training-1";
  readonly date: string;
  readonly host: Place;
  readonly adapter: AdapterFacts;
  readonly peer: { readonly name: string; readonly version: string; readonly backend: string };
  readonly model: string;
  readonly batch: number;
  readonly samples: number;
  /** Wall times of a step in milliseconds. */
  readonly ours: Summary;
  readonly theirs: Summary;
  /** Largest difference between weights after the first steps, as a share of a tensor's largest change. */
  readonly difference: number;
}

interface Context {
  readonly gpu: object;
  readonly host: Place;
  progress(progress: { done: number; total: number; what: string }): void;
}

const RATE = 0.01;
const MOMENTUM = 0.9;
/** Steps before weights are compared, which warm both sides up. */
const COMPARED = 3;
/** Weights that moved farther apart than this share of their tensor's largest change are not trained alike. */
const AGREEMENT = 0.02;

/** The largest of `values` by size. */
const largest = (values: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] as number));
  return most;
};

export async function peersTraining(
  { tensorflow, batch, samples }: PeersTrainingArgs,
  context: Context,
): Promise<PeersTrainingResult> {
  const tell = (what: string, done = 0): void => context.progress({ done, total: samples, what });
  const model = models["alexnet-tiny"];
  const graph = model.build({ batch });
  const classes = graph.outputs.get("logits")?.shape[1] ?? 1;
  const image = makeTensor(
    (graph.inputs.get("image") as Value).type,
    { kind: "uniform", scale: 120 },
    streamOf(1, "image"),
  );
  const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
  // Weights at which every layer has something to learn: √(2 / fan-in) would, the paper's 0.01 would not at this size.
  const weights = Object.fromEntries(
    Object.entries(model.initialise(1)).map(([name, { shape }]) => {
      const fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
      const scale = shape.length > 1 ? Math.sqrt(6 / fanIn) / (name === "conv1.weight" ? 60 : 1) : 0.1;
      return [name, makeTensor({ shape, dtype: "f32" }, { kind: "uniform", scale }, streamOf(1, name))];
    }),
  );

  tell("loading TensorFlow.js");
  const tf = await loadTf(tensorflow);
  const network = tfNetwork(tf, graph, weights);
  const rule = tf.train.momentum(RATE, MOMENTUM);
  const oneHot = tf.oneHot(tf.tensor1d(labels, "int32"), classes);
  const theirStep = async (): Promise<number> => {
    const pictures = toTf(tf, image);
    const loss = rule.minimize(() => tf.losses.softmaxCrossEntropy(oneHot, network.logits(pictures)) as Scalar, true);
    const [value] = await (loss as NonNullable<typeof loss>).data();
    pictures.dispose();
    loss?.dispose();
    return value as number;
  };

  tell("compiling ours");
  const settings = optimizerSettings({ rate: RATE, momentum: MOMENTUM, weightDecay: 0, groups: [] });
  const step = trainingStep(classifierLoss(graph), settings);
  const device = await openDevice({ gpu: context.gpu, label: "peers" });
  try {
    const program = await device.compile(step.graph);
    const zeros = step.state.map((name) => [name, Tensor.zeros((step.graph.parameters.get(name) as Value).type)]);
    await program.setParameters({ ...weights, ...Object.fromEntries(zeros) });
    const inputs = { image, labels: new Tensor([batch], labels), ...controls(settings, 1, 1), ...constants() };
    const ourStep = async (): Promise<number> => {
      const { loss } = await program.run(inputs, { outputs: ["loss"] });
      return loss?.data[0] as number;
    };

    for (let i = 0; i < COMPARED; i++) {
      tell("comparing the first steps");
      const [a, b] = [await ourStep(), await theirStep()];
      if (!(Math.abs(a - b) <= AGREEMENT * Math.abs(a))) {
        throw new TandemError(`step ${i + 1}: our loss is ${a}, TensorFlow.js's ${b}`);
      }
    }
    let difference = 0;
    const after = await program.getParameters(step.trained);
    for (const [name, { data }] of Object.entries(after)) {
      const before = (weights[name] as Tensor).data;
      const change = largest(data.map((x, i) => x - (before[i] as number)));
      if (!(change > 0)) throw new TandemError(`${name} was not trained, so that nothing can be compared`);
      difference = Math.max(difference, errorRatio(data, await network.read(name), { rtol: 0, atol: change }));
    }
    if (!(difference <= AGREEMENT)) {
      throw new TandemError(`after ${COMPARED} steps weights differ by ${difference} of the largest change`);
    }
    const times = { ours: [] as number[], theirs: [] as number[] };
    for (let i = 0; i < samples; i++) {
      tell("timing steps", i);
      times.ours.push(await timed(ourStep));
      times.theirs.push(await timed(theirStep));
    }
    return {
      schema: "tandem-peers-training-1",
      date: new Date().toISOString(),
      host: context.host,
      adapter: adapterFacts(device.facts),
      peer: { name: "TensorFlow.js", version: tf.version_core, backend: tf.getBackend() },
      model: model.name,
      batch,
      samples,
      ours: summarize(times.ours),
      theirs: summarize(times.theirs),
      difference,
    };
  } finally {
    network.dispose();
    device.destroy();
  }
}
