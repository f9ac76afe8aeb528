/** The networks that can be trained in the page: a small one that learns in a minute on any machine, and a small AlexNet. */
import {
  f32,
  fillNormal,
  Graph,
  type ImageRecipe,
  type Model,
  models,
  streamOf,
  Tensor,
  type Value,
} from "../../../src/index";

export const NETWORKS = ["small", "alexnet"] as const;
export type NetworkName = (typeof NETWORKS)[number];

/** Drawn letters are 28 pixels wide; networks see 24 of them, so that each can be cut in many ways. */
export const DRAWN = 28;
const SEEN = 24;

const RECIPE: ImageRecipe = {
  resize: DRAWN,
  size: SEEN,
  channels: "grey",
  scale: 1,
  mean: [64],
  deviation: [64],
};

interface Layer {
  readonly name: string;
  readonly shape: readonly number[];
}

const layersOf = (classes: number): readonly [Layer, Layer, Layer, Layer] => [
  { name: "conv1", shape: [8, 1, 5, 5] },
  { name: "conv2", shape: [16, 8, 3, 3] },
  { name: "fc3", shape: [64, 16 * 6 * 6] },
  { name: "fc4", shape: [classes, 64] },
];

/** Two convolutions, each followed by ReLU and pooling, and two connected layers. */
function smallModel(letters: string): Model {
  const labels = Array.from(letters);
  const [conv1, conv2, fc3, fc4] = layersOf(labels.length);
  const build: Model["build"] = ({ batch = 1, image } = {}) => {
    const graph = new Graph("letters");
    const type = f32(batch, 1, SEEN, SEEN);
    const weights = ({ name, shape }: Layer) => ({
      weight: graph.parameter(`${name}.weight`, f32(...shape)),
      bias: graph.parameter(`${name}.bias`, f32(shape[0] ?? 1)),
    });
    const convolve = (input: Value, layer: Layer, padding: number): Value => {
      const maps = graph.apply("conv2d", { input, ...weights(layer) }, { padding }, layer.name);
      const active = graph.apply("relu", { input: maps }, {}, `${layer.name}.relu`);
      return graph.apply("maxPool2d", { input: active }, { kernel: 2 }, `${layer.name}.pool`);
    };
    const first = convolve(image ? image(graph, type) : graph.input("image", type), conv1, 2);
    const flat = graph.apply("flatten", { input: convolve(first, conv2, 1) });
    const hidden = graph.apply("linear", { input: flat, ...weights(fc3) }, {}, fc3.name);
    const active = graph.apply("relu", { input: hidden }, {}, `${fc3.name}.relu`);
    const logits = graph.apply("linear", { input: active, ...weights(fc4) }, {}, fc4.name);
    graph.output("logits", logits);
    graph.output("probabilities", graph.apply("softmax", { input: logits }, { axis: 1 }));
    return graph;
  };
  return {
    name: "letters",
    summary: "two convolutions for drawn letters",
    recipe: RECIPE,
    labels,
    build,
    initialise: (seed) =>
      Object.fromEntries(
        layersOf(labels.length).flatMap(({ name, shape }) => {
          const [units = 1, ...fan] = shape;
          const fanIn = fan.reduce((product, extent) => product * extent, 1);
          const data = new Float32Array(units * fanIn);
          // The last layer begins small, so that no letter is preferred at first.
          const deviation = name === fc4.name ? 0.01 : Math.sqrt(2 / fanIn);
          return [
            [`${name}.weight`, new Tensor(shape, fillNormal(data, streamOf(seed, name), deviation))],
            [`${name}.bias`, Tensor.zeros(f32(units))],
          ];
        }),
      ),
    weightNames: {},
  };
}

export const modelOf = (network: NetworkName, letters: string): Model =>
  network === "small" ? smallModel(letters) : models["alexnet-glyphs"];

/** How many numbers a network learns. */
export const parametersOf = (model: Model): number =>
  [...model.build().parameters.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1),
    0,
  );

/** A drawn letter, 28 × 28 of 0 to 255, as networks see it: its middle, normalised. */
export function seen(drawn: ArrayLike<number>, { mean: [mean = 0], deviation: [deviation = 1] }: ImageRecipe): Tensor {
  const border = (DRAWN - SEEN) / 2;
  const data = Float32Array.from({ length: SEEN * SEEN }, (_, i) => {
    const [y, x] = [border + Math.floor(i / SEEN), border + (i % SEEN)];
    return ((drawn[y * DRAWN + x] ?? 0) - mean) / deviation;
  });
  return new Tensor([1, 1, SEEN, SEEN], data);
}
