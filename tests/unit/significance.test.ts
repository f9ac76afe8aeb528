/** Comparing timings: known values of the test, verdicts that hold, and none that a run gives against itself. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareResults } from "../../src/bench/compare";
import { shiftBetween } from "../../src/bench/significance";
import { results, row, samplesAround } from "../support/results";

describe("the shift between two sets of samples", () => {
  test("has the p-value that SciPy gives", () => {
    // scipy.stats.mannwhitneyu([1..8], [5..12], method="asymptotic"): U = 8, p = 0.01350.
    const from = (first: number): number[] => Array.from({ length: 8 }, (_, i) => first + i);
    expect(shiftBetween(from(1), from(5), 0.95).p).toBeCloseTo(0.0135, 3);
  });

  test("is the ratio, and its interval holds it", () => {
    const a = samplesAround(100, 30, 0.02, 1);
    const { ratio, low, high, p } = shiftBetween(a, samplesAround(130, 30, 0.02, 2), 0.95);
    expect(ratio).toBeCloseTo(1.3, 1);
    expect(low).toBeLessThan(1.3);
    expect(high).toBeGreaterThan(1.29);
    expect(p).toBeLessThan(1e-6);
  });

  test("turns round when the two are exchanged", () => {
    const times = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 3, maxLength: 40 });
    fc.assert(
      fc.property(times, times, (a, b) => {
        const [there, back] = [shiftBetween(a, b, 0.95), shiftBetween(b, a, 0.95)];
        expect(there.p).toBeCloseTo(back.p, 9);
        expect(there.low * back.high).toBeCloseTo(1, 9);
      }),
      { numRuns: 200 },
    );
  });
});

describe("comparing reports", () => {
  test("a run against itself is never slower, whatever its samples", () => {
    const samples = fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(samples, { minLength: 1, maxLength: 5 }), (all) => {
        const report = results(all.map((ns, i) => row({ workload: `w${i}`, samples: ns })));
        for (const { verdict, ratio } of compareResults(report, report).rows) {
          expect(["same", "unsure"]).toContain(verdict);
          expect(ratio).toBeCloseTo(1, 9);
        }
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["slower", 1.3],
    ["faster", 0.7],
    ["same", 1.001],
  ])("tells what is %s", (verdict, factor) => {
    const before = results([row({ samples: samplesAround(1000, 40, 0.02, 3) })]);
    const after = results([row({ samples: samplesAround(1000 * factor, 40, 0.02, 4) })]);
    expect(compareResults(before, after).rows[0]?.verdict).toBe(verdict);
  });

  test("is unsure of few samples that scatter, and of times below the clock's step", () => {
    const few = (factor: number) => results([row({ samples: samplesAround(1000 * factor, 5, 0.5, 5) })]);
    expect(compareResults(few(1), few(1.2)).rows[0]?.verdict).toBe("unsure");
    const nothing = results([row({ samples: [0, 0, 0, 0, 0, 0] })]);
    expect(compareResults(nothing, nothing).rows[0]?.verdict).toBe("unsure");
  });

  test("a difference within the margin is none", () => {
    const [a, b] = [1000, 1080].map((ns, i) => results([row({ samples: samplesAround(ns, 60, 0.01, i) })]));
    if (!a || !b) throw new Error("two reports");
    expect(compareResults(a, b, { margin: 0.05 }).rows[0]?.verdict).toBe("slower");
    expect(compareResults(a, b, { margin: 0.2 }).rows[0]?.verdict).toBe("same");
  });

  test("refuses another adapter, driver, browser or flags, unless forced", () => {
    const here = results([row({})]);
    const others = [
      { ...here, adapter: { ...here.adapter, architecture: "ampere" } },
      { ...here, adapter: { ...here.adapter, driver: "2.0" } },
      { ...here, host: { ...here.host, version: "Chrome/200" } },
      { ...here, host: { ...here.host, flags: ["--other"] } },
    ];
    for (const other of others) {
      expect(() => compareResults(here, other)).toThrow(/cannot be compared: the (adapters|browsers|flags) differ/);
      expect(compareResults(here, other, { force: true }).warnings).toHaveLength(1);
    }
  });

  test("says what only one of them has, tells cold from warm, and refuses reports with nothing in common", () => {
    const a = results([row({ workload: "a" }), row({ workload: "b" })]);
    const b = results([row({ workload: "b" }), row({ workload: "c", cache: "cold" })]);
    expect(compareResults(a, b)).toMatchObject({ gone: ["a / k"], added: ["c / k (cold)"], rows: [{ workload: "b" }] });
    expect(() => compareResults(a, results([row({ workload: "a", cache: "cold" })]))).toThrow(/nothing|no workload/);
  });

  test("marks a kernel whose text is another", () => {
    const changed = results([row({ kernelHash: "other" })]);
    expect(compareResults(results([row({})]), changed).rows[0]?.changed).toBe(true);
  });
});
