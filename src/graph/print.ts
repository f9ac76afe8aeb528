/** A graph as people and other programs read it: text, DOT, JSON. */
import { byteLength, formatType } from "../core/tensor";
import type { Graph, Node } from "./graph";

const attributesOf = (problem: { attributes: unknown }): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(problem.attributes as Record<string, unknown>).filter(([, value]) => value !== null),
  );

/** One line a node: `conv1 = conv2d(input: image, …) → f32[1, 96, 55, 55]`; its device in front where it has one. */
export function printGraph(graph: Graph): string {
  const lines = [`graph ${graph.name}`];
  for (const value of graph.inputs.values()) lines.push(`  input ${value.name}: ${formatType(value.type)}`);
  for (const value of graph.parameters.values()) lines.push(`  parameter ${value.name}: ${formatType(value.type)}`);
  for (const node of graph.nodes) {
    const inputs = Object.entries(node.inputs).map(([name, value]) => `${name}: ${value.name}`);
    const outputs = Object.values(node.outputs).map((value) => formatType(value.type));
    const where = node.device === undefined ? "" : `[${node.device}] `;
    lines.push(`  ${where}${node.name} = ${node.op.name}(${inputs.join(", ")}) → ${outputs.join(", ")}`);
  }
  for (const [name, value] of graph.outputs) lines.push(`  output ${name} = ${value.name}`);
  return lines.join("\n");
}

const quote = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

/** Bytes of a node's outputs. */
export const bytesOf = (node: Node): number =>
  Object.values(node.outputs).reduce((sum, { type }) => sum + byteLength(type), 0);

/** Fills by device, for graphs that were placed. */
const DEVICE_FILLS = ["#cfe3f7", "#f7ddc9", "#d7efd3", "#eed3ec", "#f6efc4", "#d9d9f0", "#f4cccc", "#d0e8e4"];

/** The colour of a device in pictures. */
export const deviceFill = (device: number): string => DEVICE_FILLS[device % DEVICE_FILLS.length] as string;

function styleOf({ device, op }: Node): string {
  if (device === undefined) return "";
  const shape = op.crossing ? ", shape=cds" : "";
  return `, style=filled, fillcolor=${quote(deviceFill(device))}${shape}`;
}

/**
 * Graphviz's language; parameters are left out, as they would hide the network. Nodes of a placed graph have the colour of
 * their device, transfers their bytes.
 */
export function graphToDot(graph: Graph): string {
  const lines = [`digraph ${quote(graph.name)} {`, "  rankdir=TB; node [shape=box, fontname=Helvetica];"];
  const made = new Map<unknown, string>();
  for (const value of graph.inputs.values()) {
    lines.push(`  ${quote(value.name)} [shape=ellipse];`);
    made.set(value, value.name);
  }
  for (const node of graph.nodes) {
    const crosses = node.op.crossing ? `\n${bytesOf(node)} bytes` : "";
    const label = quote(`${node.name}\n${node.op.name}${crosses}`).replaceAll("\n", "\\n");
    lines.push(`  ${quote(node.name)} [label=${label}${styleOf(node)}];`);
    for (const value of Object.values(node.inputs)) {
      const from = made.get(value);
      if (from) lines.push(`  ${quote(from)} -> ${quote(node.name)} [label=${quote(formatType(value.type))}];`);
    }
    for (const value of Object.values(node.outputs)) made.set(value, node.name);
  }
  return [...lines, "}"].join("\n");
}

/** Plain data: inputs, parameters, nodes with their attributes, outputs. */
export function graphToJson(graph: Graph): unknown {
  const declared = (values: Graph["inputs"]) => [...values.values()].map((v) => ({ name: v.name, ...v.type }));
  return {
    name: graph.name,
    inputs: declared(graph.inputs),
    parameters: declared(graph.parameters),
    nodes: graph.nodes.map((node) => ({
      name: node.name,
      op: node.op.name,
      inputs: Object.fromEntries(Object.entries(node.inputs).map(([name, value]) => [name, value.name])),
      attributes: attributesOf(node.problem),
      outputs: Object.fromEntries(
        Object.entries(node.outputs).map(([name, value]) => [name, { value: value.name, ...value.type }]),
      ),
    })),
    outputs: Object.fromEntries([...graph.outputs].map(([name, value]) => [name, value.name])),
  };
}
