/** A compiled graph: set its parameters once, run it many times. */
import type { DeviceFacts } from "../core/device";
import { GraphError, ShapeError, UnknownNameError } from "../core/errors";
import { sameShape } from "../core/shape";
import { formatType, type Tensor, type TensorType } from "../core/tensor";
import type { Graph, Node, Value } from "../graph/graph";
import type { Named } from "../ops/op";
import type { Executor } from "../runtime/executor";
import type { Profile, ProfileOptions } from "../runtime/profile";
import { explain } from "../scheduler/explain";
import type { Plan } from "../scheduler/plan";

export interface RunOptions {
  /** Names of the outputs to read back; all of them unless told. An empty list runs and reads nothing. */
  readonly outputs?: readonly string[];
}

export class Program {
  readonly #executor: Executor;
  readonly #checks: readonly { node: Node; values: readonly (readonly [argument: string, input: string])[] }[];
  /** Parameters that have been set; one set for all programs that share them. */
  readonly #set: Set<string>;
  #destroyed = false;

  /** Use `Device.compile`. */
  constructor(
    readonly graph: Graph,
    readonly plan: Plan,
    executor: object,
    readonly facts: DeviceFacts,
    sharing?: Program,
  ) {
    this.#executor = executor as Executor;
    this.#set = sharing ? sharing.#set : new Set();
    this.#checks = graph.nodes.flatMap((node) => {
      const values = Object.entries(node.inputs)
        .filter(([, value]) => value.kind === "input")
        .map(([argument, value]): readonly [string, string] => [argument, value.name]);
      return node.op.check && values.length > 0 ? [{ node, values }] : [];
    });
  }

  #assertUsable(): void {
    if (this.#destroyed) throw new GraphError(`program "${this.plan.name}" was destroyed`);
  }

  #checkTensors(what: string, declared: ReadonlyMap<string, Value>, given: Named<Tensor>): void {
    for (const [name, tensor] of Object.entries(given)) {
      const value = declared.get(name);
      if (!value) throw new UnknownNameError(`${what} of "${this.graph.name}"`, name, [...declared.keys()]);
      if (!sameType(value.type, tensor)) {
        throw new ShapeError({ op: this.graph.name }, `${what} "${name}"`, formatType(tensor), formatType(value.type));
      }
    }
  }

  /**
   * Uploads weights; may be called for some of them at a time, and again to change them.
   * @throws ShapeError, UnknownNameError before anything is uploaded.
   */
  async setParameters(values: Named<Tensor>): Promise<void> {
    this.#assertUsable();
    this.#checkTensors("parameter", this.graph.parameters, values);
    await this.#executor.setParameters(values);
    for (const name of Object.keys(values)) this.#set.add(name);
  }

  /**
   * Reads parameters back as they are now: weights after training. All of them unless told.
   * @throws UnknownNameError, GraphError for one that was never set, DeviceLostError.
   */
  async getParameters(names: readonly string[] = [...this.graph.parameters.keys()]): Promise<Record<string, Tensor>> {
    this.#assertUsable();
    const never = names.find((name) => this.graph.parameters.has(name) && !this.#set.has(name));
    if (never !== undefined) throw new GraphError(`parameter "${never}" of "${this.graph.name}" was never set`);
    return this.#executor.readParameters(names);
  }

  /** For `Device.compile`: what runs this program. */
  get executor(): object {
    return this.#executor;
  }

  /** For `Device.compile`. @throws GraphError when `graph` has a parameter of this program by name, but not by type. */
  checkSharing(graph: Graph): void {
    this.#assertUsable();
    for (const [name, { type }] of graph.parameters) {
      const own = this.graph.parameters.get(name);
      if (own && !sameType(own.type, type)) {
        throw new GraphError(
          `parameter "${name}" is ${formatType(type)} in "${graph.name}", but ${formatType(own.type)} in "${this.graph.name}", with which it is to be shared`,
        );
      }
    }
  }

  /**
   * Runs the graph once.
   * @param inputs every input of the graph, by name
   * @returns the outputs asked for, by name
   * @throws ShapeError, ValueError, UnknownNameError, GraphError before anything is submitted; DeviceLostError, GpuError.
   */
  async run(inputs: Named<Tensor> = {}, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    this.#check(inputs);
    return this.#executor.run(inputs, options.outputs ?? [...this.graph.outputs.keys()]);
  }

  /** For finding kernels that leave elements unwritten: fills everything the next run computes with NaN. */
  poison(): void {
    this.#assertUsable();
    this.#executor.poison();
  }

  /** Times every step over some runs; see `Profile` and `ProfileOptions` for what is measured. */
  async profile(inputs: Named<Tensor> = {}, options: ProfileOptions = {}): Promise<Profile> {
    this.#check(inputs);
    return this.#executor.profile(inputs, options);
  }

  #check(inputs: Named<Tensor>): void {
    this.#assertUsable();
    this.#checkTensors("input", this.graph.inputs, inputs);
    for (const [name, value] of this.graph.inputs) {
      if (!inputs[name])
        throw new ShapeError({ op: this.graph.name }, `input "${name}"`, "missing", formatType(value.type));
    }
    const names = [...this.graph.parameters.keys()].filter((name) => !this.#set.has(name));
    if (names.length > 0) {
      const shown = names.slice(0, 8).join(", ") + (names.length > 8 ? `, … (${names.length} in all)` : "");
      throw new GraphError(`parameters of "${this.graph.name}" are not set: ${shown}. Call setParameters first.`);
    }
    for (const { node, values } of this.#checks) {
      const data = Object.fromEntries(values.map(([argument, input]) => [argument, (inputs[input] as Tensor).data]));
      node.op.check?.(data, node.problem);
    }
  }

  /** Resolves when everything submitted so far is done. */
  idle(): Promise<void> {
    return this.#executor.idle();
  }

  /** The plan as a readable table: steps, kernels, shapes, operations, memory. */
  explain(): string {
    return explain(this.plan);
  }

  /** Hands all memory back. Calling it again does nothing. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#executor.destroy();
  }
}

const sameType = (a: TensorType, b: TensorType): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);
