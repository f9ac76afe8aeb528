/**
 * AlexNet in the forms it has been known by, from one table of layers.
 *
 * - `paper`: Krizhevsky, Sutskever, Hinton, NIPS 2012, as its text reads: α of LRN undivided, ReLU before LRN.
 * - `2012`: as it was run (AlexNet-Source-Code, layers-145.cfg): 224 pixels with conv1's output rounded up, LRN on the
 *   signed output of conv1 and ReLU after the pool, LRN that does not cross the border of the two devices, a norm within
 *   maps after conv2's.
 * - `caffe`: bvlc_alexnet: LRN with k = 1 over all channels, inverted dropout, BGR.
 * - `torchvision`: one tower ("One weird trick", 2014): other filters, no groups, no LRN.
 */
import { fillNormal, fillUniform, streamOf } from "../core/random";
import { sizeOf } from "../core/shape";
import { f32, Tensor } from "../core/tensor";
import { Graph, type Value } from "../graph/graph";
import type { BuildOptions, ImageRecipe, Model } from "./model";

type Step = "relu" | "lrn" | "spatial" | "pool";

/** A convolution and what follows it. */
interface Stage {
  readonly filters: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly groups: number;
  readonly after: readonly Step[];
}

/** One form of the network. */
export interface AlexNetForm {
  readonly size: number;
  /** Of the picture. */
  readonly channels: 1 | 3;
  /** Output extents of conv1 are rounded up: the last window hangs over the border and reads zeros. */
  readonly overhang: boolean;
  readonly stages: readonly Stage[];
  readonly lrn: {
    readonly size: number;
    readonly alpha: number;
    readonly beta: number;
    readonly k: number;
    readonly alphaDivided: boolean;
    readonly groups: number;
  };
  readonly hidden: readonly [fc6: number, fc7: number];
  readonly classes: number;
  /** How inference makes up for dropout: `paper_test` scales by ½, `inverted_test` does nothing. */
  readonly dropout: "paper_test" | "inverted_test";
  /** Where dropout stands: behind the ReLUs of fc6 and fc7, or in front of these layers. */
  readonly dropoutPlace: "after" | "before";
  /**
   * Deviation of initial weights by layer; `uniform` draws within ±1/√fan-in, as torchvision's library does; `he` takes
   * √(2/fan-in) (He et al. 2015), with which a small network keeps its signal where the paper's 0.01 would lose it, and the
   * paper's 0.01 for the last layer, so that no class is preferred at first and no gradient is large.
   */
  readonly deviation: Readonly<Record<string, number>> | "uniform" | "he";
  /** Initial bias of conv2, conv4, conv5, fc6 and fc7, which starts their ReLUs in the positive; the others start at 0. */
  readonly bias: number;
}

const POSITIVE_BIAS = new Set(["conv2", "conv4", "conv5", "fc6", "fc7"]);

const stages = (
  filters: readonly number[],
  groups: readonly number[],
  padding1: number,
  after: readonly (readonly Step[])[],
): Stage[] =>
  filters.map((count, i) => ({
    filters: count,
    kernel: [11, 5, 3, 3, 3][i] ?? 3,
    stride: i === 0 ? 4 : 1,
    padding: [padding1, 2, 1, 1, 1][i] ?? 1,
    groups: groups[i] ?? 1,
    after: after[i] ?? ["relu"],
  }));

const FILTERS = [96, 256, 384, 384, 256];
const TWO_TOWERS = [1, 2, 1, 2, 2];
const SMALL = 0.01;

const PAPER: AlexNetForm = {
  size: 227,
  channels: 3,
  overhang: false,
  stages: stages(FILTERS, TWO_TOWERS, 0, [
    ["relu", "lrn", "pool"],
    ["relu", "lrn", "pool"],
    ["relu"],
    ["relu"],
    ["relu", "pool"],
  ]),
  lrn: { size: 5, alpha: 1e-4, beta: 0.75, k: 2, alphaDivided: false, groups: 1 },
  hidden: [4096, 4096],
  classes: 1000,
  dropout: "paper_test",
  dropoutPlace: "after",
  deviation: {},
  bias: 1,
};

const AS_RUN: AlexNetForm = {
  ...PAPER,
  size: 224,
  overhang: true,
  stages: stages(FILTERS, TWO_TOWERS, 0, [
    ["lrn", "pool", "relu"],
    ["relu", "lrn", "spatial", "pool"],
    ["relu"],
    ["relu"],
    ["pool", "relu"],
  ]),
  lrn: { ...PAPER.lrn, alphaDivided: true, groups: 2 },
  deviation: { conv3: 0.03, conv4: 0.03, conv5: 0.03 },
};

const CAFFE: AlexNetForm = {
  ...PAPER,
  lrn: { ...PAPER.lrn, k: 1, alphaDivided: true },
  dropout: "inverted_test",
  deviation: { fc6: 0.005, fc7: 0.005 },
  bias: 0.1,
};

const TORCHVISION: AlexNetForm = {
  ...PAPER,
  size: 224,
  stages: stages([64, 192, 384, 256, 256], [1, 1, 1, 1, 1], 2, [
    ["relu", "pool"],
    ["relu", "pool"],
    ["relu"],
    ["relu"],
    ["relu", "pool"],
  ]),
  dropout: "inverted_test",
  dropoutPlace: "before",
  deviation: "uniform",
};

/** The paper's shape at a size that a test can afford: the small network of the golden vectors. */
const TINY: AlexNetForm = {
  ...PAPER,
  size: 64,
  stages: stages(
    [12, 32, 48, 48, 32],
    TWO_TOWERS,
    0,
    PAPER.stages.map(({ after }) => after),
  ).map((stage, i) => (i === 0 ? { ...stage, stride: 2 } : stage)),
  lrn: { ...PAPER.lrn, alpha: 0.02 },
  hidden: [256, 256],
  classes: 10,
};

/** The paper's layers for letters of 24 pixels: smaller kernels, no stride in conv1, a tenth of a percent of the weights. */
const GLYPHS_FORM: AlexNetForm = {
  ...PAPER,
  size: 24,
  channels: 1,
  stages: stages(
    [16, 32, 48, 48, 32],
    TWO_TOWERS,
    2,
    PAPER.stages.map(({ after }) => after),
  ).map((stage, i) => ({ ...stage, stride: 1, kernel: i === 0 ? 5 : 3, padding: i === 0 ? 2 : 1 })),
  // Caffe's normalisation and dropout leave a signal at its size, which the paper's would halve four times on its way.
  lrn: CAFFE.lrn,
  dropout: "inverted_test",
  // Half of them are dropped in training, so that a layer this small needs to be wider than its task.
  hidden: [256, 256],
  classes: 36,
  deviation: "he",
};

/** The same for crops of surfaces, at half their size after conv1. */
const TEXTURES_FORM: AlexNetForm = {
  ...GLYPHS_FORM,
  size: 48,
  stages: GLYPHS_FORM.stages.map((stage, i) => (i === 0 ? { ...stage, stride: 2 } : stage)),
  classes: 3,
};

/** The form's network. */
export function alexNetGraph(
  name: string,
  form: AlexNetForm,
  { batch = 1, taps = false, masks, image }: BuildOptions = {},
): Graph {
  const graph = new Graph(name);
  const type = f32(batch, form.channels, form.size, form.size);
  let value: Value = image ? image(graph, type) : graph.input("image", type);
  form.stages.forEach((stage, i) => {
    const n = i + 1;
    const layer = `conv${n}`;
    const channels = value.shape[1] ?? 0;
    value = graph.apply(
      "conv2d",
      {
        input: value,
        weight: graph.parameter(
          `${layer}.weight`,
          f32(stage.filters, channels / stage.groups, stage.kernel, stage.kernel),
        ),
        bias: graph.parameter(`${layer}.bias`, f32(stage.filters)),
      },
      {
        stride: stage.stride,
        padding: stage.padding,
        groups: stage.groups,
        rounding: i === 0 && form.overhang ? "ceil" : "floor",
      },
      layer,
    );
    for (const step of stage.after) value = applyStep(graph, form, step, n, value);
  });
  value = graph.apply("flatten", { input: value }, {}, "flatten");
  const drop = (n: number, input: Value): Value => {
    if (!masks) return graph.apply("dropout", { input }, { p: 0.5, form: form.dropout }, `drop${n}`);
    const mask = masks(graph, `drop${n}`, input.shape, 0.5);
    const train = form.dropout === "paper_test" ? "paper_train" : "inverted_train";
    return graph.apply("dropout", { input, mask }, { p: 0.5, form: train }, `drop${n}`);
  };
  for (const [i, width] of [...form.hidden, form.classes].entries()) {
    const layer = `fc${6 + i}`;
    if (form.dropoutPlace === "before" && i < form.hidden.length) value = drop(6 + i, value);
    const weight = graph.parameter(`${layer}.weight`, f32(width, value.shape[1] ?? 0));
    value = graph.apply(
      "linear",
      { input: value, weight, bias: graph.parameter(`${layer}.bias`, f32(width)) },
      {},
      layer,
    );
    if (i === form.hidden.length) break;
    value = graph.apply("relu", { input: value }, {}, `relu${6 + i}`);
    if (form.dropoutPlace === "after") value = drop(6 + i, value);
  }
  if (taps) {
    for (const node of graph.nodes) {
      if (/^(conv|relu|lrn|spatial|pool|fc|drop)\d/.test(node.name) && node.outputs.output !== value) {
        graph.output(node.name, node.outputs.output as Value);
      }
    }
  }
  graph.output("logits", value);
  graph.output("probabilities", graph.apply("softmax", { input: value }, { axis: 1 }, "softmax"));
  return graph;
}

function applyStep(graph: Graph, form: AlexNetForm, step: Step, n: number, input: Value): Value {
  switch (step) {
    case "relu":
      return graph.apply("relu", { input }, {}, `relu${n}`);
    case "lrn":
      return graph.apply("lrn", { input }, form.lrn, `lrn${n}`);
    case "spatial":
      return graph.apply(
        "lrnSpatial",
        { input },
        { size: 5, alpha: 1e-3, beta: 0.75, k: 1, alphaDivided: true },
        `spatial${n}`,
      );
    case "pool":
      return graph.apply("maxPool2d", { input }, { kernel: 3, stride: 2 }, `pool${n}`);
    default:
      return step satisfies never;
  }
}

/** Of a layer's first weights; max-pooling raises a signal by about as much as ReLU takes away. */
function heDeviation({ stages }: AlexNetForm, layer: string, fanIn: number): number {
  if (layer === "fc8") return SMALL;
  const pooled = stages.some(({ after }, i) => layer === `conv${i + 1}` && after.includes("pool"));
  return Math.sqrt((pooled ? 1 : 2) / fanIn);
}

function initialise(form: AlexNetForm, seed: number): Record<string, Tensor> {
  const { parameters } = alexNetGraph("initialise", form);
  return Object.fromEntries(
    [...parameters].map(([name, { shape }]) => {
      const [layer = "", kind] = name.split(".");
      const data = new Float32Array(sizeOf(shape));
      const fanIn = sizeOf((parameters.get(`${layer}.weight`)?.shape ?? [1]).slice(1));
      if (form.deviation === "uniform") fillUniform(data, streamOf(seed, name), 1 / Math.sqrt(fanIn));
      else if (form.deviation === "he") {
        if (kind !== "bias") fillNormal(data, streamOf(seed, name), heDeviation(form, layer, fanIn));
      } else if (kind === "bias") data.fill(POSITIVE_BIAS.has(layer) ? form.bias : 0);
      else fillNormal(data, streamOf(seed, name), form.deviation[layer] ?? SMALL);
      return [name, new Tensor(shape, data)];
    }),
  );
}

/** Names of Caffe's blobs as its ONNX exports have them, to ours. */
const CAFFE_NAMES = Object.fromEntries(
  ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"].flatMap((layer) => [
    [`${layer}_w_0`, `${layer}.weight`],
    [`${layer}_b_0`, `${layer}.bias`],
  ]),
) as Readonly<Record<string, string>>;

/** torchvision's `state_dict`, to ours. */
const TORCHVISION_NAMES = Object.fromEntries(
  [
    ["features.0", "conv1"],
    ["features.3", "conv2"],
    ["features.6", "conv3"],
    ["features.8", "conv4"],
    ["features.10", "conv5"],
    ["classifier.1", "fc6"],
    ["classifier.4", "fc7"],
    ["classifier.6", "fc8"],
  ].flatMap(([theirs, ours]) => ["weight", "bias"].map((kind) => [`${theirs}.${kind}`, `${ours}.${kind}`])),
) as Readonly<Record<string, string>>;

/** ImageNet's mean colour, which the 2012 code's mean image averages to. */
const MEAN_RGB = [123, 117, 104] as const;

const recipe = (form: AlexNetForm, changes: Partial<ImageRecipe> = {}): ImageRecipe => ({
  resize: Math.max(256, form.size),
  size: form.size,
  channels: "RGB",
  scale: 1,
  mean: MEAN_RGB,
  deviation: [1, 1, 1],
  ...changes,
});

const model = (
  name: string,
  summary: string,
  form: AlexNetForm,
  pictures: ImageRecipe,
  labels: readonly string[] = [],
): Model => ({
  name,
  summary,
  recipe: pictures,
  labels,
  build: (options) => alexNetGraph(name, form, options),
  initialise: (seed) => initialise(form, seed),
  weightNames: { ...TORCHVISION_NAMES, ...CAFFE_NAMES },
});

export const alexnet = model("alexnet", "AlexNet as the paper has it (2012), 227 pixels", PAPER, recipe(PAPER));

export const alexnet2012 = model("alexnet-2012", "AlexNet as it was run in 2012, 224 pixels", AS_RUN, recipe(AS_RUN));

export const alexnetCaffe = model(
  "alexnet-caffe",
  "AlexNet as Caffe has it, 227 pixels, BGR",
  CAFFE,
  recipe(CAFFE, { channels: "BGR", mean: [104, 117, 123] }),
);

export const alexnetTorchvision = model(
  "alexnet-torchvision",
  "AlexNet as torchvision has it: one tower, no normalisation, 224 pixels",
  TORCHVISION,
  recipe(TORCHVISION, { scale: 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }),
);

export const alexnetTiny = model(
  "alexnet-tiny",
  "a small AlexNet for tests, 64 pixels, 10 classes",
  TINY,
  recipe(TINY, { resize: 72 }),
);

export const alexnetGlyphs = model(
  "alexnet-glyphs",
  "a small AlexNet for letters and digits, 24 pixels, 36 classes",
  GLYPHS_FORM,
  recipe(GLYPHS_FORM, { resize: 28, channels: "grey", mean: [64], deviation: [64] }),
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"],
);

export const alexnetTextures = model(
  "alexnet-textures",
  "a small AlexNet for surfaces: brick, grass or gravel, 48 pixels",
  TEXTURES_FORM,
  recipe(TEXTURES_FORM, { resize: 56, channels: "grey", mean: [128], deviation: [64] }),
  ["brick", "grass", "gravel"],
);
