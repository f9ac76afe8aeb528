/** An earlier report to compare with. */
import { readFile } from "node:fs/promises";
import { figure, timing } from "../../../bench/report";
import { FormatError } from "../../../core/errors";
import type { BenchModelReport } from "../../tasks/benchModel";

/** How much slower than the baseline's interval is a regression, and not the machine's mood. */
const REGRESSION = 1.1;

/** What a baseline says of a new report, and whether it is a regression. */
export async function compareWith(path: string, report: BenchModelReport): Promise<{ text: string; slower: boolean }> {
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
