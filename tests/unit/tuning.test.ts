/** Measured kernel choices: what they are kept under, when they hold, how files of several machines become one. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { candidatesOf, combinations } from "../../src/bench/tune/candidates";
import { problemsOf } from "../../src/bench/tune/tune";
import { DEFAULT_LIMITS, type DeviceFacts } from "../../src/core/device";
import { FormatError } from "../../src/core/errors";
import { f32 } from "../../src/core/tensor";
import { keepTuning, storedTuning, tuningStore } from "../../src/engine/tuningStore";
import { Graph } from "../../src/graph/graph";
import { singleOpGraph } from "../../src/graph/single";
import { models } from "../../src/models";
import { ops } from "../../src/ops";
import type { AnyOp, Problem } from "../../src/ops/op";
import { schedule } from "../../src/scheduler/schedule";
import {
  PORTABLE,
  platformOf,
  portable,
  problemKey,
  Tuning,
  type TuningEntry,
  textsHash,
} from "../../src/scheduler/tuning";

const FACTS: DeviceFacts = {
  limits: DEFAULT_LIMITS,
  features: new Set(),
  software: true,
  vendor: "acme",
  architecture: "anvil",
  description: "one",
};
const CEILINGS = { gbps: 5, dispatchUs: 20 };

const matmul: AnyOp = ops.matmul;
const graph = singleOpGraph(matmul, { a: f32(8, 16), b: f32(16, 12) }, {}, ["b"]);
const problem = graph.nodes[0]?.problem as Problem<unknown>;

const entry = (changes: Partial<TuningEntry> = {}): TuningEntry => ({
  platform: platformOf(FACTS),
  software: true,
  problem: problemKey(matmul, problem, ["b"]),
  texts: textsHash(matmul),
  candidates: [{ kernel: "naive", tuned: {}, ns: 100 }],
  date: "2026-01-01T00:00:00.000Z",
  ...changes,
});

const chosen = (tuning: Tuning | null, facts = FACTS) => schedule(graph, facts, { tuning }).steps[0]?.kernel;

describe("a choice", () => {
  test("goes before the kernels' own preferences, and after a wish", () => {
    expect(chosen(null)).toBe("direct");
    expect(chosen(new Tuning([entry()]))).toBe("naive");
    const wished = schedule(graph, FACTS, { tuning: new Tuning([entry()]), kernels: { matmul: "tiled" } });
    expect(wished.steps[0]?.kernel).toBe("tiled");
  });

  test.each([
    ["another adapter", { platform: "acme / hammer" }],
    ["a GPU", { software: false }],
    ["another problem", { problem: problemKey(matmul, problem, []) }],
    ["other kernel texts", { texts: "0123456789abcdef" }],
    ["a kernel that is no more", { candidates: [{ kernel: "gone", tuned: {}, ns: 1 }] }],
    ["a value that is no more", { candidates: [{ kernel: "naive", tuned: { LANES: 7 }, ns: 1 }] }],
    ["a kernel that does not support it", { candidates: [{ kernel: "matvec", tuned: { LANES: 16 }, ns: 1 }] }],
  ] as [string, Partial<TuningEntry>][])("for %s is left alone", (_, changes) => {
    expect(chosen(new Tuning([entry(changes)]))).toBe("direct");
  });

  test("of this platform goes before a portable one", () => {
    const common = entry({ platform: PORTABLE, candidates: [{ kernel: "tiled", tuned: {}, ns: 1 }] });
    expect(chosen(new Tuning([common]))).toBe("tiled");
    expect(chosen(new Tuning([common, entry()]))).toBe("naive");
  });

  test("brings the values of its tunables", () => {
    const line = singleOpGraph(matmul, { a: f32(1, 16), b: f32(12, 16) }, { transposeB: true }, ["b"]);
    const key = problemKey(matmul, line.nodes[0]?.problem as Problem<unknown>, ["b"]);
    const tuning = new Tuning([
      entry({ problem: key, candidates: [{ kernel: "matvec", tuned: { LANES: 64 }, ns: 1 }] }),
    ]);
    expect(schedule(line, FACTS, { tuning }).steps[0]).toMatchObject({ kernel: "matvec", tuned: { LANES: 64 } });
  });
});

test("a problem's key does not depend on the order of attributes, but on what is a parameter", () => {
  const swapped = {
    ...problem,
    attributes: Object.fromEntries(Object.entries(problem.attributes as object).reverse()),
  };
  expect(problemKey(matmul, swapped, ["b"])).toBe(problemKey(matmul, problem, ["b"]));
  expect(problemKey(matmul, problem, [])).not.toBe(problemKey(matmul, problem, ["b"]));
});

describe("files", () => {
  test("are read as they were written", () => {
    const tuning = new Tuning([entry(), entry({ platform: "b" }), entry({ platform: "a" })]);
    const again = Tuning.parse(tuning.toString());
    expect(again.toString()).toBe(tuning.toString());
    expect(again.entries).toHaveLength(3);
  });

  test.each([
    ["{", /is no JSON/],
    ["null", /of schema undefined/],
    ['{"schema":"tandem-tuning-9","entries":[]}', /of schema tandem-tuning-9/],
    ['{"schema":"tandem-tuning-1"}', /has an entry that is none/],
    ['{"schema":"tandem-tuning-1","entries":[{"platform":"x"}]}', /has an entry that is none/],
    [
      JSON.stringify({ schema: "tandem-tuning-1", entries: [{ ...entry(), candidates: [] }] }),
      /has an entry that is none/,
    ],
  ])("that are none are refused: %s", (text, message) => {
    expect(() => Tuning.parse(text, "file.json")).toThrow(FormatError);
    expect(() => Tuning.parse(text, "file.json")).toThrow(message);
  });

  test("of one problem merge into its latest choice", () => {
    const later = entry({ date: "2026-02-01T00:00:00.000Z", candidates: [{ kernel: "tiled", tuned: {}, ns: 1 }] });
    for (const [a, b] of [
      [entry(), later],
      [later, entry()],
    ] as const) {
      expect(new Tuning([a]).merged(new Tuning([b])).entries).toEqual([later]);
    }
  });
});

describe("a portable choice", () => {
  const machine = (platform: string, times: Record<string, number>, software = true): TuningEntry =>
    entry({
      platform,
      software,
      candidates: Object.entries(times)
        .map(([kernel, ns]) => ({ kernel, tuned: {}, ns }))
        .sort((a, b) => a.ns - b.ns),
    });

  test("is good everywhere rather than best somewhere", () => {
    const made = portable(
      new Tuning([
        machine("a", { direct: 10, register: 11, tiled: 50 }),
        machine("b", { tiled: 10, register: 12, direct: 40 }),
      ]),
    );
    expect(made.entries).toHaveLength(1);
    expect(made.entries[0]?.candidates[0]).toMatchObject({ kernel: "register" });
    expect(made.entries[0]?.candidates[0]?.ns).toBeCloseTo(Math.sqrt(1.1 * 1.2), 6);
    expect(chosen(made, { ...FACTS, description: "never seen" })).toBe("register");
  });

  test("keeps software adapters and GPUs apart, and is not made of portable ones", () => {
    const made = portable(
      new Tuning([machine("a", { direct: 1 }), machine("b", { tiled: 1 }, false), machine(PORTABLE, { naive: 1 })]),
    );
    const choices = made.entries.map(({ software, candidates }) => [software, candidates[0]?.kernel]);
    expect(choices).toEqual([
      [true, "direct"],
      [false, "tiled"],
    ]);
  });
});

describe("what is kept", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tandem-tuning-"));
    vi.stubEnv("TANDEM_TUNING", join(folder, "deep", "tuning.json"));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  test("begins empty, grows, and is a file that can be read again", async () => {
    expect((await storedTuning()).entries).toEqual([]);
    await keepTuning(new Tuning([entry()]));
    await keepTuning(new Tuning([entry({ platform: "other" })]));
    expect((await storedTuning()).entries).toHaveLength(2);
    const text = await readFile(join(folder, "deep", "tuning.json"), "utf8");
    expect(Tuning.parse(text).entries).toHaveLength(2);
  });

  test("and cannot be read is left out, with a warning", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await tuningStore().write("{ half");
    expect((await storedTuning()).entries).toEqual([]);
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });

  test("is nothing where it is turned off, and the user's cache folder unless told", async () => {
    vi.stubEnv("TANDEM_TUNING", "off");
    await keepTuning(new Tuning([entry()]));
    expect((await storedTuning()).entries).toEqual([]);
    vi.stubEnv("TANDEM_TUNING", "");
    vi.stubEnv("XDG_CACHE_HOME", folder);
    await writeFile(join(folder, "unused"), "");
    await keepTuning(new Tuning([entry()]));
    expect(await readFile(join(folder, "tandem", "tuning.json"), "utf8")).toContain("acme");
  });
});

describe("candidates", () => {
  test("are every choice of tunables, the defaults first", () => {
    expect(combinations({ A: [1, 2], B: [3, 4] })).toEqual([
      { A: 1, B: 3 },
      { A: 1, B: 4 },
      { A: 2, B: 3 },
      { A: 2, B: 4 },
    ]);
    expect(combinations()).toEqual([{}]);
  });

  test("begin with the engine's own choice, and what is left out has a reason", () => {
    const { prospects, refused } = candidatesOf(matmul, graph, FACTS, CEILINGS);
    expect(prospects[0]?.kernel).toBe("direct");
    expect(prospects.map(({ kernel }) => kernel)).toContain("register");
    expect(refused.find(({ kernel }) => kernel === "matvec")?.reason).toMatch(/wants one matrix b/);
    expect(prospects.length + new Set(refused.map(({ kernel }) => kernel)).size).toBeGreaterThanOrEqual(
      matmul.kernels.length,
    );
  });

  test("do not include the naive kernel where it would take long", () => {
    const large = singleOpGraph(matmul, { a: f32(512, 512), b: f32(512, 512) });
    const { refused } = candidatesOf(matmul, large, FACTS, CEILINGS);
    expect(refused.find(({ kernel }) => kernel === "naive")?.reason).toMatch(/would take long/);
  });

  test("of a model are its problems as fused, each once", () => {
    const problems = problemsOf(models.alexnet.build({ batch: 1 }));
    const nodes = problems.flatMap((each) => each.nodes);
    expect(new Set(nodes).size).toBe(nodes.length);
    expect(problems.find(({ op }) => op.name === "conv2d")?.key).toMatch(/weight=.*"name":"relu"/);
    const twice = new Graph("twice");
    const x = twice.input("x", f32(4, 4));
    for (const name of ["one", "two"]) twice.output(name, twice.apply("softmax", { input: x }, {}, name));
    expect(problemsOf(twice).map((each) => each.nodes)).toEqual([["one", "two"]]);
  });
});
