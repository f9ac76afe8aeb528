/** jax-js on WebGPU: our network as one function of arrays, compiled by its `jit`. */
import { UnsupportedError } from "../../core/errors";
import type { Tensor } from "../../core/tensor";
import type { Node, Value } from "../../graph/graph";
import type { Peer } from "./peer";
import type { Built } from "./workloads";

type Jax = typeof import("@jax-js/jax");
type JaxArray = import("@jax-js/jax").Array;

/** Its version is told nowhere in its files. */
export async function jaxPeer(base: string, version: string): Promise<Peer> {
  const jax = (await import(/* @vite-ignore */ `${base}index.js`)) as Jax;
  const opened = await jax.init("webgpu");
  if (!opened.includes("webgpu")) throw new Error("jax-js could not open its WebGPU backend");
  jax.defaultDevice("webgpu");
  return { id: "jax", name: "jax-js", version, backend: "webgpu", open: async (built) => opener(built)(jax, built) };
}

const opener = ({ graph }: Built) => (graph.nodes[0]?.op.name === "lstm" ? openLstm : open);

const arrayOf = (jax: Jax, { data, shape }: Tensor): JaxArray =>
  jax.numpy.array(data as Float32Array<ArrayBuffer>, { shape: [...shape] });

async function open(jax: Jax, { graph, inputs, parameters }: Built) {
  const weights = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, arrayOf(jax, tensor)]));
  await jax.blockUntilReady(weights);
  const wanted = [...graph.outputs.values()][0] as Value;
  // Arrays are counted: one that a function takes is gone unless `ref` adds to its count.
  const forward = jax.jit((given: Record<string, JaxArray>, kept: Record<string, JaxArray>): JaxArray => {
    const values = new Map<Value, JaxArray>();
    for (const [name, value] of graph.inputs) values.set(value, given[name] as JaxArray);
    for (const [name, value] of graph.parameters) values.set(value, kept[name] as JaxArray);
    for (const node of graph.nodes) {
      const take = (argument: string): JaxArray => (values.get(node.inputs[argument] as Value) as JaxArray).ref;
      values.set(Object.values(node.outputs)[0] as Value, apply(jax, node, take));
    }
    return (values.get(wanted) as JaxArray).ref;
  });
  return {
    async run() {
      const given = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, arrayOf(jax, tensor)]));
      const kept = Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, array.ref]));
      return (await forward(given, kept).data()) as Float32Array;
    },
    close() {
      for (const array of Object.values(weights)) array.dispose();
      forward.dispose();
    },
  };
}

interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly groups: number;
}

function apply(jax: Jax, { op, inputs, problem, name }: Node, take: (argument: string) => JaxArray): JaxArray {
  const { lax, nn, numpy: np } = jax;
  switch (op.name) {
    case "matmul":
      return np.matmul(take("a"), take("b"));
    case "linear": {
      const product = np.matmul(take("input"), np.transpose(take("weight")));
      return inputs.bias ? product.add(take("bias")) : product;
    }
    case "conv2d": {
      const { stride, padding, groups } = problem.attributes as Window;
      const [top, left, bottom, right] = padding;
      const y = lax.convGeneralDilated(
        take("input"),
        take("weight"),
        [...stride],
        [
          [top, bottom],
          [left, right],
        ],
        {
          featureGroupCount: groups,
        },
      );
      return inputs.bias ? y.add(np.reshape(take("bias"), [1, -1, 1, 1])) : y;
    }
    case "maxPool2d": {
      const { kernel, stride } = problem.attributes as Window;
      return lax.reduceWindow(take("input"), np.max as (x: JaxArray) => JaxArray, [...kernel], [...stride]);
    }
    case "lrn":
      return lrn(jax, take("input"), problem.attributes as Lrn);
    case "relu":
      return nn.relu(take("input"));
    case "softmax":
      return nn.softmax(take("input"), -1);
    case "flatten":
      return np.reshape(take("input"), [(inputs.input as Value).shape[0] as number, -1]);
    case "dropout": {
      const { form, p } = problem.attributes as { form: string; p: number };
      return form === "paper_test" ? take("input").mul(1 - p) : take("input");
    }
    default:
      throw new UnsupportedError({ op: op.name, node: name }, { "jax-js": "has no counterpart written here" });
  }
}

interface Lrn {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
  readonly alphaDivided: boolean;
}

/** The sum over a window of channels as that of shifted squares. */
function lrn({ numpy: np }: Jax, x: JaxArray, { size, alpha, beta, k, alphaDivided }: Lrn): JaxArray {
  const half = (size - 1) / 2;
  const [, channels = 1] = x.shape;
  const padded = np.pad(np.square(x.ref), [
    [0, 0],
    [half, half],
    [0, 0],
    [0, 0],
  ]);
  let sum = padded.ref.slice([], [0, channels]);
  for (let shift = 1; shift < size; shift++) sum = sum.add(padded.ref.slice([], [shift, shift + channels]));
  padded.dispose();
  const base = sum.mul(alphaDivided ? alpha / size : alpha).add(k);
  return x.mul(np.power(base, -beta));
}

/** A recurrent layer as a user would write it: all input projections in one product, then a compiled step again and again. */
function openLstm(jax: Jax, { inputs, parameters }: Built) {
  const { numpy: np, nn } = jax;
  const weights = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, arrayOf(jax, tensor)]));
  const kept = (name: string): JaxArray => (weights[name] as JaxArray).ref;
  const project = jax.jit((x: JaxArray, weight: JaxArray, a: JaxArray, b: JaxArray) =>
    np.matmul(x, np.transpose(weight)).add(a.add(b)),
  );
  // Gates i, f, g, o.
  const step = jax.jit((projected: JaxArray, h: JaxArray, c: JaxArray, weight: JaxArray) => {
    const gates = projected.add(np.matmul(h, np.transpose(weight)));
    const [i, f, g, o] = np.split(gates, 4, -1) as [JaxArray, JaxArray, JaxArray, JaxArray];
    const next = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    return { h: nn.sigmoid(o).mul(np.tanh(next.ref)), c: next };
  });
  const input = inputs.input as Tensor;
  return {
    async run() {
      const projected = project(arrayOf(jax, input), kept("weightIh"), kept("biasIh"), kept("biasHh"));
      let state = { h: kept("h0"), c: kept("c0") };
      const outputs: JaxArray[] = [];
      for (let t = 0; t < (input.shape[0] as number); t++) {
        state = step(projected.ref.slice(t), state.h, state.c, kept("weightHh"));
        outputs.push(state.h.ref);
      }
      for (const array of [state.h, state.c, projected]) array.dispose();
      return (await np.stack(outputs, 0).data()) as Float32Array;
    },
    close() {
      for (const array of Object.values(weights)) array.dispose();
      project.dispose();
      step.dispose();
    },
  };
}
