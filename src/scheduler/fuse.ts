/**
 * Fusion: a function of one number is folded into the kernel that produces its input, where that kernel can take it.
 * The result is a graph again, so nothing downstream knows.
 */
import { Graph, type Node, type Value } from "../graph/graph";
import type { Activation } from "../ops/op";

export interface Fused {
  readonly graph: Graph;
  /** Names of the nodes folded into a node, by its name. */
  readonly into: ReadonlyMap<string, readonly string[]>;
}

/** How often each value is read, outputs of the graph included. */
function countReads(graph: Graph): Map<Value, number> {
  const reads = new Map<Value, number>();
  const count = (value: Value) => reads.set(value, (reads.get(value) ?? 0) + 1);
  for (const node of graph.nodes) for (const value of Object.values(node.inputs)) count(value);
  for (const value of graph.outputs.values()) count(value);
  return reads;
}

const attributesOf = (node: Node): Readonly<Record<string, unknown>> =>
  node.problem.attributes as Record<string, unknown>;

/** Activations that can be folded, by the node that produces their input. */
function findActivations(graph: Graph): Map<Node, { node: Node; activation: Activation }> {
  const reads = countReads(graph);
  const producer = new Map<Value, Node>();
  const found = new Map<Node, { node: Node; activation: Activation }>();
  for (const node of graph.nodes) {
    for (const value of Object.values(node.outputs)) producer.set(value, node);
    const activation = node.op.asActivation?.(node.problem.attributes);
    if (!activation) continue;
    const input = Object.values(node.inputs)[0] as Value;
    const from = producer.get(input);
    const isFirstOutput = from && from.outputs[from.op.outputs[0] as string] === input;
    if (!from?.op.fusesActivation || !isFirstOutput || reads.get(input) !== 1) continue;
    if (attributesOf(from).activation !== null || found.has(from)) continue;
    found.set(from, { node, activation });
  }
  return found;
}

/** `graph` with what can be folded folded; the same graph, rebuilt, when `enabled` is false. */
export function fuse(graph: Graph, enabled: boolean): Fused {
  if (!enabled) return { graph, into: new Map() };
  const activations = findActivations(graph);
  const absorbed = new Set([...activations.values()].map(({ node }) => node));
  const out = new Graph(graph.name);
  const renamed = new Map<Value, Value>();
  const into = new Map<string, string[]>();
  for (const value of graph.inputs.values()) renamed.set(value, out.input(value.name, value.type));
  for (const value of graph.parameters.values()) renamed.set(value, out.parameter(value.name, value.type));
  for (const node of graph.nodes) {
    if (absorbed.has(node)) continue;
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, value]) => [name, renamed.get(value) as Value]),
    );
    const follower = activations.get(node);
    const attributes = follower ? { ...attributesOf(node), activation: follower.activation } : attributesOf(node);
    const outputs = out.add(node.op, inputs, attributes, node.name);
    for (const [name, value] of Object.entries(node.outputs)) renamed.set(value, outputs[name] as Value);
    if (!follower) continue;
    into.set(node.name, [follower.node.name]);
    const first = outputs[node.op.outputs[0] as string] as Value;
    renamed.set(Object.values(follower.node.outputs)[0] as Value, first);
  }
  for (const [name, value] of graph.outputs) out.output(name, renamed.get(value) as Value);
  return { graph: out, into };
}
