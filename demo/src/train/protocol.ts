/** What the page and the worker that trains say to each other. */
import type { NetworkName } from "./network";

/** Letters that a step learns from. */
export const BATCH = 32;

/** A run ends here: by then it has learnt what it will. */
export const LAST_STEP = 1500;

export interface Settings {
  readonly network: NetworkName;
  /** The classes, each once. */
  readonly letters: string;
  readonly rate: number;
  readonly seed: number;
}

export type Request =
  /** `run` counts the runs: what is heard of one that was given up is told apart by it. */
  | { readonly kind: "start"; readonly run: number; readonly settings: Settings }
  /** Gives the run up. */
  | { readonly kind: "stop" }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  /** A drawn letter, 28 × 28 of 0 to 255. */
  | { readonly kind: "read"; readonly id: number; readonly drawn: Float32Array };

export type Report =
  | { readonly kind: "ready"; readonly adapter: string; readonly parameters: number; readonly batch: number }
  | {
      readonly kind: "step";
      readonly step: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly ms: number;
    }
  | { readonly kind: "heldOut"; readonly step: number; readonly loss: number; readonly accuracy: number }
  | { readonly kind: "paused" }
  | { readonly kind: "resumed" }
  /** All steps are taken. */
  | { readonly kind: "finished" }
  | { readonly kind: "answer"; readonly id: number; readonly probabilities: readonly number[] }
  | { readonly kind: "failed"; readonly message: string };

/** A report as it is sent, with the run it is of. */
export type Message = Report & { readonly run: number };
