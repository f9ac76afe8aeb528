/** A node as its translation sees it: inputs, attributes with their defaults, and the words to refuse it with. */
import type { GraphProto, NodeProto } from "onnx-buf";
import { AttributeProto_AttributeType as Kind } from "onnx-buf";
import { normalizeAxis, type Shape } from "../../core/shape";
import type { Builder } from "./builder";
import { type Held, NeedsValues } from "./held";
import { Unsupported } from "./problems";
import { labelOf } from "./sort";
import type { HostTensor } from "./tensors";

/** What a node needs of the model around it. */
export interface Surroundings {
  readonly builder: Builder;
  /** Version of the operator set that the node's domain has here. */
  readonly opset: number;
  tensor(proto: unknown): HostTensor;
  /** Translates a subgraph, its inputs being these, and gives its outputs. */
  subgraph(graph: GraphProto, inputs: readonly Held[]): readonly Held[];
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

export class Site {
  readonly #asked = new Set<string>();

  constructor(
    readonly node: NodeProto,
    readonly inputs: readonly (Held | undefined)[],
    readonly around: Surroundings,
  ) {}

  get b(): Builder {
    return this.around.builder;
  }

  get opset(): number {
    return this.around.opset;
  }

  /** How many outputs the node wants: those with names, and those before one. */
  get outputs(): number {
    return this.node.output.findLastIndex(Boolean) + 1;
  }

  wants(output: number): boolean {
    return Boolean(this.node.output[output]);
  }

  /** @throws Unsupported, which becomes a line in the list of what is in the way. */
  refuse(reason: string): never {
    throw new Unsupported(reason);
  }

  input(i: number): Held | undefined {
    return this.inputs[i];
  }

  /** An input that must be there. @throws Unsupported. */
  need(i: number): Held {
    return this.inputs[i] ?? this.refuse(`its input ${i} is missing`);
  }

  /** All inputs of a variadic operator. */
  get all(): readonly Held[] {
    return this.inputs.map((_, i) => this.need(i));
  }

  /** The values of an input, which must be known. @throws NeedsValues. */
  values(i: number): HostTensor["data"] {
    return this.valuesOf(this.need(i), `its input "${this.node.input[i]}"`);
  }

  /** The values of a tensor, which must be known. @throws NeedsValues. */
  valuesOf(held: Held, what: string): HostTensor["data"] {
    if (held.known) return held.known;
    throw new NeedsValues(held.roots, labelOf(this.node), what);
  }

  /** Translates a subgraph, its inputs being these. */
  subgraph(graph: GraphProto, inputs: readonly Held[]): readonly Held[] {
    return this.around.subgraph(graph, inputs);
  }

  /** An input as a list of known whole numbers, or undefined where it was left out. */
  numbers(i: number): number[] | undefined {
    return this.inputs[i] ? Array.from(this.values(i)) : undefined;
  }

  #attribute(name: string, ...kinds: readonly Kind[]) {
    this.#asked.add(name);
    const found = this.node.attribute.find((each) => each.name === name);
    // Files of the first versions do not say what kind an attribute is of.
    if (found && found.type !== Kind.UNDEFINED && !kinds.includes(found.type))
      this.refuse(
        `its attribute "${name}" is of kind ${Kind[found.type]}, but should be ${kinds.map((k) => Kind[k]).join(" or ")}`,
      );
    return found;
  }

  has(name: string): boolean {
    this.#asked.add(name);
    return this.node.attribute.some((each) => each.name === name);
  }

  int(name: string, fallback: number): number {
    const found = this.#attribute(name, Kind.INT);
    return found ? Number(found.i) : fallback;
  }

  flag(name: string, fallback = false): boolean {
    return this.int(name, fallback ? 1 : 0) !== 0;
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name, Kind.FLOAT)?.f ?? fallback;
  }

  string(name: string, fallback: string): string {
    const found = this.#attribute(name, Kind.STRING);
    return found ? text(found.s) : fallback;
  }

  /** One of `choices`. @throws Unsupported. */
  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.string(name, fallback);
    const found = choices.find((choice) => choice === value);
    return found ?? this.refuse(`its attribute "${name}" is "${value}"; we have ${choices.join(", ")}`);
  }

  ints(name: string): number[] | undefined {
    return this.#attribute(name, Kind.INTS)?.ints.map(Number);
  }

  floats(name: string): number[] | undefined {
    return this.#attribute(name, Kind.FLOATS)?.floats;
  }

  strings(name: string): string[] | undefined {
    return this.#attribute(name, Kind.STRINGS)?.strings.map(text);
  }

  tensor(name: string): HostTensor | undefined {
    const found = this.#attribute(name, Kind.TENSOR)?.t;
    return found ? this.around.tensor(found) : undefined;
  }

  graph(name: string): GraphProto {
    return this.#attribute(name, Kind.GRAPH)?.g ?? this.refuse(`its attribute "${name}" is missing`);
  }

  /** Attributes that are there but of no consequence. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** `axis` counted from the front. @throws Unsupported where the shape has none such. */
  axis(axis: number, { length }: Shape): number {
    return normalizeAxis(axis, length) ?? this.refuse(`its axis ${axis} is none of a tensor of ${length} axes`);
  }

  /** Axes counted from the front, each once, in order. */
  axes(axes: readonly number[], shape: Shape): number[] {
    const found = axes.map((axis) => this.axis(axis, shape)).sort((a, b) => a - b);
    if (new Set(found).size !== found.length) this.refuse(`its axes ${JSON.stringify(axes)} name one twice`);
    return found;
  }

  /** Call last. @throws Unsupported for attributes that were never asked for: the translation does not know them. */
  done(): void {
    const unknown = this.node.attribute.map(({ name }) => name).filter((name) => !this.#asked.has(name));
    if (unknown.length > 0)
      this.refuse(
        `we do not know its attribute${unknown.length > 1 ? "s" : ""} ${unknown.map((name) => `"${name}"`).join(", ")}`,
      );
  }
}

/** What makes an operator's outputs of its inputs, in the order of its outputs; those that nothing wants may be left out. */
export type Translate = (site: Site) => Held | readonly (Held | undefined)[];

/** A family's operators by name. */
export type Translations = Readonly<Record<string, Translate>>;
