/** Golden cases of whole networks: how each is built and fed, by its name in the index. */
import { fillUniform, hash } from "../core/random";
import { sizeOf } from "../core/shape";
import { f32, Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Program } from "../engine/program";
import type { Value } from "../graph/graph";
import { models } from "../models";
import { charRnnGraph, zeroStates } from "../models/charRnn";
import type { Named } from "../ops/op";
import { controls, optimizerSettings } from "../train/optimizer";
import { classifierLoss, type LossGraph, lossGradients, ONE, trainingStep } from "../train/step";
import { type GoldenCase, type GoldenContext, judge, type NetworkRunner, type TensorOutcome } from "./golden";

interface Alexnet227Attributes {
  readonly images: number;
  readonly image_id0: number;
  readonly image_size: number;
  readonly labels: readonly number[];
  readonly weights: readonly {
    readonly name: string;
    readonly id: number;
    readonly shape: readonly number[];
    readonly scale: number;
  }[];
}

/** Pictures by the formula of the golden folder's README. */
function pictures({ images, image_id0: id0, image_size: size }: Alexnet227Attributes): Tensor {
  const data = new Float32Array(images * 3 * size * size);
  let at = 0;
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const i = (c * size + y) * size + x;
          data[at++] = ((x * (c + 2) + y * (n + 3)) % 192) + (hash(id0 + n, i) >>> 26) - 120;
        }
      }
    }
  }
  return new Tensor([images, 3, size, size], data);
}

const ourName = (theirs: string): string => theirs.replace(/\.w$/, ".weight").replace(/\.b$/, ".bias");

/** Sum, norm, the first sixteen and sixty-four spread elements of each image of a layer. */
function summaries(layer: string, tensor: Tensor): Record<string, Tensor> {
  const images = tensor.shape[0] as number;
  const size = sizeOf(tensor.shape) / images;
  const values = Float64Array.from(tensor.data);
  const image = (n: number) => values.subarray(n * size, (n + 1) * size);
  const each = (pick: (data: ReturnType<typeof image>) => number[]) =>
    Array.from({ length: images }, (_, n) => pick(image(n))).flat();
  return {
    [`sum.${layer}`]: Tensor.f32(
      [images],
      each((d) => [d.reduce((sum, x) => sum + x, 0)]),
    ),
    [`l2.${layer}`]: Tensor.f32(
      [images],
      each((d) => [Math.sqrt(d.reduce((sum, x) => sum + x * x, 0))]),
    ),
    [`first16.${layer}`]: Tensor.f32(
      [images, 16],
      each((d) => [...d.subarray(0, 16)]),
    ),
    [`sample64.${layer}`]: Tensor.f32(
      [images, 64],
      each((d) => Array.from({ length: 64 }, (_, k) => d[Math.floor(((2 * k + 1) * size) / 128)] as number)),
    ),
  };
}

/** The `count` largest of each row, and where they are; of equals the first. */
function top(rows: Tensor, count: number): { values: Tensor; places: Tensor } {
  const [n, width] = rows.shape as [number, number];
  const ranked = Array.from({ length: n }, (_, i) => {
    const row = rows.data.subarray(i * width, (i + 1) * width);
    return Array.from(row, (value, place) => ({ value, place }))
      .sort((a, b) => b.value - a.value)
      .slice(0, count);
  }).flat();
  return {
    values: Tensor.f32(
      [n, count],
      ranked.map(({ value }) => value),
    ),
    places: Tensor.i32(
      [n, count],
      ranked.map(({ place }) => place),
    ),
  };
}

/** Mean cross-entropy in float64, of logits as the network gave them. */
function crossEntropy(logits: Tensor, labels: readonly number[]): number {
  const width = logits.shape[1] as number;
  const losses = labels.map((label, n) => {
    const row = Array.from(logits.data.subarray(n * width, (n + 1) * width));
    const largest = Math.max(...row);
    return largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0)) - (row[label] as number);
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

/** The paper's network at full size: forward, every layer looked at; and the gradient of every parameter. */
async function alexnet227(
  which: GoldenCase,
  tensors: ReadonlyMap<string, Tensor>,
  { device, gradients }: GoldenContext,
): Promise<readonly TensorOutcome[]> {
  const attributes = which.attrs as unknown as Alexnet227Attributes;
  const image = pictures(attributes);
  const weights = Object.fromEntries(
    attributes.weights.map(({ name, id, shape, scale }) => [
      ourName(name),
      new Tensor(shape, fillUniform(new Float32Array(sizeOf(shape)), id, scale)),
    ]),
  );
  const program = await device.compile(models.alexnet.build({ batch: attributes.images, taps: true }));
  try {
    await program.setParameters(weights);
    const outputs = await program.run({ image });
    const logits = outputs.logits as Tensor;
    const probabilities = outputs.probabilities as Tensor;
    const { values, places } = top(probabilities, 5);
    const layers = { ...outputs, input: image, probs: probabilities };
    const computed: Record<string, Tensor> = {
      ...Object.assign({}, ...Object.entries(layers).map(([layer, tensor]) => summaries(layer, tensor))),
      logits,
      probs: probabilities,
      top5_prob: values,
      top5_index: places,
      loss: Tensor.f32([], [crossEntropy(logits, attributes.labels)]),
    };
    const forward = which.outputs.map((name) => judge(which, name, computed[name], tensors.get(name)));
    return gradients ? [...forward, ...(await alexnet227Gradients(which, tensors, device, image, program))] : forward;
  } finally {
    program.destroy();
  }
}

async function alexnet227Gradients(
  which: GoldenCase,
  tensors: ReadonlyMap<string, Tensor>,
  device: Device,
  image: Tensor,
  share: Program,
): Promise<readonly TensorOutcome[]> {
  const { images, labels } = which.attrs as unknown as Alexnet227Attributes;
  const network = classifierLoss(models.alexnet.build({ batch: images }));
  for (const [parameter, gradient] of lossGradients(network)) network.graph.output(parameter.name, gradient);
  const program = await device.compile(network.graph, { share });
  try {
    const names = Object.keys(which.grads);
    const got = await program.run(
      { image, labels: Tensor.i32([images], labels), one: ONE },
      { outputs: names.map(ourName) },
    );
    return names.flatMap((name) => {
      // The summaries of a layer, which has images, are those of a gradient, which has none.
      const gradient = got[ourName(name)] as Tensor;
      const whole = summaries(name, new Tensor([1, sizeOf(gradient.shape)], gradient.data));
      return Object.entries(whole).flatMap(([summary, tensor]) => {
        const wanted = tensors.get(`g${summary}`);
        return wanted ? [judge(which, `g${summary}`, new Tensor(wanted.shape, tensor.data), wanted)] : [];
      });
    });
  } finally {
    program.destroy();
  }
}

interface TrainingAttributes {
  readonly steps: number;
  readonly params: readonly string[];
  readonly optimizer: { readonly lr: number; readonly momentum: number; readonly weight_decay: number };
}

/** Steps of training from the file's weights; each step's loss, logits, weights, and the first one's gradients. */
async function trainSteps(
  which: GoldenCase,
  tensors: ReadonlyMap<string, Tensor>,
  { device, gradients }: GoldenContext,
  build: () => LossGraph,
  nameOf: (theirs: string) => string,
  feed: (step: number) => Named<Tensor>,
): Promise<{ outcomes: TensorOutcome[]; program: Program }> {
  const { steps, params, optimizer } = which.attrs as unknown as TrainingAttributes;
  const settings = optimizerSettings({
    rule: "sgd",
    rate: optimizer.lr,
    momentum: optimizer.momentum,
    weightDecay: optimizer.weight_decay,
    groups: [],
  });
  const network = build();
  const first = build();
  for (const [parameter, gradient] of lossGradients(first)) first.graph.output(parameter.name, gradient);
  const { graph, state } = trainingStep(network, settings);
  const program = await device.compile(graph);
  const types = (name: string) => (graph.parameters.get(name) as Value).type;
  await program.setParameters({
    ...Object.fromEntries(params.map((name) => [nameOf(name), tensors.get(`w.0.${name}`) as Tensor])),
    ...Object.fromEntries(state.map((name) => [name, Tensor.zeros(types(name))])),
  });
  const computed: Record<string, Tensor> = {};
  if (gradients) {
    const differentiate = await device.compile(first.graph, { share: program });
    const got = await differentiate.run({ ...feed(0), one: ONE }, { outputs: params.map(nameOf) });
    for (const name of params) computed[which.grads[name] ?? ""] = got[nameOf(name)] as Tensor;
    differentiate.destroy();
  }
  for (let step = 0; step < steps; step++) {
    const inputs = { ...feed(step), ...controls(settings, 1, step + 1), one: ONE };
    const { loss, logits } = await program.run(inputs, { outputs: ["loss", "logits"] });
    computed[`loss.${step}`] = loss as Tensor;
    computed[`logits.${step}`] = logits as Tensor;
    const now = await program.getParameters();
    for (const name of params) {
      computed[`w.${step + 1}.${name}`] = now[nameOf(name)] as Tensor;
      computed[`v.${step + 1}.${name}`] = now[`optimizer/velocity/${nameOf(name)}`] as Tensor;
    }
  }
  const names = [
    ...which.outputs.filter((name) => !name.startsWith("eval")),
    ...(gradients ? Object.values(which.grads) : []),
  ];
  const outcomes = names.map((name) => {
    const wanted = tensors.get(name);
    const got = computed[name];
    // Logits of a sequence are [T, B, V] there, and rows here.
    const shaped =
      got && wanted && sizeOf(got.shape) === sizeOf(wanted.shape) ? new Tensor(wanted.shape, got.data) : got;
    return judge(which, name, shaped, wanted);
  });
  return { outcomes, program };
}

async function alexnetTinyTrain(
  which: GoldenCase,
  tensors: ReadonlyMap<string, Tensor>,
  context: GoldenContext,
): Promise<readonly TensorOutcome[]> {
  const { batch } = which.attrs as { batch: number };
  const tensor = (name: string) => tensors.get(name) as Tensor;
  const model = models["alexnet-tiny"];
  const build = () =>
    classifierLoss(model.build({ batch, masks: (graph, layer, shape) => graph.input(`${layer}.mask`, f32(...shape)) }));
  const feed = (step: number) => ({
    image: tensor(`x.${step}`),
    labels: tensor(`labels.${step}`),
    "drop6.mask": tensor(`mask6.${step}`),
    "drop7.mask": tensor(`mask7.${step}`),
  });
  const { outcomes, program } = await trainSteps(which, tensors, context, build, ourName, feed);
  try {
    const evaluation = await context.device.compile(model.build({ batch }), { share: program });
    const { logits } = await evaluation.run({ image: tensor("x.0") }, { outputs: ["logits"] });
    evaluation.destroy();
    return [...outcomes, judge(which, "eval_logits", logits, tensors.get("eval_logits"))];
  } finally {
    program.destroy();
  }
}

async function charLstmTrain(
  which: GoldenCase,
  tensors: ReadonlyMap<string, Tensor>,
  context: GoldenContext,
): Promise<readonly TensorOutcome[]> {
  const { vocabulary, hidden, layers, batch, T } = which.attrs as {
    vocabulary: readonly string[];
    hidden: number;
    layers: number;
    batch: number;
    T: number;
  };
  const form = { cell: "lstm", vocabulary: vocabulary.length, hidden, layers } as const;
  const indices = tensors.get("indices") as Tensor;
  const targets = tensors.get("targets") as Tensor;
  const { outcomes, program } = await trainSteps(
    which,
    tensors,
    context,
    () => classifierLoss(charRnnGraph(form, T, batch)),
    (name) => name,
    () => ({
      indices: new Tensor([T, batch], indices.data),
      labels: new Tensor([T * batch], targets.data),
      ...zeroStates(form, batch),
    }),
  );
  program.destroy();
  return outcomes;
}

export const goldenNetworks: Readonly<Record<string, NetworkRunner>> = {
  alexnet227,
  alexnet_tiny_train: alexnetTinyTrain,
  char_lstm_train: charLstmTrain,
};
