/** The options of `tandem bench`, and readers of those that are more than a number. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { axisNames } from "../../../bench/families";
import { readType } from "../../../bench/suite";
import { type LayoutName, layouts } from "../../../layout/layout";
import { UsageError } from "../../exit";
import { dimOption } from "../network";
import { natural, positive, seconds } from "../numbers";
import type { HostName } from "../onHost";

export interface Options {
  readonly host: HostName;
  readonly suite?: string;
  readonly workload?: string;
  readonly list?: true;
  readonly runs?: number;
  readonly budget?: number;
  readonly precision?: number;
  readonly cache?: "warm" | "cold";
  readonly json?: string;
  readonly markdown?: string;
  readonly csv?: string;
  readonly junit?: string;
  readonly plot?: string;
  readonly sweepPlot?: string;
  readonly batch?: string;
  readonly dtype?: string;
  readonly image?: string;
  readonly dim?: Readonly<Record<string, number>>;
  readonly weights?: string;
  readonly seed?: number;
  readonly check: boolean;
  readonly train?: true;
  readonly baseline?: string;
  readonly maxRegression: number;
  readonly force?: boolean;
  readonly case?: string;
  readonly kernel?: string;
  readonly input?: Record<string, string>;
  readonly set?: Record<string, unknown>;
  readonly wgsl?: readonly string[];
  readonly as?: string;
  readonly constant?: Record<string, string>;
  readonly watch?: true;
  readonly layout?: LayoutName;
  readonly devices?: number;
  readonly transport?: "f32" | "f16";
  readonly trace?: string;
}

const collect =
  <T>(read: (text: string) => T, wanted: string) =>
  (text: string, before: Record<string, T> = {}): Record<string, T> => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`"${text}" should be ${wanted}`);
    return { ...before, [text.slice(0, at)]: read(text.slice(at + 1)) };
  };

function shapeText(text: string): string {
  readType(text);
  return text;
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `5%` or `0.05`, as a share. */
export function readShare(text: string): number {
  const [, number = "", sign] = /^([\d.]+)\s*(%?)$/.exec(text.trim()) ?? [];
  const value = Number(number) / (sign ? 100 : 1);
  if (number === "" || !(value >= 0 && value < 10)) throw new InvalidArgumentError("Wants a share such as 5% or 0.05.");
  return value;
}

/** `kernelSize` as it is written on the command line. */
const flag = (axis: string): string => axis.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const AXES = "Axes, such as 256,512 or 128..2048*2 (--list says which op has which):";
const OWN = "A kernel of your own:";
const REPORTS = 'Reports ("-" writes to standard output, and nothing else there):';
const METHOD = "Method:";
const MODELS = "Models:";
const LAYOUTS = "Models on several devices:";

/** Adds every option; `--host` is there already. */
export function benchOptions(command: Command): Command {
  const add = (
    group: string,
    flags: string,
    text: string,
    read?: (text: string, before: never) => unknown,
    initial?: unknown,
  ) => {
    const option = new Option(flags, text).helpGroup(group);
    if (read) option.argParser(read as (text: string, before: unknown) => unknown);
    if (initial !== undefined) option.default(initial);
    command.addOption(option);
  };
  command
    .option("--suite <file>", "a list of workloads, as JSON")
    .option("--workload <names>", "layers of AlexNet: alexnet.conv2, or several: alexnet.conv*,alexnet.fc6")
    .option("--list", "list ops, their axes, and the workloads; measure nothing")
    .option("--case <text>", "ops: only cases with this in their name")
    .option("--kernel <name>", 'ops: this kernel, or "all"')
    .option(
      "--input <name=shape>",
      "ops: a problem of your own, one input each",
      collect(shapeText, "name=1x3x224x224"),
    )
    .option("--set <name=value>", "ops: an attribute", collect(readValue, "name=value"))
    .option("--dtype <types>", "ops: f32, or i32 for those that move any type");
  for (const axis of axisNames) add(AXES, `--${flag(axis)} <values>`, "");
  add(
    OWN,
    "--wgsl <file>",
    "a WGSL file, measured beside ours; may be given several times",
    (text, before: readonly string[] = []) => [...before, text],
  );
  add(OWN, "--as <op>", "the op that it computes, where none is named");
  add(
    OWN,
    "--constant <name=values>",
    "values for its override or const; several make a kernel each",
    collect(String, "TILE=8,16"),
  );
  add(OWN, "--watch", "measure again at each save");
  add(METHOD, "--runs <n>", "samples at most", positive);
  add(METHOD, "--budget <seconds>", "wall time for each kernel (2; models 5)", seconds);
  add(METHOD, "--precision <share>", "end when the interval of the median is this narrow (2%)", readShare);
  command.addOption(
    new Option("--cache <state>", "caches before each sample").choices(["warm", "cold"]).helpGroup(METHOD),
  );
  add(REPORTS, "--json <file>", "everything, samples included: what compare and --baseline read");
  add(REPORTS, "--markdown <file>", "tables for a document");
  add(REPORTS, "--csv <file>", "a line a row");
  add(REPORTS, "--junit <file>", "JUnit XML for CI");
  add(REPORTS, "--plot <file>", "the roofline, as .svg or .png");
  add(REPORTS, "--sweep-plot <file>", "rates along the longest axis, as .svg or .png");
  add(REPORTS, "--baseline <file>", "a report of --json to compare with; exit 2 on a regression");
  add(REPORTS, "--max-regression <share>", "how much slower is still no regression", readShare, 0.05);
  add(REPORTS, "--force", "compare although adapter or browser differ");
  add(MODELS, "--image <file>", "picture to run on (the shipped photograph unless told)");
  command.addOption(dimOption().helpGroup(MODELS));
  add(MODELS, "--weights <file>", "safetensors file or address (shipped or random ones unless told)");
  add(MODELS, "--seed <n>", "random weights and inputs from this seed", natural);
  add(MODELS, "--train", "time a step of training, too");
  add(MODELS, "--no-check", "do not compare with the naive kernels first");
  command.addOption(
    new Option("--layout <name>", "how the model lies on them").choices(Object.keys(layouts)).helpGroup(LAYOUTS),
  );
  add(LAYOUTS, "--devices <n>", "how many (2)", positive);
  command.addOption(
    new Option("--transport <type>", "floats as they are, or as halves").choices(["f32", "f16"]).helpGroup(LAYOUTS),
  );
  add(LAYOUTS, "--trace <file>", "one run in Chrome's trace format, for ui.perfetto.dev");
  return command;
}
