/**
 * One open GPU device: its facts, its loss, its error scopes, its pipelines and its memory. Everything that the other
 * files of this room share.
 */
import { DEFAULT_LIMITS, type DeviceFacts, type Limits } from "../core/device";
import { DeviceLostError, GpuError, LimitError, NoAdapterError } from "../core/errors";
import { BufferPool } from "./buffers";
import { PipelineCache } from "./pipelines";

export interface ContextOptions {
  /** Where adapters come from: `navigator.gpu` unless given. */
  readonly gpu?: GPU;
  readonly powerPreference?: GPUPowerPreference;
  /** `highest` asks for all that the adapter offers; `default` for what every device has. `highest` unless told. */
  readonly limits?: "highest" | "default";
  /** Shows in errors and in the browser's own tools. */
  readonly label?: string;
  /** Refuse a software adapter. */
  readonly requireHardware?: boolean;
}

const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];

/** Features that kernels or timing can use; asked for wherever the adapter has them. */
const WANTED_FEATURES = ["timestamp-query", "shader-f16", "subgroups"] as const;

/** Names under which software adapters are known to report themselves. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software|basic render|warp/i;

function isSoftware(info: GPUAdapterInfo): boolean {
  if (info.isFallbackAdapter) return true;
  return SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

function factsOf(adapterInfo: GPUAdapterInfo, device: GPUDevice): DeviceFacts {
  const limits = Object.fromEntries(LIMIT_NAMES.map((name) => [name, device.limits[name]])) as unknown as Limits;
  const { vendor, architecture, description, device: model } = adapterInfo;
  // Chrome tells it where developer features are on; the types do not know it.
  const { driver } = adapterInfo as GPUAdapterInfo & { readonly driver?: string };
  return {
    limits,
    features: new Set(device.features),
    software: isSoftware(adapterInfo),
    vendor,
    architecture,
    description: description || model || architecture || vendor || "unnamed adapter",
    ...(driver ? { driver } : {}),
    ...(typeof navigator === "undefined" ? {} : { agent: navigator.userAgent }),
  };
}

const NO_WEBGPU =
  "This environment has no WebGPU (no navigator.gpu). Use Chrome or Edge 113 or newer, Safari 26 or newer, or Firefox 141 or " +
  "newer over https or localhost; on Linux start Chrome with --enable-unsafe-webgpu; in Node pass a GPU from the npm package webgpu.";

const NO_ADAPTER =
  "WebGPU is there, but gave no adapter. In Chrome look at chrome://gpu; on a machine without a GPU start it with " +
  "--enable-unsafe-webgpu --use-webgpu-adapter=swiftshader; or run `tandem doctor`, which says what is missing.";

/** @throws NoAdapterError saying what to do. */
async function requestAdapter(options: ContextOptions): Promise<GPUAdapter> {
  const gpu = options.gpu ?? (typeof navigator === "undefined" ? undefined : navigator.gpu);
  if (!gpu) throw new NoAdapterError(NO_WEBGPU);
  const wish = options.powerPreference ? { powerPreference: options.powerPreference } : {};
  const adapter = await gpu.requestAdapter(wish);
  if (!adapter) throw new NoAdapterError(NO_ADAPTER);
  if (options.requireHardware && isSoftware(adapter.info)) {
    throw new NoAdapterError(
      `a hardware GPU is required, but the adapter is software (${adapter.info.description || adapter.info.architecture})`,
    );
  }
  return adapter;
}

/** An open device. `lost` never rejects; `guard` turns a wait on the device into one that ends when it is lost. */
export class GpuContext {
  readonly pipelines: PipelineCache;
  readonly buffers: BufferPool;
  readonly lost: Promise<DeviceLostError>;
  #loss: DeviceLostError | undefined;

  private constructor(
    readonly device: GPUDevice,
    readonly facts: DeviceFacts,
    readonly label: string,
  ) {
    this.pipelines = new PipelineCache(device);
    this.buffers = new BufferPool(device, facts.limits.maxBufferSize);
    this.lost = device.lost.then((info) => {
      this.#loss = new DeviceLostError(label, info.reason ?? "unknown", info.message);
      return this.#loss;
    });
    // Errors are caught in scopes; one that escapes them is a bug, and must not pass in silence.
    device.addEventListener("uncapturederror", (event) => {
      console.error(`Tandem, device "${label}": uncaptured GPU error: ${event.error.message}`);
    });
  }

  /** @throws NoAdapterError, LimitError. */
  static async open(options: ContextOptions = {}): Promise<GpuContext> {
    const adapter = await requestAdapter(options);
    const label = options.label ?? "gpu0";
    const highest = (options.limits ?? "highest") === "highest";
    const requiredLimits = highest ? Object.fromEntries(LIMIT_NAMES.map((name) => [name, adapter.limits[name]])) : {};
    const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[];
    const device = await adapter.requestDevice({ label, requiredLimits, requiredFeatures });
    return new GpuContext(device, factsOf(adapter.info, device), label);
  }

  /** @throws DeviceLostError at once when the device is gone. */
  assertAlive(): void {
    if (this.#loss) throw this.#loss;
  }

  /** Waits for `work`, but no longer than the device lives. @throws DeviceLostError. */
  async guard<T>(work: Promise<T>): Promise<T> {
    const lost = this.lost.then((loss): never => {
      throw loss;
    });
    try {
      return await Promise.race([work, lost]);
    } catch (error) {
      // A lost device rejects pending maps with an AbortError of its own, perhaps before `lost` resolves.
      if (error instanceof Error && error.name === "AbortError") await settle();
      if (this.#loss) throw this.#loss;
      throw error;
    } finally {
      lost.catch(() => undefined);
    }
  }

  /**
   * Runs `make` in error scopes; what the GPU reports comes out as an error that names `what`.
   * @throws GpuError, DeviceLostError.
   */
  async scoped<T>(what: string, make: () => T | Promise<T>): Promise<T> {
    this.assertAlive();
    const { device } = this;
    device.pushErrorScope("internal");
    device.pushErrorScope("out-of-memory");
    device.pushErrorScope("validation");
    let result: T | Promise<T> | undefined;
    let failure: unknown;
    try {
      result = make();
    } catch (error) {
      failure = error;
    }
    const pops = Promise.all([device.popErrorScope(), device.popErrorScope(), device.popErrorScope()]);
    const [validation, memory, internal] = await this.guard(pops);
    if (validation) throw new GpuError("validation", what, validation.message);
    if (memory) throw new GpuError("out-of-memory", what, memory.message);
    if (internal) throw new GpuError("internal", what, internal.message);
    if (failure !== undefined) throw failure;
    return result as T;
  }

  destroy(): void {
    this.buffers.destroy();
    this.device.destroy();
  }
}

/** Lets promises that are already due settle. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** @throws LimitError when a device does not have what is wanted, by the limit's name. */
export function requireLimit(facts: DeviceFacts, limit: keyof Limits, needs: number, what: string): void {
  if (facts.limits[limit] < needs) throw new LimitError(limit, facts.limits[limit], needs, what);
}
