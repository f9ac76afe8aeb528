/**
 * ReLU against tanh: the same four-layer network, without regularisation, each at the best of several rates, to 25 % training
 * error (Krizhevsky et al. 2012, figure 1, where it is CIFAR-10 and the factor is six). The recipe is the
 * paper's, too (section 5): pixels of 0 to 255 less their mean, first weights of deviation 0.01, momentum 0.9.
 */
import { fillNormal, streamOf } from "../../../core/random";
import { sizeOf } from "../../../core/shape";
import { f32, Tensor } from "../../../core/tensor";
import { Graph, type Value } from "../../../graph/graph";
import { GLYPHS, glyphDataset } from "../../../io/datasets";
import { type Model, models } from "../../../models";
import { pictureTask } from "../../../train/pictureTask";
import { percentOf, type Study, type Subject, trained } from "./study";

const RATES = [0.001, 0.003, 0.01, 0.03];
const ERROR = 0.25;
const PICTURES = 3600;
const BATCH = 50;
/** Steps that an error is measured over: a twelfth of an epoch. */
const EVERY = 6;
const EPOCHS = 9;
const DEVIATION = 0.01;

/** Two convolutions and two fully connected layers. */
function fourLayers(activation: "relu" | "tanh"): Model {
  const recipe = { ...models["alexnet-glyphs"].recipe, deviation: [1] };
  const build: Model["build"] = ({ batch = 1, image } = {}) => {
    const graph = new Graph(`four layers, ${activation}`);
    const type = f32(batch, 1, recipe.size, recipe.size);
    let value: Value = image ? image(graph, type) : graph.input("image", type);
    for (const [i, filters] of [16, 32].entries()) {
      const name = `conv${i + 1}`;
      const weight = graph.parameter(`${name}.weight`, f32(filters, value.shape[1] ?? 1, 5, 5));
      const bias = graph.parameter(`${name}.bias`, f32(filters));
      value = graph.apply("conv2d", { input: value, weight, bias }, { padding: 2 }, name);
      value = graph.apply(activation, { input: value }, {}, `${activation}${i + 1}`);
      value = graph.apply("maxPool2d", { input: value }, { kernel: 3, stride: 2 }, `pool${i + 1}`);
    }
    value = graph.apply("flatten", { input: value });
    for (const [i, width] of [128, GLYPHS.length].entries()) {
      const name = `fc${i + 3}`;
      const weight = graph.parameter(`${name}.weight`, f32(width, value.shape[1] ?? 1));
      value = graph.apply(
        "linear",
        { input: value, weight, bias: graph.parameter(`${name}.bias`, f32(width)) },
        {},
        name,
      );
      if (i === 0) value = graph.apply(activation, { input: value }, {}, `${activation}3`);
    }
    graph.output("logits", value);
    graph.output("probabilities", graph.apply("softmax", { input: value }, { axis: 1 }));
    return graph;
  };
  return {
    name: `four-layers-${activation}`,
    summary: `two convolutions and two fully connected layers, ${activation}`,
    recipe,
    labels: GLYPHS,
    build,
    weightNames: {},
    // The same numbers for both.
    initialise: (seed) =>
      Object.fromEntries(
        [...build().parameters].map(([name, { shape }]) => {
          const data = new Float32Array(sizeOf(shape));
          if (shape.length > 1) fillNormal(data, streamOf(seed, name), DEVIATION);
          return [name, new Tensor(shape, data)];
        }),
      ),
  };
}

export const reluTanh: Study = async (device, seed, tell) => {
  const train = glyphDataset({ count: PICTURES, seed, split: "train" });
  const heldOut = glyphDataset({ count: GLYPHS.length, seed, split: "held-out" });
  const steps = (EPOCHS * PICTURES) / BATCH;
  const epochs = (step: number): string => ((step * BATCH) / PICTURES).toFixed(1);
  const subjects: Subject[] = [];
  const best = { relu: Number.POSITIVE_INFINITY, tanh: Number.POSITIVE_INFINITY };
  for (const activation of ["relu", "tanh"] as const) {
    for (const rate of RATES) {
      const augmentation = { crop: false, mirror: false, colour: 0 };
      const task = await pictureTask({
        model: fourLayers(activation),
        train,
        heldOut,
        batch: BATCH,
        seed,
        augmentation,
      });
      // A rate that cannot beat the best so far need not be followed further.
      const limit = Math.min(steps, best[activation]);
      const name = `${activation}, rate ${rate}`;
      const { trainer, curve } = await trained(
        device,
        task,
        {
          optimizer: { rate, weightDecay: 0 },
          steps: limit,
          every: EVERY,
          until: ({ accuracy }) => 1 - accuracy <= ERROR,
        },
        (step, point) => tell(`${name}: error ${point ? percentOf(1 - point.accuracy) : "…"}`, step, limit),
      );
      trainer.destroy();
      const last = curve.at(-1);
      const reached = last && 1 - last.accuracy <= ERROR;
      if (reached) best[activation] = Math.min(best[activation], last.step);
      const result = reached
        ? `${percentOf(ERROR)} error after ${epochs(last.step)} epochs`
        : `${percentOf(1 - (last?.accuracy ?? 0))} error after ${epochs(last?.step ?? 0)} epochs`;
      subjects.push({ name, result, curve });
    }
  }
  const factor = best.tanh / best.relu;
  return {
    title: "ReLU against tanh",
    setting: `four layers on ${PICTURES} glyphs of ${GLYPHS.length} classes, batches of ${BATCH}, momentum 0.9, no regularisation; the best of ${RATES.length} rates counts`,
    subjects,
    shown: best.relu < best.tanh,
    conclusion: Number.isFinite(factor)
      ? `to ${percentOf(ERROR)} training error ReLU took ${epochs(best.relu)} epochs, tanh ${epochs(best.tanh)}: ${factor.toFixed(1)} times as many`
      : `tanh did not reach ${percentOf(ERROR)} training error in ${EPOCHS} epochs${Number.isFinite(best.relu) ? `, ReLU did in ${epochs(best.relu)}` : ", nor did ReLU"}`,
  };
};
