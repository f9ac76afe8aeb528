/** What is compared with peers: matrix products, AlexNet's layers, a recurrent layer, AlexNet itself. */
import { streamOf } from "../../core/random";
import { sizeOf } from "../../core/shape";
import { f32, Tensor } from "../../core/tensor";
import { Graph, type Value } from "../../graph/graph";
import { models } from "../../models";
import { type OpName, ops } from "../../ops";
import { makeTensor } from "../../ops/inputs";
import type { AnyOp, Named } from "../../ops/op";

/** A network with what is fed to it in each run, and its weights. Its first output is the one that is compared. */
export interface Built {
  readonly graph: Graph;
  readonly inputs: Named<Tensor>;
  readonly parameters: Named<Tensor>;
}

export interface Workload {
  readonly name: string;
  /** Among the few of a quick look. */
  readonly quick?: true;
  build(): Built;
}

/** An argument of a workload of one op: its shape, how large its values are, and whether it is set once. */
interface Argument {
  readonly shape: readonly number[];
  readonly scale?: number;
  readonly weight?: true;
}

const weight = (shape: readonly number[], scale = 1): Argument => ({ shape, scale, weight: true });

function single(name: string, op: OpName, given: Readonly<Record<string, Argument>>, attributes = {}): Workload {
  return {
    name,
    build() {
      const graph = new Graph(name);
      const inputs: Record<string, Tensor> = {};
      const parameters: Record<string, Tensor> = {};
      const values: Record<string, Value> = {};
      for (const [argument, { shape, scale = 1, weight: isWeight }] of Object.entries(given)) {
        const type = f32(...shape);
        const tensor =
          scale === 0 ? Tensor.zeros(type) : makeTensor(type, { kind: "uniform", scale }, streamOf(1, argument));
        (isWeight ? parameters : inputs)[argument] = tensor;
        values[argument] = isWeight ? graph.parameter(argument, type) : graph.input(argument, type);
      }
      const [output] = Object.values(graph.add(ops[op] as AnyOp, values, attributes));
      graph.output("y", output as Value);
      return { graph, inputs, parameters };
    },
  };
}

const quick = (workload: Workload): Workload => ({ ...workload, quick: true });

const square = (n: number): Workload => single(`matmul ${n}`, "matmul", { a: { shape: [n, n] }, b: { shape: [n, n] } });

/** AlexNet's convolutions in the paper's form: channels, side, filters, kernel, stride, padding, groups. */
const CONVOLUTIONS = {
  conv1: [3, 227, 96, 11, 4, 0, 1],
  conv2: [96, 27, 256, 5, 1, 2, 2],
  conv3: [256, 13, 384, 3, 1, 1, 1],
  conv4: [384, 13, 384, 3, 1, 1, 2],
  conv5: [384, 13, 256, 3, 1, 1, 2],
} as const;

function conv(name: keyof typeof CONVOLUTIONS, batch: number): Workload {
  const [channels, side, filters, kernel, stride, padding, groups] = CONVOLUTIONS[name];
  return single(
    `${name} batch ${batch}`,
    "conv2d",
    {
      input: { shape: [batch, channels, side, side] },
      weight: weight([filters, channels / groups, kernel, kernel]),
      bias: weight([filters]),
    },
    { stride, padding, groups },
  );
}

const linear = (batch: number): Workload =>
  single(`fc6 batch ${batch}`, "linear", {
    input: { shape: [batch, 9216] },
    weight: weight([4096, 9216]),
    bias: weight([4096]),
  });

const STEPS = 64;
const WIDTH = 128;
const HIDDEN = 256;

const lstm = (batch: number): Workload =>
  single(`LSTM batch ${batch}`, "lstm", {
    input: { shape: [STEPS, batch, WIDTH] },
    h0: weight([batch, HIDDEN], 0),
    c0: weight([batch, HIDDEN], 0),
    weightIh: weight([4 * HIDDEN, WIDTH], 1 / Math.sqrt(HIDDEN)),
    weightHh: weight([4 * HIDDEN, HIDDEN], 1 / Math.sqrt(HIDDEN)),
    biasIh: weight([4 * HIDDEN], 0.1),
    biasHh: weight([4 * HIDDEN], 0.1),
  });

const alexnet = (batch: number): Workload => ({
  name: `AlexNet batch ${batch}`,
  build() {
    const graph = models.alexnet.build({ batch });
    const inputs = Object.fromEntries(
      [...graph.inputs].map(([name, { type }]) => [
        name,
        makeTensor(type, { kind: "uniform", scale: 120 }, streamOf(1, name)),
      ]),
    );
    // Weights large enough that the logits differ from class to class, unlike freshly initialised ones.
    const parameters = Object.fromEntries(
      [...graph.parameters].map(([name, { type }]) => {
        const fanIn = type.shape.length > 1 ? sizeOf(type.shape.slice(1)) : 600;
        return [name, makeTensor(type, { kind: "uniform", scale: Math.sqrt(6 / fanIn) }, streamOf(1, name))];
      }),
    );
    return { graph, inputs, parameters };
  },
});

const layers = Object.keys(CONVOLUTIONS) as (keyof typeof CONVOLUTIONS)[];

export const WORKLOADS: readonly Workload[] = [
  square(256),
  quick(square(512)),
  square(1024),
  square(2048),
  ...layers.map((name) => (name === "conv2" || name === "conv3" ? quick(conv(name, 1)) : conv(name, 1))),
  ...layers.map((name) => conv(name, 8)),
  single("max-pool", "maxPool2d", { input: { shape: [1, 96, 55, 55] } }, { kernel: 3, stride: 2 }),
  single("LRN", "lrn", { input: { shape: [1, 96, 55, 55] } }, { size: 5, alpha: 1e-4, beta: 0.75, k: 2 }),
  quick(linear(1)),
  linear(32),
  quick(lstm(1)),
  lstm(32),
  quick(alexnet(1)),
  alexnet(8),
  alexnet(32),
];
