/** `tandem bench`: measures a model layer by layer, or an op case by case. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import {
  bytes,
  type Column,
  ceilingsText,
  count,
  duration,
  faint,
  figure,
  heading,
  layerTable,
  percent,
  strong,
  table,
  timing,
  warning,
} from "../../bench/report";
import { spread } from "../../bench/statistics";
import { FormatError, TandemError, UnknownNameError } from "../../core/errors";
import type { TensorType } from "../../core/tensor";
import { models } from "../../models";
import { ops } from "../../ops";
import type { Case } from "../../ops/op";
import { EXIT, UsageError } from "../exit";
import { packageFolder } from "../hosts/package";
import type { BenchModelArgs, BenchModelReport } from "../tasks/benchModel";
import type { BenchOpsArgs, BenchOpsReport } from "../tasks/benchOps";
import { guessLines, weightsLine } from "./network";
import { natural, positive, seconds } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";
import { shippedFor } from "./shipped";

interface Options {
  readonly host: HostName;
  readonly runs?: number;
  readonly budget: number;
  readonly json?: string;
  readonly batch: number;
  readonly image?: string;
  readonly weights?: string;
  readonly seed?: number;
  readonly check: boolean;
  readonly train?: true;
  readonly baseline?: string;
  readonly case?: string;
  readonly kernel?: string;
  readonly input?: Record<string, TensorType>;
  readonly set?: Record<string, unknown>;
}

const HELP = `
A model is measured on a photograph: start-up, steady runs, and every step of its plan, against
ceilings measured on this device (long chains of multiply-adds; large copies and reads). "a" and
"m" say which of the two ceilings, arithmetic or memory, stands nearer. The result is compared
with that of the naive kernels first. An op is measured on the cases it declares, AlexNet's
layers among them, each result compared with the float64 reference or the naive kernel first.

Exit codes: 0 fine, 1 a wrong result, 2 slower than the baseline, 3 no adapter, 4 device lost,
64 wrong usage.

Examples:
  tandem bench                                     AlexNet, as the paper has it
  tandem bench alexnet-torchvision --batch 8
  tandem bench --json before.json                  keep the numbers, …
  tandem bench --baseline before.json              … and compare with them later
  tandem bench conv2d --case alexnet --kernel all  every kernel on AlexNet's convolutions
  tandem bench matmul --input a=512x512 --input b=512x512
  tandem bench conv2d --input input=1x64x56x56 --input weight=64x64x3x3 --set padding=1`;

/** How much slower than the baseline's interval is a regression, and not the machine's mood. */
const REGRESSION = 1.1;

const collect =
  <T>(read: (text: string) => T, wanted: string) =>
  (text: string, before: Record<string, T> = {}): Record<string, T> => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`"${text}" should be ${wanted}`);
    return { ...before, [text.slice(0, at)]: read(text.slice(at + 1)) };
  };

/** `1x3x224x224`, with `i32:` before it for integers. */
function readType(text: string): TensorType {
  const [, dtype = "f32", shape = ""] = /^(?:(f32|i32):)?(\d+(?:x\d+)*)$/.exec(text) ?? [];
  if (!shape) throw new UsageError(`"${text}" should be a shape such as 1x3x224x224, or i32:10`);
  return { dtype: dtype as "f32" | "i32", shape: shape.split("x").map(Number) };
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const OP_COLUMNS: readonly Column[] = [
  { title: "case" },
  { title: "kernel" },
  { title: "time", align: "right" },
  { title: "±", align: "right" },
  { title: "GFLOP/s", align: "right" },
  { title: "GB/s", align: "right" },
  { title: "of ceiling", align: "right" },
  { title: "error", align: "right" },
];

/** Steps of the clock below which a time says little. */
const QUANTA = 20;

function opsText(report: BenchOpsReport): string {
  const rows = report.rows.map((row) => [
    row.case,
    row.kernel,
    duration(row.ns.median / 1e6),
    `${figure(100 * spread(row.ns))} %`,
    row.flops > 0 ? figure(row.gflops) : "–",
    figure(row.gbps),
    row.ns.median > 0 ? `${percent(row.share)} ${row.bound === "arithmetic" ? "a" : "m"}` : "–",
    percent(row.check.ratio),
  ]);
  const coarse = report.rows.filter((row) => row.ns.median < QUANTA * row.quantumNs);
  return [
    heading(report.host, report.adapter),
    ceilingsText(report.ceilings),
    "",
    table(OP_COLUMNS, rows),
    "",
    faint("error: the largest, as a share of what is allowed, against the float64 reference or the naive kernel"),
    ...(coarse.length > 0
      ? [
          warning(
            `too short for this clock (step ${figure(coarse[0]?.quantumNs ?? 0)} ns): ${coarse.map((row) => row.case).join(", ")}`,
          ),
        ]
      : []),
    ...report.failures.map(
      (each) => `${each.wrong ? "FAILED" : "not run"}: ${each.case}, ${each.kernel}: ${each.reason}`,
    ),
  ].join("\n");
}

function modelText(report: BenchModelReport): string {
  const { times, totals, memory, timestamps } = report;
  const wall = times.steadyMs.median;
  const method =
    timestamps.method === "timestamp-query"
      ? `timestamp queries, clock step ${duration(timestamps.quantumNs / 1e6)}`
      : "the queue, step by step (no timestamp queries here: overhead is included)";
  return [
    heading(report.host, report.adapter),
    `model     ${report.model}, batch ${report.batch}: ${count(report.parameters)} parameters, ${figure(report.flops / 1e9)} GFLOP a run`,
    `weights   ${weightsLine(report.weights)}`,
    `image     ${report.image}`,
    `check     ${report.check ? `agrees with the naive kernels (largest error ${percent(report.check.ratio)} of what is allowed)` : "not asked for"}`,
    "",
    ...guessLines(report.top),
    "",
    `start     device ${duration(times.openMs)}, compile ${duration(times.compileMs)}, weights ${duration(times.weightsMs)}, ` +
      `upload ${duration(times.uploadMs)}, picture ${duration(times.preprocessMs)}`,
    `runs      first ${duration(times.firstMs)}, steady ${timing(times.steadyMs)} ` +
      `(${times.steadyMs.count} runs, 95 % of the median in ${duration(times.steadyMs.low)} to ${duration(times.steadyMs.high)})`,
    `          ${figure((1000 * report.batch) / wall)} images/s, ${figure(report.flops / wall / 1e6)} GFLOP/s`,
    `memory    peak ${bytes(memory.peak)}: parameters ${bytes(memory.plan.parameters + memory.plan.prepared)}, ` +
      `activations ${bytes(memory.plan.transient)} (${bytes(memory.plan.transientUnshared)} unshared)`,
    "",
    layerTable(report.layers),
    "",
    `kernels   ${duration(totals.kernelMs)} of ${duration(wall)} wall time; ` +
      (totals.gapMs >= 0
        ? `the other ${duration(totals.gapMs)} (${percent(totals.gapMs / wall)}) are uploads, readback, submission, waiting`
        : "timing each step by itself costs more than the gaps of a run"),
    `timing    ${method}; ${timestamps.runs} runs; median ± median absolute deviation`,
    faint(ceilingsText(report.ceilings)),
    ...trainingLines(report),
  ].join("\n");
}

/** Parts of a step of training that are listed. */
const PARTS = 16;

function trainingLines({ training, batch }: BenchModelReport): string[] {
  if (!training) return [];
  const { stepMs, memory, layers } = training;
  const kept = memory.parameters + memory.prepared;
  return [
    "",
    strong("A step of training: forward, gradients, update by the recipe of 2012"),
    `step      ${timing(stepMs)} (${stepMs.count} steps), ${figure((1000 * batch) / stepMs.median)} images/s`,
    `kernels   ${duration(training.kernelMs)}, ${figure(training.timesForward)} times the forward pass`,
    `memory    weights and what the optimiser keeps ${bytes(kept)}, activations and gradients ${bytes(memory.transient)}`,
    "",
    layerTable(layers.slice(0, PARTS)),
    ...(layers.length > PARTS ? [faint(`and ${layers.length - PARTS} parts that take less`)] : []),
  ];
}

/** What a baseline says of a new report, and whether it is a regression. */
async function compareWith(path: string, report: BenchModelReport): Promise<{ text: string; slower: boolean }> {
  let before: BenchModelReport;
  try {
    before = JSON.parse(await readFile(path, "utf8")) as BenchModelReport;
  } catch (error) {
    throw new FormatError(path, `cannot be read as a baseline (${(error as Error).message})`);
  }
  if (before.schema !== report.schema)
    throw new FormatError(path, `is no report of a model's bench (${before.schema})`);
  for (const key of ["model", "batch"] as const) {
    if (before[key] !== report[key])
      throw new FormatError(path, `was made with ${key} ${before[key]}, not ${report[key]}`);
  }
  if (JSON.stringify(before.adapter) !== JSON.stringify(report.adapter)) {
    throw new FormatError(path, "was measured on another adapter, so there is nothing to compare");
  }
  const [old, now] = [before.times.steadyMs, report.times.steadyMs];
  const slower = now.low > old.high * REGRESSION;
  const ratio = old.median / now.median;
  return {
    text: `baseline  ${timing(old)} on ${before.date.slice(0, 10)}: now ${figure(ratio)} times as fast${slower ? "; a regression" : ""}`,
    slower,
  };
}

const keep = async (path: string | undefined, report: object): Promise<void> => {
  if (path === "-") console.log(JSON.stringify(report, null, 2));
  else if (path) await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
};

async function benchOp(name: string, options: Options): Promise<void> {
  const problem: Case | undefined = options.input && {
    name: "as given",
    inputs: options.input,
    size: "large",
    ...(options.set ? { attributes: options.set } : {}),
  };
  const args: BenchOpsArgs = {
    op: name,
    budgetMs: options.budget * 1000,
    ...(options.case === undefined ? {} : { filter: options.case }),
    ...(problem ? { problem } : {}),
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
  };
  const report = await onHost<BenchOpsReport>(options.host, "benchOps", args, { exactTimestamps: true });
  if (options.json !== "-") console.log(opsText(report));
  await keep(options.json, report);
  if (report.failures.some(({ wrong }) => wrong)) process.exitCode = EXIT.checkFailed;
}

/** The photograph that the project ships, for benches without one. */
function shippedPhotograph(): string {
  const path = join(packageFolder(), "demo", "photographs", "chelsea.png");
  if (!existsSync(path)) throw new TandemError("the package brings no photograph here; name one with --image FILE");
  return path;
}

async function benchNetwork(model: string, options: Options): Promise<void> {
  const image = options.image ?? shippedPhotograph();
  const weights = options.weights ?? (options.seed === undefined ? shippedFor(model) : undefined);
  const args: BenchModelArgs = {
    model,
    image,
    batch: options.batch,
    seed: options.seed ?? 0,
    budgetMs: options.budget * 1000,
    check: options.check,
    train: options.train ?? false,
    ...(weights === undefined ? {} : { weights }),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
  };
  const files = [image, ...(weights === undefined ? [] : [weights])];
  const report = await onHost<BenchModelReport>(options.host, "benchModel", args, { files, exactTimestamps: true });
  if (options.json !== "-") console.log(modelText(report));
  await keep(options.json, report);
  if (options.baseline === undefined) return;
  const { text, slower } = await compareWith(options.baseline, report);
  console.error(slower ? warning(text) : text);
  if (slower) process.exitCode = EXIT.regression;
}

async function run(what: string, options: Options): Promise<void> {
  if (Object.hasOwn(models, what)) return benchNetwork(what, options);
  if (Object.hasOwn(ops, what)) return benchOp(what, options);
  throw new UnknownNameError("model or op", what, [...Object.keys(models), ...Object.keys(ops)]);
}

export function register(program: Command): void {
  hostOption(program.command("bench"))
    .summary("time a model layer by layer, or an op case by case")
    .description("time a model layer by layer, or an op case by case, against what this device can do")
    .argument("[what]", "a model or an op", "alexnet")
    .option("--runs <n>", "runs measured at most", positive)
    .option("--budget <seconds>", "wall time for each measurement", seconds, 5)
    .option("--json <file>", 'write the report as JSON ("-": to standard output, and nothing else)')
    .option("--batch <n>", "images in a run", positive, 1)
    .option("--image <file>", "picture to run on (the shipped photograph unless told)")
    .option("--weights <file>", "safetensors file or address (shipped ones, or random ones, unless told)")
    .option("--seed <n>", "random weights from this seed", natural)
    .option("--train", "time a step of training, too")
    .option("--no-check", "do not compare with the naive kernels first")
    .option("--baseline <file>", "a report of --json to compare with; exit 2 when clearly slower")
    .option("--case <text>", "ops: only cases with this in their name")
    .option("--kernel <name>", 'ops: this kernel, or "all"')
    .option("--input <name=shape>", "ops: a problem of your own, one input each", collect(readType, "name=1x3x224x224"))
    .option("--set <name=value>", "ops: an attribute of that problem", collect(readValue, "name=value"))
    .addHelpText("after", HELP)
    .action(run);
}
