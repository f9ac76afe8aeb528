/** How much of a gradient is left when it has gone back through time: plain recurrent layers, and an LSTM. */
import { addGradients, f32, fillNormal, Graph, streamOf, Tensor, type Value } from "../../../../src/index";
import type { Computation } from "../computation";

export const CELLS = ["tanh", "relu", "lstm"] as const;
export type CellName = (typeof CELLS)[number];

export interface Through {
  readonly cell: CellName;
  readonly steps: number;
  /** By how much the recurrent weights stretch a state: their matrix is this times a rotation. */
  readonly stretch: number;
  /** The LSTM's forget gate stands open by σ of this. */
  readonly forgetBias: number;
}

const HIDDEN = 16;

/** A random rotation: the rows of a matrix of normal numbers, made perpendicular and of length 1 (Gram and Schmidt). */
export function rotation(size: number, stream: number): number[][] {
  const rows: number[][] = [];
  const numbers = fillNormal(new Float32Array(size * size), stream);
  for (let i = 0; i < size; i++) {
    let row = Array.from(numbers.subarray(i * size, (i + 1) * size));
    for (const other of rows) {
      const along = row.reduce((sum, value, k) => sum + value * (other[k] ?? 0), 0);
      row = row.map((value, k) => value - along * (other[k] ?? 0));
    }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return rows;
}

const GATE_COUNT = { tanh: 1, relu: 1, lstm: 4 } as const;

/**
 * Output `norms` [steps]: the Euclidean norm of the loss's gradient by what each step is given, where the loss is the mean
 * square of the last state. The backward pass is the engine's own.
 */
export function throughTime({ cell, steps, stretch, forgetBias }: Through): Computation {
  const gates = GATE_COUNT[cell];
  const identity = Array.from({ length: HIDDEN * HIDDEN }, (_, i) => (i % (HIDDEN + 1) === 0 ? 1 : 0));
  const turned = rotation(HIDDEN, streamOf(1, "recurrent"))
    .flat()
    .map((value) => value * stretch);
  const signals = fillNormal(new Float32Array(steps * HIDDEN), streamOf(2, "signals"), 0.3);
  const repeat = (values: readonly number[]): number[] => Array.from({ length: gates }, () => values).flat();
  const bias = Array.from({ length: gates * HIDDEN }, (_, i) =>
    gates === 4 && Math.floor(i / HIDDEN) === 1 ? forgetBias : 0,
  );
  return {
    key: `through ${cell} ${steps}`,
    build: () => build(cell, steps),
    inputs: {
      signals: new Tensor([steps, 1, HIDDEN], signals),
      inputWeight: Tensor.f32([gates * HIDDEN, HIDDEN], repeat(identity)),
      hiddenWeight: Tensor.f32([gates * HIDDEN, HIDDEN], repeat(turned)),
      bias: Tensor.f32([gates * HIDDEN], bias),
      start: Tensor.f32([1, HIDDEN], new Array<number>(HIDDEN).fill(0)),
      one: Tensor.f32([], [1]),
    },
  };
}

function build(cell: CellName, steps: number): Graph {
  const gates = GATE_COUNT[cell];
  const graph = new Graph(`through time: ${cell}`);
  const input = graph.input("signals", f32(steps, 1, HIDDEN));
  const start = graph.input("start", f32(1, HIDDEN));
  const layer = {
    input,
    h0: start,
    weightIh: graph.input("inputWeight", f32(gates * HIDDEN, HIDDEN)),
    weightHh: graph.input("hiddenWeight", f32(gates * HIDDEN, HIDDEN)),
    biasIh: graph.input("bias", f32(gates * HIDDEN)),
  };
  const { lastHidden } =
    cell === "lstm"
      ? graph.applyAll("lstm", { ...layer, c0: start })
      : graph.applyAll("rnn", layer, { nonlinearity: cell });
  const last = lastHidden as Value;
  const loss = graph.apply("mean", { input: graph.apply("mul", { a: last, b: last }) });
  const gradient = addGradients(graph, new Map([[loss, graph.input("one", f32())]]), [input]).get(input) as Value;
  const squares = graph.apply("mul", { a: gradient, b: gradient });
  graph.output("norms", graph.apply("sqrt", { input: graph.apply("sum", { input: squares }, { axes: [1, 2] }) }));
  return graph;
}

/** What the slides tell the two illnesses by: the first step's gradient, of the last's. */
export function verdict(norms: ArrayLike<number>): "vanished" | "exploded" | "alive" {
  const ratio = (norms[0] ?? 0) / (norms[norms.length - 1] ?? 0);
  if (!(ratio < 100)) return "exploded";
  return ratio < 0.01 ? "vanished" : "alive";
}
