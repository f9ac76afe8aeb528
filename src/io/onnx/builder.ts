/** Builds the graph of a model: applies ops to what is held, on the host where everything is known, in the graph elsewhere. */
import { formatShape, sizeOf } from "../../core/shape";
import type { Tensor } from "../../core/tensor";
import { Graph, pose, type Value } from "../../graph/graph";
import { ops } from "../../ops";
import type { AnyOp, Named } from "../../ops/op";
import { asData, canFold, fold } from "./fold";
import { type Held, known, NO_ROOTS } from "./held";
import { Unsupported } from "./problems";
import { toTensor } from "./tensors";
import { type ElementType, runsAs } from "./types";

/** A model that asks for more nodes than this is refused: a loop that is written out can grow without end. */
const MAX_NODES = 200_000;

type Inputs = Readonly<Record<string, Held | undefined>>;

export class Builder {
  readonly graph: Graph;
  readonly parameters: Record<string, Tensor> = {};
  /** Name of the node that is being translated, after which the graph's nodes are called. */
  label = "";
  readonly #used = new Set<string>();
  readonly #values = new WeakMap<Held["known"] & object, Map<string, Value>>();

  constructor(name: string) {
    this.graph = new Graph(name);
  }

  /** `base`, or with a number behind it where that is taken. */
  fresh(base: string): string {
    let name = base;
    for (let i = 2; this.#used.has(name); i++) name = `${base}/${i}`;
    this.#used.add(name);
    return name;
  }

  /** Declares an input of the graph. @throws GraphError for a name that is taken or a shape without elements. */
  input(name: string, type: ElementType, shape: readonly number[]): Held {
    this.#used.add(name);
    const value = this.graph.input(name, { shape, dtype: runsAs(type) });
    return { type, shape, value, roots: new Set([name]), name };
  }

  /** Where a tensor is in the graph. What is known becomes a parameter, once. */
  valueOf(held: Held): Value {
    if (held.value) return held.value;
    const data = held.known as Held["known"] & object;
    if (sizeOf(held.shape) === 0)
      throw new Unsupported(
        `a tensor of shape ${formatShape(held.shape)} has no elements; only what is known before a run may be empty`,
      );
    const key = `${runsAs(held.type)}${formatShape(held.shape)}`;
    const made = this.#values.get(data) ?? new Map<string, Value>();
    const value = made.get(key) ?? this.#parameter(held, data);
    this.#values.set(data, made.set(key, value));
    return value;
  }

  #parameter(held: Held, data: Held["known"] & object): Value {
    const name = this.fresh(held.name || `${this.label}.constant`);
    const tensor = toTensor({ ...held, data }, name);
    this.parameters[name] = tensor;
    return this.graph.parameter(name, { shape: tensor.shape, dtype: tensor.dtype });
  }

  /**
   * Applies an op and gives all its outputs.
   * @param type of the outputs; that of the first input that runs alike unless told
   * @throws Unsupported for an op that the engine does not have; what posing the op throws
   */
  applyAll(
    op: string,
    inputs: Inputs,
    attributes: Readonly<Record<string, unknown>> = {},
    type?: ElementType,
  ): Named<Held> {
    const given = Object.fromEntries(Object.entries(inputs).filter((entry): entry is [string, Held] => !!entry[1]));
    if (!Object.hasOwn(ops, op)) throw new Unsupported(`needs the op ${op}, which the engine does not have`);
    const definition = (ops as Readonly<Record<string, AnyOp>>)[op] as AnyOp;
    const types = Object.entries(given).map(
      ([name, held]) => [name, { shape: held.shape, dtype: runsAs(held.type) }] as const,
    );
    const problem = pose(definition, Object.fromEntries(types), attributes);
    const typeOf = (name: string): ElementType => {
      const dtype = problem.outputs[name]?.dtype;
      if (type && runsAs(type) === dtype) return type;
      const alike = Object.values(given).find((held) => runsAs(held.type) === dtype && held.type !== "bool");
      return alike?.type ?? (dtype === "i32" ? "int64" : "float");
    };
    if (canFold(given, problem)) {
      return mapped(fold(definition, given, problem), (data, name) =>
        known({ type: typeOf(name), shape: problem.outputs[name]?.shape ?? [], data: asData(typeOf(name), data) }),
      );
    }
    if (this.graph.nodes.length >= MAX_NODES) throw new Unsupported(`makes more than ${MAX_NODES} steps of the graph`);
    const values = mapped(given, (held) => this.valueOf(held));
    const roots = union(Object.values(given));
    const outputs = this.graph.add(definition, values, attributes, this.fresh(this.label));
    return mapped(outputs, (value, name) => ({ type: typeOf(name), shape: value.shape, value, roots }));
  }

  /** As `applyAll`, but gives the first output. */
  apply(op: string, inputs: Inputs, attributes: Readonly<Record<string, unknown>> = {}, type?: ElementType): Held {
    return Object.values(this.applyAll(op, inputs, attributes, type))[0] as Held;
  }
}

const mapped = <T, R>(record: Readonly<Record<string, T>>, map: (value: T, name: string) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));

const union = (held: readonly Held[]): ReadonlySet<string> => {
  const some = held.filter(({ roots }) => roots.size > 0);
  if (some.length < 2) return some[0]?.roots ?? NO_ROOTS;
  return new Set(some.flatMap(({ roots }) => [...roots]));
};
