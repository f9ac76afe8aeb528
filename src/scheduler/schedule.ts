/** Graph → plan: fuse, choose kernels, bind, lay out memory. No GPU is touched. */
import type { DeviceFacts } from "../core/device";
import { GraphError, LimitError } from "../core/errors";
import { byteLength, type TensorType } from "../core/tensor";
import type { Graph, Node, Value } from "../graph/graph";
import type { Dispatch, KernelPlan } from "../ops/op";
import { reflect } from "../wgsl/reflect";
import { BINDING_ALIGNMENT, bind, roundUp } from "./bind";
import { type Choice, chooseKernel, type KernelWishes } from "./choose";
import { fuse } from "./fuse";
import { assignSlots, type Lifetime } from "./memory";
import type { Plan, PlannedCopy, PlannedTensor, Residence, Step } from "./plan";

export interface ScheduleOptions extends KernelWishes {
  /** Fold activations into their producers and elementwise chains into one kernel. True unless told. */
  readonly fusion?: boolean;
  /** The graph is a device's share of a placed one: it may have no outputs. */
  readonly partial?: boolean;
}

interface Draft {
  name: string;
  type: TensorType;
  residence: Residence;
  /** Positions of the first and last step that touch it. */
  first: number;
  last: number;
}

/** A node whose kernel has been chosen, with the tensors its kernel names. */
interface Chosen extends Choice {
  node: Node;
  plan: KernelPlan;
  tensors: Record<string, number>;
  /** Outputs changed in place that begin as copies: [source, target]. */
  copies: (readonly [number, number])[];
  /** What is sent or received, by tensor. */
  crossing?: { direction: "out" | "in"; channel: number; tensor: number };
}

const TRANSFER: Choice & { plan: KernelPlan } = {
  kernel: { name: "transfer", shaders: [], plan: () => ({ dispatches: [] }) },
  tuned: {},
  plan: { dispatches: [] },
};

class Planner {
  readonly drafts: Draft[] = [];
  readonly tensorOf = new Map<Value, number>();

  add(name: string, type: TensorType, residence: Residence, at: number): number {
    return this.drafts.push({ name, type, residence, first: at, last: at }) - 1;
  }

  use(id: number, at: number): void {
    const draft = this.drafts[id] as Draft;
    draft.first = Math.min(draft.first, at);
    draft.last = Math.max(draft.last, at);
  }

  of(value: Value): number {
    const id = this.tensorOf.get(value);
    if (id === undefined) throw new GraphError(`"${value.name}" is read before it is made`);
    return id;
  }
}

/** Storage tensors that a dispatch reads and writes, by the names its kernel uses. */
function touched(dispatch: Dispatch): { reads: string[]; writes: string[] } {
  const { bindings } = reflect(dispatch.shader.file, [dispatch.shader.code, ...dispatch.shader.lib].join("\n"));
  const name = (binding: string): string => {
    const given = dispatch.bindings?.[binding] ?? binding;
    return typeof given === "string" ? given : given.tensor;
  };
  const of = (kind: string) => bindings.filter((b) => b.kind === kind).map((b) => name(b.name));
  return { reads: of("read-only-storage"), writes: of("storage") };
}

/**
 * The dispatches of a plan that can run once when parameters are set: marked `prepare`, and reading nothing but
 * parameters and what such dispatches wrote.
 */
function hoistable(chosen: Chosen, drafts: readonly Draft[], changing: ReadonlySet<number>): Set<Dispatch> {
  const hoisted = new Set<Dispatch>();
  const constant = new Set<string>();
  for (const [name, id] of Object.entries(chosen.tensors)) {
    if (drafts[id]?.residence === "parameter" && !changing.has(id)) constant.add(name);
  }
  for (const dispatch of chosen.plan.dispatches) {
    if (!dispatch.prepare) continue;
    const { reads, writes } = touched(dispatch);
    if (!reads.every((name) => constant.has(name))) continue;
    hoisted.add(dispatch);
    for (const name of writes) constant.add(name);
  }
  return hoisted;
}

/** Position of the last node that reads a parameter itself, by parameter; none for one that is looked at through a view. */
function lastReaders(graph: Graph): Map<Value, number> {
  const last = new Map<Value, number>();
  graph.nodes.forEach((node, at) => {
    for (const value of Object.values(node.inputs)) {
      if (value.kind === "parameter") last.set(value, node.op.view ? Infinity : Math.max(last.get(value) ?? 0, at));
    }
  });
  return last;
}

/** Inputs of a node that are parameters and stay as they are, so that what kernels prepare of them is prepared once. */
export const keptInputs = (graph: Graph, node: Node): string[] =>
  Object.entries(node.inputs)
    .filter(([, value]) => value.kind === "parameter" && !graph.updates.has(value))
    .map(([name]) => name);

const describe = ({ node, kernel }: Chosen): string => `${node.op.name} (node "${node.name}", kernel ${kernel.name})`;

/**
 * Plans `graph` for a device.
 * @throws GraphError when the graph has no outputs; UnsupportedError, LimitError, BindingError naming the node.
 */
export function schedule(graph: Graph, device: DeviceFacts, options: ScheduleOptions = {}): Plan {
  if (graph.outputs.size === 0 && !options.partial) throw new GraphError(`graph "${graph.name}" has no outputs`);
  const fused = fuse(graph, options.fusion ?? true);
  const source = fused.graph;
  const planner = new Planner();
  for (const value of source.inputs.values())
    planner.tensorOf.set(value, planner.add(value.name, value.type, "input", -1));
  for (const value of source.parameters.values())
    planner.tensorOf.set(value, planner.add(value.name, value.type, "parameter", -1));

  const chosen: Chosen[] = [];
  const readers = lastReaders(source);
  const inPlace = new Set<Value>();
  for (const [position, node] of source.nodes.entries()) {
    if (node.op.view) {
      const input = Object.values(node.inputs)[0] as Value;
      planner.tensorOf.set(Object.values(node.outputs)[0] as Value, planner.of(input));
      continue;
    }
    const at = chosen.length;
    if (node.op.crossing === "out" || node.op.crossing === "in") {
      chosen.push(crossingOf(node, node.op.crossing, planner, at));
      continue;
    }
    const choice = chooseKernel(node.op, node.name, node.problem, device, options, keptInputs(source, node));
    const plan = choice.kernel.plan(node.problem, choice.tuned, device);
    const tensors: Record<string, number> = {};
    for (const [name, value] of Object.entries(node.inputs)) {
      tensors[name] = planner.of(value);
      planner.use(planner.of(value), at);
    }
    const copies: (readonly [number, number])[] = [];
    for (const [name, value] of Object.entries(node.outputs)) {
      const begins = node.inputs[node.op.overwrites?.[name] ?? ""];
      if (begins && source.updates.get(begins) === value && readers.get(begins) === position) {
        // The parameter itself is changed: nobody reads its old value any more.
        inPlace.add(begins);
        planner.tensorOf.set(value, planner.of(begins));
        tensors[name] = planner.of(begins);
        continue;
      }
      const id = planner.add(value.name, value.type, "transient", at);
      planner.tensorOf.set(value, id);
      tensors[name] = id;
      if (begins) copies.push([planner.of(begins), id]);
    }
    for (const [name, type] of Object.entries(plan.scratch ?? {})) {
      tensors[name] = planner.add(`${node.name}.${name}`, type, "transient", at);
    }
    chosen.push({ ...choice, node, plan, tensors, copies });
  }
  for (const value of source.outputs.values()) planner.use(planner.of(value), chosen.length);
  const late = [...source.updates].filter(([parameter]) => !inPlace.has(parameter));
  for (const [parameter, value] of late) {
    if (planner.drafts[planner.of(value)]?.residence !== "transient") {
      throw new GraphError(`parameter "${parameter.name}" cannot become a view of an input or parameter`);
    }
    planner.use(planner.of(value), chosen.length);
  }
  const changing = new Set([...source.updates.keys()].map((parameter) => planner.of(parameter)));

  const hoisted = chosen.map((one) => hoistable(one, planner.drafts, changing));
  chosen.forEach((one, i) => {
    for (const dispatch of hoisted[i] as Set<Dispatch>) {
      for (const name of touched(dispatch).writes)
        (planner.drafts[one.tensors[name] as number] as Draft).residence = "prepared";
    }
  });

  const { tensors, slots } = placeTensors(planner.drafts, device);
  const copyOf = (from: number, target: number): PlannedCopy => ({
    source: from,
    target,
    byteLength: (tensors[from] as PlannedTensor).byteLength,
  });
  const stepOf = (one: Chosen, dispatches: readonly Dispatch[], copies: Chosen["copies"] = []): Step => {
    const named = Object.fromEntries(
      Object.entries(one.tensors).map(([name, id]) => [name, tensors[id] as PlannedTensor]),
    );
    return {
      node: one.node.name,
      op: one.node.op.name,
      kernel: one.kernel.name,
      tuned: one.tuned,
      cost: one.node.op.cost(one.node.problem),
      output: (Object.values(one.node.outputs)[0] as Value).type,
      copies: copies.map(([from, target]) => copyOf(from, target)),
      fused: fused.into.get(one.node.name) ?? [],
      dispatches: dispatches.map((dispatch) => bind(describe(one), dispatch, named, device)),
      ...(one.crossing
        ? { crossing: { ...one.crossing, byteLength: (tensors[one.crossing.tensor] as PlannedTensor).byteLength } }
        : {}),
    };
  };
  const prepare: Step[] = [];
  const steps = chosen.map((one, i) => {
    const early = hoisted[i] as Set<Dispatch>;
    if (early.size > 0) prepare.push(stepOf(one, [...early]));
    return stepOf(
      one,
      one.plan.dispatches.filter((dispatch) => !early.has(dispatch)),
      one.copies,
    );
  });

  const ids = (values: ReadonlyMap<string, Value>) =>
    Object.fromEntries([...values].map(([name, value]) => [name, planner.of(value)]));
  return {
    name: graph.name,
    tensors,
    slots,
    prepare,
    steps,
    updates: late.map(([parameter, value]) => copyOf(planner.of(value), planner.of(parameter))),
    changesParameters: source.updates.size > 0,
    inputs: ids(source.inputs),
    parameters: ids(source.parameters),
    outputs: Object.fromEntries(
      [...source.outputs].map(([name, value]) => [name, { tensor: planner.of(value), type: value.type }]),
    ),
    memory: memoryOf(tensors, slots),
    flops: steps.reduce((sum, step) => sum + step.cost.flops, 0),
  };
}

/** A tensor that leaves, or comes: it lives from here on, or at least until here. */
function crossingOf(node: Node, direction: "out" | "in", planner: Planner, at: number): Chosen {
  const output = node.outputs.output as Value;
  let tensor: number;
  if (direction === "out") {
    tensor = planner.of(node.inputs.input as Value);
    planner.use(tensor, at);
  } else tensor = planner.add(output.name, output.type, "transient", at);
  planner.tensorOf.set(output, tensor);
  const { channel } = node.problem.attributes as { channel: number };
  return { ...TRANSFER, node, tensors: {}, copies: [], crossing: { direction, channel, tensor } };
}

/** Gives every tensor a slot: its own for what is kept, a shared one for what is transient. */
function placeTensors(drafts: readonly Draft[], device: DeviceFacts): { tensors: PlannedTensor[]; slots: number[] } {
  const sizes = drafts.map((draft) => roundUp(byteLength(draft.type), BINDING_ALIGNMENT));
  drafts.forEach((draft, id) => {
    const limit = device.limits.maxBufferSize;
    if ((sizes[id] as number) > limit)
      throw new LimitError("maxBufferSize", limit, sizes[id] as number, `tensor "${draft.name}"`);
  });
  const lifetimes: Lifetime[] = [];
  drafts.forEach((draft, id) => {
    if (draft.residence === "transient")
      lifetimes.push({ id, byteLength: sizes[id] as number, first: draft.first, last: draft.last });
  });
  const shared = assignSlots(lifetimes);
  const slots = [...shared.slots];
  const tensors = drafts.map((draft, id): PlannedTensor => {
    const slot = shared.slotOf.get(id) ?? slots.push(sizes[id] as number) - 1;
    return {
      id,
      name: draft.name,
      type: draft.type,
      byteLength: byteLength(draft.type),
      residence: draft.residence,
      slot,
    };
  });
  return { tensors, slots };
}

function memoryOf(tensors: readonly PlannedTensor[], slots: readonly number[]): Plan["memory"] {
  const sum = (residence: Residence) =>
    tensors.reduce((bytes, t) => bytes + (t.residence === residence ? t.byteLength : 0), 0);
  const transientSlots = new Set(tensors.filter((t) => t.residence === "transient").map((t) => t.slot));
  return {
    parameters: sum("parameter"),
    prepared: sum("prepared"),
    inputs: sum("input"),
    transient: [...transientSlots].reduce((bytes, slot) => bytes + (slots[slot] as number), 0),
    transientUnshared: sum("transient"),
  };
}
