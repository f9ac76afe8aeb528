/**
 * Placement: from a graph and a layout to a graph in which every node has its device, and `transfer` nodes stand where a
 * tensor goes from one device to another. Node by node, in order, the ways in which the devices could share the node's work
 * are compared by the bytes that they move, those of the nodes that read its results included; layers do as the layout says.
 * The placed graph computes what the graph computes: any node can always be worked out by one device, or by all.
 */
import { GraphError } from "../core/errors";
import { Graph, type Node, type Value } from "../graph/graph";
import { ops } from "../ops";
import type { Cut, Given, Part } from "../ops/part";
import { type Crossing, Gatherer, type Place, type Transport } from "./gather";
import { divides, type Layout, type Wish, wishesOf } from "./layout";
import { type Lying, normalized, type PartRange, type Piece, routeTo } from "./lying";

/** A piece of an input, a parameter or an output of the graph that was placed. */
export interface PlacedPiece {
  readonly device: number;
  /** The part of the whole; null for all of it. */
  readonly range: PartRange;
  /** Its name in the placed graph. */
  readonly name: string;
}

export type Pieces = ReadonlyMap<string, readonly PlacedPiece[]>;

export interface PlacedGraph {
  readonly source: Graph;
  readonly layout: Layout;
  readonly devices: number;
  /** All devices' nodes; each has its `device`. */
  readonly graph: Graph;
  readonly inputs: Pieces;
  readonly parameters: Pieces;
  readonly outputs: Pieces;
  readonly crossings: readonly Crossing[];
}

export interface PlaceOptions {
  readonly devices: number;
  /** Where parameters lie already. */
  readonly parameters?: Pieces;
  /** Samples that do not divide evenly stay whole; else they are refused. */
  readonly lenient?: boolean;
  readonly transport?: Transport;
}

/** How the devices share a node's work: a part for each that has one. */
interface Way {
  readonly parts: readonly (Part | undefined)[];
  /** Share of the work that the busiest device has. */
  readonly share: number;
  /** Every device works on its own addends. */
  readonly additive?: true;
}

const WHOLE: Part = { inputs: {}, outputs: {} };

const given = (part: Part, output: string): Given | "sum" | undefined => part.outputs[output];

class Placer {
  readonly out: Graph;
  readonly gatherer: Gatherer;
  readonly places = new Map<Value, Place>();
  /** What makes a value that is made wherever it is wanted. */
  readonly lazy = new Map<Value, Node>();
  readonly readers = new Map<Value, Node[]>();
  readonly wishes: ReadonlyMap<Node, Wish>;
  readonly inputs = new Map<string, PlacedPiece[]>();
  readonly parameters = new Map<string, PlacedPiece[]>();
  readonly outputs = new Map<string, PlacedPiece[]>();
  /** Ways of a node; several of its neighbours ask. */
  readonly #ways = new Map<Node, readonly Way[]>();

  constructor(
    readonly source: Graph,
    readonly layout: Layout,
    readonly options: PlaceOptions,
  ) {
    this.out = new Graph(source.name);
    this.gatherer = new Gatherer(this.out, options.transport ?? { half: false });
    this.wishes = wishesOf(source, layout, options.devices, options.lenient ?? false);
    for (const node of source.nodes) {
      for (const value of new Set(Object.values(node.inputs))) {
        const list = this.readers.get(value);
        if (list) list.push(node);
        else this.readers.set(value, [node]);
      }
    }
  }

  get devices(): number {
    return this.options.devices;
  }

  run(): PlacedGraph {
    for (const value of this.source.parameters.values()) {
      const pieces = this.options.parameters?.get(value.name);
      if (pieces) for (const { device, range } of pieces) this.#declare(value, device, range);
    }
    for (const node of this.source.nodes) {
      if (this.#isLazy(node)) for (const value of Object.values(node.outputs)) this.lazy.set(value, node);
      else this.#build(node, this.#choose(node));
    }
    for (const [parameter, value] of this.source.updates) this.#update(parameter, value);
    for (const [name, value] of this.source.outputs) this.#output(name, value);
    return {
      source: this.source,
      layout: this.layout,
      devices: this.devices,
      graph: this.out,
      inputs: this.inputs,
      parameters: this.#declaredParameters(),
      outputs: this.outputs,
      crossings: this.gatherer.crossings,
    };
  }

  /** Parameters that nothing reads lie on the first device. */
  #declaredParameters(): Pieces {
    for (const value of this.source.parameters.values()) {
      if (!this.parameters.has(value.name)) this.#declare(value, 0, null);
    }
    return this.parameters;
  }

  /** A parameter that runs change, or that lies somewhere already, stays where it is; others are put wherever they are read. */
  #isFixed(value: Value): boolean {
    return this.source.updates.has(value) || (this.options.parameters?.has(value.name) ?? false);
  }

  #isFree(value: Value): boolean {
    return value.kind === "input" || (value.kind === "parameter" && !this.#isFixed(value)) || this.lazy.has(value);
  }

  /** Whether a node's results are made where they are wanted: it reads nothing that lies on a device. */
  #isLazy(node: Node): boolean {
    return !this.wishes.has(node) && Object.values(node.inputs).every((value) => this.#isFree(value));
  }

  #placeOf(value: Value): Place {
    let place = this.places.get(value);
    if (!place) {
      place = { type: value.type, copies: [], addends: [] };
      this.places.set(value, place);
    }
    return place;
  }

  /** Puts a piece of an input or parameter on a device. */
  #declare(value: Value, device: number, range: PartRange): Value {
    const part = range ? `[${"_:".repeat(range.axis)}${range.start}:${range.end}]` : "";
    const name = this.gatherer.free(`${value.name}${part}@${device}`);
    const shape = range
      ? value.shape.map((extent, axis) => (axis === range.axis ? range.end - range.start : extent))
      : value.shape;
    const type = { shape, dtype: value.type.dtype };
    const isInput = value.kind === "input";
    const placed = isInput ? this.out.input(name, type) : this.out.parameter(name, type);
    const into = isInput ? this.inputs : this.parameters;
    into.set(value.name, [...(into.get(value.name) ?? []), { device, range, name }]);
    this.#placeOf(value).copies.push({ device, range, value: placed });
    return placed;
  }

  /** `range` of `value` on `device`, in the placed graph. */
  #bring(value: Value, device: number, given: PartRange, exact = false): Value {
    const range = normalized(given, value.shape);
    const place = this.#placeOf(value);
    const local = (copy: Piece<Value>) => copy.device === device;
    const isThere = routeTo({ ...place, copies: place.copies.filter(local), addends: [] }, device, range) !== undefined;
    if (!isThere) {
      const maker = this.lazy.get(value);
      if (maker) this.#make(maker, value, device, range);
      else if (this.#isFree(value)) this.#declare(value, device, range);
    }
    return this.gatherer.bring(place, device, range, value.name, exact);
  }

  /** Makes what a lazy node gives on `device`: the range alone when the node can be cut so. */
  #make(node: Node, value: Value, device: number, range: PartRange): void {
    const name = Object.keys(node.outputs).find((output) => node.outputs[output] === value) as string;
    const part = range ? partGiving(node, name, range) : WHOLE;
    this.#work(node, part ?? WHOLE, device);
  }

  /** Bytes that go between devices when `value` is to be at `range` of `device`. */
  #bytes(value: Value, device: number, given: PartRange, supposed: ReadonlyMap<Value, Lying<unknown>>): number {
    const place: Lying<unknown> | undefined = supposed.get(value) ?? this.places.get(value);
    if (this.#isFree(value) || !place) return 0;
    return routeTo(place, device, normalized(given, value.shape))?.bytes ?? 0;
  }

  #costOf(node: Node, way: Way, supposed: ReadonlyMap<Value, Lying<unknown>>): number {
    if (way.additive) return 0;
    let bytes = 0;
    for (const [device, part] of way.parts.entries()) {
      if (!part) continue;
      for (const [name, value] of Object.entries(node.inputs)) {
        bytes += this.#bytes(value, device, part.inputs[name] ?? null, supposed);
      }
    }
    return bytes;
  }

  /** All ways of sharing out a node's work, whatever lies where. */
  #waysOf(node: Node): readonly Way[] {
    const known = this.#ways.get(node);
    if (known) return known;
    const all = Array.from({ length: this.devices }, (_, device) => device);
    const everywhere: Way = { parts: all.map(() => WHOLE), share: 1 };
    const alone = (on: number): Way => ({ parts: all.map((device) => (device === on ? WHOLE : undefined)), share: 1 });
    const wish = this.wishes.get(node);
    const ways = wish
      ? [
          wish.cut
            ? cutWay(wish.cut, this.devices)
            : wish.rule.split === "alone"
              ? alone(wish.rule.on ?? 0)
              : everywhere,
        ]
      : [
          ...(node.op.cuts?.(node.problem) ?? [])
            .filter((cut) => divides(cut, this.devices))
            .map((cut) => cutWay(cut, this.devices)),
          everywhere,
          ...all.map(alone),
        ];
    this.#ways.set(node, ways);
    return ways;
  }

  /** The way in which every device works on its addends; undefined when not all inputs are addends. */
  #additiveWay(node: Node, supposed: ReadonlyMap<Value, Lying<unknown>>): Way | undefined {
    const inputs = Object.values(node.inputs);
    if (!node.op.additive || this.wishes.has(node) || inputs.length === 0) return undefined;
    const areAddends = inputs.every((value) => {
      const place: Lying<unknown> | undefined = supposed.get(value) ?? this.places.get(value);
      if (!place || this.#isFree(value)) return false;
      return (
        place.copies.length === 0 && place.addends.length === this.devices && place.addends.every(({ range }) => !range)
      );
    });
    if (!areAddends) return undefined;
    return { parts: Array.from({ length: this.devices }, () => WHOLE), share: 1, additive: true };
  }

  /** Where a node's outputs would lie. */
  #supposed(node: Node, way: Way): Map<Value, Lying<unknown>> {
    const supposed = new Map<Value, Lying<unknown>>();
    for (const [name, value] of Object.entries(node.outputs)) {
      const copies: Piece<unknown>[] = [];
      const addends: Piece<unknown>[] = [];
      for (const [device, part] of way.parts.entries()) {
        if (!part) continue;
        const gives = given(part, name);
        const isAddend = way.additive || gives === "sum" || (gives?.addend ?? false);
        const range = gives === "sum" || gives === undefined ? null : normalized(gives, value.shape);
        (isAddend ? addends : copies).push({ device, range, value: undefined });
      }
      supposed.set(value, { type: value.type, copies, addends });
    }
    return supposed;
  }

  /** Bytes that the readers of a node's outputs would need then, at least. */
  #costAfter(node: Node, supposed: ReadonlyMap<Value, Lying<unknown>>): number {
    let bytes = 0;
    const readers = new Set(Object.values(node.outputs).flatMap((value) => this.readers.get(value) ?? []));
    for (const reader of readers) {
      if (this.#additiveWay(reader, supposed)) continue;
      bytes += Math.min(...this.#waysOf(reader).map((way) => this.#costOf(reader, way, supposed)));
    }
    for (const [parameter, value] of this.source.updates) {
      if (!supposed.has(value)) continue;
      for (const { device, range } of this.parameters.get(parameter.name) ?? []) {
        bytes += this.#bytes(value, device, range, supposed);
      }
    }
    return bytes;
  }

  #choose(node: Node): Way {
    const additive = this.#additiveWay(node, new Map());
    if (additive) return additive;
    let best: { way: Way; bytes: number } | undefined;
    for (const way of this.#waysOf(node)) {
      const bytes = this.#costOf(node, way, new Map()) + this.#costAfter(node, this.#supposed(node, way));
      if (!best || bytes < best.bytes || (bytes === best.bytes && way.share < best.way.share)) best = { way, bytes };
    }
    if (!best) throw new GraphError(`node "${node.name}" runs on no device`);
    return best.way;
  }

  #build(node: Node, way: Way): void {
    if (!way.additive) this.#settle(node, way);
    for (const [device, part] of way.parts.entries()) if (part) this.#work(node, part, device, way.additive);
  }

  /** Parameters that have no place yet get it where their first reader wants them. */
  #settle(node: Node, way: Way): void {
    for (const [name, value] of Object.entries(node.inputs)) {
      if (value.kind !== "parameter" || !this.#isFixed(value) || this.parameters.has(value.name)) continue;
      for (const [device, part] of way.parts.entries()) {
        if (part) this.#declare(value, device, normalized(part.inputs[name] ?? null, value.shape));
      }
    }
  }

  /** Writes down a device's part of a node. */
  #work(node: Node, part: Part, device: number, additive = false): void {
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, value]) => {
        const own = additive && this.#placeOf(value).addends.find((addend) => addend.device === device);
        return [name, own ? own.value : this.#bring(value, device, part.inputs[name] ?? null)];
      }),
    );
    const attributes = { ...(node.problem.attributes as Record<string, unknown>), ...part.attributes };
    const outputs = this.gatherer.add(node.op, inputs, attributes, node.name, device);
    for (const [name, value] of Object.entries(node.outputs)) {
      const gives = given(part, name);
      let placed = outputs[name] as Value;
      if (gives !== undefined && gives !== "sum") placed = this.#trimmed(placed, gives, value.name, device);
      if (part.factor !== undefined && part.factor !== 1) {
        const scaled = this.gatherer.add(
          ops.scale,
          { input: placed },
          { factor: part.factor },
          `${value.name} share`,
          device,
        );
        placed = scaled.output as Value;
      }
      const place = this.#placeOf(value);
      const isAddend = additive || gives === "sum" || (gives?.addend ?? false);
      const range = gives === "sum" || gives === undefined ? null : normalized(gives, value.shape);
      (isAddend ? place.addends : place.copies).push({ device, range, value: placed });
    }
  }

  /** Cuts off what was computed for the neighbours' sake. */
  #trimmed(value: Value, { axis, start, end, skip = 0 }: Given, name: string, device: number): Value {
    if (value.shape[axis] === end - start) return value;
    const attributes = { starts: [skip], ends: [skip + end - start], axes: [axis] };
    return this.gatherer.add(ops.slice, { input: value }, attributes, `${name} trimmed`, device).output as Value;
  }

  #update(parameter: Value, value: Value): void {
    if (!this.parameters.has(parameter.name)) this.#declare(parameter, 0, null);
    for (const { device, range, name } of this.parameters.get(parameter.name) as PlacedPiece[]) {
      this.out.update(this.out.parameters.get(name) as Value, this.#bring(value, device, range, true));
    }
  }

  /** An output is read where it lies, piece by piece; sums are taken first. */
  #output(name: string, value: Value): void {
    const place = this.places.get(value);
    const pieces = !place || this.#isFree(value) || place.copies.length === 0 ? [] : covering(place);
    if (pieces.length === 0) pieces.push({ device: 0, range: null, value: this.#bring(value, 0, null) });
    const placed = pieces.map(({ device, range, value: piece }) => {
      const own = this.gatherer.free(`output ${name}@${device}`);
      this.out.output(own, piece);
      return { device, range, name: own };
    });
    this.outputs.set(name, placed);
  }
}

const cutWay = (cut: Cut, devices: number): Way => {
  const step = cut.extent / devices;
  const parts = Array.from({ length: devices }, (_, d) => cut.part(d * step, (d + 1) * step));
  return { parts, share: 1 / devices };
};

/** A part of `node` that gives exactly `range` of an output; undefined when none does. */
function partGiving(node: Node, output: string, range: NonNullable<PartRange>): Part | undefined {
  for (const cut of node.op.cuts?.(node.problem) ?? []) {
    const all = cut.part(0, cut.extent)?.outputs[output];
    if (!all || all === "sum" || all.axis !== range.axis) continue;
    const scale = cut.extent / all.end;
    const [start, end] = [range.start * scale, range.end * scale];
    if (!Number.isInteger(start) || !Number.isInteger(end)) continue;
    const part = cut.part(start, end);
    const gives = part?.outputs[output];
    if (!part || !gives || gives === "sum" || gives.addend) continue;
    if (gives.start === range.start && gives.end === range.end) return part;
  }
  return undefined;
}

/** Copies that make up the whole: one that is whole, or such as follow each other; none when there are gaps. */
function covering(place: Place): Piece<Value>[] {
  const whole = place.copies.find(({ range }) => range === null);
  if (whole) return [whole];
  const axes = new Set(place.copies.map(({ range }) => range?.axis ?? 0));
  for (const axis of axes) {
    const pieces: Piece<Value>[] = [];
    let at = 0;
    for (;;) {
      const next = place.copies.find(({ range }) => range?.axis === axis && range.start === at);
      if (!next?.range) break;
      pieces.push(next);
      at = next.range.end;
    }
    if (at === place.type.shape[axis]) return pieces;
  }
  return [];
}

/**
 * Places `graph` on devices as `layout` says.
 * @throws LayoutError for a layout that does not fit the graph or the number of devices.
 */
export function placeGraph(graph: Graph, layout: Layout, options: PlaceOptions): PlacedGraph {
  return new Placer(graph, layout, options).run();
}
