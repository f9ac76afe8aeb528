/** Made-up results of benchmarks, for tests of what is done with them. */
import { RESULTS_SCHEMA, type Results, type Row } from "../../src/bench/results";
import { outliers, summarize } from "../../src/bench/statistics";
import { uniform } from "../../src/core/random";

/** `count` samples about `median`, within `spread` of it, the same each time. */
export const samplesAround = (median: number, count: number, spread: number, stream: number): number[] =>
  Array.from({ length: count }, (_, i) => median * (1 + spread * uniform(stream, i)));

export function row(given: Partial<Row>): Row {
  const samples = given.samples ?? [1000, 1010, 990, 1005, 995, 1000];
  const ns = summarize(samples);
  const { flops = 2e3, bytes = 100 } = given;
  return {
    workload: "w",
    op: "matmul",
    kernel: "k",
    axes: {},
    dtype: "f32",
    inputs: "a [8, 8], b [8, 8]",
    cache: "warm",
    kernelHash: "0123456789abcdef",
    dispatches: [{ shader: "k.wgsl", workgroups: [1, 1, 1], ns: ns.median }],
    flops,
    bytes,
    check: { against: "float64 reference", passed: true, ratio: 0.1 },
    compileMs: 10,
    firstMs: 2,
    warmups: 6,
    steady: true,
    stopped: "precise",
    method: "timestamp-query",
    repeat: 1,
    quantumNs: 1,
    samples,
    ns,
    outliers: outliers(samples),
    gflops: flops / ns.median,
    gbps: bytes / ns.median,
    share: 0.2,
    bound: "arithmetic",
    ...given,
  };
}

export const results = (rows: readonly Row[]): Results => ({
  schema: RESULTS_SCHEMA,
  date: "2026-01-01T00:00:00.000Z",
  tandem: { version: "0.1.0", commit: "abc" },
  host: { name: "node", version: "1", flags: [] },
  adapter: { vendor: "test", architecture: "soft", description: "made up", software: true, driver: "1.0" },
  settings: { cache: "warm", budgetMs: 1000, precision: 0.01, maximum: 100 },
  ceilings: {
    gflops: 10,
    gbps: 5,
    copyGbps: 4,
    readGbps: 5,
    workgroupGbps: 20,
    uploadGbps: 2,
    readbackGbps: 1,
    dispatchUs: 3,
    roundTripMs: 1,
  },
  rows,
  failures: [],
});
