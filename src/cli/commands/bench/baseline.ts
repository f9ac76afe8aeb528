/** An earlier report to compare with. */
import { type Comparison, compareResults } from "../../../bench/compare";
import { type Results, readResults } from "../../../bench/results";
import { EXIT } from "../../exit";
import type { Options } from "./options";
import { textOf } from "./request";

/** The report that `--baseline` names; read before anything is measured, so that a wrong one costs no time. */
export const baselineOf = async ({ baseline }: Options): Promise<Results | undefined> =>
  baseline === undefined ? undefined : readResults(await textOf(baseline), baseline);

/** What the baseline says of new results. Exit status 2 when any row is slower by more than is allowed. */
export function compareWith(before: Results, now: Results, { maxRegression, force = false }: Options): Comparison {
  const comparison = compareResults(before, now, { margin: maxRegression, force });
  if (comparison.rows.some(({ verdict }) => verdict === "slower")) process.exitCode = EXIT.regression;
  return comparison;
}
