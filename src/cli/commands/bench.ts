/** `tandem bench`: measures a model layer by layer, or an op case by case. */
import type { Command } from "commander";
import { UnknownNameError } from "../../core/errors";
import { models } from "../../models";
import { ops } from "../../ops";
import { looksLikeFile } from "../tasks/openModel";
import { benchNetwork } from "./bench/model";
import { benchOp } from "./bench/op";
import { collect, type Options, readType, readValue } from "./bench/options";
import { natural, positive, seconds } from "./numbers";
import { hostOption } from "./onHost";

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

async function run(what: string, options: Options): Promise<void> {
  if (Object.hasOwn(models, what) || looksLikeFile(what)) return benchNetwork(what, options);
  if (Object.hasOwn(ops, what)) return benchOp(what, options);
  throw new UnknownNameError("model or op", what, [...Object.keys(models), ...Object.keys(ops)]);
}

export function register(program: Command): void {
  hostOption(program.command("bench"))
    .summary("time a model layer by layer, or an op case by case")
    .description("time a model layer by layer, or an op case by case, against what this device can do")
    .argument("[what]", "a model, a file of one, or an op", "alexnet")
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
