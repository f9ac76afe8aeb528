/** `tandem tune`: measures which kernels are fastest here, and keeps the choices for later runs. */
import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { type Column, duration, faint, figure, good, heading, table, warning } from "../../bench/report";
import { nodesOf, type TuneOutcome } from "../../bench/tune/tune";
import { FormatError, TandemError } from "../../core/errors";
import { keepTuning, storedTuning, tuningStore } from "../../engine/tuningStore";
import { portable, Tuning } from "../../scheduler/tuning";
import { EXIT } from "../exit";
import type { TuneReport } from "../tasks/tune";
import { positive, seconds } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";

interface Options {
  readonly host: HostName;
  readonly batch: number;
  readonly train?: true;
  readonly case?: string;
  readonly budget: number;
  readonly export?: string;
  readonly import?: readonly string[];
  readonly portable?: readonly string[];
  readonly list?: true;
  readonly clear?: true;
}

const HELP = `
For every problem that the model (or the op's cases) poses, the kernels that support it and the
values of their tunables are raced against the engine's own choice; results are compared first.
What wins is kept with the adapter, the driver and a hash of the kernels' texts, and later runs
on the same adapter take it by themselves. A choice made with other texts is left alone.

Choices are kept in tuning.json in the user's cache folder (XDG_CACHE_HOME, or ~/.cache). The
environment variable TANDEM_TUNING names another file, or "off" none.

Examples:
  tandem tune alexnet                            what AlexNet needs, at batch 1
  tandem tune alexnet --batch 32 --budget 30
  tandem tune conv2d --case alexnet
  tandem tune --list                             what is kept
  tandem tune --export mine.json                 … and to take it to another machine:
  tandem tune --import theirs.json               choices of both are kept
  tandem tune --portable a.json b.json           one choice for machines not seen, from several`;

const COLUMNS: readonly Column[] = [
  { title: "node" },
  { title: "op" },
  { title: "default" },
  { title: "time", align: "right" },
  { title: "found" },
  { title: "time", align: "right" },
  { title: "gain", align: "right" },
];

const candidateText = ({ kernel, tuned }: TuneOutcome["after"]): string =>
  [kernel, ...Object.entries(tuned).map(([name, value]) => `${name}=${value}`)].join(" ");

const changed = ({ before, after }: TuneOutcome): boolean => candidateText(before) !== candidateText(after);

function row(outcome: TuneOutcome): string[] {
  const { nodes, op, before, after } = outcome;
  const won = changed(outcome);
  return [
    nodesOf(nodes),
    op,
    candidateText(before),
    duration(before.ns / 1e6),
    won ? good(candidateText(after)) : faint("the same"),
    won ? duration(after.ns / 1e6) : "",
    won ? `${figure(before.ns / after.ns)}×` : "",
  ];
}

function text({ host, adapter, outcomes, failed }: TuneReport): string {
  const won = outcomes.filter(changed).length;
  const tried = outcomes.reduce((sum, each) => sum + each.tried, 0);
  return [
    heading(host, adapter),
    "",
    table(COLUMNS, outcomes.map(row)),
    "",
    `${outcomes.length} problems, ${tried} candidates run: the default is fastest for ${outcomes.length - won}, another for ${won}`,
    ...failed.map(({ key, reason }) => warning(`not tuned: ${key}: ${reason}`)),
  ].join("\n");
}

async function readTuning(path: string): Promise<Tuning> {
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    throw new FormatError(path, `cannot be read (${(error as Error).message})`);
  }
  return Tuning.parse(content, path);
}

const LIST: readonly Column[] = [{ title: "problem" }, { title: "kernel" }, { title: "time", align: "right" }];

/** Widest problem shown. */
const WIDTH = 64;

function list(tuning: Tuning): string {
  const platforms = [...new Set(tuning.entries.map(({ platform }) => platform))];
  if (platforms.length === 0) return "nothing is kept yet; tandem tune alexnet measures what AlexNet needs";
  return platforms
    .flatMap((platform) => [
      platform,
      table(
        LIST,
        tuning.entries
          .filter((entry) => entry.platform === platform)
          .map(({ problem, candidates: [first] }) => [
            problem.length > WIDTH ? `${problem.slice(0, WIDTH - 1)}…` : problem,
            first ? candidateText(first) : "",
            first && platform !== "portable" ? duration(first.ns / 1e6) : "",
          ]),
      ),
      "",
    ])
    .join("\n");
}

/** Work on what is kept, without a device. False where nothing of the kind was asked for. */
async function manage(options: Options): Promise<boolean> {
  const asked = [options.import, options.portable, options.export, options.list, options.clear];
  if (asked.every((each) => each === undefined)) return false;
  const store = tuningStore();
  if (options.clear) await store.write(new Tuning().toString());
  for (const path of options.import ?? []) {
    const theirs = await readTuning(path);
    await keepTuning(theirs, store);
    console.log(`${path}: ${theirs.entries.length} choices`);
  }
  if (options.portable) {
    const machines = await Promise.all(options.portable.map(readTuning));
    const common = portable(new Tuning().merged(...machines));
    await keepTuning(common, store);
    console.log(`${common.entries.length} choices for machines not seen, from ${machines.length} files`);
  }
  const kept = await storedTuning(store);
  if (options.export) {
    await writeFile(options.export, kept.toString());
    console.log(`${options.export}: ${kept.entries.length} choices`);
  }
  if (options.list) console.log(list(kept));
  return true;
}

async function run(what: string | undefined, options: Options): Promise<void> {
  const managed = await manage(options);
  if (what === undefined) {
    if (!managed) throw new TandemError("say what to tune, a model or an op: tandem tune alexnet");
    return;
  }
  const args = {
    what,
    batch: options.batch,
    train: options.train ?? false,
    budgetMs: options.budget * 1000,
    ...(options.case === undefined ? {} : { filter: options.case }),
  };
  const report = await onHost<TuneReport>(options.host, "tune", args, { exactTimestamps: true });
  await keepTuning(Tuning.parse(report.tuning));
  console.log(text(report));
  if (report.failed.length > 0) process.exitCode = EXIT.checkFailed;
}

export function register(program: Command): void {
  hostOption(program.command("tune"))
    .summary("find the fastest kernels for a model or an op on this device, and keep them")
    .description("find the fastest kernels for a model or an op on this device, and keep them for later runs")
    .argument("[what]", "a model or an op")
    .option("--batch <n>", "models: images in a run", positive, 1)
    .option("--train", "models: what a step of training needs, too")
    .option("--case <text>", "ops: only cases with this in their name")
    .option("--budget <seconds>", "wall time for each problem", seconds, 10)
    .option("--list", "show what is kept")
    .option("--export <file>", "write what is kept to a file")
    .option("--import <file...>", "add the choices of such files")
    .option("--portable <file...>", "make one choice for machines not seen, from files of several")
    .option("--clear", "forget what is kept, first")
    .addHelpText("after", HELP)
    .action(run);
}
