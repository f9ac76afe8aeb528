/** Puts nodes into an order in which each follows those that it reads. */
import type { NodeProto } from "onnx-buf";
import { FormatError } from "../../core/errors";

/** What a node is called: by its name, else by its first output. */
export const labelOf = ({ name, output, opType }: NodeProto): string => name || output.find(Boolean) || opType;

/** Names that a node reads: its inputs, and what its subgraphs take from around them. */
export function namesRead(node: NodeProto): Set<string> {
  const names = new Set(node.input.filter(Boolean));
  for (const { g, graphs } of node.attribute) {
    for (const graph of g ? [g, ...graphs] : graphs) {
      const own = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
      for (const inner of graph.node) for (const name of inner.output) own.add(name);
      const outer = [...graph.node.flatMap((inner) => [...namesRead(inner)]), ...graph.output.map(({ name }) => name)];
      for (const name of outer) if (!own.has(name)) names.add(name);
    }
  }
  return names;
}

/** A cycle among `stuck` nodes, as a list of their names. */
function cycle(stuck: ReadonlySet<NodeProto>, producer: ReadonlyMap<string, NodeProto>): string[] {
  const trail = new Set<NodeProto>();
  let node = [...stuck][0] as NodeProto;
  while (!trail.has(node)) {
    trail.add(node);
    const before = [...namesRead(node)].map((name) => producer.get(name)).find((each) => each && stuck.has(each));
    node = before as NodeProto;
  }
  const walked = [...trail];
  return [...walked.slice(walked.indexOf(node)), node].map(labelOf);
}

/** Whether the file's own order will do, as the standard asks for. It is kept then: it tells what is needed when. */
function isSorted(nodes: readonly NodeProto[], given: (name: string) => boolean): boolean {
  const made = new Set<string>();
  return nodes.every((node) => {
    const ready = [...namesRead(node)].every((name) => made.has(name) || given(name));
    for (const name of node.output) made.add(name);
    return ready;
  });
}

/**
 * @param given names that are there before any node runs
 * @throws FormatError naming the nodes of a cycle, a name that nothing makes, or one that is made twice
 */
export function sortNodes(file: string, nodes: readonly NodeProto[], given: (name: string) => boolean): NodeProto[] {
  const producer = new Map<string, NodeProto>();
  for (const node of nodes) {
    for (const name of node.output) {
      if (name === "") continue;
      if (producer.has(name) || given(name))
        throw new FormatError(file, `makes "${name}" twice; the second time in node "${labelOf(node)}"`);
      producer.set(name, node);
    }
  }
  if (isSorted(nodes, given)) return [...nodes];
  const waiting = new Map<NodeProto, number>();
  const readers = new Map<NodeProto, NodeProto[]>();
  for (const node of nodes) {
    const sources = new Set<NodeProto>();
    for (const name of namesRead(node)) {
      const source = producer.get(name);
      if (source) sources.add(source);
      else if (!given(name))
        throw new FormatError(file, `node "${labelOf(node)}" reads "${name}", which nothing makes`);
    }
    waiting.set(node, sources.size);
    for (const source of sources) {
      const list = readers.get(source);
      if (list) list.push(node);
      else readers.set(source, [node]);
    }
  }
  const sorted = nodes.filter((node) => waiting.get(node) === 0);
  for (let i = 0; i < sorted.length; i++) {
    for (const reader of readers.get(sorted[i] as NodeProto) ?? []) {
      const left = (waiting.get(reader) as number) - 1;
      waiting.set(reader, left);
      if (left === 0) sorted.push(reader);
    }
  }
  if (sorted.length === nodes.length) return sorted;
  const done = new Set(sorted);
  const names = cycle(new Set(nodes.filter((node) => !done.has(node))), producer);
  throw new FormatError(file, `has a cycle: ${names.join(" → ")}`);
}
