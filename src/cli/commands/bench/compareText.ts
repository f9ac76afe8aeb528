/** A comparison of two reports, for a terminal. */
import type { Comparison, Verdict } from "../../../bench/compare";
import { bad, type Column, clip, duration, faint, figure, good, percent, table, warning } from "../../../bench/report";

const COLUMNS: readonly Column[] = [
  { title: "workload" },
  { title: "kernel" },
  { title: "before", align: "right" },
  { title: "after", align: "right" },
  { title: "ratio", align: "right" },
  { title: "interval", align: "right" },
  { title: "verdict" },
];

const shown = (verdict: Verdict): string =>
  verdict === "slower" ? bad(verdict) : verdict === "faster" ? good(verdict) : verdict;

export function compareText({ rows, gone, added, warnings, margin }: Comparison): string {
  const cells = rows.map((row) => [
    clip(row.workload, 32),
    clip(row.changed ? `${row.kernel} (changed)` : row.kernel, 20),
    duration(row.before / 1e6),
    duration(row.after / 1e6),
    figure(row.ratio),
    `${figure(row.low)}–${figure(row.high)}`,
    shown(row.verdict),
  ]);
  const counts = (["slower", "faster", "same", "unsure"] as const).map(
    (verdict) => `${rows.filter((row) => row.verdict === verdict).length} ${verdict}`,
  );
  return [
    ...warnings.map((text) => warning(text)),
    table(COLUMNS, cells),
    "",
    `${counts.join(", ")}; within ${percent(margin)} is the same`,
    faint(
      "ratio: how many times as long it takes now (Hodges–Lehmann), with an interval of 95 % over all rows together;",
    ),
    faint(
      "slower and faster: the whole interval is beyond what counts as the same; unsure: it lies across, so measure longer",
    ),
    ...(gone.length > 0 ? [`only before: ${gone.join(", ")}`] : []),
    ...(added.length > 0 ? [`only now: ${added.join(", ")}`] : []),
  ].join("\n");
}
