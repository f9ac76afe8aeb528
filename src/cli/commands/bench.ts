/** `tandem bench`: measures ops along axes, kernels of one's own, suites, and models layer by layer. */
import type { Command } from "commander";
import { ownKernel } from "../../bench/ownKernel";
import { bad } from "../../bench/report";
import type { Results } from "../../bench/results";
import { expand } from "../../bench/suite";
import { EXIT, told, UsageError } from "../exit";
import { baselineOf, compareWith } from "./bench/baseline";
import { compareText } from "./bench/compareText";
import { benchLayout } from "./bench/layout";
import { listText } from "./bench/list";
import { filesOf, modelArgs } from "./bench/model";
import { modelText } from "./bench/modelText";
import { opsText } from "./bench/opsText";
import { benchOptions, type Options } from "./bench/options";
import { checkOutputs, quiet, writeOutputs } from "./bench/outputs";
import { ownTexts, watchFiles } from "./bench/own";
import { type Request, requestOf } from "./bench/request";
import { type Measured, measureAll } from "./bench/session";
import { type Call, hostOption, withHost } from "./onHost";

const HELP = `
Ops are measured along axes, on cases of their own, or on layers of AlexNet; models on a photograph,
layer by layer. Every result is checked first, against the float64 reference or the naive kernels: a
wrong kernel gets no number. Shares are of ceilings measured on this device. docs/benchmarking.md
says how all of it is measured, and what a WGSL file of yours has to look like.

Exit codes: 0 fine, 1 a wrong result, 2 slower than the baseline, 3 no adapter, 4 device lost,
64 wrong usage.

Examples:
  tandem bench                                     AlexNet, as the paper has it
  tandem bench alexnet-torchvision --batch 1,8
  tandem bench matmul --m 256,512,1024 --kernel all
  tandem bench matmul --m 128..2048*2 --n 512 --k 512 --plot roofline.svg
  tandem bench --workload alexnet.conv* --batch 1,8 --cache cold
  tandem bench alexnet --layout two-tower --batch 16 --trace trace.json
  tandem bench lstm --sequence 64 --hidden 128..512*2 --batch 1,32
  tandem bench matmul --wgsl my.wgsl --watch       your kernel beside ours, at each save
  tandem bench --suite suite.json --json after.json --baseline before.json --max-regression 5%
  tandem bench conv2d --input input=1x64x56x56 --input weight=64x64x3x3 --set padding=1`;

/** Prints and writes what was measured, and what the baseline says of it. */
async function report({ results, models }: Measured, options: Options, before: Results | undefined): Promise<void> {
  const silent = quiet(options);
  if (!silent) {
    for (const model of models) console.log(modelText(model));
    if (results.rows.length > models.length || results.failures.length > 0) {
      const ops = { ...results, rows: results.rows.filter(({ method }) => method !== "wall") };
      console.log(opsText(ops));
    }
  }
  const comparison = before && compareWith(before, results, options);
  await writeOutputs(options, results, comparison);
  if (comparison) console.error(`\n${compareText(comparison)}`);
  if (results.failures.some(({ wrong }) => wrong)) process.exitCode = EXIT.checkFailed;
}

/** Whether the user's kernels can be meant for what is to be measured, before anything is opened. */
async function checkOwn({ entries, models }: Request, options: Options): Promise<void> {
  const texts = await ownTexts(options);
  if (texts.length === 0) {
    if (options.watch) throw new UsageError("--watch is for a kernel of --wgsl");
    if (options.as !== undefined) throw new UsageError("--as is for a kernel of --wgsl");
    return;
  }
  if (models.length > 0) throw new UsageError("--wgsl wants an op to compute: name one, or give --as <op>");
  const ops = new Set(entries.flatMap((entry) => expand(entry).specimens.map(({ op }) => op)));
  if (ops.size > 1)
    throw new UsageError(`--wgsl is for one op, but ${[...ops].map(({ name }) => name).join(", ")} are to be measured`);
  for (const op of ops) for (const text of texts) ownKernel(op, text);
}

async function watched(call: Call, request: Request, options: Options, before: Results | undefined): Promise<void> {
  let last: Results | undefined;
  const once = async (): Promise<void> => {
    try {
      const measured = await measureAll(call, request, [], await ownTexts(options), last);
      last = measured.results;
      await report(measured, options, before);
    } catch (error) {
      // A kernel that is being written is wrong more often than not: say so, and wait for the next save.
      told(error, (text) => process.stderr.write(bad(text)));
    }
    process.stderr.write(`\nwaiting for ${options.wgsl?.join(", ")} to be saved (Ctrl-C ends)\n`);
  };
  await once();
  await watchFiles(options.wgsl ?? [], once);
}

async function run(what: string | undefined, options: Options): Promise<void> {
  if (options.list) {
    console.log(listText());
    return;
  }
  if (options.layout !== undefined) return benchLayout(what ?? "alexnet", options);
  const alone = (["devices", "transport", "trace"] as const).find((name) => options[name] !== undefined);
  if (alone !== undefined) throw new UsageError(`--${alone} goes with --layout`);
  checkOutputs(options);
  const request = await requestOf(what, options);
  await checkOwn(request, options);
  const before = await baselineOf(options);
  const models = request.models.map((specimen) => modelArgs(specimen, options, request.modelBudgetMs));
  const host = { files: [...new Set(models.flatMap(filesOf))], exactTimestamps: true };
  await withHost(options.host, host, async (call) => {
    if (options.watch) return watched(call, request, options, before);
    return report(await measureAll(call, request, models, await ownTexts(options)), options, before);
  });
}

export function register(program: Command): void {
  const command = hostOption(program.command("bench"))
    .summary("time ops along axes, kernels of your own, and models layer by layer")
    .description("time ops, kernels of your own, and models, against what this device can do")
    .argument("[what]", "a model (alexnet unless told), a file of one, or an op");
  benchOptions(command).addHelpText("after", HELP).action(run);
}
