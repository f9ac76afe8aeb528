/** What `tandem train` trains, by the names of the command line: a model, and the data that it learns from. */
import { charModelMetadata } from "../../io/charModel";
import { textDataset } from "../../io/datasets";
import { labelsMetadata } from "../../io/weights";
import { type Model, models } from "../../models";
import { CHAR_MODELS, type CharModelName } from "../../models/charRnn";
import { type PictureTask, pictureTask } from "../../train/pictureTask";
import type { Task } from "../../train/task";
import { textTask } from "../../train/textTask";
import type { TaskContext } from "../hosts/context";
import { openData, type Splits } from "./data";

export interface OpenTaskArgs {
  readonly model: string;
  /** What it is called: `glyphs`, `textures`, a folder, or a text file. */
  readonly data: string;
  /** Where it lies, unless it is made on the spot. */
  readonly path: string | null;
  readonly batch: number;
  readonly seed: number;
  /** Of pictures. */
  readonly mirror: boolean;
  /** Of pictures. */
  readonly colour: number;
  /** Pictures made for an epoch, of data made on the spot; null for the usual number. */
  readonly count: number | null;
  /** Share of a text, or of a folder of pictures without a part of its own for it, that is held out. */
  readonly heldOut: number;
  /** Of character models. */
  readonly unroll: number;
  /** Of character models. */
  readonly hidden: number;
  /** Of character models. */
  readonly layers: number;
}

export interface OpenedTask {
  readonly task: Task | PictureTask;
  readonly unit: "pictures" | "characters";
  /** Samples to learn from, and held out. */
  readonly samples: { readonly train: number; readonly heldOut: number };
  readonly broken: Splits["broken"];
  /** What stands in the metadata of its weights, so that they can be used without the data. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** @throws what reading the data throws, and what does not fit the model. */
export function openTask(args: OpenTaskArgs, context: TaskContext): Promise<OpenedTask> {
  return Object.hasOwn(CHAR_MODELS, args.model) ? openText(args, context) : openPictures(args, context);
}

async function openPictures(args: OpenTaskArgs, context: TaskContext): Promise<OpenedTask> {
  const { batch, seed, mirror, colour, count } = args;
  const model = (models as Readonly<Record<string, Model>>)[args.model] as Model;
  const channels = (model.build().inputs.get("image")?.shape[1] ?? 3) as 1 | 3;
  const wanted = { size: model.recipe.resize, channels, seed, count, share: args.heldOut };
  const { train, heldOut, broken } = await openData(args.path, wanted, context);
  const augmentation = { crop: true, mirror, colour };
  return {
    task: await pictureTask({ model, train, heldOut, batch, seed, augmentation }),
    unit: "pictures",
    samples: { train: train.length, heldOut: heldOut.length },
    broken,
    metadata: labelsMetadata(train.classes),
  };
}

async function openText(args: OpenTaskArgs, context: TaskContext): Promise<OpenedTask> {
  const { data, batch, unroll, hidden, layers, seed } = args;
  const whole = textDataset(data, await context.read(args.path ?? data));
  const { cell } = CHAR_MODELS[args.model as CharModelName];
  const form = { cell, vocabulary: whole.vocabulary.length, hidden, layers };
  const characters = Array.from(whole.text);
  // The end of the text is held out; where that is too short to be judged, nothing is.
  const kept = Math.floor(characters.length * args.heldOut);
  const split = kept > unroll;
  const part = (name: string, from: number, to: number) =>
    textDataset(`${data} (${name})`, characters.slice(from, to).join(""), whole.vocabulary);
  const train = split ? part("train", 0, characters.length - kept) : whole;
  const heldOut = split ? part("held-out", characters.length - kept, characters.length) : whole;
  return {
    task: textTask({ form, train, heldOut, batch, unroll, seed }),
    unit: "characters",
    samples: { train: train.length, heldOut: split ? heldOut.length : 0 },
    broken: () => [],
    metadata: charModelMetadata(form, whole.vocabulary),
  };
}
