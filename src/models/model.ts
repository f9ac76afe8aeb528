/** What a model is: a graph that can be built for any batch, the pictures it wants, and its weights. */

import type { Shape } from "../core/shape";
import type { Tensor, TensorType } from "../core/tensor";
import type { Graph, Value } from "../graph/graph";

/** How a picture becomes a model's input. */
export interface ImageRecipe {
  /** The short side is resized to this (bilinear), … */
  readonly resize: number;
  /** … and a square of this size is cut from the centre. */
  readonly size: number;
  /** Which colours the channels are; grey is the colours' brightness. */
  readonly channels: "RGB" | "BGR" | "grey";
  /** Values of 0 to 255 are divided by this, then `mean` is subtracted and `deviation` divided by, channel by channel. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Makes the mask of a dropout layer of a network in training: a value of the graph of this shape, 1 where a unit is kept. */
export type MakeMask = (graph: Graph, layer: string, shape: Shape, p: number) => Value;

/** Makes a model's input: a value of the graph of this type. */
export type MakeInput = (graph: Graph, type: TensorType) => Value;

export interface BuildOptions {
  readonly batch?: number;
  readonly taps?: boolean;
  /** What the network reads in place of an input `image`: pictures that are prepared in the same graph. */
  readonly image?: MakeInput;
  /** Builds the network as it is in training, with units dropped by these masks. */
  readonly masks?: MakeMask;
}

export interface Model {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly recipe: ImageRecipe;
  /** Names of the classes, by number; empty when they have none of their own. */
  readonly labels: readonly string[];
  /** Input `image`, outputs `logits` and `probabilities`; with `taps`, every layer before those too, by its name. */
  build(options?: BuildOptions): Graph;
  /** Random weights by the model's own rule; the same for the same seed, everywhere. */
  initialise(seed: number): Record<string, Tensor>;
  /** Names that weights go by elsewhere, to ours. */
  readonly weightNames: Readonly<Record<string, string>>;
}
