/** Classification of pictures as a task to train. */
import { TandemError, ValueError } from "../core/errors";
import { Tensor } from "../core/tensor";
import type { ImageDataset } from "../io/datasets";
import type { Model } from "../models";
import { type Augmentation, Batches, preparedPictures, principalColours, shuffled } from "./pictures";
import { classifierLoss, countedMasks } from "./step";
import type { Programs, StepReport, Task } from "./task";

export interface PictureTaskOptions {
  readonly model: Model;
  readonly train: ImageDataset;
  readonly heldOut: ImageDataset;
  /** Pictures in a batch. */
  readonly batch: number;
  /** Of first weights, order, crops and dropout. */
  readonly seed: number;
  readonly augmentation: Augmentation;
}

/** A look at a picture: where its crop begins (row, column), and whether it is mirrored. */
type View = readonly [y: number, x: number, mirrored: number];

/** What a network makes of the held-out pictures. */
export interface Predictions {
  /** Of every class, picture after picture. */
  readonly probabilities: Float64Array;
  readonly labels: Int32Array;
}

export interface PictureTask extends Task {
  /**
   * With 10 views each picture is seen as four corners
   * and the middle, mirrored too, and the probabilities are averaged (Krizhevsky et al. 2012, section 4.1).
   */
  predict(programs: Programs, views?: 1 | 10): Promise<Predictions>;
  evaluate(programs: Programs, views?: 1 | 10): Promise<StepReport>;
}

/** Augmentation of pictures that are not learnt from. */
const PLAIN: Augmentation = { crop: false, mirror: false, colour: 0 };

/**
 * @throws ValueError for a batch larger than the dataset, a dataset of more classes than the model has, or pictures of other
 * colours; FormatError for pictures that are too small.
 */
export async function pictureTask(options: PictureTaskOptions): Promise<PictureTask> {
  const { model, train, heldOut, batch, seed, augmentation } = options;
  check(options);
  const colours = augmentation.colour > 0 ? await principalColours(train, seed) : [];
  const batches = new Batches(train, model.recipe, seed, colours);
  const plain = new Batches(heldOut, model.recipe, seed);
  const network = () =>
    classifierLoss(model.build({ batch, masks: countedMasks(seed), image: preparedPictures(train) }));
  const drops = network().graph.inputs.has("step");
  const classes = network().graph.outputs.get("logits")?.shape[1] ?? 1;
  const weights = model.initialise(seed);
  let order: { epoch: number; indices: Int32Array } = { epoch: -1, indices: new Int32Array() };

  const evaluator = (programs: Programs, count: number) =>
    programs(`evaluate ${count}`, () => {
      const graph = model.build({ batch: count, image: preparedPictures(heldOut) });
      // Labels come with every batch of pictures, for whoever wants them.
      graph.input("labels", { shape: [count], dtype: "i32" });
      return graph;
    });

  const predict: PictureTask["predict"] = async (programs, views = 1) => {
    const { size } = model.recipe;
    const places = views === 1 ? [undefined] : tenViews(heldOut.height - size, heldOut.width - size);
    const probabilities = new Float64Array(heldOut.length * classes);
    const labels = new Int32Array(heldOut.length);
    for (let first = 0; first < heldOut.length; first += batch) {
      const count = Math.min(batch, heldOut.length - first);
      const program = await evaluator(programs, count);
      const indices = Array.from({ length: count }, (_, i) => first + i);
      const data = await plain.of(indices, null, PLAIN);
      labels.set((data.labels as Tensor).data, first);
      for (const place of places) {
        const outputs = await program.run(place ? { ...data, places: repeat(place, count) } : data, {
          outputs: ["probabilities"],
        });
        for (const [i, p] of (outputs.probabilities as Tensor).data.entries()) {
          const at = first * classes + i;
          probabilities[at] = (probabilities[at] as number) + p / places.length;
        }
      }
    }
    return { probabilities, labels };
  };

  return {
    name: model.name,
    samples: batch,
    // What is left over of a shuffled epoch is left out.
    batches: Math.floor(train.length / batch),
    weights,
    states: {},
    network,
    batch: async ({ epoch, position, draw }) => {
      if (order.epoch !== epoch) order = { epoch, indices: shuffled(train.length, seed, epoch) };
      const indices = order.indices.subarray(position * batch, (position + 1) * batch);
      const data = await batches.of(indices, draw, augmentation);
      return drops ? { ...data, step: Tensor.i32([], [draw]) } : data;
    },
    predict,
    evaluate: async (programs, views) => judge(await predict(programs, views)),
  };
}

/** Loss and accuracy of predictions; of equal probabilities the first counts as the answer. */
export function judge({ probabilities, labels }: Predictions): StepReport {
  const classes = probabilities.length / labels.length;
  let [hits, loss] = [0, 0];
  for (const [n, label] of labels.entries()) {
    const row = probabilities.subarray(n * classes, (n + 1) * classes);
    const own = row[label] as number;
    loss -= Math.log(Math.max(own, Number.MIN_VALUE));
    if (row.every((p, c) => c === label || p < own || (p === own && c > label))) hits += 1;
  }
  return { loss: loss / labels.length, accuracy: hits / labels.length };
}

/** The predictions of several networks for the same pictures, averaged (Krizhevsky et al. 2012, table 2). */
export function averaged(all: readonly Predictions[]): Predictions {
  const [first] = all;
  if (!first) throw new TandemError("there are no predictions to average");
  const probabilities = first.probabilities.map(
    (_, i) => all.reduce((sum, each) => sum + (each.probabilities[i] as number), 0) / all.length,
  );
  return { probabilities, labels: first.labels };
}

function check({ model, train, heldOut, batch }: PictureTaskOptions): void {
  const where = { op: "train" };
  if (!Number.isInteger(batch) || batch < 1 || batch > train.length) {
    throw new ValueError(where, "batch", String(batch), `from 1 to the ${train.length} pictures of ${train.name}`);
  }
  const graph = model.build();
  const wanted = graph.inputs.get("image")?.shape[1];
  const classes = graph.outputs.get("logits")?.shape[1] ?? 0;
  for (const { name, channels, classes: given } of [train, heldOut]) {
    if (channels !== wanted) {
      const why = `${wanted}, as ${model.name} reads`;
      throw new ValueError(where, "data", `pictures of ${channels} channels in ${name}`, why);
    }
    if (given.length > classes) {
      const why = `at most the ${classes} of ${model.name}`;
      throw new ValueError(where, "data", `${given.length} classes in ${name}`, why);
    }
  }
}

/** The four corners and the middle, as they are and mirrored. */
function tenViews(height: number, width: number): readonly View[] {
  const five = [
    [0, 0],
    [0, width],
    [height, 0],
    [height, width],
    [Math.floor(height / 2), Math.floor(width / 2)],
  ] as const;
  return [0, 1].flatMap((mirrored) => five.map(([y, x]): View => [y, x, mirrored]));
}

const repeat = (view: View, count: number): Tensor =>
  Tensor.i32([count, 3], Array.from({ length: count }, () => view).flat());
