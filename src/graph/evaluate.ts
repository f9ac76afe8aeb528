/** Runs a graph on the host in float64, by the ops' references: slow, exact, and independent of every kernel. */
import { GraphError } from "../core/errors";
import type { Named } from "../ops/op";
import type { Graph, Value } from "./graph";

/**
 * @param feeds every input and parameter of the graph, by name
 * @returns every output of the graph, by name
 * @throws GraphError for an input or parameter that was not given
 */
export function evaluate(graph: Graph, feeds: Named<Float64Array>): Record<string, Float64Array> {
  const values = new Map<Value, Float64Array>();
  for (const value of [...graph.inputs.values(), ...graph.parameters.values()]) {
    const data = feeds[value.name];
    if (!data) throw new GraphError(`"${value.name}" of graph "${graph.name}" was not given`);
    values.set(value, data);
  }
  for (const node of graph.nodes) {
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, value]) => [name, values.get(value) as Float64Array]),
    );
    const outputs = node.op.reference(inputs, node.problem);
    for (const [name, value] of Object.entries(node.outputs)) values.set(value, outputs[name] as Float64Array);
  }
  return Object.fromEntries([...graph.outputs].map(([name, value]) => [name, values.get(value) as Float64Array]));
}
