/** A compiled graph: set its parameters once, run it many times. */
import type { DeviceFacts } from "../core/device";
import { GraphError } from "../core/errors";
import type { Tensor } from "../core/tensor";
import type { Graph } from "../graph/graph";
import type { Named } from "../ops/op";
import type { Executor } from "../runtime/executor";
import type { Profile, ProfileOptions } from "../runtime/profile";
import { explain } from "../scheduler/explain";
import type { Plan, PlanMemory } from "../scheduler/plan";
import { GraphChecks } from "./checks";
import type { Runnable, RunOptions } from "./runnable";

export class Program implements Runnable {
  readonly #executor: Executor;
  readonly #checks: GraphChecks;
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
    this.#checks = new GraphChecks(graph);
  }

  #assertUsable(): void {
    if (this.#destroyed) throw new GraphError(`program "${this.plan.name}" was destroyed`);
  }

  /** Memory that the plan takes, in bytes. */
  get memory(): PlanMemory {
    return this.plan.memory;
  }

  /**
   * Uploads weights; may be called for some of them at a time, and again to change them.
   * @throws ShapeError, UnknownNameError before anything is uploaded.
   */
  async setParameters(values: Named<Tensor>): Promise<void> {
    this.#assertUsable();
    this.#checks.parameters(values);
    await this.#executor.setParameters(values);
    for (const name of Object.keys(values)) this.#set.add(name);
  }

  /**
   * Reads parameters back as they are now: weights after training. All of them unless told.
   * @throws UnknownNameError, GraphError for one that was never set, DeviceLostError.
   */
  async getParameters(names: readonly string[] = [...this.graph.parameters.keys()]): Promise<Record<string, Tensor>> {
    this.#assertUsable();
    this.#checks.wereSet(names, this.#set);
    return this.#executor.readParameters(names);
  }

  /** For `Device.compile`: what runs this program. */
  get executor(): object {
    return this.#executor;
  }

  /** For `Device.compile`. @throws GraphError when `graph` has a parameter of this program by name, but not by type. */
  checkSharing(graph: Graph): void {
    this.#assertUsable();
    this.#checks.sharing(graph);
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
    this.#checks.run(inputs, this.#set);
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
