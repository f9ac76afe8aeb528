/** TensorFlow.js on WebGPU. Its pictures end in channels: they are turned before and after, outside what is timed. */
import type * as TfCore from "@tensorflow/tfjs-core";
import type * as TfLayers from "@tensorflow/tfjs-layers";
import type { Tensor } from "../../core/tensor";
import type { Value } from "../../graph/graph";
import type { Named } from "../../ops/op";
import { type Peer, turned } from "./peer";
import { loadTf, type Tf, tfNetwork } from "./tfjs";
import type { Built } from "./workloads";

/** The scripts bring its layers, too. */
type TfWithLayers = Tf & { readonly layers: typeof TfLayers.layers };

export async function tfjsPeer(base: string): Promise<Peer> {
  const tf = (await loadTf(base)) as TfWithLayers;
  return {
    id: "tfjs",
    name: "TensorFlow.js",
    version: tf.version_core,
    backend: "webgpu",
    open: async (built) => (built.graph.nodes[0]?.op.name === "lstm" ? openLstm(tf, built) : open(tf, built)),
  };
}

const pixelsOf = ([, , height = 1, width = 1]: readonly number[]): number => height * width;

function open(tf: Tf, { graph, inputs, parameters }: Built) {
  const network = tfNetwork(tf, graph, parameters);
  const wanted = [...graph.outputs.values()][0] as Value;
  const given = Object.entries(inputs).map(([name, { data, shape }]) => {
    const value = graph.inputs.get(name) as Value;
    if (shape.length !== 4) return { value, data: data as Float32Array, shape: [...shape] };
    const [batch = 1, channels = 1, height = 1, width = 1] = shape;
    const pictures = turned(data as Float32Array, batch, channels, height * width, "NHWC");
    return { value, data: pictures, shape: [batch, height, width, channels] };
  });
  return {
    async run() {
      const output = tf.tidy(() =>
        network.forward(new Map(given.map(({ value, data, shape }) => [value, tf.tensor(data, shape)])), wanted),
      );
      try {
        return (await output.data()) as Float32Array;
      } finally {
        output.dispose();
      }
    },
    ours: (data: Float32Array) =>
      wanted.shape.length === 4
        ? turned(data, wanted.shape[0] as number, wanted.shape[1] as number, pixelsOf(wanted.shape), "NCHW")
        : data,
    close: () => network.dispose(),
  };
}

/** Rows of gates in our order, i, f, g, o, are its columns; it adds one bias where there are two. */
function openLstm(tf: TfWithLayers, { graph, inputs, parameters }: Built) {
  const of = (name: string, source: Named<Tensor>): Tensor => source[name] as Tensor;
  const matrix = ({ data, shape }: Tensor): TfCore.Tensor2D =>
    tf.transpose(tf.tensor2d(data as Float32Array, shape as [number, number]));
  const [steps = 1, batch = 1, width = 1] = (graph.inputs.get("input") as Value).shape;
  const units = of("weightHh", parameters).shape[1] as number;
  const layer = tf.layers.lstm({
    units,
    returnSequences: true,
    recurrentActivation: "sigmoid",
    inputShape: [steps, width],
  });
  // Its weights are there once it has been applied.
  tf.tidy(() => layer.apply(tf.zeros([batch, steps, width])) as TfCore.Tensor);
  const bias = of("biasIh", parameters).data.map((x, i) => x + (of("biasHh", parameters).data[i] as number));
  layer.setWeights([
    matrix(of("weightIh", parameters)),
    matrix(of("weightHh", parameters)),
    tf.tensor1d(bias as Float32Array),
  ]);
  // Its sequences lie within the batch.
  const sequences = swapBlocks(of("input", inputs).data as Float32Array, steps, batch, width);
  return {
    async run() {
      const output = tf.tidy(() => layer.apply(tf.tensor3d(sequences, [batch, steps, width])) as TfCore.Tensor);
      try {
        return (await output.data()) as Float32Array;
      } finally {
        output.dispose();
      }
    },
    ours: (data: Float32Array) => swapBlocks(data, batch, steps, units),
    close: () => {
      layer.dispose();
    },
  };
}

/** [a, b, width] as [b, a, width]. */
function swapBlocks(data: Float32Array, a: number, b: number, width: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++)
      out.set(data.subarray((i * b + j) * width, (i * b + j + 1) * width), (j * a + i) * width);
  }
  return out;
}
