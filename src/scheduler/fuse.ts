/**
 * Fusion, graph to graph, so that nothing downstream knows of it. First a function of one number is folded into the kernel
 * that produces its input, where that kernel can take it; then neighbouring elementwise ops become one chain.
 */
import { sameShape } from "../core/shape";
import { Graph, type Node, type Value } from "../graph/graph";
import { ops } from "../ops";
import { blocksOf } from "../ops/elementwise/binary";
import { type ChainStep, MAX_OPERANDS, MAX_STEPS } from "../ops/elementwise/chain";
import type { Activation, Named } from "../ops/op";

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
  for (const [parameter, value] of graph.updates) {
    count(parameter);
    count(value);
  }
  return reads;
}

const attributesOf = (node: Node): Readonly<Record<string, unknown>> =>
  node.problem.attributes as Record<string, unknown>;

const activationOf = (node: Node): Activation | undefined => node.op.asActivation?.(node.problem.attributes);

const firstOutput = (node: Node): Value => node.outputs[node.op.outputs[0] as string] as Value;

/** Activations that can be folded, by the node that produces their input. */
function findActivations(graph: Graph): Map<Node, { node: Node; activation: Activation }> {
  const reads = countReads(graph);
  const producer = new Map<Value, Node>();
  const found = new Map<Node, { node: Node; activation: Activation }>();
  for (const node of graph.nodes) {
    for (const value of Object.values(node.outputs)) producer.set(value, node);
    const activation = activationOf(node);
    if (!activation) continue;
    const input = Object.values(node.inputs)[0] as Value;
    const from = producer.get(input);
    if (!from?.op.fusesActivation || firstOutput(from) !== input || reads.get(input) !== 1) continue;
    if (attributesOf(from).activation !== null || found.has(from)) continue;
    found.set(from, { node, activation });
  }
  return found;
}

/** Copies a graph node by node; `emit` may write something else for a node, and says where its outputs went. */
function rewrite(
  graph: Graph,
  emit: (out: Graph, node: Node, renamed: Map<Value, Value>) => Named<Value> | undefined,
): Graph {
  const out = new Graph(graph.name);
  const renamed = new Map<Value, Value>();
  for (const value of graph.inputs.values()) renamed.set(value, out.input(value.name, value.type));
  for (const value of graph.parameters.values()) renamed.set(value, out.parameter(value.name, value.type));
  for (const node of graph.nodes) {
    const outputs = emit(out, node, renamed);
    if (!outputs) continue;
    for (const [name, value] of Object.entries(node.outputs)) renamed.set(value, outputs[name] as Value);
  }
  for (const [name, value] of graph.outputs) out.output(name, renamed.get(value) as Value);
  for (const [parameter, value] of graph.updates)
    out.update(renamed.get(parameter) as Value, renamed.get(value) as Value);
  return out;
}

const inputsOf = (node: Node, renamed: ReadonlyMap<Value, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(node.inputs).map(([name, value]) => [name, renamed.get(value) as Value]));

function foldActivations(graph: Graph): Fused {
  const activations = findActivations(graph);
  const absorbed = new Set([...activations.values()].map(({ node }) => node));
  const into = new Map<string, readonly string[]>();
  const folded = rewrite(graph, (out, node, renamed) => {
    if (absorbed.has(node)) return undefined;
    const follower = activations.get(node);
    if (!follower) return out.add(node.op, inputsOf(node, renamed), attributesOf(node), node.name);
    const attributes = { ...attributesOf(node), activation: follower.activation };
    const outputs = out.add(node.op, inputsOf(node, renamed), attributes, node.name);
    into.set(node.name, [follower.node.name]);
    renamed.set(firstOutput(follower.node), outputs[node.op.outputs[0] as string] as Value);
    return outputs;
  });
  return { graph: folded, into };
}

/** A chain while it grows: the nodes it takes, where it begins, and what else it reads. */
interface Chain {
  readonly nodes: Node[];
  readonly input: Value;
  readonly operands: Value[];
  readonly steps: ChainStep[];
}

/** The step that `node` adds to a chain whose value is `value`, or undefined when it cannot. New operands are appended. */
function stepOf(node: Node, value: Value, operands: Value[]): ChainStep | undefined {
  if (!sameShape(firstOutput(node).shape, value.shape)) return undefined;
  // Chains compute in f32.
  if ([...Object.values(node.inputs), firstOutput(node)].some(({ type }) => type.dtype !== "f32")) return undefined;
  const activation = activationOf(node);
  if (activation) return activation;
  const { a, b } = node.inputs;
  if (!node.op.asBinary || !a || !b || a === b) return undefined;
  const swapped = b === value;
  const other = swapped ? a : b;
  if (!blocksOf(other.shape, value.shape)) return undefined;
  let operand = operands.indexOf(other);
  if (operand < 0) {
    if (operands.length === MAX_OPERANDS) return undefined;
    operand = operands.push(other) - 1;
  }
  return { name: node.op.asBinary, operand, ...(swapped ? { swapped } : {}) };
}

/** Chains of two nodes or more, by their last node. */
function findChains(graph: Graph): Map<Node, Chain> {
  const reads = countReads(graph);
  const growing = new Map<Value, Chain>();
  for (const node of graph.nodes) {
    // A chain goes on where its value is read by this node alone.
    const from = Object.values(node.inputs).find((value) => growing.has(value) && reads.get(value) === 1);
    const before = from && growing.get(from);
    if (from && before && before.steps.length < MAX_STEPS) {
      const step = stepOf(node, from, before.operands);
      if (step) {
        before.nodes.push(node);
        before.steps.push(step);
        growing.delete(from);
        growing.set(firstOutput(node), before);
        continue;
      }
    }
    const output = node.outputs.output;
    const input = Object.values(node.inputs).find((value) => output && sameShape(value.shape, output.shape));
    if (!input || (!activationOf(node) && !node.op.asBinary)) continue;
    const operands: Value[] = [];
    const step = stepOf(node, input, operands);
    if (step) growing.set(firstOutput(node), { nodes: [node], input, operands, steps: [step] });
  }
  const long = [...growing.values()].filter(({ nodes }) => nodes.length > 1);
  return new Map(long.map((chain) => [chain.nodes.at(-1) as Node, chain]));
}

function foldChains(graph: Graph): Fused {
  const chains = findChains(graph);
  const absorbed = new Set([...chains.values()].flatMap(({ nodes }) => nodes.slice(0, -1)));
  const into = new Map<string, readonly string[]>();
  const folded = rewrite(graph, (out, node, renamed) => {
    if (absorbed.has(node)) return undefined;
    const chain = chains.get(node);
    if (!chain) return out.add(node.op, inputsOf(node, renamed), attributesOf(node), node.name);
    const operands = chain.operands.map((value, i) => [`operand${i}`, renamed.get(value) as Value] as const);
    const inputs = { input: renamed.get(chain.input) as Value, ...Object.fromEntries(operands) };
    const [first, ...rest] = chain.nodes.map(({ name }) => name) as [string, ...string[]];
    into.set(first, rest);
    const outputs = out.add(ops.chain, inputs, { steps: chain.steps }, first);
    return { [node.op.outputs[0] as string]: outputs.output as Value };
  });
  return { graph: folded, into };
}

/** `graph` with what can be folded folded; the same graph when `enabled` is false. */
export function fuse(graph: Graph, enabled: boolean): Fused {
  if (!enabled) return { graph, into: new Map() };
  const activations = foldActivations(graph);
  const chains = foldChains(activations.graph);
  return { graph: chains.graph, into: new Map([...activations.into, ...chains.into]) };
}
