/** `tandem train`: trains a model, with checkpoints and a log. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { TandemError } from "../../core/errors";
import { type Device, openDevice } from "../../engine/device";
import { type DeviceMesh, openMesh } from "../../engine/mesh";
import { writeSafetensors } from "../../io/safetensors";
import type { LayoutName } from "../../layout/layout";
import { checkSettings, readCheckpoint, writeCheckpoint } from "../../train/checkpoint";
import { diagnose } from "../../train/diagnosis";
import { type OptimizerSettings, optimizerSettings } from "../../train/optimizer";
import { parseSchedule } from "../../train/schedules";
import type { StepReport } from "../../train/task";
import { type Look, meanReport, Trainer } from "../../train/trainer";
import type { HostFacts, TaskContext } from "../hosts/context";
import { type OpenedTask, type OpenTaskArgs, openTask } from "./openTask";

export interface TrainArgs extends OpenTaskArgs {
  readonly epochs: number;
  readonly optimizer: Partial<OptimizerSettings>;
  readonly schedule: string;
  /** Batches whose gradients are averaged for a step. */
  readonly accumulate: number;
  /** Whether a loss that is no number ends the run, or its step is left out and counted. */
  readonly onNan: "stop" | "skip";
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
  /** How the network lies on devices, and on how many: `single`, and 2 of any other, unless told. */
  readonly layout?: LayoutName;
  readonly devices?: number;
}

export interface EpochLine {
  readonly epoch: number;
  readonly step: number;
  readonly rate: number;
  /** Means over the steps that were read. */
  readonly train: StepReport;
  readonly heldOut: StepReport;
  readonly best: boolean;
  /** Pictures or characters learnt from in a second. */
  readonly perSecond: number;
  /** Norms of weights and gradients, and shares of zeros, at the epoch's end. */
  readonly look: Look;
  /** Steps left out so far, whose loss was no number. */
  readonly skipped: number;
  readonly findings: readonly string[];
}

export interface TrainResult {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly model: string;
  readonly parameters: number;
  readonly unit: OpenedTask["unit"];
  readonly samples: OpenedTask["samples"];
  /** Epochs that this run finished. */
  readonly epochs: readonly EpochLine[];
  readonly step: number;
  readonly best: number | null;
  /** Averaged over ten views of each held-out picture. */
  readonly tenViews: StepReport | null;
  readonly skipped: number;
  readonly ended: "finished" | "stopped" | "patience";
  readonly broken: readonly { readonly file: string; readonly reason: string }[];
  readonly memoryBytes: number;
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);

/** What must not change when a run goes on. */
const settingsOf = (args: TrainArgs): Record<string, unknown> => {
  const { data, heldOut, batch, accumulate, seed, schedule, mirror, colour, count, unroll, hidden, layers } = args;
  const optimizer = optimizerSettings(args.optimizer);
  return { data, heldOut, batch, accumulate, seed, optimizer, schedule, mirror, colour, count, unroll, hidden, layers };
};

const left = (seconds: number): string =>
  seconds < 90
    ? `${Math.ceil(seconds)} s`
    : seconds < 5400
      ? `${Math.ceil(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;

/** @throws TandemError: nothing is saved then, and the last checkpoint stands. */
function stopAt(loss: number, step: number, found: readonly string[]): never {
  const where = found.length > 0 ? ` (${found.join("; ")})` : "";
  throw new TandemError(
    `the loss is ${loss} at step ${step}${where}. Try a lower --rate, --clip-norm, or --on-nan skip; the last checkpoint was kept.`,
  );
}

/** One device, or a mesh that trains by a layout. */
function openFor({ layout = "single", devices = 2 }: TrainArgs, { gpu }: TaskContext): Promise<Device | DeviceMesh> {
  return layout === "single" ? openDevice({ gpu }) : openMesh({ gpu, devices, layout });
}

export async function train(args: TrainArgs, context: TaskContext): Promise<TrainResult> {
  context.progress({ done: 0, total: 1, what: "opening data" });
  const opened = await openTask(args, context);
  const { task } = opened;
  const device = await openFor(args, context);
  try {
    const settings = settingsOf(args);
    const trainer = await Trainer.open(device, {
      task,
      optimizer: optimizerSettings({ ...args.optimizer, guard: args.onNan === "skip" }),
      schedule: parseSchedule(args.schedule),
      accumulate: args.accumulate,
    });
    const log: string[] = [];
    if (args.resume) {
      const checkpoint = await readCheckpoint(await context.read(args.out.last), args.out.last);
      checkSettings(checkpoint, task.name, settings, args.out.last);
      await trainer.restore(checkpoint);
      if (args.logged) log.push(...lines(new TextDecoder().decode(await context.read(args.out.log))));
    }
    const saveLast = async (): Promise<void> =>
      context.write(args.out.last, writeCheckpoint(await trainer.checkpoint(settings)));
    const saveBest = async (): Promise<void> =>
      context.write(args.out.best, writeSafetensors(await trainer.weights(), { format: "pt", ...opened.metadata }));
    const write = async (line: object): Promise<void> => {
      log.push(JSON.stringify(line));
      await context.write(args.out.log, new TextEncoder().encode(`${log.join("\n")}\n`));
    };
    const total = args.epochs * trainer.stepsPerEpoch;
    const epochs: EpochLine[] = [];
    const descends = ["sgd", "nesterov"].includes(optimizerSettings(args.optimizer).rule);
    const findingsOf = (look: Look): string[] =>
      diagnose(look, descends ? trainer.rate : null).map(({ kind, message }) => `${kind}: ${message}`);
    let ended: TrainResult["ended"] = "finished";
    let reports: StepReport[] = [];
    let [waited, skipped, steps] = [0, 0, 0];
    let started = performance.now();
    while (trainer.progress.epoch < args.epochs) {
      const { step: before, position } = trainer.progress;
      const lastOfEpoch = position + args.accumulate >= trainer.stepsPerEpoch * args.accumulate;
      const { rate } = trainer;
      const report = await trainer.step(args.onNan === "skip" || (before + 1) % args.every === 0 || lastOfEpoch);
      steps += 1;
      const { step, epoch } = trainer.progress;
      const perSecond = (steps * trainer.samplesPerStep * 1000) / (performance.now() - started);
      if (report && !Number.isFinite(report.loss)) {
        if (args.onNan === "stop") stopAt(report.loss, step, findingsOf(await trainer.look()));
        skipped += 1;
        await write({ step, skipped: `the loss was ${report.loss}` });
      } else if (report) {
        reports.push(report);
        const what = `loss ${report.loss.toFixed(3)}  ${(100 * report.accuracy).toFixed(1)} %  ${perSecond.toFixed(0)} ${opened.unit}/s  ${left(((total - step) * trainer.samplesPerStep) / perSecond)} left`;
        context.progress({ done: step, total, what });
      }
      if (trainer.epochEnded) {
        const look = await trainer.look();
        const findings = findingsOf(look);
        const { best, ...heldOut } = await trainer.evaluateEpoch();
        const train = meanReport(reports);
        const line: EpochLine = { epoch, step, rate, train, heldOut, best, perSecond, look, skipped, findings };
        epochs.push(line);
        await saveLast();
        if (best) await saveBest();
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
        if (!trainer.epochEnded) await saveLast();
        ended = "stopped";
        break;
      }
    }
    const result: TrainResult = {
      host: context.host,
      adapter: adapterFacts("facts" in device ? device.facts : (device.devices[0] as { facts: Device["facts"] }).facts),
      model: task.name,
      parameters: Object.values(task.weights).reduce((sum, { data }) => sum + data.length, 0),
      unit: opened.unit,
      samples: opened.samples,
      epochs,
      step: trainer.progress.step,
      best: trainer.progress.best,
      tenViews: ended === "stopped" ? null : await tenViews(args, task, trainer, context),
      skipped,
      ended,
      broken: opened.broken(),
      memoryBytes: [await device.memory()].flat().reduce((sum, { peak }) => sum + peak, 0),
    };
    trainer.destroy();
    return result;
  } finally {
    device.destroy();
  }
}

async function tenViews(
  { tenCrop }: TrainArgs,
  task: OpenedTask["task"],
  trainer: Trainer,
  context: TaskContext,
): Promise<StepReport | null> {
  if (!tenCrop || !("predict" in task)) return null;
  context.progress({ done: 0, total: 1, what: "looking at ten views of every held-out picture" });
  return task.evaluate(trainer.programs, 10);
}
