/** What a program checks of what it is given, before anything is uploaded: names, types, values, that weights are there. */
import { GraphError, ShapeError, UnknownNameError } from "../core/errors";
import { sameShape } from "../core/shape";
import { formatType, type Tensor, type TensorType } from "../core/tensor";
import type { Graph, Node, Value } from "../graph/graph";
import type { Named } from "../ops/op";

export const sameType = (a: TensorType, b: TensorType): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);

/** Parameters listed in a message. */
const SHOWN = 8;

export class GraphChecks {
  readonly #values: readonly { node: Node; values: readonly (readonly [argument: string, input: string])[] }[];

  constructor(readonly graph: Graph) {
    this.#values = graph.nodes.flatMap((node) => {
      const values = Object.entries(node.inputs)
        .filter(([, value]) => value.kind === "input")
        .map(([argument, value]): readonly [string, string] => [argument, value.name]);
      return node.op.check && values.length > 0 ? [{ node, values }] : [];
    });
  }

  #tensors(what: string, declared: ReadonlyMap<string, Value>, given: Named<Tensor>): void {
    for (const [name, tensor] of Object.entries(given)) {
      const value = declared.get(name);
      if (!value) throw new UnknownNameError(`${what} of "${this.graph.name}"`, name, [...declared.keys()]);
      if (!sameType(value.type, tensor)) {
        throw new ShapeError({ op: this.graph.name }, `${what} "${name}"`, formatType(tensor), formatType(value.type));
      }
    }
  }

  /** @throws ShapeError, UnknownNameError. */
  parameters(values: Named<Tensor>): void {
    this.#tensors("parameter", this.graph.parameters, values);
  }

  /** @throws GraphError for a parameter of these that was never set. */
  wereSet(names: readonly string[], set: ReadonlySet<string>): void {
    const never = names.find((name) => this.graph.parameters.has(name) && !set.has(name));
    if (never !== undefined) throw new GraphError(`parameter "${never}" of "${this.graph.name}" was never set`);
  }

  /** @throws ShapeError, ValueError, UnknownNameError, GraphError when a run cannot be. */
  run(inputs: Named<Tensor>, set: ReadonlySet<string>): void {
    this.#tensors("input", this.graph.inputs, inputs);
    for (const [name, value] of this.graph.inputs) {
      if (!inputs[name])
        throw new ShapeError({ op: this.graph.name }, `input "${name}"`, "missing", formatType(value.type));
    }
    const names = [...this.graph.parameters.keys()].filter((name) => !set.has(name));
    if (names.length > 0) {
      const shown = names.slice(0, SHOWN).join(", ") + (names.length > SHOWN ? `, … (${names.length} in all)` : "");
      throw new GraphError(`parameters of "${this.graph.name}" are not set: ${shown}. Call setParameters first.`);
    }
    for (const { node, values } of this.#values) {
      const data = Object.fromEntries(values.map(([argument, input]) => [argument, (inputs[input] as Tensor).data]));
      node.op.check?.(data, node.problem);
    }
  }

  /** @throws GraphError when `other` has a parameter of this graph by name, but not by type. */
  sharing(other: Graph): void {
    for (const [name, { type }] of other.parameters) {
      const own = this.graph.parameters.get(name);
      if (own && !sameType(own.type, type)) {
        throw new GraphError(
          `parameter "${name}" is ${formatType(type)} in "${other.name}", but ${formatType(own.type)} in "${this.graph.name}", with which it is to be shared`,
        );
      }
    }
  }
}
