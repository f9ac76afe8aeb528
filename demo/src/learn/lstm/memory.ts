/**
 * One LSTM cell as a memory: what stands at its inputs, its four gates, its state and its output through time. Its weights are
 * chosen by hand, so that each gate listens to one input; training finds such weights by itself.
 */
import { f32, Graph, Tensor, type Value } from "../../../../src/index";
import type { Computation } from "../computation";

/** What the cell is given at one step: a number, and whether to write it, erase what is there, and read it out. */
export interface Moment {
  readonly value: number;
  readonly write: boolean;
  readonly erase: boolean;
  readonly read: boolean;
}

export const STEPS = 10;
export const GATES = ["input", "forget", "candidate", "output"] as const;
export type GateName = (typeof GATES)[number];

/** How hard a gate is opened or shut: σ(±6) is 0.998 or 0.002. */
const PUSH = 6;

/** Rows input, forget, candidate, output; columns value, write, erase, read. */
const WEIGHTS = [0, 2 * PUSH, 0, 0, 0, 0, -2 * PUSH, 0, 2, 0, 0, 0, 0, 0, 0, 2 * PUSH];

/** @param forgetBias how open the forget gate stands when nothing is erased; 6 holds on */
const biases = (forgetBias: number): number[] => [-PUSH, forgetBias, 0, -PUSH];

/**
 * Outputs `gates` [10, 4] in the order of `GATES`, `cells` [10, 1], `hidden` [10, 1]: written out with matrix products, σ and
 * tanh; and `fused` [10, 1, 1], the hidden states that the engine's own LSTM gives.
 */
export function runMemory(moments: readonly Moment[], forgetBias: number): Computation {
  const { length } = moments;
  return {
    key: `memory ${length}`,
    build: () => build(length),
    inputs: {
      moments: Tensor.f32(
        [length, 1, 4],
        moments.flatMap(({ value, write, erase, read }) => [value, Number(write), Number(erase), Number(read)]),
      ),
      inputWeight: Tensor.f32([4, 4], WEIGHTS),
      hiddenWeight: Tensor.f32([4, 1], [0, 0, 0, 0]),
      bias: Tensor.f32([4], biases(forgetBias)),
      start: Tensor.f32([1, 1], [0]),
    },
  };
}

function build(length: number): Graph {
  const graph = new Graph("memory");
  const moments = graph.input("moments", f32(length, 1, 4));
  const weightIh = graph.input("inputWeight", f32(4, 4));
  const weightHh = graph.input("hiddenWeight", f32(4, 1));
  const bias = graph.input("bias", f32(4));
  const start = graph.input("start", f32(1, 1));
  const fused = graph.applyAll("lstm", { input: moments, h0: start, c0: start, weightIh, weightHh, biasIh: bias });
  graph.output("fused", fused.output as Value);

  const rows = graph.apply("reshape", { input: moments }, { shape: [length, 4] });
  const part = (input: Value, axis: number, at: number): Value =>
    graph.apply("slice", { input }, { axes: [axis], starts: [at], ends: [at + 1] });
  let [hidden, cell] = [start, start];
  const kept: Record<"gates" | "cells" | "hidden", Value[]> = { gates: [], cells: [], hidden: [] };
  for (let t = 0; t < length; t++) {
    const fromInput = graph.apply("linear", { input: part(rows, 0, t), weight: weightIh, bias });
    const sums = graph.apply("add", { a: fromInput, b: graph.apply("linear", { input: hidden, weight: weightHh }) });
    const [input, forget, candidate, output] = GATES.map((gate, g) =>
      graph.apply(gate === "candidate" ? "tanh" : "sigmoid", { input: part(sums, 1, g) }),
    ) as [Value, Value, Value, Value];
    const remembered = graph.apply("mul", { a: forget, b: cell });
    cell = graph.apply("add", { a: remembered, b: graph.apply("mul", { a: input, b: candidate }) });
    hidden = graph.apply("mul", { a: output, b: graph.apply("tanh", { input: cell }) });
    const gates = { input0: input, input1: forget, input2: candidate, input3: output };
    kept.gates.push(graph.apply("concat", gates, { axis: 1 }));
    kept.cells.push(cell);
    kept.hidden.push(hidden);
  }
  for (const [name, values] of Object.entries(kept)) {
    const named = Object.fromEntries(values.map((value, t) => [`input${t}`, value]));
    graph.output(name, graph.apply("concat", named, { axis: 0 }));
  }
  return graph;
}

/** A story to begin with: 0.8 is written, kept, read, erased; then −0.5. */
export const STORY: readonly Moment[] = Array.from({ length: STEPS }, (_, t) => ({
  value: [0.8, 0.3, -0.6, 0.1, 0.9, -0.5, -0.5, 0.7, 0.2, -0.9][t] ?? 0,
  write: t === 0 || t === 6,
  erase: t === 5,
  read: t === 3 || t === 9,
}));
