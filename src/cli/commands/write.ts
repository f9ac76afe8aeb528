/** `tandem write`: lets a character model write. */
import type { Command } from "commander";
import { faint, heading, strong } from "../../bench/report";
import type { WriteArgs, WriteResult } from "../tasks/write";
import { atLeast0, natural, positive } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";
import { shippedWeights } from "./shipped";

interface Options {
  readonly host: HostName;
  readonly weights?: string;
  readonly length: number;
  readonly temperature: number;
  readonly seed: number;
  readonly json?: true;
}

const HELP = `
Weights are what "tandem train char-lstm" (or char-gru, char-rnn) puts into best.safetensors.
Without --weights those that come with the package are used: an LSTM that has read two poems by
Lewis Carroll. At temperature 0 the likeliest character is taken, at 1 characters are drawn by their
probabilities. The same seed writes the same text.

Exit codes: 0 fine, 1 something could not be read, 3 no adapter, 4 device lost, 64 wrong usage.

Examples:
  tandem write "The Walrus"
  tandem write "hello " --weights run/best.safetensors --length 60 --temperature 0`;

const resultText = ({ host, adapter, form, prompt, text, charactersPerSecond }: WriteResult, file: string): string =>
  [
    heading(host, adapter),
    `model     ${form.cell}, ${form.layers === 1 ? "a layer" : `${form.layers} layers`} of ${form.hidden} units, ${form.vocabulary} characters`,
    `weights   ${file}`,
    "",
    `${strong(prompt)}${text}`,
    "",
    faint(`${charactersPerSecond.toFixed(0)} characters a second`),
  ].join("\n");

async function run(prompt: string, { host, json, ...options }: Options): Promise<void> {
  const weights = options.weights ?? shippedWeights("char-lstm");
  const args: WriteArgs = { ...options, prompt, weights };
  const result = await onHost<WriteResult>(host, "write", args, { files: [weights] });
  console.log(json ? JSON.stringify(result, null, 2) : resultText(result, weights));
}

export function register(program: Command): void {
  hostOption(program.command("write"))
    .summary("let a character model write")
    .description("let a character model write on from a beginning")
    .argument("<beginning>", "what it reads first")
    .option("--weights <file>", "of a character model (the shipped LSTM unless told)")
    .option("--length <n>", "characters to write", positive, 300)
    .option("--temperature <x>", "how freely characters are drawn", atLeast0, 0.5)
    .option("--seed <n>", "of the drawing", natural, 0)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(run);
}
