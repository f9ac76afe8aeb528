/**
 * A device of a mesh as the mesh speaks to it, wherever it is: in this thread, or in a worker of its own. What passes is plain
 * data, so that it can be sent.
 */
import type { DeviceFacts } from "../core/device";
import type { DeviceLostError } from "../core/errors";
import type { Tensor } from "../core/tensor";
import type { Plan } from "../scheduler/plan";
import type { MemoryCount } from "./buffers";
import type { GpuContext } from "./context";
import type { Exchange } from "./exchange";
import { Executor, type Progress } from "./executor";
import { runShare, type ShareRun } from "./segments";

/** A plan that was loaded on a seat. */
export interface Loaded {
  setParameters(values: Readonly<Record<string, Tensor>>): Promise<void>;
  readParameters(names: readonly string[]): Promise<Record<string, Tensor>>;
  run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    exchange: Exchange,
    traced: boolean,
  ): Promise<ShareRun>;
  poison(): Promise<void>;
  idle(): Promise<void>;
  destroy(): void;
}

export interface Seat {
  readonly label: string;
  readonly facts: DeviceFacts;
  /** Resolves when the device is lost; never rejects. */
  readonly lost: Promise<DeviceLostError>;
  memory(): Promise<MemoryCount>;
  /** @param sharing a plan of this seat whose parameters are used where names agree */
  load(plan: Plan, sharing: Loaded | undefined, onProgress?: (progress: Progress) => void): Promise<Loaded>;
  /** @throws DeviceLostError at once when the device is known to be gone. */
  assertAlive(): void;
  destroy(): void;
}

class LocalPlan implements Loaded {
  constructor(readonly executor: Executor) {}

  setParameters(values: Readonly<Record<string, Tensor>>): Promise<void> {
    return this.executor.setParameters(values);
  }
  readParameters(names: readonly string[]): Promise<Record<string, Tensor>> {
    return this.executor.readParameters(names);
  }
  run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    exchange: Exchange,
    traced: boolean,
  ): Promise<ShareRun> {
    return runShare(this.executor, inputs, outputs, exchange, traced);
  }
  async poison(): Promise<void> {
    this.executor.poison();
  }
  idle(): Promise<void> {
    return this.executor.idle();
  }
  destroy(): void {
    this.executor.destroy();
  }
}

/** A device in this thread. */
export class LocalSeat implements Seat {
  constructor(readonly context: GpuContext) {}

  get label(): string {
    return this.context.label;
  }
  get facts(): DeviceFacts {
    return this.context.facts;
  }
  get lost(): Promise<DeviceLostError> {
    return this.context.lost;
  }
  async memory(): Promise<MemoryCount> {
    return this.context.buffers.count;
  }
  async load(plan: Plan, sharing: Loaded | undefined, onProgress?: (progress: Progress) => void): Promise<Loaded> {
    const theirs = sharing instanceof LocalPlan ? sharing.executor : undefined;
    return new LocalPlan(await Executor.create(this.context, plan, onProgress, theirs));
  }
  assertAlive(): void {
    this.context.assertAlive();
  }
  destroy(): void {
    this.context.destroy();
  }
}
