/** What a trainer trains: a network that ends in a loss, what it reads, and how it is judged. */
import type { Tensor } from "../core/tensor";
import type { Runnable } from "../engine/runnable";
import type { Graph } from "../graph/graph";
import type { Named } from "../ops/op";
import type { LossGraph } from "./step";

/** How well a network does. */
export interface StepReport {
  /** Mean over the samples. */
  readonly loss: number;
  /** Share of the samples whose label was the largest logit. */
  readonly accuracy: number;
}

/** Which batch is wanted. */
export interface BatchAt {
  readonly epoch: number;
  /** Of the epoch's batches, from 0. */
  readonly position: number;
  /** Batches taken before, in all epochs: what lots are drawn by. */
  readonly draw: number;
}

/**
 * Compiles a graph on the weights that are being trained, once for each key. Parameters that training does not have are the
 * caller's to set.
 */
export type Programs = (key: string, build: () => Graph) => Promise<Runnable>;

export interface Task {
  /** Of the model; a checkpoint goes by it. */
  readonly name: string;
  /** Samples in a batch: pictures, or characters. */
  readonly samples: number;
  /** Batches in an epoch. */
  readonly batches: number;
  /** Weights to begin with, by name. */
  readonly weights: Named<Tensor>;
  /** Parameters that the network itself carries from batch to batch, to begin with, by name. */
  readonly states: Named<Tensor>;
  /**
   * The network in training form, a new graph each time, with outputs `loss` and `hits` (samples whose label was the largest
   * logit).
   * @param carry whether it updates its states
   */
  network(carry: boolean): LossGraph;
  /** The network's inputs for a batch. */
  batch(at: BatchAt): Promise<Record<string, Tensor>>;
  /** Judges the weights on held-out samples. */
  evaluate(programs: Programs): Promise<StepReport>;
}
