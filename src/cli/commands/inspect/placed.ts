/** `tandem inspect --layout`: what each device of a mesh would hold, and what would cross. Needs no GPU. */
import { bytes, type Column, count, table } from "../../../bench/report";
import { sizeOf } from "../../../core/shape";
import type { PlacedGraph } from "../../../layout/place";

interface PlacedInspection {
  readonly graph: string;
  readonly layout: string;
  readonly devices: readonly { readonly nodes: number; readonly parameters: number }[];
  readonly crossings: readonly {
    readonly tensor: string;
    readonly from: number;
    readonly to: number;
    readonly bytes: number;
  }[];
}

export function inspectPlaced({
  source,
  layout,
  devices,
  graph,
  parameters,
  crossings,
}: PlacedGraph): PlacedInspection {
  const held = Array.from({ length: devices }, (_, device) => ({
    nodes: graph.nodes.filter((node) => node.device === device && !node.op.crossing).length,
    parameters: [...parameters.values()]
      .flat()
      .reduce(
        (sum, { device: on, name }) => sum + (on === device ? sizeOf(graph.parameters.get(name)?.shape ?? []) : 0),
        0,
      ),
  }));
  return {
    graph: source.name,
    layout: layout.name,
    devices: held,
    crossings: crossings.map(({ name, from, to, value }) => ({
      tensor: name,
      from,
      to,
      bytes: 4 * sizeOf(value.shape),
    })),
  };
}

const DEVICES: readonly Column[] = [
  { title: "device" },
  { title: "nodes", align: "right" },
  { title: "parameters", align: "right" },
  { title: "bytes", align: "right" },
];

const CROSSINGS: readonly Column[] = [{ title: "tensor" }, { title: "way" }, { title: "bytes", align: "right" }];

export function placedText({ graph, layout, devices, crossings }: PlacedInspection): string {
  const total = crossings.reduce((sum, each) => sum + each.bytes, 0);
  return [
    `${graph}, layout ${layout} on ${count(devices.length)} devices: ${count(total)} bytes cross in a run`,
    "",
    table(
      DEVICES,
      devices.map(({ nodes, parameters }, d) => [`gpu${d}`, count(nodes), count(parameters), bytes(4 * parameters)]),
    ),
    "",
    table(
      CROSSINGS,
      crossings.map(({ tensor, from, to, bytes: size }) => [tensor, `gpu${from} → gpu${to}`, count(size)]),
    ),
  ].join("\n");
}
