/** What studies share: small comparisons, trained from scratch, that show an effect which the field reports. */
import type { AdapterFacts } from "../../../bench/facts";
import type { Device } from "../../../engine/device";
import { type OptimizerSettings, optimizerSettings } from "../../../train/optimizer";
import { parseSchedule } from "../../../train/schedules";
import type { StepReport, Task } from "../../../train/task";
import { meanReport, Trainer } from "../../../train/trainer";
import type { HostFacts } from "../../hosts/context";

/** One network that a study trained. */
export interface Subject {
  readonly name: string;
  /** What the study measured of it, in words. */
  readonly result: string;
  /** Training loss and error in the course of it, a point each `every` steps. */
  readonly curve: readonly CurvePoint[];
}

export interface CurvePoint extends StepReport {
  readonly step: number;
}

export interface StudyReport {
  readonly title: string;
  /** What was trained on what, in a sentence. */
  readonly setting: string;
  readonly subjects: readonly Subject[];
  /** Whether the effect showed. */
  readonly shown: boolean;
  readonly conclusion: string;
}

export interface StudyResult extends StudyReport {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly seconds: number;
}

export type Tell = (what: string, done: number, total: number) => void;

/** A study: given a device, gives a report. */
export type Study = (device: Device, seed: number, tell: Tell) => Promise<StudyReport>;

export interface Training {
  readonly optimizer: Partial<OptimizerSettings>;
  /** Steps at most. */
  readonly steps: number;
  /** Steps that a point of the curve is the mean of. */
  readonly every: number;
  readonly schedule?: string;
  /** Ends when a point of the curve is good enough. */
  readonly until?: (point: CurvePoint) => boolean;
}

/** Trains a task from scratch, and gives the curve and the trainer, which is the caller's to destroy. */
export async function trained<T extends Task>(
  device: Device,
  task: T,
  { optimizer, steps, every, schedule = "constant", until }: Training,
  tell: (step: number, point: CurvePoint | undefined) => void,
): Promise<{ readonly trainer: Trainer<T>; readonly curve: readonly CurvePoint[] }> {
  const trainer = await Trainer.open(device, {
    task,
    optimizer: optimizerSettings(optimizer),
    schedule: parseSchedule(schedule),
  });
  const curve: CurvePoint[] = [];
  let reports: StepReport[] = [];
  for (let step = 1; step <= steps; step++) {
    reports.push((await trainer.step(true)) as StepReport);
    if (step % every === 0) {
      const point = { step, ...meanReport(reports) };
      curve.push(point);
      reports = [];
      if (until?.(point)) break;
    }
    tell(step, curve.at(-1));
  }
  return { trainer, curve };
}

export const percentOf = (share: number): string => `${(100 * share).toFixed(1)} %`;
