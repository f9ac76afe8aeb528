/** Dropout: masks by a counter, and the two ways of making up for what is dropped. */
import { f32, Graph, hash, i32, streamOf, Tensor } from "../../../../src/index";
import type { Computation } from "../computation";

export interface Dropping {
  /** Probability that a unit is dropped. */
  readonly p: number;
  readonly seed: number;
  readonly step: number;
  /** `paper` multiplies by 1 − p at test time, `inverted` by 1 / (1 − p) in training. */
  readonly form: "paper" | "inverted";
}

export const UNITS = 96;
/** Masks that an average is taken over. */
export const MASKS = 256;

/** Outputs of a layer's units: some number between 0.2 and 1. */
export const ACTIVATIONS: readonly number[] = Array.from(
  { length: UNITS },
  (_, i) => 0.2 + (0.8 * hash(streamOf(0, "dropout lesson"), i)) / 2 ** 32,
);

/**
 * Outputs `mask`, `train` (what goes on in training), `test` (what goes on afterwards), each [96], and `average`, of each unit
 * over 256 other masks.
 */
export function dropUnits({ p, seed, step, form }: Dropping): Computation {
  return {
    key: `dropout ${p} ${seed} ${form}`,
    build: () => {
      const graph = new Graph("dropout");
      const input = graph.input("units", f32(UNITS));
      const counter = graph.input("step", i32());
      const train = { p, form: `${form}_train` } as const;
      const mask = graph.apply("dropoutMask", { step: counter }, { shape: [UNITS], p, seed, name: "fc6" });
      graph.output("mask", mask);
      graph.output("train", graph.apply("dropout", { input, mask }, train));
      graph.output("test", graph.apply("dropout", { input }, { p, form: `${form}_test` }));
      const shape = [MASKS, UNITS];
      const many = graph.apply("dropoutMask", { step: counter }, { shape, p, seed, name: "average" });
      const rows = graph.apply("broadcastTo", { input }, { shape });
      const dropped = graph.apply("dropout", { input: rows, mask: many }, train);
      graph.output("average", graph.apply("mean", { input: dropped }, { axes: [0] }));
      return graph;
    },
    inputs: { units: Tensor.f32([UNITS], ACTIVATIONS), step: Tensor.i32([], [step]) },
  };
}
