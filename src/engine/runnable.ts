/** What programs of one device and of a mesh have in common, and what compiles them: training and evaluation need no more. */
import type { Tensor } from "../core/tensor";
import type { Graph } from "../graph/graph";
import type { Named } from "../ops/op";
import type { Progress } from "../runtime/executor";
import type { Profile, ProfileOptions } from "../runtime/profile";
import type { PlanMemory } from "../scheduler/plan";

export interface RunOptions {
  /** Names of the outputs to read back; all of them unless told. An empty list runs and reads nothing. */
  readonly outputs?: readonly string[];
}

/** A compiled graph. */
export interface Runnable {
  readonly graph: Graph;
  /** Memory that its plans take on all devices together, in bytes. */
  readonly memory: PlanMemory;
  setParameters(values: Named<Tensor>): Promise<void>;
  getParameters(names?: readonly string[]): Promise<Record<string, Tensor>>;
  run(inputs?: Named<Tensor>, options?: RunOptions): Promise<Record<string, Tensor>>;
  profile(inputs?: Named<Tensor>, options?: ProfileOptions): Promise<Profile>;
  poison(): void | Promise<void>;
  idle(): Promise<void>;
  explain(): string;
  destroy(): void;
}

/** A device, or a mesh of them. */
export interface Compiler {
  compile(
    graph: Graph,
    options?: { readonly share?: Runnable; readonly onProgress?: (progress: Progress) => void },
  ): Promise<Runnable>;
}
