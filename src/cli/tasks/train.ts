/** `tandem train`: trains a picture classifier, with checkpoints and a log. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { TandemError } from "../../core/errors";
import { openDevice } from "../../engine/device";
import { type Model, models } from "../../models";
import { checkSettings, readCheckpoint, writeCheckpoint } from "../../train/checkpoint";
import { diagnose } from "../../train/diagnosis";
import { type OptimizerSettings, optimizerSettings } from "../../train/optimizer";
import { parseSchedule } from "../../train/schedules";
import { type StepReport, Trainer } from "../../train/trainer";
import type { HostFacts, TaskContext } from "../hosts/context";
import { openData } from "./data";

export interface TrainArgs {
  readonly model: string;
  readonly data: string;
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  readonly optimizer: Partial<OptimizerSettings>;
  readonly schedule: string;
  readonly mirror: boolean;
  readonly colour: number;
  /** Pictures rendered for an epoch, of data made on the spot. */
  readonly count: number | null;
  /** Steps between two readings of the loss. */
  readonly every: number;
  /** Epochs without a better result after which to end; null for never. */
  readonly patience: number | null;
  /** Checkpoint, best weights and log. */
  readonly out: { readonly last: string; readonly best: string; readonly log: string };
  /** Whether to evaluate ten views of each held-out picture at the end. */
  readonly tenCrop: boolean;
  readonly resume: boolean;
  /** Whether there is a log already: a run that was stopped in its first epoch has none. */
  readonly logged: boolean;
  /** Ends after so many steps, in the middle of an epoch if need be; null for never. */
  readonly steps: number | null;
}

export interface EpochLine {
  readonly epoch: number;
  readonly step: number;
  readonly rate: number;
  /** Means over the steps that were read. */
  readonly train: StepReport;
  readonly heldOut: StepReport;
  readonly best: boolean;
  readonly imagesPerSecond: number;
  readonly findings: readonly string[];
}

export interface TrainResult {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly model: string;
  readonly parameters: number;
  readonly pictures: { readonly train: number; readonly heldOut: number };
  /** Epochs that this run finished. */
  readonly epochs: readonly EpochLine[];
  readonly step: number;
  readonly best: number | null;
  /** Averaged over ten views of each held-out picture. */
  readonly tenViews: StepReport | null;
  readonly ended: "finished" | "stopped" | "patience";
  readonly broken: readonly { readonly file: string; readonly reason: string }[];
  readonly memoryBytes: number;
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);

/** What must not change when a run goes on. */
const settingsOf = (args: TrainArgs): Record<string, unknown> => {
  const { data, batch, seed, optimizer, schedule, mirror, colour, count } = args;
  return { data, batch, seed, optimizer: optimizerSettings(optimizer), schedule, mirror, colour, count };
};

const mean = (reports: readonly StepReport[]): StepReport => ({
  loss: reports.reduce((sum, { loss }) => sum + loss, 0) / reports.length,
  accuracy: reports.reduce((sum, { accuracy }) => sum + accuracy, 0) / reports.length,
});

const left = (seconds: number): string =>
  seconds < 90
    ? `${Math.ceil(seconds)} s`
    : seconds < 5400
      ? `${Math.ceil(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;

/** @throws TandemError when the loss is no number: nothing is saved then, and the last checkpoint stands. */
function checkLoss({ loss }: StepReport, trainer: Trainer, found: readonly string[]): void {
  if (Number.isFinite(loss)) return;
  const where = found.length > 0 ? ` (${found.join("; ")})` : "";
  throw new TandemError(
    `the loss is ${loss} at step ${trainer.progress.step}${where}. Try a lower --rate or --clip-norm; the last checkpoint was kept.`,
  );
}

export async function train(args: TrainArgs, context: TaskContext): Promise<TrainResult> {
  const model = (models as Readonly<Record<string, Model>>)[args.model] as Model;
  const { recipe } = model;
  const [, channels = 3] = model.build().inputs.get("image")?.shape ?? [];
  context.progress({ done: 0, total: 1, what: "opening data" });
  const data = await openData(args.data, recipe.resize, channels as 1 | 3, args.seed, args.count, context);
  const device = await openDevice({ gpu: context.gpu });
  try {
    const settings = settingsOf(args);
    const trainer = await Trainer.open(device, {
      model,
      train: data.train,
      heldOut: data.heldOut,
      batch: args.batch,
      seed: args.seed,
      optimizer: optimizerSettings(args.optimizer),
      schedule: parseSchedule(args.schedule),
      augmentation: { crop: true, mirror: args.mirror, colour: args.colour },
    });
    const log: string[] = [];
    if (args.resume) {
      const checkpoint = await readCheckpoint(await context.read(args.out.last), args.out.last);
      checkSettings(checkpoint, model.name, settings, args.out.last);
      await trainer.restore(checkpoint);
      if (args.logged) log.push(...lines(new TextDecoder().decode(await context.read(args.out.log))));
    }
    const save = async (path: string): Promise<void> =>
      context.write(path, writeCheckpoint(await trainer.checkpoint(settings)));
    const write = async (line: object): Promise<void> => {
      log.push(JSON.stringify(line));
      await context.write(args.out.log, new TextEncoder().encode(`${log.join("\n")}\n`));
    };
    const total = args.epochs * trainer.stepsPerEpoch;
    const findings = async (): Promise<string[]> =>
      diagnose(await trainer.norms(), trainer.rate).map(({ kind, message }) => `${kind}: ${message}`);
    const epochs: EpochLine[] = [];
    let ended: TrainResult["ended"] = "finished";
    let reports: StepReport[] = [];
    let waited = 0;
    let started = performance.now();
    let steps = 0;
    while (trainer.progress.epoch < args.epochs) {
      const read =
        (trainer.progress.step + 1) % args.every === 0 || trainer.progress.position + 1 === trainer.stepsPerEpoch;
      const { rate } = trainer;
      const report = await trainer.step(read);
      steps += 1;
      const { step, epoch } = trainer.progress;
      const perSecond = (steps * args.batch * 1000) / (performance.now() - started);
      if (report) {
        checkLoss(report, trainer, Number.isFinite(report.loss) ? [] : await findings());
        reports.push(report);
        const seconds = ((total - step) * args.batch) / perSecond;
        const what = `loss ${report.loss.toFixed(3)}  ${(100 * report.accuracy).toFixed(1)} %  ${perSecond.toFixed(0)} images/s  ${left(seconds)} left`;
        context.progress({ done: step, total, what });
      }
      if (trainer.epochEnded) {
        const found = await findings();
        const { best, ...heldOut } = await trainer.evaluateEpoch();
        const line = {
          epoch,
          step,
          rate,
          train: mean(reports),
          heldOut,
          best,
          imagesPerSecond: perSecond,
          findings: found,
        };
        epochs.push(line);
        await save(args.out.last);
        if (best) await save(args.out.best);
        await write(line);
        reports = [];
        started = performance.now();
        steps = 0;
        waited = best ? 0 : waited + 1;
        if (args.patience !== null && waited >= args.patience) {
          ended = "patience";
          break;
        }
      }
      if (context.stopping() || (args.steps !== null && step >= args.steps)) {
        if (!trainer.epochEnded) await save(args.out.last);
        ended = "stopped";
        break;
      }
    }
    if (args.tenCrop) context.progress({ done: 0, total: 1, what: "looking at ten views of every held-out picture" });
    const tenViews = args.tenCrop && ended !== "stopped" ? await trainer.evaluate(10) : null;
    const result: TrainResult = {
      host: context.host,
      adapter: adapterFacts(device.facts),
      model: model.name,
      parameters: trainer.trained.reduce((sum, name) => {
        const shape = trainer.program.graph.parameters.get(name)?.shape ?? [];
        return sum + shape.reduce((a, b) => a * b, 1);
      }, 0),
      pictures: { train: data.train.length, heldOut: data.heldOut.length },
      epochs,
      step: trainer.progress.step,
      best: trainer.progress.best,
      tenViews,
      ended,
      broken: data.broken(),
      memoryBytes: device.memory().peak,
    };
    trainer.destroy();
    return result;
  } finally {
    device.destroy();
  }
}
