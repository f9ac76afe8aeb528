/** Records dispatches and copies in as few passes and submissions as the work allows. */
import type { PlannedCopy, PlannedDispatch, Step } from "../scheduler/plan";
import type { GpuContext } from "./context";

export interface ReadyDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: PlannedDispatch["workgroups"];
}

export interface ReadyStep {
  readonly step: Step;
  readonly dispatches: readonly ReadyDispatch[];
}

/** Gives the timestamps to be written around a dispatch; undefined where it is not timed. */
export type TimeDispatch = (step: Step) => GPUComputePassTimestampWrites | undefined;

/**
 * Work in one submission, in operations. A browser kills a GPU process that does not answer for some ten seconds, and a
 * page cannot draw meanwhile; a software adapter runs at a few GFLOP/s, a GPU at a thousand times that.
 */
const FLOPS_PER_SUBMIT = { software: 4e9, hardware: 4e12 };

export class Recorder {
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #flops = 0;

  constructor(
    readonly context: GpuContext,
    readonly label: string,
    readonly copy: (encoder: GPUCommandEncoder, copies: readonly PlannedCopy[]) => void,
    readonly time?: TimeDispatch,
  ) {}

  /** The encoder with no pass open. */
  #open(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = undefined;
    this.#encoder ??= this.context.device.createCommandEncoder({ label: this.label });
    return this.#encoder;
  }

  step({ step, dispatches }: ReadyStep): void {
    const budget = this.context.facts.software ? FLOPS_PER_SUBMIT.software : FLOPS_PER_SUBMIT.hardware;
    if (this.#flops > 0 && this.#flops + step.cost.flops > budget) this.flush();
    this.#flops += step.cost.flops;
    if (step.copies.length > 0) this.copy(this.#open(), step.copies);
    for (const dispatch of dispatches) {
      const timestampWrites = this.time?.(step);
      if (timestampWrites) {
        const pass = this.#open().beginComputePass({ label: step.node, timestampWrites });
        encode(pass, [dispatch]);
        pass.end();
        continue;
      }
      this.#pass ??= this.#open().beginComputePass({ label: this.label });
      encode(this.#pass, [dispatch]);
    }
  }

  /** Records what is no dispatch. */
  record(what: (encoder: GPUCommandEncoder) => void): void {
    what(this.#open());
  }

  /** Submits what was recorded since the last time. */
  flush(): void {
    this.#flops = 0;
    if (!this.#encoder) return;
    const encoder = this.#open();
    this.#encoder = undefined;
    this.context.device.queue.submit([encoder.finish()]);
  }
}

export function encode(pass: GPUComputePassEncoder, dispatches: readonly ReadyDispatch[]): void {
  for (const { pipeline, group, workgroups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...workgroups);
  }
}
