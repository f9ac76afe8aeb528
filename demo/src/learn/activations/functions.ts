/** Activation functions with their derivatives, alone and one behind the other. */
import { addGradients, f32, Graph, Tensor } from "../../../../src/index";
import type { Computation } from "../computation";

export const FUNCTIONS = ["relu", "leakyRelu", "elu", "gelu", "sigmoid", "tanh"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/**
 * The function applied `depth` times, one behind the other, and the derivative of the whole.
 * Outputs `value` and `slope`, of the shape of `points`.
 */
export function curve(name: FunctionName, points: readonly number[], depth = 1): Computation {
  const type = f32(points.length);
  return {
    key: `curve ${name} ${points.length} ${depth}`,
    build: () => {
      const graph = new Graph(name);
      const x = graph.input("x", type);
      const one = graph.input("one", type);
      let value = x;
      for (let layer = 0; layer < depth; layer++) value = graph.apply(name, { input: value });
      graph.output("value", value);
      const slope = addGradients(graph, new Map([[value, one]]), [x]).get(x);
      if (slope) graph.output("slope", slope);
      return graph;
    },
    inputs: {
      x: Tensor.f32([points.length], points),
      one: Tensor.f32(
        [points.length],
        points.map(() => 1),
      ),
    },
  };
}

/** `count` numbers from `low` to `high`, evenly. */
export const steps = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
