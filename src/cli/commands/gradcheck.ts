/** `tandem gradcheck`: checks a model's gradients by differences. */
import type { Command } from "commander";
import { heading, warning } from "../../bench/report";
import { UnknownNameError } from "../../core/errors";
import { models } from "../../models";
import { EXIT } from "../exit";
import type { GradcheckArgs, GradcheckResult } from "../tasks/gradcheck";
import { natural, positive } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";

interface Options {
  readonly host: HostName;
  readonly batch: number;
  readonly seed: number;
  readonly json?: true;
}

const HELP = `
For every parameter, along its gradient and along a random direction, the slope that the gradient
predicts is compared with the slope measured from two losses beside each other, on the device, in
float32. Pictures, labels, weights and dropout masks are drawn from the seed; weights are of a size
at which every layer's gradient can be seen.

Exit codes: 0 all agree, 1 some do not, 3 no adapter, 4 device lost, 64 wrong usage.

Examples:
  tandem gradcheck alexnet-tiny
  tandem gradcheck alexnet --batch 2 --host node`;

function resultText({ host, adapter, model, checks }: GradcheckResult): string {
  const wide = Math.max(...checks.map(({ parameter }) => parameter.length));
  const number = (x: number): string => x.toExponential(3).padStart(11);
  const lines = checks.map(({ parameter, direction, expected, measured, status }) => {
    const line = `${parameter.padEnd(wide)}  along ${direction.padEnd(8)}  ${number(expected)}  ${number(measured)}`;
    return status === "failed"
      ? warning(`${line}  differs`)
      : status === "unsure"
        ? `${line}  too small to tell`
        : line;
  });
  const counted = (which: string): string => `${checks.filter(({ status }) => status === which).length} ${which}`;
  return [
    heading(host, adapter),
    `model     ${model}`,
    "",
    `${"parameter".padEnd(wide)}  ${"direction".padEnd(14)}  ${"predicted".padStart(11)}  ${"measured".padStart(11)}`,
    ...lines,
    "",
    ["passed", "failed", "unsure"].map(counted).join(", "),
  ].join("\n");
}

async function run(model: string, options: Options): Promise<void> {
  if (!Object.hasOwn(models, model)) throw new UnknownNameError("model", model, Object.keys(models));
  const args: GradcheckArgs = { model, batch: options.batch, seed: options.seed };
  const result = await onHost<GradcheckResult>(options.host, "gradcheck", args);
  console.log(options.json ? JSON.stringify(result, null, 2) : resultText(result));
  if (result.checks.some(({ status }) => status === "failed")) process.exitCode = EXIT.checkFailed;
}

export function register(program: Command): void {
  hostOption(program.command("gradcheck"))
    .summary("check a model's gradients by differences")
    .description("compare a model's gradients with differences of its loss")
    .argument("<model>", Object.keys(models).join(", "))
    .option("--batch <n>", "pictures", positive, 2)
    .option("--seed <n>", "of pictures, labels, weights and masks", natural, 0)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(run);
}
