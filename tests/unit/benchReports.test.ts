/** What a benchmark's results become: files that others read, charts, excerpts of compile errors, and rules of kernels. */
import { describe, expect, test } from "vitest";
import { rooflineSvg } from "../../src/bench/charts/roofline";
import { sweepSvg, widestAxis } from "../../src/bench/charts/sweep";
import { compareResults } from "../../src/bench/compare";
import { excerpt } from "../../src/bench/diagnostics";
import { dimensionsOf, simplestPlan } from "../../src/bench/dimensions";
import { evaluateList } from "../../src/bench/expression";
import { resultsCsv } from "../../src/bench/formats/csv";
import { resultsJunit } from "../../src/bench/formats/junit";
import { comparisonMarkdown, resultsMarkdown } from "../../src/bench/formats/markdown";
import { ownKernel } from "../../src/bench/ownKernel";
import { readResults } from "../../src/bench/results";
import { opsText } from "../../src/cli/commands/bench/opsText";
import { DEFAULT_LIMITS, type DeviceFacts } from "../../src/core/device";
import { f32 } from "../../src/core/tensor";
import { pose } from "../../src/graph/graph";
import { ops } from "../../src/ops";
import type { AnyOp } from "../../src/ops/op";
import { command } from "../support/command";
import { results, row, samplesAround } from "../support/results";

const report = {
  ...results([
    row({ workload: "matmul m=8 n=4", axes: { m: 8, n: 4 }, kernel: "tiled", samples: samplesAround(900, 20, 0.1, 1) }),
    row({ workload: "matmul m=16 n=4", axes: { m: 16, n: 4 }, kernel: "tiled", samples: [1000, 1000, 1001, 5000] }),
    row({
      workload: "matmul m=16 n=4",
      axes: { m: 16, n: 4 },
      kernel: 'own "<&>"',
      samples: samplesAround(500, 9, 0.1, 2),
    }),
  ]),
  failures: [
    { workload: "matmul m=8 n=4", kernel: "rows", reason: "is for few rows", wrong: false },
    { workload: "matmul m=8 n=4", kernel: "bad", reason: "the result differs", wrong: true },
  ],
};

describe("a report", () => {
  test("comes back from JSON, and a broken one is refused by its place", () => {
    expect(readResults(JSON.stringify(report), "a.json")).toEqual(report);
    const refused =
      (given: unknown): (() => unknown) =>
      () =>
        readResults(JSON.stringify(given), "a.json");
    expect(() => readResults("{", "a.json")).toThrow(/a\.json: is not JSON/);
    expect(refused({ ...report, schema: "tandem-bench-1" })).toThrow(
      /has the schema "tandem-bench-1", not "tandem-bench-2"/,
    );
    expect(refused(null)).toThrow(/has the schema null/);
    expect(refused({ ...report, rows: [{ ...report.rows[0], samples: [] }] })).toThrow(/rows\.0\.samples/);
    expect(refused({ ...report, rows: [{ ...report.rows[0], samples: [-1] }] })).toThrow(/rows\.0\.samples\.0/);
  });

  test("fits a terminal of 100 columns, names what is common once, and tells failures apart", () => {
    const long = row({
      op: "conv2d",
      workload: `conv2d ${"channels=64 ".repeat(8)}`.trim(),
      kernel: "a kernel with quite a long name of its own",
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken out.
    const text = opsText({ ...report, rows: [...report.rows, long] }).replace(/\u001b\[\d+m/g, "");
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(text).toContain("matmul: n=4 in every row");
    expect(text).toContain("FAILED: matmul m=8 n=4, bad: the result differs");
    expect(text).toContain("not run: matmul m=8 n=4, rows: is for few rows");
    expect(text).toContain("SOFTWARE ADAPTER");
  });

  test("is CSV with a column for each axis", () => {
    const [head = "", ...lines] = resultsCsv(report).trim().split("\n");
    expect(head).toMatch(/^workload,op,kernel,m,n,dtype,cache,median_ns,/);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toContain('"own ""<&>"""');
  });

  test("is Markdown that counts outliers, and says what has no number", () => {
    const text = resultsMarkdown(report);
    expect(text).toMatch(/\| matmul m=16 n=4 \| tiled .* 4 \| +1 \|/);
    expect(text).toContain("- matmul m=8 n=4, bad: **failed**: the result differs");
    const sure = results([row({ samples: samplesAround(1000, 40, 0.01, 6) })]);
    expect(comparisonMarkdown(compareResults(sure, sure))).toMatch(/\| w +\| k .*\| +same \|/);
  });

  test("is JUnit XML whose failures are wrong results and regressions", () => {
    const slower = results([row({ workload: "w", samples: samplesAround(2000, 20, 0.01, 3) })]);
    const before = results([row({ workload: "w", samples: samplesAround(1000, 20, 0.01, 4) })]);
    const xml = resultsJunit(slower, compareResults(before, slower));
    expect(xml).toMatch(/<testsuite name="tandem bench" tests="1" failures="1" skipped="0"/);
    expect(xml).toMatch(/<failure type="regression" message=".* times as long/);
    const all = resultsJunit(report);
    expect(all).toMatch(/tests="5" failures="1" skipped="1"/);
    expect(all).toContain("own &quot;&lt;&amp;&gt;&quot;");
  });
});

describe("charts", () => {
  test("the roofline has the roof, a point a row, and names escaped", () => {
    const svg = rooflineSvg(report);
    expect(svg.match(/<circle/g)).toHaveLength(3 + 2);
    expect(svg).toContain('class="roof"');
    expect(svg).toContain("own &quot;&lt;&amp;&gt;&quot;");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("of nothing, or of what has no rate, are still charts", () => {
    for (const rows of [[], [row({ flops: 0, gflops: 0 })], [row({ samples: [0, 0, 0], gflops: 0 })]]) {
      expect(rooflineSvg(results(rows))).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  test("a sweep is drawn along the axis that varies most", () => {
    expect(widestAxis(report.rows)).toBe("m");
    expect(widestAxis([row({})])).toBeUndefined();
    const svg = sweepSvg(report, "m");
    expect(svg.match(/<path [^>]*stroke-width="2"/g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("a compile error", () => {
  const code = "fn main() {\n\tlet x = foo;\n}";
  test("is shown with its line, and a mark under the place", () => {
    const message = { type: "error", message: "unresolved value 'foo'", line: 2, column: 10, length: 3 } as const;
    expect(excerpt("my.wgsl", code, message)).toBe(
      ["my.wgsl:2:10: error: unresolved value 'foo'", "  2 | \tlet x = foo;", "    | \t        ^^^"].join("\n"),
    );
  });
  test("without a place, or beyond the text, has no excerpt", () => {
    const nowhere = { type: "error", message: "too large", line: 0, column: 0, length: 0 } as const;
    expect(excerpt("my.wgsl", code, nowhere)).toBe("my.wgsl: error: too large");
    expect(excerpt("my.wgsl", code, { ...nowhere, line: 9, column: 1 })).toBe("my.wgsl:9:1: error: too large");
  });
});

describe("a kernel of one's own", () => {
  const device: DeviceFacts = {
    limits: DEFAULT_LIMITS,
    features: new Set(),
    software: false,
    vendor: "",
    architecture: "",
    description: "",
  };
  const problem = pose(ops.matmul, { a: f32(20, 30), b: f32(30, 40) });
  const body = (head: string, rest = ""): string => `${head}
struct Params { m: u32, n: u32, ${rest} }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(8, TILE / 2u)
fn main(@builtin(global_invocation_id) id: vec3<u32>) { output[id.x] = a[params.m]; }
const TILE: u32 = 8u;`;
  const planned = (code: string, constants = {}) =>
    ownKernel(ops.matmul, { file: "x/my.wgsl", code, constants }).plan(problem, {}, device);

  test("is dispatched by the rule in its comment, with its constants and the op's dimensions", () => {
    const [dispatch] = planned(body("// workgroups: ceil(n / (WORKGROUP_X * TILE)), max(1, m - 18), 1")).dispatches;
    expect(dispatch?.workgroups).toEqual([1, 2, 1]);
    expect(dispatch?.params).toEqual({ m: 20, n: 40 });
    const [other] = planned(body("// workgroups: ceil(n / TILE)"), { TILE: 4 }).dispatches;
    expect(other?.workgroups).toEqual([10, 1, 1]);
  });

  test("without a rule has an invocation for each element of the output", () => {
    expect(planned(body("")).dispatches[0]?.workgroups).toEqual([25, 1, 1]);
  });

  test.each([
    [body("", "depth: u32"), /field "depth" is no dimension of this op; there are .*\binner\b/],
    [body("// workgroups: ceil(q / 4)"), /no dimension or constant is named "q"/],
    [body("// workgroups: 1, 2, 3, 4"), /not one to three whole numbers/],
    [body("// workgroups: m / 3"), /not one to three whole numbers/],
    [body("// workgroups: m ? 1 : 2"), /only numbers, names/],
    ["fn main() {}", /no @compute entry point|@workgroup_size/],
  ])("is refused with a reason", (code, reason) => {
    expect(() => planned(code)).toThrow(reason);
  });

  test("cannot take the name of one of ours", () => {
    expect(() => ownKernel(ops.matmul, { file: "naive.wgsl", code: "" })).toThrow(/has a kernel named "naive" already/);
  });

  test("knows every field that the shaders of an op's simplest kernel have", () => {
    for (const op of (Object.values(ops) as AnyOp[]).filter(({ kernels }) => kernels.length > 0)) {
      const [which] = op.cases;
      const posed = pose(op, which?.inputs ?? {}, which?.attributes);
      const known = dimensionsOf(op, posed, device);
      for (const { params } of simplestPlan(op, posed, device).dispatches) {
        expect(Object.keys(known)).toEqual(expect.arrayContaining(Object.keys(params ?? {})));
      }
    }
  });

  test("arithmetic is computed as it reads", () => {
    expect(evaluateList("ceil(7 / 2), 1 + 2 * 3u, -4 % 3, min(m, 5)", { m: 9 }, "f")).toEqual([4, 7, -1, 5]);
  });
});

describe("the command line refuses", () => {
  test.each([
    [["matmul", "--wgsl", "no.wgsl"], 1, /no\.wgsl: cannot be read \(ENOENT\)/],
    [["--wgsl", "package.json"], 64, /--wgsl wants an op to compute: name one, or give --as/],
    [["matmul", "--watch"], 64, /--watch is for a kernel of --wgsl/],
    [["matmul", "--as", "relu"], 64, /--as is for a kernel of --wgsl/],
    [["matmul", "--plot", "a.gif"], 64, /should end in \.svg or \.png/],
    [["matmul", "--json", "-", "--csv", "-"], 64, /only one report can go to standard output/],
    [["matmul", "--suite", "docs/suites/alexnet.json"], 64, /--suite says what to measure/],
    [["matmul", "--m", "x"], 1, /axis m: "x" should be a whole number/],
    [["matmul", "--kernel", "none"], 64, /no kernel of matmul is named "none"/],
    [["mat"], 64, /no model or op is named "mat"/],
    [["matmul", "--baseline", "package.json"], 1, /package\.json: has the schema null/],
    [["matmul", "--constant", "A=1"], 64, /--constant is for a kernel of --wgsl/],
  ])("bench %j", async (args, status, reason) => {
    const got = await command("bench", "--host", "node", ...args);
    expect(got.output).toMatch(reason);
    expect(got.status).toBe(status);
  });

  test("nothing where only a list is wanted, which has everything", async () => {
    const { status, output } = await command("bench", "--list");
    expect(status).toBe(0);
    expect(output).toMatch(/matmul[\s\S]*alexnet\.conv2[\s\S]*alexnet-tiny/);
    for (const line of output.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });
});
