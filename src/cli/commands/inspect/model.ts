/** What a network is made of: layers, shapes, parameters, operations, memory. */
import { bytes, type Column, count, figure, strong, table } from "../../../bench/report";
import { DEFAULT_LIMITS, type DeviceFacts } from "../../../core/device";
import { formatShape, type Shape, sizeOf } from "../../../core/shape";
import { byteLength } from "../../../core/tensor";
import type { Graph, Node, Value } from "../../../graph/graph";
import { schedule } from "../../../scheduler/schedule";
import type { PreprocessChoice } from "../../tasks/opened";

interface Layer {
  readonly node: string;
  readonly op: string;
  readonly output: Shape;
  readonly parameters: number;
  readonly flops: number;
}

export interface Inspection {
  readonly schema: "tandem-inspect-1";
  readonly model: string;
  readonly summary: string;
  readonly batch: number;
  /** How pictures are prepared, and why so; null for a network that takes none. */
  readonly pictures: PreprocessChoice | null;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly outputs: Readonly<Record<string, Shape>>;
  readonly layers: readonly Layer[];
  readonly parameters: number;
  readonly flops: number;
  /** Bytes: weights, and what a run needs beside them, with and without sharing. */
  readonly memory: { readonly parameters: number; readonly activations: number; readonly unshared: number };
}

/** A common desktop GPU: memory is planned for it, since no device is asked. */
const TYPICAL: DeviceFacts = {
  limits: { ...DEFAULT_LIMITS, maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 },
  features: new Set(),
  software: false,
  vendor: "",
  architecture: "",
  description: "a typical GPU",
};

const shapes = (values: ReadonlyMap<string, Value>): Record<string, Shape> =>
  Object.fromEntries([...values].map(([name, { shape }]) => [name, shape]));

function layerOf(node: Node, counted: Set<Value>): Layer {
  let parameters = 0;
  for (const value of Object.values(node.inputs)) {
    if (value.kind !== "parameter" || counted.has(value)) continue;
    counted.add(value);
    parameters += sizeOf(value.shape);
  }
  return {
    node: node.name,
    op: node.op.name,
    output: (Object.values(node.outputs)[0] as Value).shape,
    parameters,
    flops: node.op.cost(node.problem).flops,
  };
}

export function inspect(
  model: string,
  summary: string,
  graph: Graph,
  batch: number,
  pictures: PreprocessChoice | undefined,
): Inspection {
  const counted = new Set<Value>();
  const layers = graph.nodes.map((node) => layerOf(node, counted));
  const { memory } = schedule(graph, TYPICAL);
  const all = [...graph.parameters.values()];
  return {
    schema: "tandem-inspect-1",
    model,
    summary,
    batch,
    pictures: pictures ?? null,
    inputs: shapes(graph.inputs),
    outputs: shapes(graph.outputs),
    layers,
    parameters: all.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    flops: layers.reduce((sum, { flops }) => sum + flops, 0),
    memory: {
      parameters: all.reduce((sum, { type }) => sum + byteLength(type), 0),
      activations: memory.transient,
      unshared: memory.transientUnshared,
    },
  };
}

/** Nodes of other people's files have paths for names; their ends tell them apart. */
const shortName = (name: string): string => (name.length > 48 ? `…${name.slice(-47)}` : name);

const COLUMNS: readonly Column[] = [
  { title: "layer" },
  { title: "op" },
  { title: "output" },
  { title: "parameters", align: "right" },
  { title: "MFLOP", align: "right" },
];

export function inspectionText(it: Inspection): string {
  const line = (named: Readonly<Record<string, Shape>>): string =>
    Object.entries(named)
      .map(([name, shape]) => `${name} ${formatShape(shape)}`)
      .join(", ");
  const rows = it.layers.map(({ node, op, output, parameters, flops }) => [
    shortName(node),
    op,
    formatShape(output),
    parameters > 0 ? count(parameters) : "",
    flops > 0 ? figure(flops / 1e6) : "",
  ]);
  return [
    `${strong(it.model)}: ${it.summary}`,
    `in   ${line(it.inputs)}`,
    `out  ${line(it.outputs)}`,
    ...(it.pictures ? [`pictures  ${it.pictures.says} (${it.pictures.because})`] : []),
    "",
    table(COLUMNS, rows),
    "",
    `parameters  ${count(it.parameters)} (${bytes(it.memory.parameters)})`,
    `operations  ${figure(it.flops / 1e9)} GFLOP a run${it.batch > 1 ? ` of ${it.batch} images` : ""}; a multiply-add is two`,
    `memory      ${bytes(it.memory.activations)} for activations (${bytes(it.memory.unshared)} if none shared) beside the parameters`,
  ].join("\n");
}
