/** A model on a picture: the arguments of its task, and its row among the results. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { shareOfCeiling } from "../../../bench/ceilings";
import type { Row } from "../../../bench/results";
import { outliers } from "../../../bench/statistics";
import type { ModelSpecimen } from "../../../bench/suite";
import { TandemError } from "../../../core/errors";
import { packageFolder } from "../../hosts/package";
import type { BenchModelArgs, BenchModelReport } from "../../tasks/benchModel";
import { modelFiles } from "../network";
import { shippedFor } from "../shipped";
import type { Options } from "./options";

/** The photograph that the project ships, for benches without one. */
function shippedPhotograph(): string {
  const path = join(packageFolder(), "demo", "photographs", "chelsea.png");
  if (!existsSync(path)) throw new TandemError("the package brings no photograph here; name one with --image FILE");
  return path;
}

export function modelArgs({ model, batch }: ModelSpecimen, options: Options, budgetMs: number): BenchModelArgs {
  const weights = options.weights ?? (options.seed === undefined ? shippedFor(model) : undefined);
  return {
    model,
    image: options.image ?? shippedPhotograph(),
    imageNamed: options.image !== undefined,
    batch,
    seed: options.seed ?? 0,
    budgetMs,
    check: options.check,
    train: options.train ?? false,
    ...(weights === undefined ? {} : { weights }),
    ...(options.dim === undefined ? {} : { dims: options.dim }),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
  };
}

/** Files that the task reads. */
export const filesOf = ({ model, image, weights }: BenchModelArgs): string[] => [
  image,
  ...modelFiles(model),
  ...(weights === undefined ? [] : [weights]),
];

/** Whole runs of the model as a row of results: what a caller waits, uploads and readback included. */
export function modelRow(report: BenchModelReport): Row {
  const { times, timestamps, flops, ceilings, model, batch, check } = report;
  const samples = report.samplesMs.map((ms) => ms * 1e6);
  const { steadyMs } = times;
  const scaled = (ms: number): number => ms * 1e6;
  const ns = {
    count: steadyMs.count,
    median: scaled(steadyMs.median),
    mad: scaled(steadyMs.mad),
    low: scaled(steadyMs.low),
    high: scaled(steadyMs.high),
    min: scaled(steadyMs.min),
    max: scaled(steadyMs.max),
  };
  const bytes = report.layers.reduce((sum, layer) => sum + layer.bytes, 0);
  return {
    workload: `${model} batch=${batch}`,
    op: "model",
    kernel: "plan",
    axes: { batch },
    dtype: "f32",
    inputs: report.image,
    cache: "warm",
    kernelHash: report.kernelHash,
    dispatches: [],
    flops,
    bytes,
    check: { against: check ? "naive kernels" : "nothing", passed: true, ratio: check?.ratio ?? 0 },
    compileMs: times.compileMs,
    firstMs: times.firstMs,
    warmups: report.warmups,
    steady: true,
    stopped: report.stopped,
    method: "wall",
    repeat: 1,
    quantumNs: timestamps.wallQuantumNs,
    samples,
    ns,
    outliers: outliers(samples),
    gflops: flops / ns.median,
    gbps: bytes / ns.median,
    ...shareOfCeiling({ flops, bytes }, ns.median, ceilings),
  };
}
