/**
 * A placed graph as one graph a device: transfers become a `send` on one and a `receive` on the other. The order of a device's
 * nodes is chosen for the transfers' sake: what is sent is sent as soon as it is there, and what is received is waited for
 * only when nothing else is left to do, so that a tensor is on its way while both devices work.
 */
import { Graph, type Node, type Value } from "../graph/graph";
import { receive, send, type TransferAttributes } from "./crossing";
import type { Pieces, PlacedGraph } from "./place";

/** A node of one device, with what it waits for. */
interface Task {
  readonly kind: "work" | "send" | "receive";
  readonly node: Node;
  readonly reads: readonly Value[];
  readonly makes: readonly Value[];
}

const transferOf = (node: Node): TransferAttributes => node.problem.attributes as TransferAttributes;

function tasksOf({ graph }: PlacedGraph, device: number): Task[] {
  return graph.nodes.flatMap((node): Task[] => {
    const reads = Object.values(node.inputs);
    const makes = Object.values(node.outputs);
    if (node.op.crossing !== "over") return node.device === device ? [{ kind: "work", node, reads, makes }] : [];
    const { from, to } = transferOf(node);
    if (from === device) return [{ kind: "send", node, reads, makes: [] }];
    return to === device ? [{ kind: "receive", node, reads: [], makes }] : [];
  });
}

/** Sends first, then what can be worked on, in the given order; a receive when there is nothing else. */
function inOrder(tasks: readonly Task[], ready: Set<Value>): Task[] {
  const order: Task[] = [];
  const waiting = new Map<Value, Task[]>();
  const missing = new Map<Task, number>();
  const place = new Map(tasks.map((task, i) => [task, i]));
  const queues: Record<Task["kind"], Task[]> = { send: [], work: [], receive: [] };
  const enqueue = (task: Task): void => {
    const queue = queues[task.kind];
    let at = queue.length;
    while (at > 0 && (place.get(queue[at - 1] as Task) as number) > (place.get(task) as number)) at--;
    queue.splice(at, 0, task);
  };
  for (const task of tasks) {
    const lacking = new Set(task.reads.filter((value) => !ready.has(value)));
    missing.set(task, lacking.size);
    for (const value of lacking) waiting.set(value, [...(waiting.get(value) ?? []), task]);
    if (lacking.size === 0) enqueue(task);
  }
  for (;;) {
    const task = queues.send.shift() ?? queues.work.shift() ?? queues.receive.shift();
    if (!task) return order;
    order.push(task);
    for (const value of task.makes) {
      for (const next of waiting.get(value) ?? []) {
        const left = (missing.get(next) as number) - 1;
        missing.set(next, left);
        if (left === 0) enqueue(next);
      }
    }
  }
}

/** The graph of each device. Inputs, parameters and outputs have their names in the placed graph. */
export function sharesOf(placed: PlacedGraph): Graph[] {
  return Array.from({ length: placed.devices }, (_, device) => shareOf(placed, device));
}

function shareOf(placed: PlacedGraph, device: number): Graph {
  const source = placed.graph;
  const share = new Graph(`${source.name}@${device}`);
  const values = new Map<Value, Value>();
  const declare = (pieces: Pieces, from: Graph["inputs"], kind: "input" | "parameter"): void => {
    for (const list of pieces.values()) {
      for (const piece of list) {
        if (piece.device !== device) continue;
        const value = from.get(piece.name) as Value;
        values.set(value, share[kind](piece.name, value.type));
      }
    }
  };
  declare(placed.inputs, source.inputs, "input");
  declare(placed.parameters, source.parameters, "parameter");
  for (const { kind, node } of inOrder(tasksOf(placed, device), new Set(values.keys()))) {
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, value]) => [name, values.get(value) as Value]),
    );
    if (kind === "work") {
      const outputs = share.add(node.op, inputs, node.problem.attributes as Record<string, unknown>, node.name);
      for (const [name, value] of Object.entries(node.outputs)) values.set(value, outputs[name] as Value);
      continue;
    }
    const { channel } = transferOf(node);
    if (kind === "send") {
      share.add(send, inputs, { channel }, `${node.name} sent`);
      continue;
    }
    const output = node.outputs.output as Value;
    const arrived = share.add(receive, {}, { channel, shape: output.shape, dtype: output.type.dtype }, node.name);
    values.set(output, arrived.output as Value);
  }
  for (const list of placed.outputs.values()) {
    for (const piece of list) {
      if (piece.device !== device) continue;
      share.output(piece.name, values.get(source.outputs.get(piece.name) as Value) as Value);
    }
  }
  for (const [parameter, value] of source.updates) {
    const own = values.get(parameter);
    if (own) share.update(own, values.get(value) as Value);
  }
  return share;
}
