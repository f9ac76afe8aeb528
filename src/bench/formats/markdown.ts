/** Results as Markdown, for a document or a comment. */
import { markdownTable } from "markdown-table";
import type { Comparison } from "../compare";
import type { Results } from "../results";
import {
  duration,
  figure,
  gbpsOf,
  gflopsOf,
  intervalOf,
  outliersOf,
  percent,
  samplesOf,
  shareOf,
  timeOf,
} from "./cells";
import { adapterName, ceilingLines } from "./facts";

const ROWS = ["workload", "kernel", "time", "95 %", "GFLOP/s", "GB/s", "of ceiling", "error", "samples", "outliers"];
const LEFT = 2;

const align = (count: number): ("l" | "r")[] => Array.from({ length: count }, (_, i) => (i < LEFT ? "l" : "r"));

export function resultsMarkdown(results: Results): string {
  const { adapter, host, tandem, rows, failures } = results;
  const cells = rows.map((row) => [
    row.workload,
    row.kernel,
    timeOf(row),
    `±${intervalOf(row)}`,
    gflopsOf(row),
    gbpsOf(row),
    shareOf(row),
    percent(row.check.ratio),
    samplesOf(row),
    outliersOf(row),
  ]);
  return [
    "# Benchmark",
    "",
    `- date: ${results.date}`,
    `- tandem: ${tandem.version}${tandem.commit ? `, commit ${tandem.commit}` : ""}`,
    `- adapter: ${adapterName(adapter)}${adapter.software ? " (**a software adapter: these are times of a CPU**)" : ""}`,
    `- host: ${host.name} ${host.version}${host.flags.length > 0 ? `, \`${host.flags.join(" ")}\`` : ""}`,
    `- caches: ${results.settings.cache}`,
    ...ceilingLines(results.ceilings).map((line) => `- ${line}`),
    "",
    markdownTable([ROWS, ...cells], { align: align(ROWS.length) }),
    "",
    "Time: median of the samples, with half its 95 % interval. Of ceiling: share of the nearer ceiling, arithmetic (a) or",
    "memory (m). Error: the largest, as a share of what is allowed. Outliers are counted and stay in every figure.",
    ...(failures.length > 0 ? ["", "## Without a number", ""] : []),
    ...failures.map(
      ({ workload, kernel, reason, wrong }) => `- ${workload}, ${kernel}: ${wrong ? "**failed**: " : ""}${reason}`,
    ),
    "",
  ].join("\n");
}

export function comparisonMarkdown({ rows, gone, added, margin, warnings }: Comparison): string {
  const cells = rows.map((row) => [
    row.workload,
    row.kernel + (row.changed ? " (changed)" : ""),
    duration(row.before / 1e6),
    duration(row.after / 1e6),
    figure(row.ratio),
    `${figure(row.low)} to ${figure(row.high)}`,
    row.verdict,
  ]);
  const titles = ["workload", "kernel", "before", "after", "ratio", "interval", "verdict"];
  return [
    markdownTable([titles, ...cells], { align: align(titles.length) }),
    "",
    `Ratio: how many times as long it takes now (Hodges–Lehmann), with its interval; within ${percent(margin)} is the same.`,
    ...warnings.map((warning) => `\n**${warning}**`),
    ...(gone.length > 0 ? ["", `Only before: ${gone.join(", ")}`] : []),
    ...(added.length > 0 ? ["", `Only now: ${added.join(", ")}`] : []),
    "",
  ].join("\n");
}
