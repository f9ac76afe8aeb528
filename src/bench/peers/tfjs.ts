/** A network of ours on TensorFlow.js, to be trained there: the same layers in its own layout (NHWC), with the same weights. */
import type * as TfCore from "@tensorflow/tfjs-core";
import { UnsupportedError } from "../../core/errors";
import type { Tensor } from "../../core/tensor";
import type { Graph, Node, Value } from "../../graph/graph";
import type { Named } from "../../ops/op";

export type Tf = typeof TfCore;

/** Loads TensorFlow.js and its WebGPU backend from a folder of the page's server, and waits for the backend. */
export async function loadTf(base: string): Promise<Tf> {
  // Both are scripts that leave what they export in a global `tf`.
  await import(/* @vite-ignore */ `${base}tfjs/dist/tf.es2017.min.js`);
  await import(/* @vite-ignore */ `${base}tfjs-backend-webgpu/dist/tf-backend-webgpu.es2017.min.js`);
  const { tf } = globalThis as unknown as { tf: Tf };
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js could not open its WebGPU backend");
  await tf.ready();
  return tf;
}

/** Order of a tensor's axes there, by ours: pictures end in channels, kernels in filters, matrices are transposed. */
const PICTURES = [0, 2, 3, 1];
const KERNELS = [2, 3, 1, 0];

export interface TfNetwork {
  readonly variables: ReadonlyMap<string, TfCore.Variable>;
  /** The value `wanted` from those of the graph's inputs, pictures as [N, H, W, C]. */
  forward(given: ReadonlyMap<Value, TfCore.Tensor>, wanted: Value): TfCore.Tensor;
  /** Logits of pictures [N, H, W, C]. */
  logits(pictures: TfCore.Tensor4D): TfCore.Tensor2D;
  /** A parameter as ours has it. */
  read(name: string): Promise<Float32Array>;
  dispose(): void;
}

/** The part of `graph` up to its logits. @throws UnsupportedError for an op that has no counterpart here. */
export function tfNetwork(tf: Tf, graph: Graph, parameters: Named<Tensor>): TfNetwork {
  const variables = new Map<string, TfCore.Variable>();
  /** How a parameter is turned into ours. */
  const ours = new Map<string, (variable: TfCore.Variable) => TfCore.Tensor>();
  const flattened = new Map<Value, readonly number[]>();
  for (const { op, inputs, outputs } of graph.nodes) {
    const { input, weight, bias } = inputs;
    if (op.name === "flatten" && input) flattened.set(outputs.output as Value, input.shape);
    if (input && weight) {
      const value = tf.tensor((parameters[weight.name] as Tensor).data as Float32Array, [...weight.shape]);
      const maps = flattened.get(input);
      if (op.name === "conv2d") {
        variables.set(weight.name, tf.variable(tf.transpose(value, KERNELS)));
        ours.set(weight.name, (variable) => tf.transpose(variable, [3, 2, 0, 1]));
      } else if (maps) {
        const [, c = 1, h = 1, w = 1] = maps;
        const [units = 1, width = 1] = weight.shape;
        const turned = tf.transpose(tf.reshape(value, [units, c, h, w]), [2, 3, 1, 0]);
        variables.set(weight.name, tf.variable(tf.reshape(turned, [width, units])));
        ours.set(weight.name, (variable) => tf.transpose(tf.reshape(variable, [h, w, c, units]), [3, 2, 0, 1]));
      } else {
        variables.set(weight.name, tf.variable(tf.transpose(value)));
        ours.set(weight.name, (variable) => tf.transpose(variable));
      }
    }
    if (bias) {
      variables.set(bias.name, tf.variable(tf.tensor1d((parameters[bias.name] as Tensor).data as Float32Array)));
      ours.set(bias.name, (variable) => variable);
    }
  }
  const variable = (value: Value | undefined): TfCore.Variable => variables.get(value?.name ?? "") as TfCore.Variable;
  const forward = (given: ReadonlyMap<Value, TfCore.Tensor>, wanted: Value): TfCore.Tensor => {
    const values = new Map(given);
    for (const node of graph.nodes) {
      const read = node.inputs.input ?? node.inputs.a;
      const first = values.get(read as Value);
      const second = values.get(node.inputs.b as Value);
      if (first) values.set(node.outputs.output as Value, apply(tf, node, first, variable, second));
      if (values.has(wanted)) break;
    }
    return values.get(wanted) as TfCore.Tensor;
  };
  return {
    variables,
    forward,
    logits: (pictures) =>
      forward(
        new Map<Value, TfCore.Tensor>([[graph.inputs.get("image") as Value, pictures]]),
        graph.outputs.get("logits") as Value,
      ) as TfCore.Tensor2D,
    read: async (name) => {
      const turned = tf.tidy(() =>
        (ours.get(name) as NonNullable<ReturnType<typeof ours.get>>)(variables.get(name) as TfCore.Variable).clone(),
      );
      try {
        return (await turned.data()) as Float32Array;
      } finally {
        turned.dispose();
      }
    },
    dispose: () => {
      for (const each of variables.values()) each.dispose();
    },
  };
}

function apply(
  tf: Tf,
  { op, inputs, problem, name }: Node,
  value: TfCore.Tensor,
  variable: (value: Value | undefined) => TfCore.Variable,
  second?: TfCore.Tensor,
): TfCore.Tensor {
  const attributes = problem.attributes as Record<string, never>;
  const x = value as TfCore.Tensor4D;
  switch (op.name) {
    case "conv2d": {
      const { stride, padding, groups } = attributes as unknown as {
        stride: number[];
        padding: number[];
        groups: number;
      };
      const [top = 0, left = 0, bottom = top, right = left] = padding;
      const pad: [[number, number], [number, number], [number, number], [number, number]] = [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ];
      const kernel = variable(inputs.weight) as unknown as TfCore.Tensor4D;
      const strides = [stride[0] ?? 1, stride[1] ?? stride[0] ?? 1] as [number, number];
      const conv = (part: TfCore.Tensor4D, filters: TfCore.Tensor4D): TfCore.Tensor4D =>
        tf.conv2d(part, filters, strides, pad);
      // It has no groups: a user splits, and joins the results.
      const filters = tf.split(kernel, groups, 3) as TfCore.Tensor4D[];
      const parts = tf.split(x, groups, 3) as TfCore.Tensor4D[];
      const y =
        groups === 1
          ? conv(x, kernel)
          : tf.concat(
              parts.map((part, i) => conv(part, filters[i] as TfCore.Tensor4D)),
              3,
            );
      return tf.add(y, variable(inputs.bias));
    }
    case "linear":
      return tf.add(
        tf.matMul(value as TfCore.Tensor2D, variable(inputs.weight) as unknown as TfCore.Tensor2D),
        variable(inputs.bias),
      );
    case "matmul":
      return tf.matMul(value as TfCore.Tensor2D, second as TfCore.Tensor2D);
    case "relu":
      return tf.relu(value);
    case "softmax":
      return tf.softmax(value);
    case "maxPool2d": {
      const { kernel, stride } = attributes as unknown as { kernel: [number, number]; stride: [number, number] };
      return tf.maxPool(x, kernel, stride, "valid");
    }
    case "lrn": {
      const { size, alpha, beta, k, alphaDivided } = attributes as unknown as {
        size: number;
        alpha: number;
        beta: number;
        k: number;
        alphaDivided: boolean;
      };
      return tf.localResponseNormalization(x, (size - 1) / 2, k, alphaDivided ? alpha / size : alpha, beta);
    }
    case "flatten":
      return tf.reshape(value, [value.shape[0] as number, -1]);
    case "dropout": {
      const { form, p } = attributes as unknown as { form: string; p: number };
      return form === "paper_test" ? tf.mul(value, 1 - p) : value;
    }
    default:
      throw new UnsupportedError({ op: op.name, node: name }, { "TensorFlow.js": "has no counterpart written here" });
  }
}

/** Pictures [N, C, H, W] as it wants them. */
export const toTf = (tf: Tf, pictures: Tensor): TfCore.Tensor4D =>
  tf.tidy(() =>
    tf.transpose(
      tf.tensor4d(pictures.data as Float32Array, pictures.shape as [number, number, number, number]),
      PICTURES,
    ),
  );
