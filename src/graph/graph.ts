/**
 * A graph: inputs and parameters by name, nodes that apply ops, outputs by name. Building it checks every shape; nothing
 * runs. A graph is data: the scheduler reads it, it never changes it.
 */
import { AttributeError, GraphError, ShapeError, UnknownNameError } from "../core/errors";
import { formatShape, type Shape } from "../core/shape";
import { formatType, type TensorType } from "../core/tensor";
import { type AttributesOf, type OpName, ops } from "../ops";
import type { AnyOp, InputSpec, Named, Problem } from "../ops/op";

/** What a value is: fed in each run, fed once, or made by a node. */
export type ValueKind = "input" | "parameter" | "computed";

/** A tensor that flows in a graph. Identity matters: two values are the same only if they are the same object. */
export interface Value {
  readonly kind: ValueKind;
  /** The input's or parameter's name, or `<node>` (`<node>.<output>` for a node of several outputs). */
  readonly name: string;
  readonly type: TensorType;
  readonly shape: Shape;
}

/** One application of an op. */
export interface Node {
  readonly name: string;
  readonly op: AnyOp;
  /** By the op's input names; a variadic input by `<name>0`, `<name>1`, … */
  readonly inputs: Named<Value>;
  readonly outputs: Named<Value>;
  readonly problem: Problem<unknown>;
  /** Which device of a mesh it runs on, in a graph that was placed. */
  readonly device?: number;
}

/** How many of `inputs` belong to the variadic argument `name`. */
const variadicNames = (name: string, inputs: Named<unknown>): string[] => {
  const names: string[] = [];
  while (inputs[`${name}${names.length}`] !== undefined) names.push(`${name}${names.length}`);
  return names;
};

function checkInput(op: AnyOp, spec: InputSpec, name: string, type: TensorType): void {
  const wanted = spec.dtype ?? "f32";
  if (wanted !== "any" && type.dtype !== wanted) {
    throw new ShapeError({ op: op.name }, name, formatType(type), `of dtype ${wanted}`);
  }
  if (type.shape.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    throw new ShapeError({ op: op.name }, name, formatShape(type.shape), "a shape of extents of 1 or more");
  }
}

/**
 * Everything `op` checks about its inputs' types and its attributes, and the problem that results.
 * @throws ShapeError, AttributeError, UnknownNameError.
 */
export function pose(
  op: AnyOp,
  inputs: Named<TensorType>,
  attributes: Readonly<Record<string, unknown>> = {},
): Problem<unknown> {
  const filled: unknown = op.attributes(attributes);
  const known = new Set<string>();
  for (const spec of op.inputs) {
    const names = spec.variadic ? variadicNames(spec.name, inputs) : [spec.name];
    if (spec.variadic && names.length === 0 && !spec.optional) names.push(`${spec.name}0`);
    for (const name of names) {
      known.add(name);
      const type = inputs[name];
      if (type) checkInput(op, spec, name, type);
      else if (!spec.optional) throw new ShapeError({ op: op.name }, name, "missing", "given");
    }
  }
  for (const name of Object.keys(inputs)) {
    if (!known.has(name)) throw new UnknownNameError(`input of ${op.name}`, name, [...known]);
  }
  const types = op.infer(inputs, filled);
  const outputs = Object.fromEntries(op.outputs.map((name, i) => [name, types[i] as TensorType]));
  return { inputs, outputs, attributes: filled };
}

/** Builds and holds a network. */
export class Graph {
  readonly #values = new Set<Value>();
  readonly #inputs = new Map<string, Value>();
  readonly #parameters = new Map<string, Value>();
  readonly #outputs = new Map<string, Value>();
  readonly #updates = new Map<Value, Value>();
  readonly #nodes: Node[] = [];
  readonly #names = new Set<string>();

  constructor(readonly name: string) {}

  /** What is fed in every run, by name. */
  get inputs(): ReadonlyMap<string, Value> {
    return this.#inputs;
  }
  /** Weights: fed once, by name. */
  get parameters(): ReadonlyMap<string, Value> {
    return this.#parameters;
  }
  /** What can be read back, by name. */
  get outputs(): ReadonlyMap<string, Value> {
    return this.#outputs;
  }
  /** What a parameter becomes after each run, for those that a run changes. */
  get updates(): ReadonlyMap<Value, Value> {
    return this.#updates;
  }
  /** In an order in which every node follows those it reads. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Declares a tensor that every run is given. @throws GraphError when the name is taken. */
  input(name: string, type: TensorType): Value {
    return this.#declare("input", name, type, this.#inputs);
  }

  /** Declares a tensor that is set once and kept on the device. @throws GraphError when the name is taken. */
  parameter(name: string, type: TensorType): Value {
    return this.#declare("parameter", name, type, this.#parameters);
  }

  #declare(kind: "input" | "parameter", name: string, type: TensorType, into: Map<string, Value>): Value {
    if (type.shape.some((extent) => !Number.isInteger(extent) || extent < 1)) {
      throw new GraphError(
        `${kind} "${name}" of graph "${this.name}" has shape ${formatShape(type.shape)}; extents must be whole numbers of 1 or more`,
      );
    }
    const value: Value = { kind, name: this.#claim(name), type, shape: type.shape };
    this.#values.add(value);
    into.set(name, value);
    return value;
  }

  #claim(name: string): string {
    if (this.#names.has(name)) throw new GraphError(`graph "${this.name}" already has something named "${name}"`);
    this.#names.add(name);
    return name;
  }

  #freshName(op: string): string {
    for (let i = 1; ; i++) {
      const name = `${op}_${i}`;
      if (!this.#names.has(name)) return name;
    }
  }

  /**
   * Applies an op and gives its first output.
   * @param op name of an op in the registry
   * @param inputs values of this graph, by the op's input names
   * @param attributes the op's attributes; what is left out takes its default
   * @param node a name for reports and errors; made up when left out
   * @throws ShapeError, AttributeError, UnknownNameError, GraphError — before anything touches a GPU.
   */
  apply<K extends OpName>(op: K, inputs: Named<Value>, attributes?: AttributesOf<K>, node?: string): Value {
    const outputs = this.applyAll(op, inputs, attributes, node);
    return outputs[(ops[op] as AnyOp).outputs[0] as string] as Value;
  }

  /** As `apply`, but gives every output of the op, by name. */
  applyAll<K extends OpName>(op: K, inputs: Named<Value>, attributes?: AttributesOf<K>, node?: string): Named<Value> {
    if (!Object.hasOwn(ops, op)) throw new UnknownNameError("op", op, Object.keys(ops));
    return this.add(ops[op], inputs, attributes, node);
  }

  /** As `applyAll`, for an op that is at hand as an object (the passes, and code that walks the registry). */
  add(
    op: AnyOp,
    inputs: Named<Value>,
    attributes: Readonly<Record<string, unknown>> = {},
    node?: string,
    device?: number,
  ): Named<Value> {
    const given = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
    for (const [name, value] of Object.entries(given)) {
      if (!this.#values.has(value)) {
        throw new GraphError(`${op.name}: input "${name}" is not a value of graph "${this.name}"`);
      }
    }
    const name = node ?? this.#freshName(op.name);
    const types = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value.type]));
    const problem = placed(name, () => pose(op, types, attributes));
    this.#claim(name);
    const outputs = Object.fromEntries(
      op.outputs.map((output) => {
        const type = problem.outputs[output] as TensorType;
        const label = op.outputs.length === 1 ? name : `${name}.${output}`;
        const value: Value = { kind: "computed", name: label, type, shape: type.shape };
        this.#values.add(value);
        return [output, value];
      }),
    );
    this.#nodes.push({ name, op, inputs: given, outputs, problem, ...(device === undefined ? {} : { device }) });
    return outputs;
  }

  /**
   * Makes `parameter` take the value of `value` when a run is over: how a step of training changes weights, on the device.
   * @throws GraphError when `parameter` is none of this graph or changed already, or `value` is not computed by a node of it,
   * or their types differ.
   */
  update(parameter: Value, value: Value): void {
    if (this.#parameters.get(parameter.name) !== parameter) {
      throw new GraphError(`"${parameter.name}" is not a parameter of graph "${this.name}"`);
    }
    if (this.#updates.has(parameter)) throw new GraphError(`parameter "${parameter.name}" is updated already`);
    if (!this.#values.has(value) || value.kind !== "computed") {
      throw new GraphError(`parameter "${parameter.name}" can only become a value that a node of the graph computes`);
    }
    if (formatType(parameter.type) !== formatType(value.type)) {
      throw new GraphError(
        `parameter "${parameter.name}" is ${formatType(parameter.type)}, but its new value ${formatType(value.type)}`,
      );
    }
    this.#updates.set(parameter, value);
  }

  /** Makes `value` readable after a run, as `name`. @throws GraphError for a name already taken by another output. */
  output(name: string, value: Value): void {
    if (!this.#values.has(value)) throw new GraphError(`output "${name}" is not a value of graph "${this.name}"`);
    if (this.#outputs.has(name)) throw new GraphError(`graph "${this.name}" already has an output named "${name}"`);
    this.#outputs.set(name, value);
  }
}

/** Runs `check`, and puts `node` into the shape and attribute errors that come out. */
function placed<T>(node: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof ShapeError || error instanceof AttributeError) throw error.at(node);
    throw error;
  }
}
