/**
 * Layouts: how a network lies on several devices, as a few rules about its layers. A rule says of the layers it fits whether
 * their units (or channels), their samples, or nothing is cut; everything between layers follows from what its
 * neighbours do, and costs the fewest bytes that way.
 *
 * - `single`: everything on the first device.
 * - `two-tower`: every layer's units are cut, the last layer lies whole on the first device (Krizhevsky et al. 2012,
 *   section 3.5; AlexNet-Source-Code, layers-145.cfg). Which layers read the other device's maps is their `groups`' doing.
 * - `data-parallel`: every device has all weights and its share of the samples; gradients are summed.
 * - `hybrid`: convolutions by samples, fully connected layers by units (Krizhevsky 2014, "One weird trick for
 *   parallelizing convolutional neural networks"), the last layer on the first device, as its released configuration has it.
 */
import { LayoutError, UnknownNameError } from "../core/errors";
import type { Graph, Node, Value } from "../graph/graph";
import type { Cut } from "../ops/part";

/** What is done with the layers that a rule fits. */
export interface LayoutRule {
  /** Names of layers; `*` stands for any characters. Every layer unless told. */
  readonly layers?: readonly string[];
  /** Names of ops, such as `conv2d`. Every op unless told. */
  readonly ops?: readonly string[];
  /** Only the last layer with weights on the way to the graph's outputs. */
  readonly last?: true;
  /**
   * `units`: weights and outputs are cut by output channels or units. `batch`: weights are everywhere, samples are cut.
   * `whole`: every device does all of it. `alone`: only the device `on` does it.
   */
  readonly split: "units" | "batch" | "whole" | "alone";
  /** For `alone`; 0 unless told. */
  readonly on?: number;
}

export interface Layout {
  readonly name: string;
  /** The first rule that fits a layer counts; a layer that none fits goes where its inputs are. */
  readonly rules: readonly LayoutRule[];
  /** Fewer devices than this make no sense. 1 unless told. */
  readonly minimum?: number;
}

export const layouts = {
  single: { name: "single", rules: [{ split: "alone" }] },
  "two-tower": { name: "two-tower", minimum: 2, rules: [{ last: true, split: "alone" }, { split: "units" }] },
  "data-parallel": { name: "data-parallel", minimum: 2, rules: [{ split: "batch" }] },
  hybrid: {
    name: "hybrid",
    minimum: 2,
    rules: [
      { ops: ["conv2d"], split: "batch" },
      { last: true, split: "alone" },
      { ops: ["linear", "matmul"], split: "units" },
      { split: "batch" },
    ],
  },
} as const satisfies Readonly<Record<string, Layout>>;

export type LayoutName = keyof typeof layouts;

/** A layout by its name, or as it is given. @throws UnknownNameError. */
export function layoutOf(given: LayoutName | Layout): Layout {
  if (typeof given !== "string") return given;
  if (!Object.hasOwn(layouts, given)) throw new UnknownNameError("layout", given, Object.keys(layouts));
  return layouts[given];
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
const fits = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`).test(name);

/**
 * The layers of a graph: nodes that are the first to read a parameter, and whose op can be cut by units or samples. What
 * an optimiser keeps comes after the layers have been read, and its ops cut along axes.
 */
export function layersOf(graph: Graph): Node[] {
  const seen = new Set<Value>();
  return graph.nodes.filter((node) => {
    const fresh = Object.values(node.inputs).filter((value) => value.kind === "parameter" && !seen.has(value));
    for (const value of fresh) seen.add(value);
    return fresh.length > 0 && node.op.cuts?.(node.problem).some(({ along }) => along === "units");
  });
}

/** What a layout says of one layer. */
export interface Wish {
  readonly rule: LayoutRule;
  /** The cut that the rule asks for. */
  readonly cut?: Cut;
}

/**
 * What `layout` wants of each layer of `graph`.
 * @param lenient whether samples that cannot be shared out evenly are left whole
 * @throws LayoutError for too few devices, a device that is not there, units or samples that do not divide, a named layer
 * that the graph does not have or that cannot be cut so.
 */
export function wishesOf(graph: Graph, layout: Layout, devices: number, lenient: boolean): Map<Node, Wish> {
  const minimum = layout.minimum ?? 1;
  if (devices < minimum)
    throw new LayoutError(layout.name, undefined, `wants ${minimum} devices or more, but the mesh has ${devices}`);
  const layers = layersOf(graph);
  for (const { layers: names = [], on = 0 } of layout.rules) {
    const unknown = names.find((name) => !layers.some((layer) => fits(name, layer.name)));
    if (unknown !== undefined) {
      const known = layers.map(({ name }) => name).join(", ");
      throw new LayoutError(layout.name, unknown, `graph "${graph.name}" has no layer of this name; it has ${known}`);
    }
    if (!Number.isInteger(on) || on < 0 || on >= devices)
      throw new LayoutError(layout.name, undefined, `puts layers on device ${on}, but the mesh has ${devices}`);
  }
  const last = layers.at(-1);
  const wishes = new Map<Node, Wish>();
  for (const layer of layers) {
    for (const rule of layout.rules) {
      if (rule.layers && !rule.layers.some((pattern) => fits(pattern, layer.name))) continue;
      if (rule.ops && !rule.ops.includes(layer.op.name)) continue;
      if (rule.last && layer !== last) continue;
      const wish = wishOf(layout, rule, layer, devices, lenient);
      if (!wish) continue;
      wishes.set(layer, wish);
      break;
    }
  }
  return wishes;
}

function wishOf(layout: Layout, rule: LayoutRule, layer: Node, devices: number, lenient: boolean): Wish | undefined {
  if (rule.split === "whole" || rule.split === "alone" || devices === 1) return { rule };
  const cut = layer.op.cuts?.(layer.problem).find(({ along }) => along === rule.split);
  if (!cut) {
    if (!rule.layers) return undefined;
    throw new LayoutError(layout.name, layer.name, `op ${layer.op.name} cannot be cut by ${rule.split} here`);
  }
  if (divides(cut, devices)) return { rule, cut };
  if (lenient && rule.split === "batch") return { rule: { split: "whole" } };
  const what = rule.split === "batch" ? "samples" : "units or channels";
  throw new LayoutError(layout.name, layer.name, `${cut.extent} ${what} do not divide evenly among ${devices} devices`);
}

/** Whether `cut` falls into as many equal parts. */
export function divides(cut: Cut, devices: number): boolean {
  if (cut.extent % devices !== 0) return false;
  const step = cut.extent / devices;
  return Array.from({ length: devices }, (_, d) => cut.part(d * step, (d + 1) * step)).every(
    (part) => part !== undefined,
  );
}
