/**
 * A plan: everything a run does, as plain data that can be printed. Tensors with their place in memory, steps with their
 * dispatches. The runtime executes plans and knows nothing of ops.
 */
import type { TensorType } from "../core/tensor";
import type { Cost, Tuned, Workgroups } from "../ops/op";
import type { LinkedShader } from "../wgsl/link";
import type { BindingKind } from "../wgsl/reflect";

/** How a tensor of a plan lives. */
export type Residence =
  /** Fed in every run. */
  | "input"
  /** Fed once, kept. */
  | "parameter"
  /** Written by a preparing step when parameters are set, kept. */
  | "prepared"
  /** Written in every run; its memory is shared with tensors that do not live at the same time. */
  | "transient";

/** A tensor that takes memory. */
export interface PlannedTensor {
  readonly id: number;
  readonly name: string;
  readonly type: TensorType;
  readonly byteLength: number;
  readonly residence: Residence;
  /** The buffer it lies in: index into `Plan.slots`. Transient tensors that never live together may share one. */
  readonly slot: number;
}

/** Part of a tensor bound to a shader at `index`. */
export interface PlannedBinding {
  readonly name: string;
  readonly index: number;
  readonly kind: BindingKind;
  /** The tensor; undefined for the uniform. */
  readonly tensor: number | undefined;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** One dispatch, complete: text, constants, uniform bytes, bindings. */
export interface PlannedDispatch {
  readonly shader: LinkedShader;
  readonly bindings: readonly PlannedBinding[];
  /** Bytes of the uniform, if the shader has one. */
  readonly uniform: ArrayBuffer | undefined;
  readonly workgroups: Workgroups;
}

/** A tensor copied whole to another of its type. */
export interface PlannedCopy {
  readonly source: number;
  readonly target: number;
  readonly byteLength: number;
}

/** A tensor that leaves the device, or comes to it, where a step stands. */
export interface PlannedCrossing {
  readonly direction: "out" | "in";
  /** What is sent on a channel on one device is received on it on another. */
  readonly channel: number;
  readonly tensor: number;
  readonly byteLength: number;
}

/** One node's work. */
export interface Step {
  readonly node: string;
  readonly op: string;
  readonly kernel: string;
  readonly tuned: Tuned;
  readonly cost: Cost;
  /** Type of the first output, for reports. */
  readonly output: TensorType;
  /** Tensors copied before the dispatches: outputs that are changed in place, and do not lie where their input does. */
  readonly copies: readonly PlannedCopy[];
  /** Nodes whose work was folded into this step. */
  readonly fused: readonly string[];
  readonly dispatches: readonly PlannedDispatch[];
  /** In a device's share of a placed graph: what is sent or received in place of dispatches. */
  readonly crossing?: PlannedCrossing;
}

/** Memory that a plan takes, in bytes. */
export interface PlanMemory {
  readonly parameters: number;
  readonly prepared: number;
  readonly inputs: number;
  /** Buffers for transient tensors, after aliasing: the peak. */
  readonly transient: number;
  /** What the transient tensors would take if each had its own. */
  readonly transientUnshared: number;
}

export interface Plan {
  readonly name: string;
  readonly tensors: readonly PlannedTensor[];
  /** Bytes of each buffer. */
  readonly slots: readonly number[];
  /** Steps that depend on parameters alone: run when those are set. */
  readonly prepare: readonly Step[];
  /** Steps of every run, in order. */
  readonly steps: readonly Step[];
  /** Parameters that become what the run computed, when its steps are done. */
  readonly updates: readonly PlannedCopy[];
  /** Whether a run changes parameters, in place or by `updates`. */
  readonly changesParameters: boolean;
  /** Tensor ids by name. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, number>>;
  /** An output may have another shape than the tensor it lies in, when it is a view of it. */
  readonly outputs: Readonly<Record<string, { readonly tensor: number; readonly type: TensorType }>>;
  readonly memory: PlanMemory;
  readonly flops: number;
}
