/** Results as CSV: a line a row, with the axes as columns, and what qualifies them in every line. */
import { csvFormat } from "d3-dsv";
import type { Results } from "../results";
import { adapterName } from "./facts";

export function resultsCsv(results: Results): string {
  const axes = [...new Set(results.rows.flatMap((row) => Object.keys(row.axes)))];
  const lines = results.rows.map((row) => ({
    workload: row.workload,
    op: row.op,
    kernel: row.kernel,
    ...Object.fromEntries(axes.map((axis) => [axis, row.axes[axis] ?? ""])),
    dtype: row.dtype,
    cache: row.cache,
    median_ns: row.ns.median,
    low_ns: row.ns.low,
    high_ns: row.ns.high,
    mad_ns: row.ns.mad,
    min_ns: row.ns.min,
    max_ns: row.ns.max,
    samples: row.samples.length,
    outliers: row.outliers.length,
    repeat: row.repeat,
    quantum_ns: row.quantumNs,
    stopped: row.stopped,
    compile_ms: row.compileMs,
    first_ms: row.firstMs,
    flops: row.flops,
    bytes: row.bytes,
    gflops: row.gflops,
    gbps: row.gbps,
    share: row.share,
    bound: row.bound,
    error: row.check.ratio,
    kernel_hash: row.kernelHash,
    adapter: adapterName(results.adapter),
    browser: results.host.version,
    commit: results.tandem.commit ?? "",
    date: results.date,
  }));
  return `${csvFormat(lines)}\n`;
}
