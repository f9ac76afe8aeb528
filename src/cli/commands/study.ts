/** `tandem study`: shows effects that the field reports, by training small networks. */
import { type Command, Option } from "commander";
import { heading, strong, warning } from "../../bench/report";
import { EXIT } from "../exit";
import type { StudyResult } from "../tasks/studies/study";
import type { StudyArgs } from "../tasks/study";
import { natural } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";

interface Options {
  readonly host: HostName;
  readonly seed: number;
  readonly json?: true;
}

const NAMES: Readonly<Record<StudyArgs["name"], string>> = {
  "relu-tanh": "epochs to 25 % training error, ReLU against tanh (Krizhevsky et al. 2012, figure 1)",
  memory: "a symbol kept through noise: LSTM against a plain network, and their gradients in time",
  ensemble: "three networks, and the average of what they say",
};

const HELP = `
Studies:
${Object.entries(NAMES)
  .map(([name, what]) => `  ${name.padEnd(12)}${what}`)
  .join("\n")}

Each trains its networks from scratch: minutes on a software adapter. The curves are in --json.

Exit codes: 0 the effect showed, 1 it did not, 3 no adapter, 4 device lost, 64 wrong usage.

Examples:
  tandem study memory
  tandem study relu-tanh --json > relu-tanh.json`;

function resultText({ host, adapter, title, setting, subjects, shown, conclusion, seconds }: StudyResult): string {
  const wide = Math.max(...subjects.map(({ name }) => name.length));
  return [
    heading(host, adapter),
    "",
    strong(title),
    setting,
    "",
    ...subjects.map(({ name, result }) => `${name.padEnd(wide)}  ${result}`),
    "",
    shown ? conclusion : warning(conclusion),
    `${(seconds / 60).toFixed(1)} minutes`,
  ].join("\n");
}

async function run(name: StudyArgs["name"], { host, seed, json }: Options): Promise<void> {
  const args: StudyArgs = { name, seed };
  const result = await onHost<StudyResult>(host, "study", args);
  console.log(json ? JSON.stringify(result, null, 2) : resultText(result));
  if (!result.shown) process.exitCode = EXIT.checkFailed;
}

export function register(program: Command): void {
  const command = hostOption(program.command("study"))
    .summary("show an effect by training small networks")
    .description("train small networks from scratch to show an effect that the field reports")
    .addArgument(program.createArgument("<name>", "which").choices(Object.keys(NAMES)))
    .addOption(new Option("--seed <n>", "of weights and data").default(0).argParser(natural))
    .option("--json", "print JSON")
    .addHelpText("after", HELP);
  command.action(run);
}
