/** The engine's front door: open a device, compile graphs for it. No GPU type shows here, so none shows in published types. */
import type { DeviceFacts } from "../core/device";
import type { DeviceLostError } from "../core/errors";
import type { Graph } from "../graph/graph";
import type { MemoryCount } from "../runtime/buffers";
import { type ContextOptions, GpuContext } from "../runtime/context";
import { Executor, type Progress } from "../runtime/executor";
import type { ShaderMessage } from "../runtime/pipelines";
import { type ScheduleOptions, schedule } from "../scheduler/schedule";
import type { Tuning } from "../scheduler/tuning";
import { Program } from "./program";
import { storedTuning } from "./tuningStore";

export interface DeviceOptions {
  /** A WebGPU entry point, as `navigator.gpu` or what the npm package `webgpu` makes. `navigator.gpu` unless given. */
  readonly gpu?: object;
  /** Which adapter to prefer on a machine with several. */
  readonly powerPreference?: "low-power" | "high-performance";
  /** `highest` asks for all that the adapter offers; `default` for what every device has. `highest` unless told. */
  readonly limits?: "highest" | "default";
  /** A name for errors and for the browser's tools. */
  readonly label?: string;
  /** Refuse a software adapter. */
  readonly requireHardware?: boolean;
  /** Measured kernel choices; those that this page or process keeps (`tandem tune`) unless told, null for none. */
  readonly tuning?: Tuning | null;
}

export interface CompileOptions extends ScheduleOptions {
  /** Parameters that this program has by the same name are shared: one memory, set once, seen by both. */
  readonly share?: Program;
  readonly onProgress?: (progress: Progress) => void;
}

/** An open GPU device. */
export class Device {
  readonly #context: GpuContext;

  /** Use `openDevice`. */
  constructor(
    context: object,
    /** Measured kernel choices that `compile` goes by, unless it is given others. */
    readonly tuning: Tuning | null = null,
  ) {
    this.#context = context as GpuContext;
  }

  /** What the device offers: limits, features, whether it is software. */
  get facts(): DeviceFacts {
    return this.#context.facts;
  }

  /** Resolves when the device is lost; never rejects. */
  get lost(): Promise<DeviceLostError> {
    return this.#context.lost;
  }

  /** Memory in use, pooled, and at its peak, in bytes. */
  memory(): MemoryCount {
    return this.#context.buffers.count;
  }

  /**
   * Plans `graph` for this device, compiles its kernels in parallel and allocates its memory.
   * @throws UnsupportedError, LimitError before the GPU is touched; ShaderError, GpuError, DeviceLostError.
   */
  async compile(graph: Graph, options: CompileOptions = {}): Promise<Program> {
    this.#context.assertAlive();
    const { share, onProgress, ...wishes } = options;
    share?.checkSharing(graph);
    const plan = schedule(graph, this.facts, { tuning: this.tuning, ...wishes });
    const executor = await Executor.create(this.#context, plan, onProgress, share?.executor as Executor | undefined);
    return new Program(graph, plan, executor, this.facts, share);
  }

  /** What this device's compiler says of a WGSL text: errors and warnings, each with its line. */
  diagnose(code: string): Promise<readonly ShaderMessage[]> {
    return this.#context.guard(this.#context.pipelines.diagnose(code));
  }

  /** Frees everything. Programs of this device can no longer run. Calling it again does nothing. */
  destroy(): void {
    this.#context.destroy();
  }
}

/**
 * Opens a GPU device.
 * @throws NoAdapterError saying what to do when there is no WebGPU or no adapter.
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const { gpu, tuning = await storedTuning(), ...rest } = options;
  const wanted = gpu ? { ...rest, gpu: gpu as NonNullable<ContextOptions["gpu"]> } : rest;
  return new Device(await GpuContext.open(wanted), tuning);
}
