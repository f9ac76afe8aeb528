/** Several devices as one: graphs are placed on them by a layout, and run with the calls that a single device has. */

import type { DeviceFacts } from "../core/device";
import type { DeviceLostError } from "../core/errors";
import { LimitError, ValueError } from "../core/errors";
import type { Graph } from "../graph/graph";
import { type Layout, type LayoutName, layoutOf } from "../layout/layout";
import { placeGraph } from "../layout/place";
import { sharesOf } from "../layout/shares";
import type { MemoryCount } from "../runtime/buffers";
import { type ContextOptions, GpuContext } from "../runtime/context";
import type { Progress } from "../runtime/executor";
import { type Loaded, LocalSeat, type Seat } from "../runtime/seat";
import type { Plan } from "../scheduler/plan";
import { type ScheduleOptions, schedule } from "../scheduler/schedule";
import type { DeviceOptions } from "./device";
import { MeshProgram } from "./meshProgram";
import type { Compiler } from "./runnable";

export interface MeshOptions extends Omit<DeviceOptions, "label"> {
  /** How many devices, all from one entry point; or what is special about each, such as an entry point of its own. */
  readonly devices: number | readonly DeviceOptions[];
  /** The layout of graphs that are compiled without one; `single` unless told. */
  readonly layout?: LayoutName | Layout;
}

export interface MeshCompileOptions extends Pick<ScheduleOptions, "fusion" | "kernels" | "tunables"> {
  /** A layout by its name, or one of your own; the mesh's unless told. */
  readonly layout?: LayoutName | Layout;
  /** `f16` sends floats as halves, weights excepted: half the bytes, each number rounded by up to 2⁻¹¹ of itself. */
  readonly transport?: "f32" | "f16";
  /** Parameters that this program has by the same name are shared: one memory, set once, seen by both. */
  readonly share?: MeshProgram;
  readonly onProgress?: (progress: Progress) => void;
}

/** Open devices that run one graph together. */
export class DeviceMesh implements Compiler {
  readonly #seats: readonly Seat[];
  #last: Promise<unknown> = Promise.resolve();

  /** Use `openMesh`. */
  constructor(
    seats: object,
    readonly options: MeshOptions,
  ) {
    this.#seats = seats as readonly Seat[];
  }

  /** Name, limits and features of each device. */
  get devices(): readonly { readonly label: string; readonly facts: DeviceFacts }[] {
    return this.#seats.map(({ label, facts }) => ({ label, facts }));
  }

  /** Resolves when the first device is lost; never rejects. */
  get lost(): Promise<DeviceLostError> {
    return Promise.race(this.#seats.map(({ lost }) => lost));
  }

  /** Memory of each device, in bytes. */
  memory(): Promise<readonly MemoryCount[]> {
    return Promise.all(this.#seats.map((seat) => seat.memory()));
  }

  /** Work that changes or reads what lies on the devices is done in the order in which it was asked for. */
  readonly #inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  };

  /**
   * Places `graph` by a layout, plans every device's share and allocates its memory.
   * @throws LayoutError for a layout that does not fit the graph or the mesh; UnsupportedError, LimitError naming the device,
   * before any GPU is touched; ShaderError, GpuError, DeviceLostError.
   */
  async compile(graph: Graph, options: MeshCompileOptions = {}): Promise<MeshProgram> {
    const { layout, transport = "f32", share, onProgress, ...wishes } = options;
    for (const seat of this.#seats) seat.assertAlive();
    share?.checkSharing(graph);
    const theirs = [...(share?.placed.parameters ?? [])].filter(([name]) => graph.parameters.has(name));
    const placed = placeGraph(graph, layoutOf(layout ?? share?.placed.layout ?? this.options.layout ?? "single"), {
      devices: this.#seats.length,
      parameters: new Map(theirs),
      lenient: share !== undefined,
      transport: { half: transport === "f16" },
    });
    const plans = sharesOf(placed).map((graphOfOne, d) => planFor(this.#seats, d, graphOfOne, wishes));
    const loaded: Loaded[] = [];
    const done = new Array<number>(plans.length).fill(0);
    const total = plans.reduce((sum, { prepare, steps }) => sum + prepare.length + steps.length, 0);
    const loading = await Promise.allSettled(
      this.#seats.map(async (seat, d) => {
        const one = await seat.load(plans[d] as Plan, share?.loaded[d] as Loaded | undefined, (progress) => {
          done[d] = progress.done;
          onProgress?.({ ...progress, done: done.reduce((a, b) => a + b), total: Math.max(total, progress.total) });
        });
        loaded[d] = one;
      }),
    );
    const failed = loading.find((each) => each.status === "rejected");
    if (failed) {
      for (const one of loaded) one?.destroy();
      throw failed.reason;
    }
    return new MeshProgram({ placed, seats: this.#seats, plans, loaded, inTurn: this.#inTurn }, share);
  }

  /** Closes one device, as if it had been lost: for trying out what happens then. */
  lose(device: number): void {
    this.#seats[device]?.destroy();
  }

  /** A mesh of new devices as this one's were, for when one was lost; what is left of this one is freed. */
  async reopen(): Promise<DeviceMesh> {
    this.destroy();
    return openMesh(this.options);
  }

  /** Frees everything. Programs of this mesh can no longer run. Calling it again does nothing. */
  destroy(): void {
    for (const seat of this.#seats) seat.destroy();
  }
}

/** A plan of one device's share; what its limits do not allow is refused with its name. */
function planFor(seats: readonly Seat[], d: number, graph: Graph, wishes: ScheduleOptions): Plan {
  const { facts, label } = seats[d] as Seat;
  try {
    return schedule(graph, facts, { ...onDevice(wishes, graph, d), partial: true });
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    const { limit, has, needs, what } = error;
    const others = seats.filter((seat) => seat.facts.limits[limit as keyof DeviceFacts["limits"]] >= needs);
    const better = others.map((seat) => `"${seat.label}"`).join(", ");
    throw new LimitError(limit, has, needs, `device "${label}"${better ? ` (${better} would do)` : ""}: ${what}`);
  }
}

/** Wishes for a node of the graph that was placed hold for its parts. */
function onDevice({ kernels, tunables, ...rest }: ScheduleOptions, graph: Graph, d: number): ScheduleOptions {
  const suffixed = <T>(wishes: Readonly<Record<string, T>>): Record<string, T> => {
    const out: Record<string, T> = { ...wishes };
    for (const { name } of graph.nodes) {
      const wish = name.endsWith(`@${d}`) ? wishes[name.slice(0, -`@${d}`.length)] : undefined;
      if (wish !== undefined) out[name] = wish;
    }
    return out;
  };
  return {
    ...rest,
    ...(kernels ? { kernels: suffixed(kernels) } : {}),
    ...(tunables ? { tunables: suffixed(tunables) } : {}),
  };
}

/**
 * Opens several devices. On a machine with one adapter they are several devices of it, which share its time and memory.
 * @throws ValueError for a number of devices below 1; NoAdapterError saying what to do.
 */
export async function openMesh(options: MeshOptions): Promise<DeviceMesh> {
  const { devices, layout: _, ...common } = options;
  const wanted = typeof devices === "number" ? Array.from({ length: devices }, (): DeviceOptions => ({})) : devices;
  if (wanted.length < 1 || (typeof devices === "number" && !Number.isInteger(devices))) {
    throw new ValueError({ op: "openMesh" }, "devices", String(devices), "a whole number of 1 or more");
  }
  const opened = await Promise.allSettled(
    wanted.map(async (own, d) => {
      // An adapter gives one device: each asks for its own.
      return new LocalSeat(await GpuContext.open({ label: `gpu${d}`, ...common, ...own } as ContextOptions));
    }),
  );
  const failed = opened.find((each) => each.status === "rejected");
  const seats = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  if (failed) {
    for (const seat of seats) seat.destroy();
    throw failed.reason;
  }
  return new DeviceMesh(seats, options);
}
