/** The report of an op's kernels, for a terminal. */
import {
  type Column,
  ceilingsText,
  duration,
  faint,
  figure,
  heading,
  percent,
  table,
  warning,
} from "../../../bench/report";
import { spread } from "../../../bench/statistics";
import type { BenchOpsReport } from "../../tasks/benchOps";

const OP_COLUMNS: readonly Column[] = [
  { title: "case" },
  { title: "kernel" },
  { title: "time", align: "right" },
  { title: "±", align: "right" },
  { title: "GFLOP/s", align: "right" },
  { title: "GB/s", align: "right" },
  { title: "of ceiling", align: "right" },
  { title: "error", align: "right" },
];

/** Steps of the clock below which a time says little. */
const QUANTA = 20;

export function opsText(report: BenchOpsReport): string {
  const rows = report.rows.map((row) => [
    row.case,
    row.kernel,
    duration(row.ns.median / 1e6),
    `${figure(100 * spread(row.ns))} %`,
    row.flops > 0 ? figure(row.gflops) : "–",
    figure(row.gbps),
    row.ns.median > 0 ? `${percent(row.share)} ${row.bound === "arithmetic" ? "a" : "m"}` : "–",
    percent(row.check.ratio),
  ]);
  const coarse = report.rows.filter((row) => row.ns.median < QUANTA * row.quantumNs);
  return [
    heading(report.host, report.adapter),
    ceilingsText(report.ceilings),
    "",
    table(OP_COLUMNS, rows),
    "",
    faint("error: the largest, as a share of what is allowed, against the float64 reference or the naive kernel"),
    ...(coarse.length > 0
      ? [
          warning(
            `too short for this clock (step ${figure(coarse[0]?.quantumNs ?? 0)} ns): ${coarse.map((row) => row.case).join(", ")}`,
          ),
        ]
      : []),
    ...report.failures.map(
      (each) => `${each.wrong ? "FAILED" : "not run"}: ${each.case}, ${each.kernel}: ${each.reason}`,
    ),
  ].join("\n");
}
