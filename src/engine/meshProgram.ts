/** A graph compiled for a mesh: the same calls as a program of one device, on parameters that go by the graph's own names. */
import { GraphError, UnknownNameError } from "../core/errors";
import { sizeOf } from "../core/shape";
import { Tensor } from "../core/tensor";
import type { Graph } from "../graph/graph";
import { cutTensor, joinTensors } from "../layout/parts";
import type { Pieces, PlacedGraph } from "../layout/place";
import type { Named } from "../ops/op";
import { Post } from "../runtime/exchange";
import type { Profile, ProfileOptions, StepTimes } from "../runtime/profile";
import type { Loaded, Seat } from "../runtime/seat";
import type { ShareRun } from "../runtime/segments";
import { explain } from "../scheduler/explain";
import type { Plan, PlanMemory, Step } from "../scheduler/plan";
import { GraphChecks } from "./checks";
import type { Runnable, RunOptions } from "./runnable";
import type { MeshTrace, TransferSpan } from "./trace";

/** A device's share of a program. */
export interface DeviceShare {
  readonly label: string;
  readonly plan: Plan;
  /** Elements of parameters that lie on it. */
  readonly parameters: number;
}

/** A tensor that crosses in every run. */
export interface TransferPlan {
  readonly tensor: string;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

const DEFAULT_RUNS = 5;

/** For `DeviceMesh`: what a program is made of. */
export interface MeshParts {
  readonly placed: PlacedGraph;
  readonly seats: readonly Seat[];
  readonly plans: readonly Plan[];
  readonly loaded: readonly Loaded[];
  /** Has work of the mesh done one after the other. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

export class MeshProgram implements Runnable {
  readonly graph: Graph;
  readonly #parts: MeshParts;
  readonly #checks: GraphChecks;
  /** Parameters that have been set; one set for all programs that share them. */
  readonly #set: Set<string>;
  #destroyed = false;

  /** Use `DeviceMesh.compile`. */
  constructor(parts: object, sharing?: MeshProgram) {
    this.#parts = parts as MeshParts;
    this.graph = this.#parts.placed.source;
    this.#checks = new GraphChecks(this.graph);
    this.#set = sharing ? sharing.#set : new Set();
  }

  /** The graph with every node's device and every transfer: what the views of `src/layout/print.ts` show. */
  get placed(): PlacedGraph {
    return this.#parts.placed;
  }

  /** For `DeviceMesh.compile`. */
  get loaded(): readonly object[] {
    return this.#parts.loaded;
  }

  /** What each device does and holds. */
  get devices(): readonly DeviceShare[] {
    const { placed, seats, plans } = this.#parts;
    const held = new Array<number>(seats.length).fill(0);
    for (const pieces of placed.parameters.values()) {
      for (const { device, name } of pieces) {
        held[device] = (held[device] as number) + sizeOf(placed.graph.parameters.get(name)?.shape ?? []);
      }
    }
    return seats.map(({ label }, d) => ({ label, plan: plans[d] as Plan, parameters: held[d] as number }));
  }

  /** Everything that crosses in a run. */
  get transfers(): readonly TransferPlan[] {
    return this.placed.crossings.map(({ name, from, to, value }) => ({
      tensor: name,
      from,
      to,
      bytes: 4 * sizeOf(value.shape),
    }));
  }

  get memory(): PlanMemory {
    const sum = (key: keyof PlanMemory) => this.#parts.plans.reduce((bytes, { memory }) => bytes + memory[key], 0);
    return {
      parameters: sum("parameters"),
      prepared: sum("prepared"),
      inputs: sum("inputs"),
      transient: sum("transient"),
      transientUnshared: sum("transientUnshared"),
    };
  }

  #assertUsable(): void {
    if (this.#destroyed) throw new GraphError(`program "${this.graph.name}" was destroyed`);
  }

  /** What each device gets of tensors by their names in the graph. */
  #cut(pieces: Pieces, values: Named<Tensor>): Record<string, Tensor>[] {
    const shares = this.#parts.seats.map((): Record<string, Tensor> => ({}));
    for (const [name, tensor] of Object.entries(values)) {
      for (const { device, range, name: own } of pieces.get(name) ?? []) {
        (shares[device] as Record<string, Tensor>)[own] = cutTensor(tensor, range);
      }
    }
    return shares;
  }

  /** Tensors by their names in the graph, of what was read on each device. */
  #join(names: readonly string[], pieces: Pieces, declared: Graph["outputs"], read: readonly Named<Tensor>[]) {
    return Object.fromEntries(
      names.map((name) => {
        const parts = (pieces.get(name) ?? []).flatMap(({ device, range, name: own }) => {
          const tensor = read[device]?.[own];
          return tensor ? [{ range, tensor }] : [];
        });
        const type = declared.get(name)?.type ?? { shape: [], dtype: "f32" };
        const whole = parts.length === 1 && !parts[0]?.range ? (parts[0]?.tensor as Tensor) : Tensor.zeros(type);
        return [name, joinTensors(whole, parts)];
      }),
    );
  }

  /**
   * Uploads weights, to each device what it holds of them; they may come from a program of any layout.
   * @throws ShapeError, UnknownNameError before anything is uploaded.
   */
  async setParameters(values: Named<Tensor>): Promise<void> {
    this.#assertUsable();
    this.#checks.parameters(values);
    const { loaded, placed, inTurn } = this.#parts;
    const shares = this.#cut(placed.parameters, values);
    await inTurn(() => Promise.all(loaded.map((one, device) => one.setParameters(shares[device] ?? {}))));
    for (const name of Object.keys(values)) this.#set.add(name);
  }

  /**
   * Reads parameters back as they are now, put together from the devices that hold them. All of them unless told.
   * @throws UnknownNameError, GraphError for one that was never set, DeviceLostError.
   */
  async getParameters(names: readonly string[] = [...this.graph.parameters.keys()]): Promise<Record<string, Tensor>> {
    this.#assertUsable();
    this.#checks.wereSet(names, this.#set);
    const { loaded, placed, inTurn } = this.#parts;
    const wanted = loaded.map((): string[] => []);
    for (const name of names) {
      const pieces = placed.parameters.get(name);
      if (!pieces) throw new UnknownNameError("parameter", name, [...this.graph.parameters.keys()]);
      const whole = pieces.find(({ range }) => !range);
      for (const { device, name: own } of whole ? [whole] : pieces) wanted[device]?.push(own);
    }
    const read = await inTurn(() =>
      Promise.all(loaded.map((one, device) => (wanted[device]?.length ? one.readParameters(wanted[device]) : {}))),
    );
    return this.#join(names, placed.parameters, this.graph.parameters, read);
  }

  async #runShares(inputs: Named<Tensor>, outputs: readonly string[], traced: boolean): Promise<ShareRun[]> {
    const { loaded, placed, seats, inTurn } = this.#parts;
    const shares = this.#cut(placed.inputs, inputs);
    const wanted = loaded.map((): string[] => []);
    for (const name of outputs) {
      const pieces = placed.outputs.get(name);
      if (!pieces) throw new UnknownNameError("output", name, [...this.graph.outputs.keys()]);
      for (const { device, name: own } of pieces) wanted[device]?.push(own);
    }
    return inTurn(async () => {
      for (const seat of seats) seat.assertAlive();
      const post = new Post();
      const runs = await Promise.allSettled(
        loaded.map(async (one, device) => {
          try {
            return await one.run(shares[device] ?? {}, wanted[device] ?? [], post, traced);
          } catch (error) {
            post.fail(error);
            throw error;
          }
        }),
      );
      if (post.failure) {
        // A device that is gone may fail in other ways before it says so.
        await new Promise((resolve) => setTimeout(resolve, 0));
        for (const seat of seats) seat.assertAlive();
        throw post.failure.error;
      }
      return runs.map((run) => (run as PromiseFulfilledResult<ShareRun>).value);
    });
  }

  /**
   * Runs the graph once, on all devices at a time.
   * @throws ShapeError, ValueError, UnknownNameError, GraphError before anything is submitted; GpuError; DeviceLostError, which
   * names the device: open the mesh anew, and compile again.
   */
  async run(inputs: Named<Tensor> = {}, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    this.#check(inputs);
    const names = options.outputs ?? [...this.graph.outputs.keys()];
    const runs = await this.#runShares(inputs, names, false);
    return this.#join(
      names,
      this.placed.outputs,
      this.graph.outputs,
      runs.map((run) => run.outputs),
    );
  }

  /** As `run`, and says what every device did when. Dispatches are timed one by one, which takes a little longer. */
  async trace(
    inputs: Named<Tensor> = {},
    options: RunOptions = {},
  ): Promise<{ readonly outputs: Record<string, Tensor>; readonly trace: MeshTrace }> {
    this.#check(inputs);
    const names = options.outputs ?? [...this.graph.outputs.keys()];
    const begin = performance.timeOrigin + performance.now();
    const runs = await this.#runShares(inputs, names, true);
    const ms = performance.timeOrigin + performance.now() - begin;
    const outputs = this.#join(
      names,
      this.placed.outputs,
      this.graph.outputs,
      runs.map((run) => run.outputs),
    );
    return { outputs, trace: this.#traceOf(runs, begin, ms) };
  }

  #traceOf(runs: readonly ShareRun[], start: number, ms: number): MeshTrace {
    const { seats, placed } = this.#parts;
    const spans = runs.map(({ trace }) => trace);
    const transfers = placed.crossings.flatMap(({ channel, from, to, name }): TransferSpan[] => {
      const sent = spans[from]?.sent.find((span) => span.channel === channel);
      const received = spans[to]?.received.find((span) => span.channel === channel);
      if (!sent || !received) return [];
      const times = { begin: sent.begin - start, mapped: sent.end - start, end: received.end - start };
      return [{ tensor: name, from, to, bytes: sent.bytes, ...times }];
    });
    return {
      layout: placed.layout.name,
      ms,
      method: spans.every((trace) => trace?.method === "timestamp-query") ? "timestamp-query" : "queue",
      devices: seats.map(({ label }, device) => ({
        label,
        dispatches: (spans[device]?.dispatches ?? []).map(({ begin, end, ...rest }) => ({
          ...rest,
          begin: begin - start,
          end: end - start,
        })),
      })),
      transfers,
    };
  }

  /**
   * Times every step of all devices over some runs. Devices work at the same time here, as they do in `run`, so that those
   * that share an adapter slow each other down.
   */
  async profile(inputs: Named<Tensor> = {}, options: ProfileOptions = {}): Promise<Profile> {
    const { runs = DEFAULT_RUNS, warm = true } = options;
    if (warm) await this.run(inputs, { outputs: [] });
    const steps = this.#parts.plans.flatMap((plan) => plan.steps.filter(({ crossing }) => !crossing));
    const ns = new Map<string, number[]>(steps.map((step) => [step.node, []]));
    const wallNs: number[] = [];
    let method: Profile["method"] = "timestamp-query";
    for (let run = 0; run < runs; run++) {
      const { trace } = await this.trace(inputs, { outputs: [] });
      method = trace.method;
      wallNs.push(trace.ms * 1e6);
      for (const { dispatches } of trace.devices) {
        for (const { node, begin, end } of dispatches) {
          const list = ns.get(node) as number[];
          list[run] = (list[run] ?? 0) + (end - begin) * 1e6;
        }
      }
    }
    const times = steps.map((step: Step): StepTimes => ({ step, ns: ns.get(step.node) as number[] }));
    return { steps: times, wallNs, method, quantumNs: 1 };
  }

  #check(inputs: Named<Tensor>): void {
    this.#assertUsable();
    this.#checks.run(inputs, this.#set);
  }

  /** For `DeviceMesh.compile`. @throws GraphError when `graph` has a parameter of this program by name, but not by type. */
  checkSharing(graph: Graph): void {
    this.#assertUsable();
    this.#checks.sharing(graph);
  }

  /** For finding kernels that leave elements unwritten: fills everything the next run computes with NaN. */
  async poison(): Promise<void> {
    this.#assertUsable();
    await Promise.all(this.#parts.loaded.map((one) => one.poison()));
  }

  /** Resolves when everything submitted so far is done. */
  async idle(): Promise<void> {
    await this.#parts.inTurn(() => Promise.all(this.#parts.loaded.map((one) => one.idle())));
  }

  /** The plans of all devices as readable tables. */
  explain(): string {
    return this.#parts.plans.map(explain).join("\n\n");
  }

  /** Hands all memory back. Calling it again does nothing. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const one of this.#parts.loaded) one.destroy();
  }
}
