/** A run of training: steps until it is paused or done, looks at held-out letters between, and readings of drawn ones. */
import {
  type Device,
  glyphDataset,
  type Model,
  optimizerSettings,
  type PictureTask,
  parseSchedule,
  pictureTask,
  Trainer,
} from "../../../src/index";
import { modelOf, parametersOf, seen } from "./network";
import { BATCH, LAST_STEP, type Report, type Settings } from "./protocol";

/** Steps between looks at held-out letters. */
const LOOK_EVERY = 20;
const HELD_OUT = 180;
/** Letters drawn for an epoch; nobody waits for a second one. */
const DRAWN_FOR_TRAINING = 36_000;

export class Session {
  #running = false;
  /** What the device is busy with: one piece of work at a time. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly model: Model,
    readonly trainer: Trainer<PictureTask>,
    readonly tell: (report: Report) => void,
  ) {}

  /** @throws what the trainer throws: ValueError, NoAdapterError, DeviceLostError, … */
  static async open(device: Device, settings: Settings, tell: (report: Report) => void): Promise<Session> {
    const { network, letters, rate, seed } = settings;
    const model = modelOf(network, letters);
    const task = await pictureTask({
      model,
      train: glyphDataset({ count: DRAWN_FOR_TRAINING, seed, split: "train", letters }),
      heldOut: glyphDataset({ count: HELD_OUT, seed, split: "held-out", letters }),
      batch: BATCH,
      seed,
      augmentation: { crop: true, mirror: false, colour: 0 },
    });
    const trainer = await Trainer.open(device, {
      task,
      optimizer: optimizerSettings({ rate, clipNorm: 5 }),
      schedule: parseSchedule("warmup:20,constant"),
    });
    const { vendor, architecture } = device.facts;
    tell({
      kind: "ready",
      adapter: [vendor, architecture].filter(Boolean).join(" "),
      parameters: parametersOf(model),
      batch: BATCH,
    });
    return new Session(model, trainer, tell);
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const working = this.#last.then(work);
    this.#last = working.catch(() => undefined);
    return working;
  }

  /** Takes steps until `pause`, or until all are taken. Does nothing while it is at it. */
  async run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#running) {
      if (this.trainer.progress.step >= LAST_STEP) {
        this.#running = false;
        this.tell({ kind: "finished" });
        return;
      }
      await this.#exclusive(() => this.#step());
    }
    this.tell({ kind: "paused" });
  }

  pause(): void {
    this.#running = false;
  }

  async #step(): Promise<void> {
    const begun = performance.now();
    const report = await this.trainer.step(true);
    const { step } = this.trainer.progress;
    if (report) this.tell({ kind: "step", step, ...report, ms: performance.now() - begun });
    if (step % LOOK_EVERY === 0 || step === 1) this.tell({ kind: "heldOut", step, ...(await this.trainer.evaluate()) });
  }

  /** What the network, as it is now, makes of a drawn letter: a probability for each class. */
  read(drawn: ArrayLike<number>): Promise<readonly number[]> {
    return this.#exclusive(async () => {
      const program = await this.trainer.programs("read", () => this.model.build());
      const { probabilities } = await program.run(
        { image: seen(drawn, this.model.recipe) },
        { outputs: ["probabilities"] },
      );
      return Array.from(probabilities?.data ?? []);
    });
  }

  /** Hands its memory back when the step it is at is over. */
  async close(): Promise<void> {
    this.pause();
    await this.#last;
    this.trainer.destroy();
  }
}
