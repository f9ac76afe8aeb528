/** `tandem bench` from the command line down to its reports: axes, a kernel of one's own, cold caches, baselines. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Results, readResults } from "../../src/bench/results";
import { runBench } from "../../src/bench/run";
import { EXIT } from "../../src/cli/exit";
import { Tensor } from "../../src/core/tensor";
import { singleOpGraph } from "../../src/graph/single";
import { ops } from "../../src/ops";
import { command } from "../support/command";
import { sharedDevice } from "../support/device";

const example = fileURLToPath(new URL("../../demo/kernels/matmul_blocks.wgsl", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tandem-lab-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const resultsIn = (name: string): Results => readResults(readFileSync(at(name), "utf8"), name);

const bench = (...args: string[]) => command("bench", "--host", "node", "--budget", "0.05", "--runs", "8", ...args);

/** The example with one of its lines changed, in a file of its own. */
function changed(name: string, from: string, to: string): string {
  const code = readFileSync(example, "utf8");
  expect(code).toContain(from);
  writeFileSync(at(name), code.replace(from, to));
  return at(name);
}

describe("a sweep with a kernel of one's own", () => {
  test("is checked and timed beside ours, and written in every format", async () => {
    const files = ["--json", "a.json", "--csv", "a.csv", "--markdown", "a.md", "--junit", "a.xml", "--plot", "a.svg"];
    const outputs = files.map((each) => (each.startsWith("--") ? each : at(each)));
    const own = ["--wgsl", example, "--constant", "WORKGROUP_WIDTH=4,8"];
    const { status, output } = await bench("matmul", "--m", "33,64", "--n", "20", "--k", "9", ...own, ...outputs);
    expect(output).toMatch(/matmul: n=20 k=9 in every row/);
    expect(status).toBe(EXIT.fine);
    const report = resultsIn("a.json");
    expect(report.rows.map(({ workload, kernel }) => [workload, kernel.split(" ")[1] ?? "ours"])).toEqual(
      [33, 64].flatMap((m) =>
        ["WORKGROUP_WIDTH=4", "WORKGROUP_WIDTH=8", "ours"].map((kernel) => [`matmul m=${m} n=20 k=9`, kernel]),
      ),
    );
    for (const row of report.rows) {
      expect(row.check).toMatchObject({ against: "float64 reference", passed: true });
      expect(row.samples.length).toBeGreaterThanOrEqual(6);
      expect(row.kernelHash).toMatch(/^[0-9a-f]{16}$/);
      expect(row.compileMs).toBeGreaterThan(0);
    }
    expect(new Set(report.rows.slice(0, 3).map(({ kernelHash }) => kernelHash)).size).toBe(3);
    expect(readFileSync(at("a.svg"), "utf8")).toMatch(/^<svg .*<\/svg>$/s);
    expect(readFileSync(at("a.xml"), "utf8")).toContain('failures="0"');

    const same = await command("compare", at("a.json"), at("a.json"));
    expect(same.output).toContain("0 slower, 0 faster");
    expect(same.status).toBe(EXIT.fine);
  });

  test("that computes something else gets no number", async () => {
    const wrong = changed("wrong.wgsl", "k < params.k; k++", "k + 1u < params.k; k++");
    const { status, output } = await bench("--as", "matmul", "--m", "24", "--wgsl", wrong, "--json", at("wrong.json"));
    expect(output).toMatch(/FAILED: matmul m=24, wrong: the result differs from the float64 reference by/);
    expect(status).toBe(EXIT.checkFailed);
    expect(resultsIn("wrong.json").rows.map(({ kernel }) => kernel)).not.toContain("wrong");
  });

  test("that leaves elements unwritten is caught", async () => {
    const lazy = changed("lazy.wgsl", "column + j < params.n; j++", "column + j + 1u < params.n; j++");
    const { status, output } = await bench("matmul", "--m", "24", "--wgsl", lazy);
    expect(output).toMatch(/FAILED: matmul m=24, lazy: .* by NaN or infinity/);
    expect(status).toBe(EXIT.checkFailed);
  });

  test("that does not compile is shown with its line and a mark", async () => {
    const broken = changed("broken.wgsl", "= sums[i][j];", "= nowhere;");
    const { status, output } = await bench("matmul", "--m", "24", "--wgsl", broken);
    expect(output).toMatch(
      /broken\.wgsl:42:\d+: error: unresolved value 'nowhere'\n +42 \| .*= nowhere;\n +\| +\^{7}\n/,
    );
    expect(status).toBe(EXIT.checkFailed);
  });

  test("may be a copy of one of ours, with the library texts that it calls", async () => {
    const file = at("mine.wgsl");
    copyFileSync(fileURLToPath(new URL("../../shaders/conv2d/naive.wgsl", import.meta.url)), file);
    const small = ["--channels", "4", "--size", "8", "--groups", "2", "--set", "activation=relu"];
    const { status, output } = await bench("conv2d", "--wgsl", file, ...small);
    expect(output).toMatch(/mine/);
    expect(status).toBe(EXIT.fine);
  });
});

test("a baseline that was a thousand times as fast fails the run, and one of another machine is refused", async () => {
  const report = resultsIn("a.json");
  const faster = {
    ...report,
    rows: report.rows.map((row) => ({ ...row, samples: row.samples.map((ns) => ns / 1000) })),
  };
  writeFileSync(at("faster.json"), JSON.stringify(faster));
  const again = ["matmul", "--m", "33,64", "--n", "20", "--k", "9", "--json", at("b.json"), "--baseline"];
  const { status } = await bench(...again, at("faster.json"), "--max-regression", "5%");
  expect(status).toBe(EXIT.regression);
  writeFileSync(at("other.json"), JSON.stringify({ ...report, adapter: { ...report.adapter, vendor: "other" } }));
  const other = await command("compare", at("other.json"), at("b.json"));
  expect(other.output).toMatch(/cannot be compared: the adapters differ/);
  expect(other.status).toBe(EXIT.checkFailed);
});

describe("measuring", () => {
  test("with cold caches times one dispatch at a time, and reports rows as they come", async () => {
    const device = await sharedDevice();
    const seen: string[] = [];
    const results = await runBench(
      device,
      { name: "node", version: "test", flags: [] },
      {
        entries: [{ op: "relu", axes: { count: [64, 128] } }],
        settings: { cache: "cold", budgetMs: 20, maximum: 6 },
        ceilings: {
          gflops: 1,
          gbps: 1,
          copyGbps: 1,
          readGbps: 1,
          workgroupGbps: 1,
          uploadGbps: 1,
          readbackGbps: 1,
          dispatchUs: 1,
          roundTripMs: 1,
        },
      },
      { measured: (rows) => seen.push(...rows.map(({ workload }) => workload)), stopping: () => seen.length >= 1 },
    );
    expect(seen).toEqual(["relu count=64"]);
    expect(results.rows).toMatchObject([{ cache: "cold", repeat: 1, workload: "relu count=64" }]);
  });

  test("a profile repeats its dispatches, and times each by itself", async () => {
    const device = await sharedDevice();
    const type = { dtype: "f32", shape: [24, 24] } as const;
    const program = await device.compile(singleOpGraph(ops.matmul, { a: type, b: type }), {
      kernels: { matmul: "register" },
    });
    const inputs = { a: Tensor.zeros(type), b: Tensor.zeros(type) };
    const parts = await program.profile(inputs, { runs: 2, dispatches: true });
    const [step] = parts.steps;
    expect(step?.dispatchNs).toHaveLength(3);
    for (const [run, ns] of (step?.ns ?? []).entries()) {
      const sum = (step?.dispatchNs ?? []).reduce((all, times) => all + (times[run] ?? 0), 0);
      expect(ns).toBe(sum);
    }
    const repeated = await program.profile(inputs, { runs: 3, repeat: 4, warm: false });
    expect(repeated.steps[0]?.ns).toHaveLength(3);
    program.destroy();
  });

  test("what the compiler says has its place", async () => {
    const device = await sharedDevice();
    const messages = await device.diagnose("fn main() -> u32 {\n  return nothing;\n}");
    expect(messages).toMatchObject([{ type: "error", line: 2, column: 10, length: 7 }]);
    expect(await device.diagnose("fn main() {}")).toEqual([]);
  });
});
