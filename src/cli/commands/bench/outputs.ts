/** Where reports go besides the terminal: files, each in its format. */
import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { rooflineSvg } from "../../../bench/charts/roofline";
import { sweepSvg, widestAxis } from "../../../bench/charts/sweep";
import type { Comparison } from "../../../bench/compare";
import { resultsCsv } from "../../../bench/formats/csv";
import { resultsJunit } from "../../../bench/formats/junit";
import { comparisonMarkdown, resultsMarkdown } from "../../../bench/formats/markdown";
import type { Results } from "../../../bench/results";
import { TandemError } from "../../../core/errors";
import { UsageError } from "../../exit";
import { svgToPng } from "../../hosts/draw";
import type { Options } from "./options";

const FORMATS = ["json", "markdown", "csv", "junit"] as const;

/** True when a report goes to standard output, which then holds nothing else. */
export const quiet = (options: Options): boolean => FORMATS.some((format) => options[format] === "-");

/** @throws UsageError for files that cannot be written as they are named, before anything is measured. */
export function checkOutputs(options: Options): void {
  if (FORMATS.filter((format) => options[format] === "-").length > 1) {
    throw new UsageError("only one report can go to standard output");
  }
  for (const path of [options.plot, options.sweepPlot]) {
    if (path !== undefined && ![".svg", ".png"].includes(extname(path).toLowerCase())) {
      throw new UsageError(`"${path}" should end in .svg or .png`);
    }
  }
}

async function put(path: string, content: string | Uint8Array): Promise<void> {
  if (path === "-") {
    process.stdout.write(content);
    return;
  }
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new TandemError(
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
    );
  }
}

const draw = async (path: string, svg: string): Promise<void> =>
  put(path, extname(path).toLowerCase() === ".png" ? await svgToPng(svg) : svg);

/** Writes every report that was asked for. */
export async function writeOutputs(options: Options, results: Results, comparison?: Comparison): Promise<void> {
  const texts = {
    json: () => `${JSON.stringify(results, null, 2)}\n`,
    markdown: () => resultsMarkdown(results) + (comparison ? `\n## Compared\n\n${comparisonMarkdown(comparison)}` : ""),
    csv: () => resultsCsv(results),
    junit: () => resultsJunit(results, comparison),
  };
  for (const format of FORMATS) {
    const path = options[format];
    if (path !== undefined) await put(path, texts[format]());
  }
  if (options.plot !== undefined) await draw(options.plot, rooflineSvg(results));
  if (options.sweepPlot !== undefined) {
    const axis = widestAxis(results.rows);
    if (axis === undefined) throw new TandemError("nothing varies over the rows, so there is no sweep to draw");
    await draw(options.sweepPlot, sweepSvg(results, axis));
  }
}
