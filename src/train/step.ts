/** From a network and its loss to one step of training: gradients, optimiser and updates in the same graph. */
import { GraphError } from "../core/errors";
import { f32, i32, Tensor } from "../core/tensor";
import { addGradients } from "../graph/autodiff";
import type { Graph, Value } from "../graph/graph";
import type { MakeMask } from "../models/model";
import { addOptimizer, type OptimizerSettings } from "./optimizer";

/** A network that ends in a loss. */
export interface LossGraph {
  readonly graph: Graph;
  /** A scalar. */
  readonly loss: Value;
}

/** Masks by a counter: the same for the same seed, layer and step on every device. The graph gets an input `step`. */
export const countedMasks =
  (seed: number): MakeMask =>
  (graph, layer, shape, p) => {
    const step = graph.inputs.get("step") ?? graph.input("step", i32());
    return graph.apply("dropoutMask", { step }, { shape, p, seed, name: layer }, `${layer}.mask`);
  };

/**
 * Puts a classifier's loss behind its logits: inputs `labels` [N]; outputs `loss` (mean cross-entropy, a scalar) and `hits`
 * (how many labels are the largest logit, a scalar).
 * @param logits [N, classes]; the graph's output `logits` unless told
 * @throws GraphError for a graph without an output `logits`.
 */
export function classifierLoss(graph: Graph, logits = graph.outputs.get("logits")): LossGraph {
  if (!logits) throw new GraphError(`graph "${graph.name}" has no output "logits" to take a loss of`);
  const labels = graph.input("labels", i32(logits.shape[0] ?? 1));
  const loss = graph.apply("crossEntropy", { input: logits, labels }, {}, "loss");
  const right = graph.apply("inTopK", { input: logits, labels }, { k: 1 });
  graph.output("loss", loss);
  graph.output("hits", graph.apply("sum", { input: right }, {}, "hits"));
  return { graph, loss };
}

export interface TrainingGraph {
  readonly graph: Graph;
  /** Parameters that the optimiser keeps; they start at zero. */
  readonly state: readonly string[];
  /** Names of what is trained, first layer first. */
  readonly trained: readonly string[];
}

const sumOf = (parameter: Value): string => `accumulated/${parameter.name}`;

/**
 * Turns a network with its loss into a step of training. Every parameter that the loss depends on is trained, but for those
 * that the network itself updates.
 * @param accumulated how many batches the gradient is the mean of; all but the last go through `accumulation`
 */
export function trainingStep(network: LossGraph, settings: OptimizerSettings, accumulated = 1): TrainingGraph {
  const { graph } = network;
  const fresh = lossGradients(network);
  const trained = [...fresh.keys()].map(({ name }) => name);
  if (accumulated === 1) return { graph, trained, state: addOptimizer(graph, fresh, settings) };
  const share = graph.input("share", f32());
  const zero = graph.input("zero", f32());
  const means = new Map(
    [...fresh].map(([parameter, gradient]) => {
      const sum = graph.parameter(sumOf(parameter), parameter.type);
      graph.update(sum, graph.apply("broadcastTo", { input: zero }, { shape: [...parameter.shape] }));
      return [parameter, graph.apply("mul", { a: graph.apply("add", { a: sum, b: gradient }), b: share })];
    }),
  );
  const sums = [...fresh.keys()].map(sumOf);
  return { graph, trained, state: [...sums, ...addOptimizer(graph, means, settings)] };
}

/** Turns a network with its loss into one of the batches whose gradients are summed up until the step that follows them. */
export function accumulation(network: LossGraph): Graph {
  const { graph } = network;
  for (const [parameter, gradient] of lossGradients(network)) {
    const sum = graph.parameter(sumOf(parameter), parameter.type);
    graph.update(sum, graph.apply("add", { a: sum, b: gradient }));
  }
  return graph;
}

/** What the graphs of training are fed beside their data and the optimiser's controls. */
export const constants = (accumulated = 1): Record<string, Tensor> => ({
  one: ONE,
  ...(accumulated === 1 ? {} : { share: Tensor.f32([], [1 / accumulated]), zero: Tensor.f32([], [0]) }),
});

/**
 * Adds the gradient of a loss by every parameter that it depends on and that the graph does not update; the graph gets an input
 * `one`, what flows into the loss.
 * @throws GraphError for a loss that is no scalar, or depends on no parameter; UnsupportedError for an op without gradient.
 */
export function lossGradients({ graph, loss }: LossGraph): ReadonlyMap<Value, Value> {
  if (loss.shape.length > 0) throw new GraphError(`"${loss.name}" is no scalar, so no loss`);
  const one = graph.input("one", f32());
  const trained = [...graph.parameters.values()].filter((parameter) => !graph.updates.has(parameter));
  const gradients = addGradients(graph, new Map([[loss, one]]), trained);
  if (gradients.size === 0) throw new GraphError(`the loss of "${graph.name}" depends on no parameter`);
  return gradients;
}

/** What flows into a loss: fed to every graph that `lossGradients` was applied to. */
export const ONE = Tensor.f32([], [1]);
