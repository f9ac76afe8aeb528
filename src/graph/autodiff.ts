/**
 * Reverse-mode differentiation by walking a graph backwards: each op's own rule says which ops compute the gradients of
 * its inputs, and they are added to the same graph. Nothing here knows an op by name but `add`, which sums the
 * contributions of a value that is read more than once.
 */
import { GraphError, UnsupportedError } from "../core/errors";
import { formatType } from "../core/tensor";
import { ops } from "../ops";
import type { AnyOp, Emit, Named } from "../ops/op";
import type { Graph, Node, Value } from "./graph";

const isDetached = ({ op }: Node, name: string): boolean => op.detached?.includes(name) ?? false;

/** Values whose gradient matters: those in `wrt`, and all that depends on them. */
function dependents(graph: Graph, wrt: readonly Value[]): Set<Value> {
  const found = new Set<Value>(wrt);
  for (const node of graph.nodes) {
    if (Object.entries(node.inputs).some(([name, value]) => found.has(value) && !isDetached(node, name))) {
      for (const [name, value] of Object.entries(node.outputs)) if (!isDetached(node, name)) found.add(value);
    }
  }
  return found;
}

/**
 * Adds to `graph` the ops that compute the gradient of `Σ seed · cotangent` over `seeds`.
 * @param seeds for each value differentiated, the cotangent that flows into it: a value of the graph of the same type
 * @param wrt the values whose gradients are wanted
 * @returns the gradient of each value of `wrt` that the seeds depend on
 * @throws GraphError for a cotangent of another type; UnsupportedError for an op that has no gradient
 */
export function addGradients(graph: Graph, seeds: ReadonlyMap<Value, Value>, wrt: readonly Value[]): Map<Value, Value> {
  const wanted = dependents(graph, wrt);
  const cotangents = new Map<Value, Value>();
  for (const [value, cotangent] of seeds) {
    if (formatType(value.type) !== formatType(cotangent.type)) {
      throw new GraphError(
        `the cotangent of "${value.name}" is ${formatType(cotangent.type)}, but should be ${formatType(value.type)}`,
      );
    }
    cotangents.set(value, cotangent);
  }
  for (const node of [...graph.nodes].reverse()) {
    if (!Object.entries(node.inputs).some(([name, value]) => wanted.has(value) && !isDetached(node, name))) continue;
    if (!Object.entries(node.outputs).some(([name, value]) => cotangents.has(value) && !isDetached(node, name)))
      continue;
    for (const [name, gradient] of Object.entries(gradientsOf(graph, node, cotangents, wanted))) {
      const input = node.inputs[name] as Value;
      if (!wanted.has(input) || isDetached(node, name)) continue;
      const before = cotangents.get(input);
      cotangents.set(input, before ? (graph.add(ops.add, { a: before, b: gradient }).output as Value) : gradient);
    }
  }
  return new Map(
    wrt.flatMap((value) => (cotangents.has(value) ? [[value, cotangents.get(value) as Value] as const] : [])),
  );
}

function gradientsOf(
  graph: Graph,
  node: Node,
  cotangents: ReadonlyMap<Value, Value>,
  wanted: ReadonlySet<Value>,
): Named<Value> {
  const { op } = node;
  if (!op.gradient) {
    throw new UnsupportedError({ op: op.name, node: node.name }, { gradient: "this op cannot be differentiated" });
  }
  const registry: Readonly<Record<string, AnyOp>> = ops;
  let emitted = 0;
  const emit: Emit<Value> = (name, inputs, attributes) => {
    emitted += 1;
    return graph.add(registry[name] as AnyOp, inputs, attributes, `${node.name}.grad${emitted}`);
  };
  const flowing = Object.entries(node.outputs).flatMap(([name, value]) => {
    const cotangent = cotangents.get(value);
    return cotangent ? [[name, cotangent] as const] : [];
  });
  return op.gradient(emit, {
    inputs: node.inputs,
    outputs: node.outputs,
    problem: node.problem,
    cotangents: Object.fromEntries(flowing),
    wants: (name) => {
      if (isDetached(node, name)) return false;
      const value = node.inputs[name];
      return value !== undefined && value.type.dtype === "f32" && wanted.has(value);
    },
  });
}
