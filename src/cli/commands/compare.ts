/** `tandem compare`: two reports of `tandem bench`, row by row. */
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { compareResults, DEFAULT_MARGIN } from "../../bench/compare";
import { comparisonMarkdown } from "../../bench/formats/markdown";
import { readResults } from "../../bench/results";
import { EXIT } from "../exit";
import { compareText } from "./bench/compareText";
import { readShare } from "./bench/options";
import { textOf } from "./bench/request";

interface Options {
  readonly maxRegression: number;
  readonly force?: boolean;
  readonly json?: string;
  readonly markdown?: string;
}

const HELP = `
Each row is judged by its samples (Mann-Whitney U test, Hodges-Lehmann interval of the ratio,
corrected for the number of rows): faster, slower, same, or unsure. Reports of another adapter,
browser, or of other flags are refused unless forced.

Exit codes: 0 nothing is slower, 2 something is, 1 the reports cannot be compared.

Example:
  tandem bench matmul --kernel all --json before.json
  tandem bench matmul --kernel all --json after.json
  tandem compare before.json after.json`;

async function run(before: string, after: string, options: Options): Promise<void> {
  const [old, now] = [readResults(await textOf(before), before), readResults(await textOf(after), after)];
  const comparison = compareResults(old, now, { margin: options.maxRegression, force: options.force ?? false });
  const texts = {
    json: () => `${JSON.stringify(comparison, null, 2)}\n`,
    markdown: () => comparisonMarkdown(comparison),
  };
  let told = false;
  for (const format of ["json", "markdown"] as const) {
    const path = options[format];
    if (path === "-") {
      console.log(texts[format]().trimEnd());
      told = true;
    } else if (path !== undefined) await writeFile(path, texts[format]());
  }
  if (!told) console.log(compareText(comparison));
  if (comparison.rows.some(({ verdict }) => verdict === "slower")) process.exitCode = EXIT.regression;
}

export function register(program: Command): void {
  program
    .command("compare")
    .summary("compare two reports of bench: faster, slower, same, unsure")
    .description("compare two reports of tandem bench --json by a test of their samples")
    .argument("<before>", "the earlier report")
    .argument("<after>", "the later one")
    .option("--max-regression <share>", "difference that still counts as the same", readShare, DEFAULT_MARGIN)
    .option("--force", "compare although adapter or browser differ")
    .option("--json <file>", 'the comparison as JSON ("-": standard output)')
    .option("--markdown <file>", 'as Markdown ("-": standard output)')
    .addHelpText("after", HELP)
    .action(run);
}
