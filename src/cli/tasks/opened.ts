/** What a model is to the commands once it is opened, whether it is built in or came in a file. */
import type { Tensor } from "../../core/tensor";
import type { Graph } from "../../graph/graph";
import { IMAGENET_CLASSES, imagenetLabels } from "../../io/labels/imagenet";
import type { ByteSource } from "../../io/source";
import type { Model } from "../../models";
import type { PreprocessName } from "../../models/preprocess";
import type { Recipe } from "../../ops/op";

export interface OpenModelArgs {
  /** A name of a built-in model, or a file. */
  readonly model: string;
  readonly batch: number;
  /** Of the random weights, when there are no others. */
  readonly seed: number;
  /** A file or address of weights, for a built-in model. */
  readonly weights?: string;
  /** Extents of axes that an ONNX file leaves open, by their names. */
  readonly dims?: Readonly<Record<string, number>>;
  /** How pictures are prepared, where the user says so. */
  readonly preprocess?: PreprocessName;
}

/** What opening a model needs of its surroundings. */
export interface OpenContext {
  open(path: string): Promise<ByteSource>;
  progress(progress: { readonly done: number; readonly total: number; readonly what: string }): void;
}

/** How pictures are prepared, and why so: the wrong way makes answers that are almost right, so it is always said. */
export interface PreprocessChoice {
  readonly says: string;
  readonly because: string;
}

export interface OpenedModel {
  /** With the recipe that is used for pictures, which may be another than a built-in model's own. */
  readonly model: Model;
  readonly graph: Graph;
  /** The input that is a picture. Undefined for a network of other things. */
  readonly picture: { readonly input: string; readonly channelsLast: boolean } | undefined;
  readonly preprocess: PreprocessChoice;
  /** How numbers are drawn for inputs that are no picture: uniform from -1 to 1 where nothing is said. */
  readonly recipes: Readonly<Record<string, Recipe>>;
  /** What the parameters are read from; undefined for random ones. */
  readonly file: string | undefined;
  /** Names of the classes; empty where nobody knows them. */
  readonly labels: readonly string[];
  readParameters(): Promise<Record<string, Tensor>>;
}

/** Names of classes for that many of them, where the weights were trained and nobody says of what. */
export const commonLabels = async (classes: number | undefined): Promise<readonly string[]> =>
  classes === IMAGENET_CLASSES ? imagenetLabels() : [];
