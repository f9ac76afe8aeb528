/** Walks the nodes of a model, its functions and its subgraphs, and translates each by its operator's entry in the table. */
import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  NodeProtoSchema,
} from "onnx-buf";
import { TandemError } from "../../core/errors";
import type { Builder } from "./builder";
import { type Held, known } from "./held";
import { translations } from "./operators";
import type { OnnxProblem } from "./problems";
import { domainOf, type OnnxModel, operatorName } from "./read";
import { Site } from "./site";
import { labelOf, namesRead, sortNodes } from "./sort";

/** Names to tensors; a subgraph sees those around it. A name whose node could not be translated holds nothing. */
export class Scope {
  readonly #held = new Map<string, Held | undefined>();
  readonly #later = new Map<string, () => Held>();

  constructor(readonly around?: Scope) {}

  set(name: string, held: Held | undefined): void {
    this.#held.set(name, held);
  }

  /** A tensor that is read when first asked for: initialisers that nothing uses are never decoded. */
  later(name: string, read: () => Held): void {
    this.#later.set(name, read);
  }

  has(name: string): boolean {
    return this.#held.has(name) || this.#later.has(name) || (this.around?.has(name) ?? false);
  }

  get(name: string): Held | undefined {
    if (!this.#held.has(name)) {
      const read = this.#later.get(name);
      if (!read) return this.around?.get(name);
      this.#held.set(name, read());
    }
    return this.#held.get(name);
  }
}

type Opsets = Readonly<Record<string, number>>;

/** Subgraphs and functions within one another beyond this are refused. */
const MAX_DEPTH = 64;

/** `node` of a function's body, with the attributes that refer to the function's own put in. */
function withAttributes(node: NodeProto, given: ReadonlyMap<string, AttributeProto>): NodeProto {
  if (!node.attribute.some(({ refAttrName }) => refAttrName)) return node;
  const attribute = node.attribute.flatMap((each) => {
    if (!each.refAttrName) return [each];
    const found = given.get(each.refAttrName);
    return found ? [{ ...found, name: each.name }] : [];
  });
  return create(NodeProtoSchema, { ...node, attribute });
}

export class Translator {
  readonly problems: OnnxProblem[] = [];
  readonly opsets: Opsets;
  readonly #functions: ReadonlyMap<string, FunctionProto>;
  #depth = 0;

  constructor(
    readonly model: OnnxModel,
    proto: ModelProto,
    readonly builder: Builder,
  ) {
    this.opsets = model.opsets;
    this.#functions = new Map(
      proto.functions.map((each) => [operatorName({ domain: each.domain, opType: each.name }), each]),
    );
  }

  /** Notes an output that nothing made, unless something in the way says so already. */
  broken(name: string): void {
    if (this.problems.length === 0) this.problems.push({ node: name, operator: "output", reason: "nothing makes it" });
  }

  /** Translates `nodes` into `scope`. `prefix` goes before names of nodes. @throws FormatError, NeedsValues. */
  run(nodes: readonly NodeProto[], scope: Scope, opsets: Opsets, prefix: string): void {
    for (const node of sortNodes(this.model.file, nodes, (name) => scope.has(name)))
      this.#node(node, scope, opsets, prefix);
  }

  #node(node: NodeProto, scope: Scope, opsets: Opsets, prefix: string): void {
    const label = `${prefix}${labelOf(node)}`;
    const operator = operatorName(node);
    try {
      const outputs = this.#outputs(node, operator, scope, opsets, label);
      node.output.forEach((name, i) => {
        if (name && outputs) {
          const held = outputs[i];
          if (!held) throw new TandemError(`its output ${i} ("${name}") is one that we do not make`);
          scope.set(name, { ...held, name });
        }
      });
    } catch (error) {
      if (!(error instanceof TandemError)) throw error;
      this.problems.push({ node: label, operator, reason: error.message });
    }
    for (const name of node.output) if (!scope.has(name)) scope.set(name, undefined);
  }

  /** Undefined where something that the node reads is missing: what stands in the way is listed already. */
  #outputs(
    node: NodeProto,
    operator: string,
    scope: Scope,
    opsets: Opsets,
    label: string,
  ): readonly (Held | undefined)[] | undefined {
    const body = this.#functions.get(operator);
    const translate = Object.hasOwn(translations, operator) ? translations[operator] : undefined;
    if (!body && !translate) throw new TandemError("we do not have this operator");
    if ([...namesRead(node)].some((name) => !scope.get(name))) return undefined;
    const inputs = node.input.map((name) => (name ? scope.get(name) : undefined));
    if (body) return this.#call(body, node, inputs, label);
    this.builder.label = label;
    const site = new Site(node, inputs, {
      builder: this.builder,
      opset: opsets[domainOf(node.domain)] ?? 1,
      tensor: (proto) => this.model.tensor(proto),
      subgraph: (graph, given) => this.#subgraph(graph, given, scope, opsets, label),
    });
    const made = translate?.(site) as Held | readonly (Held | undefined)[];
    site.done();
    return Array.isArray(made) ? made : [made as Held];
  }

  #deeper<T>(work: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new TandemError(`lies in more than ${MAX_DEPTH} subgraphs or functions`);
    try {
      return work();
    } finally {
      this.#depth--;
    }
  }

  #call(
    body: FunctionProto,
    node: NodeProto,
    inputs: readonly (Held | undefined)[],
    label: string,
  ): (Held | undefined)[] {
    const attributes = new Map([...body.attributeProto, ...node.attribute].map((each) => [each.name, each]));
    const scope = new Scope();
    // An input left out: nodes of the body that read it leave it out too.
    const absent = new Set(body.input.filter((_, i) => !inputs[i]));
    body.input.forEach((name, i) => {
      if (inputs[i]) scope.set(name, inputs[i]);
    });
    const nodes = body.node.map((each) => {
      const filled = withAttributes(each, attributes);
      if (!each.input.some((name) => absent.has(name))) return filled;
      return create(NodeProtoSchema, { ...filled, input: each.input.map((name) => (absent.has(name) ? "" : name)) });
    });
    const opsets = Object.fromEntries(
      body.opsetImport.map(({ domain, version }) => [domainOf(domain), Number(version)]),
    );
    this.#deeper(() => this.run(nodes, scope, { ...this.opsets, ...opsets }, `${label}/`));
    return body.output.map((name) => scope.get(name));
  }

  #subgraph(graph: GraphProto, inputs: readonly Held[], around: Scope, opsets: Opsets, label: string): readonly Held[] {
    const scope = new Scope(around);
    for (const each of graph.initializer) scope.later(each.name, () => known(this.model.tensor(each), each.name));
    graph.input.forEach(({ name }, i) => {
      scope.set(name, inputs[i]);
    });
    const before = this.problems.length;
    this.#deeper(() => this.run(graph.node, scope, opsets, `${label}/`));
    this.builder.label = label;
    return graph.output.map(({ name }) => {
      const held = scope.get(name);
      if (held) return held;
      throw new TandemError(
        this.problems.length > before ? "its subgraph cannot be translated" : `its subgraph does not make "${name}"`,
      );
    });
  }
}
