/** Per-step measurements: what each step of a plan did, how long it took, and how near that is to what the device can do. */
import type { Cost } from "../ops/op";
import { type Ceilings, shareOfCeiling } from "./ceilings";
import { type Summary, summarize } from "./statistics";

/** The times of one step, with what it was. The runtime's profile has them. */
export interface StepSamples {
  readonly step: {
    readonly node: string;
    readonly op: string;
    readonly kernel: string;
    readonly cost: Cost;
    readonly fused: readonly string[];
    readonly dispatches: readonly unknown[];
  };
  readonly ns: readonly number[];
}

export interface LayerRow {
  readonly node: string;
  readonly op: string;
  readonly kernel: string;
  /** Nodes folded into it. */
  readonly fused: readonly string[];
  readonly dispatches: number;
  readonly flops: number;
  readonly bytes: number;
  /** Times in nanoseconds. */
  readonly ns: Summary;
  readonly gflops: number;
  readonly gbps: number;
  /** Share of the ceiling that is nearer, and which that is. */
  readonly share: number;
  readonly bound: "arithmetic" | "memory";
}

export function layerRow({ step, ns }: StepSamples, ceilings: Ceilings): LayerRow {
  const summary = summarize(ns);
  const { flops, bytes } = step.cost;
  // A step faster than the clock's step reads as 0: its rates are unknown, not infinite.
  const time = summary.median > 0 ? summary.median : Number.POSITIVE_INFINITY;
  return {
    node: step.node,
    op: step.op,
    kernel: step.kernel,
    fused: step.fused,
    dispatches: step.dispatches.length,
    flops,
    bytes,
    ns: summary,
    gflops: flops / time,
    gbps: bytes / time,
    ...shareOfCeiling(step.cost, time, ceilings),
  };
}

/** Sum of the medians, in milliseconds. */
export const kernelMs = (rows: readonly LayerRow[]): number => rows.reduce((sum, { ns }) => sum + ns.median, 0) / 1e6;
