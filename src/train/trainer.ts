/**
 * Training of a picture classifier: weights, optimiser state and activations stay on the device, a step is one run of one
 * program, and the loss is read only when it is asked for.
 */
import { ValueError } from "../core/errors";
import { Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Program } from "../engine/program";
import type { Value } from "../graph/graph";
import type { ImageDataset } from "../io/datasets";
import type { Model } from "../models";
import type { Named } from "../ops/op";
import type { Checkpoint, Progress } from "./checkpoint";
import { controls, type OptimizerSettings } from "./optimizer";
import { type Augmentation, Batches, preparedPictures, principalColours, shuffled } from "./pictures";
import type { Schedule } from "./schedules";
import { classifierLoss, countedMasks, lossGradients, ONE, trainingStep } from "./step";

export interface TrainerOptions {
  readonly model: Model;
  readonly train: ImageDataset;
  readonly heldOut: ImageDataset;
  readonly batch: number;
  readonly seed: number;
  readonly optimizer: OptimizerSettings;
  readonly schedule: Schedule;
  readonly augmentation: Augmentation;
}

/** What a step says when it is asked. */
export interface StepReport {
  /** Mean cross-entropy of the batch. */
  readonly loss: number;
  /** Share of the batch whose label was the largest logit. */
  readonly accuracy: number;
}

/** Euclidean norms of a layer's weights and of their gradient. */
export interface LayerNorms {
  readonly parameter: string;
  readonly weight: number;
  readonly gradient: number;
}

/** Augmentation of pictures that are not learnt from. */
const PLAIN: Augmentation = { crop: false, mirror: false, colour: 0 };

export class Trainer {
  #step = 0;
  #epoch = 0;
  #position = 0;
  #best: number | null = null;
  #order: Int32Array | undefined;
  #next: Promise<Record<string, Tensor>> | undefined;
  #norms: Program | undefined;
  readonly #evaluators = new Map<number, Program>();

  private constructor(
    readonly options: TrainerOptions,
    readonly device: Device,
    /** One step: its plan says what memory training takes. */
    readonly program: Program,
    readonly trained: readonly string[],
    readonly batches: Batches,
    readonly evaluationBatches: Batches,
  ) {}

  /**
   * Compiles a step of training and sets weights by the model's own rule.
   * @throws ValueError for a batch larger than the dataset, or a dataset of more classes than the model has; FormatError for
   * pictures that do not fit; what compiling throws.
   */
  static async open(device: Device, options: TrainerOptions): Promise<Trainer> {
    const { model, train, heldOut, batch, seed, optimizer } = options;
    const where = { op: "train" };
    if (!Number.isInteger(batch) || batch < 1 || batch > train.length) {
      throw new ValueError(where, "batch", String(batch), `from 1 to the ${train.length} pictures of ${train.name}`);
    }
    const wanted = model.build().inputs.get("image")?.shape[1];
    for (const { name, channels } of [train, heldOut]) {
      if (channels === wanted) continue;
      const why = `${wanted}, as ${model.name} reads`;
      throw new ValueError(where, "data", `pictures of ${channels} channels in ${name}`, why);
    }
    const colours = options.augmentation.colour > 0 ? await principalColours(train, seed) : [];
    const batches = new Batches(train, model.recipe, seed, colours);
    const evaluationBatches = new Batches(heldOut, model.recipe, seed);
    const network = classifierLoss(model.build({ batch, masks: countedMasks(seed), image: preparedPictures(train) }));
    const classes = network.graph.outputs.get("logits")?.shape[1] ?? 0;
    for (const { name, classes: given } of [train, heldOut]) {
      if (given.length > classes) {
        throw new ValueError(
          where,
          "data",
          `${given.length} classes in ${name}`,
          `at most the ${classes} of ${model.name}`,
        );
      }
    }
    const { graph, state, trained } = trainingStep(network, optimizer);
    const program = await device.compile(graph);
    const zeros = state.map((name) => [name, Tensor.zeros((graph.parameters.get(name) as Value).type)]);
    await program.setParameters({ ...model.initialise(seed), ...Object.fromEntries(zeros) });
    return new Trainer(options, device, program, trained, batches, evaluationBatches);
  }

  get progress(): Progress {
    return {
      step: this.#step,
      epoch: this.#epoch,
      position: this.#position,
      best: this.#best,
      schedule: this.options.schedule.state(),
    };
  }

  /** Whole batches in an epoch; what is left over of a shuffled epoch is left out. */
  get stepsPerEpoch(): number {
    return Math.floor(this.options.train.length / this.options.batch);
  }

  /** Rate of the step about to be taken. */
  get rate(): number {
    return this.options.optimizer.rate * this.options.schedule.factor(this.#step, this.#epoch);
  }

  #batch(step: number, epoch: number, position: number): Promise<Record<string, Tensor>> {
    const { train, seed, batch, augmentation } = this.options;
    if (position === 0 || !this.#order) this.#order = shuffled(train.length, seed, epoch);
    const indices = this.#order.subarray(position * batch, (position + 1) * batch);
    return this.batches.of(indices, step, augmentation);
  }

  #masksOf(step: number): Record<string, Tensor> {
    return this.program.graph.inputs.has("step") ? { step: Tensor.i32([], [step]) } : {};
  }

  /**
   * Takes one step. The next batch is made ready while the device works.
   * @param report whether to wait for the step and say how it went
   */
  async step(report: boolean): Promise<StepReport | undefined> {
    const { options } = this;
    const data = await (this.#next ?? this.#batch(this.#step, this.#epoch, this.#position));
    const factor = options.schedule.factor(this.#step, this.#epoch);
    const inputs = {
      ...data,
      ...this.#masksOf(this.#step),
      ...controls(options.optimizer, factor, this.#step + 1),
      one: ONE,
    };
    const running = this.program.run(inputs, { outputs: report ? ["loss", "hits"] : [] });
    this.#step += 1;
    this.#position += 1;
    const last = this.#position === this.stepsPerEpoch;
    this.#next = last ? undefined : this.#batch(this.#step, this.#epoch, this.#position);
    // Whoever awaits it next hears of a failure; meanwhile it must not count as nobody's.
    this.#next?.catch(() => undefined);
    if (last) {
      this.#epoch += 1;
      this.#position = 0;
    }
    const { loss, hits } = await running;
    if (!loss || !hits) return undefined;
    return { loss: loss.data[0] as number, accuracy: (hits.data[0] as number) / options.batch };
  }

  /** Whether the step just taken ended an epoch. */
  get epochEnded(): boolean {
    return this.#position === 0 && this.#step > 0;
  }

  /**
   * Accuracy and loss on the held-out pictures. With `views` of 10 each picture is seen as four corners and the middle,
   * mirrored too, and the probabilities are averaged (Krizhevsky et al. 2012, section 4.1).
   */
  async evaluate(views: 1 | 10 = 1): Promise<StepReport> {
    const { heldOut, model } = this.options;
    const room = [heldOut.height - model.recipe.size, heldOut.width - model.recipe.size] as const;
    let hits = 0;
    let loss = 0;
    for (let first = 0; first < heldOut.length; first += this.options.batch) {
      const count = Math.min(this.options.batch, heldOut.length - first);
      const program = await this.#evaluator(count);
      const data = await this.evaluationBatches.of(
        Array.from({ length: count }, (_, i) => first + i),
        null,
        PLAIN,
      );
      let mean: Float64Array | undefined;
      for (const place of views === 1 ? [undefined] : tenViews(room)) {
        const places = place ? { places: repeat(place, count) } : {};
        const { probabilities } = await program.run({ ...data, ...places }, { outputs: ["probabilities"] });
        const values = (probabilities as Tensor).data;
        mean ??= new Float64Array(values.length);
        for (let i = 0; i < values.length; i++) mean[i] = (mean[i] as number) + (values[i] as number) / views;
      }
      const scores = mean as Float64Array;
      const classes = scores.length / count;
      for (let n = 0; n < count; n++) {
        const row = scores.subarray(n * classes, (n + 1) * classes);
        const label = (data.labels as Tensor).data[n] as number;
        const own = row[label] as number;
        loss -= Math.log(Math.max(own, Number.MIN_VALUE));
        if (row.every((p, c) => c === label || p < own || (p === own && c > label))) hits += 1;
      }
    }
    return { loss: loss / heldOut.length, accuracy: hits / heldOut.length };
  }

  /** Evaluates, tells the schedule, and says whether it is the best so far. */
  async evaluateEpoch(): Promise<StepReport & { readonly best: boolean }> {
    const report = await this.evaluate();
    this.options.schedule.observe(1 - report.accuracy);
    const best = this.#best === null || report.accuracy > this.#best;
    if (best) this.#best = report.accuracy;
    return { ...report, best };
  }

  async #evaluator(batch: number): Promise<Program> {
    const known = this.#evaluators.get(batch);
    if (known) return known;
    const { model, heldOut } = this.options;
    const graph = model.build({ batch, image: preparedPictures(heldOut) });
    // Labels come with every batch of pictures, for whoever wants them.
    graph.input("labels", { shape: [batch], dtype: "i32" });
    const program = await this.device.compile(graph, { share: this.program });
    this.#evaluators.set(batch, program);
    return program;
  }

  /** Norms of every trained parameter and of its gradient on the batch about to be learnt from, first layer first. */
  async norms(): Promise<readonly LayerNorms[]> {
    const { model, train, batch, seed } = this.options;
    if (!this.#norms) {
      const network = classifierLoss(model.build({ batch, masks: countedMasks(seed), image: preparedPictures(train) }));
      for (const [parameter, gradient] of lossGradients(network)) {
        for (const [kind, input] of Object.entries({ weight: parameter, gradient })) {
          network.graph.output(`${kind} ${parameter.name}`, network.graph.apply("sumOfSquares", { input }));
        }
      }
      this.#norms = await this.device.compile(network.graph, { share: this.program });
    }
    this.#next ??= this.#batch(this.#step, this.#epoch, this.#position);
    const inputs = { ...(await this.#next), ...this.#masksOf(this.#step), one: ONE };
    const wanted = this.trained.flatMap((name) => [`weight ${name}`, `gradient ${name}`]);
    const squares = await this.#norms.run(inputs, { outputs: wanted });
    const norm = (name: string): number => Math.sqrt(squares[name]?.data[0] as number);
    return this.trained.map((parameter) => ({
      parameter,
      weight: norm(`weight ${parameter}`),
      gradient: norm(`gradient ${parameter}`),
    }));
  }

  /** Everything that a run needs to go on. */
  async checkpoint(settings: Checkpoint["settings"]): Promise<Checkpoint> {
    const parameters = await this.program.getParameters();
    return { model: this.options.model.name, parameters, progress: this.progress, settings };
  }

  /** Goes on from a checkpoint. @throws ShapeError, UnknownNameError, GraphError for one that does not fit. */
  async restore({ parameters, progress }: Checkpoint): Promise<void> {
    await this.program.setParameters(parameters satisfies Named<Tensor>);
    this.#step = progress.step;
    this.#epoch = progress.epoch;
    this.#position = progress.position;
    this.#best = progress.best;
    this.#next = undefined;
    this.#order = shuffled(this.options.train.length, this.options.seed, progress.epoch);
    this.options.schedule.restore(progress.schedule);
  }

  /** Hands all memory back. */
  destroy(): void {
    for (const program of [this.#norms, ...this.#evaluators.values(), this.program]) program?.destroy();
  }
}

/** Places of the four corners and the middle, as they are and mirrored. */
function tenViews([height, width]: readonly [number, number]): readonly (readonly number[])[] {
  const middle = [Math.floor(height / 2), Math.floor(width / 2)];
  const five = [[0, 0], [0, width], [height, 0], [height, width], middle];
  return [0, 1].flatMap((mirrored) => five.map((place) => [...place, mirrored]));
}

const repeat = (place: readonly number[], count: number): Tensor =>
  Tensor.i32([count, 3], Array.from({ length: count }, () => place).flat());
