/** A graph of one op, whose inputs and outputs are the op's own: what tests, benchmarks and `verify` run. */
import type { TensorType } from "../core/tensor";
import type { AnyOp, Named } from "../ops/op";
import { Graph, type Value } from "./graph";

/**
 * @param parameters inputs to declare as parameters (weights) and not as inputs of every run
 * @throws what posing the op throws: ShapeError, AttributeError, UnknownNameError
 */
export function singleOpGraph(
  op: AnyOp,
  inputs: Named<TensorType>,
  attributes: Readonly<Record<string, unknown>> = {},
  parameters: readonly string[] = [],
): Graph {
  const graph = new Graph(op.name);
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, type]): [string, Value] => [
      name,
      parameters.includes(name) ? graph.parameter(name, type) : graph.input(name, type),
    ]),
  );
  const outputs = graph.add(op, values, attributes, `${op.name}_node`);
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
  return graph;
}
