/** Scores into probabilities, by how much they are told apart, and what the loss asks of each score. */
import { addGradients, f32, Graph, i32, Tensor } from "../../../../src/index";
import type { Computation } from "../computation";

/**
 * Outputs `probabilities` [1, n], `loss` (−ln of the right one's) and `gradient` [1, n], the loss's by each score over the
 * temperature.
 */
export function softmax(scores: readonly number[], temperature: number, right: number): Computation {
  const { length } = scores;
  return {
    key: `softmax ${length}`,
    build: () => {
      const graph = new Graph("softmax");
      const input = graph.input("scores", f32(1, length));
      const scaled = graph.apply("div", { a: input, b: graph.input("temperature", f32()) });
      graph.output("probabilities", graph.apply("softmax", { input: scaled }, { axis: 1 }));
      const loss = graph.apply("crossEntropy", { input: scaled, labels: graph.input("right", i32(1)) });
      graph.output("loss", loss);
      const gradient = addGradients(graph, new Map([[loss, graph.input("one", f32())]]), [scaled]).get(scaled);
      if (gradient) graph.output("gradient", gradient);
      return graph;
    },
    inputs: {
      scores: Tensor.f32([1, length], scores),
      temperature: Tensor.f32([], [temperature]),
      right: Tensor.i32([1], [right]),
      one: Tensor.f32([], [1]),
    },
  };
}

/** What the slides' recurrent network says after "he". */
export const SLIDE_SCORES: readonly number[] = [1.906077, 1.137791, 0.95666, 1.274226];
