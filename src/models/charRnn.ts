/** A character model: one-hot letters, recurrent layers, a linear layer to the next letter's logits. */
import { ValueError } from "../core/errors";
import { fillUniform, streamOf } from "../core/random";
import { sizeOf } from "../core/shape";
import { f32, i32, Tensor } from "../core/tensor";
import { Graph, type Value } from "../graph/graph";
import type { OpName } from "../ops";

export interface CharRnnForm {
  readonly cell: "lstm" | "gru" | "rnn";
  readonly vocabulary: number;
  readonly hidden: number;
  readonly layers: number;
}

/** Character models by the names that the command line knows. */
export const CHAR_MODELS = {
  "char-rnn": { cell: "rnn", summary: "says which character comes next: a plain recurrent network" },
  "char-gru": { cell: "gru", summary: "says which character comes next: gated recurrent units" },
  "char-lstm": { cell: "lstm", summary: "says which character comes next: long short-term memory" },
} as const;

export type CharModelName = keyof typeof CHAR_MODELS;

const GATES = { lstm: 4, gru: 3, rnn: 1 } as const;

/** Where the states before a text come from. */
export type StateSource = "inputs" | "parameters";

/**
 * Inputs `indices` [T, B] of letters and the states before, `h<layer>` (and `c<layer>` for the LSTM) [B, H] (or parameters
 * `state/h<layer>` times an input `carry`, a scalar, so that 0 begins a new text); outputs `logits` [T · B, V] and the states after, `h<layer>.last` (and `c<layer>.last`). Parameters as PyTorch's modules have them:
 * `l<layer>.w_ih`, `l<layer>.w_hh`, `l<layer>.b_ih`, `l<layer>.b_hh`, `out.w`, `out.b`.
 * @throws ValueError for sizes below 1.
 */
export function charRnnGraph(form: CharRnnForm, steps: number, batch: number, states: StateSource = "inputs"): Graph {
  const { cell, vocabulary, hidden, layers } = form;
  for (const [name, value] of Object.entries({ vocabulary, hidden, layers, steps, batch })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ValueError({ op: "charRnn" }, name, String(value), "a whole number of 1 or more");
    }
  }
  const graph = new Graph(`char-${cell}`);
  const indices = graph.input("indices", i32(steps, batch));
  let value = graph.apply("oneHot", { indices }, { depth: vocabulary }, "letters");
  const rows = GATES[cell] * hidden;
  const before = (name: string): Value => {
    const type = f32(batch, hidden);
    if (states === "inputs") return graph.input(name, type);
    const carry = graph.inputs.get("carry") ?? graph.input("carry", f32());
    return graph.apply("mul", { a: graph.parameter(`state/${name}`, type), b: carry });
  };
  for (let layer = 0; layer < layers; layer++) {
    const width = layer === 0 ? vocabulary : hidden;
    const inputs: Record<string, Value> = {
      input: value,
      h0: before(`h${layer}`),
      ...(cell === "lstm" ? { c0: before(`c${layer}`) } : {}),
      weightIh: graph.parameter(`l${layer}.w_ih`, f32(rows, width)),
      weightHh: graph.parameter(`l${layer}.w_hh`, f32(rows, hidden)),
      biasIh: graph.parameter(`l${layer}.b_ih`, f32(rows)),
      biasHh: graph.parameter(`l${layer}.b_hh`, f32(rows)),
    };
    const outputs = graph.applyAll(cell satisfies OpName, inputs, {}, `l${layer}`);
    value = outputs.output as Value;
    graph.output(`h${layer}.last`, outputs.lastHidden as Value);
    if (cell === "lstm") graph.output(`c${layer}.last`, outputs.lastCell as Value);
  }
  const flat = graph.apply("reshape", { input: value }, { shape: [steps * batch, hidden] });
  const weight = graph.parameter("out.w", f32(vocabulary, hidden));
  const bias = graph.parameter("out.b", f32(vocabulary));
  graph.output("logits", graph.apply("linear", { input: flat, weight, bias }, {}, "out"));
  return graph;
}

/** Uniform in ±1/√hidden, as PyTorch's recurrent modules begin. */
export function initialiseCharRnn(form: CharRnnForm, seed: number): Record<string, Tensor> {
  const { parameters } = charRnnGraph(form, 1, 1);
  return Object.fromEntries(
    [...parameters].map(([name, { shape }]) => [
      name,
      new Tensor(shape, fillUniform(new Float32Array(sizeOf(shape)), streamOf(seed, name), 1 / Math.sqrt(form.hidden))),
    ]),
  );
}

/** States of zeros, to begin a text with. */
export function zeroStates({ cell, hidden, layers }: CharRnnForm, batch: number): Record<string, Tensor> {
  const kinds = cell === "lstm" ? ["h", "c"] : ["h"];
  return Object.fromEntries(
    kinds.flatMap((kind) =>
      Array.from({ length: layers }, (_, layer) => [`${kind}${layer}`, Tensor.zeros(f32(batch, hidden))]),
    ),
  );
}
