import { describe, expect, test } from "vitest";
import { readIndex } from "../../src/bench/golden";
import { bytes, count, duration, figure, table } from "../../src/bench/report";
import { sample } from "../../src/bench/sampling";
import { spread, summarize, uncertainty } from "../../src/bench/statistics";

describe("statistics", () => {
  test("an outlier moves neither the median nor the spread", () => {
    const summary = summarize([10, 11, 9, 10, 1000]);
    expect(summary.median).toBe(10);
    expect(summary.mad).toBe(1);
    expect(summary.max).toBe(1000);
    expect(spread(summary)).toBeCloseTo(0.1);
  });

  test("the interval holds the median and narrows with samples", () => {
    const noise = (n: number): number[] => Array.from({ length: n }, (_, i) => 100 + ((i * 7919) % 21) - 10);
    const few = summarize(noise(7));
    const many = summarize(noise(210));
    expect(few.low).toBeLessThanOrEqual(few.median);
    expect(few.high).toBeGreaterThanOrEqual(few.median);
    expect(uncertainty(many)).toBeLessThan(uncertainty(few));
  });

  test("few samples have the whole range as their interval", () => {
    const summary = summarize([3, 1, 2]);
    expect([summary.low, summary.high]).toEqual([1, 3]);
  });

  test("no samples are refused", () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

describe("sampling", () => {
  const options = { warmup: 2, minimum: 3, maximum: 50, budgetMs: 1000, precision: 0.03 };

  test("stops as soon as the median is known", async () => {
    let runs = 0;
    const result = await sample(async () => {
      runs++;
      return 5;
    }, options);
    expect(result.stopped).toBe("precise");
    expect(result.samples.length).toBe(6);
    expect(runs).toBe(8);
  });

  test("stops when the budget is spent, but not before the minimum", async () => {
    let clock = 0;
    let value = 0;
    const run = async (): Promise<number> => {
      clock += 800;
      value = 300 - value;
      return 100 + value;
    };
    const result = await sample(run, options, () => clock);
    expect(result.stopped).toBe("budget");
    expect(result.samples.length).toBe(3);
  });
});

describe("reports", () => {
  test("figures have three digits and no exponent", () => {
    expect([0, 1234.5, 12.345, 1.2345, 0.01234].map(figure)).toEqual(["0", "1235", "12.3", "1.23", "0.012"]);
  });

  test("durations and sizes choose their unit", () => {
    expect([2500, 12.5, 0.25].map(duration)).toEqual(["2.50 s", "12.5 ms", "250 µs"]);
    expect([100, 2048, 151e6].map(bytes)).toEqual(["100 B", "2.00 KiB", "144 MiB"]);
    expect(count(60965224)).toBe("60,965,224");
  });

  test("a table is aligned and has no trailing space", () => {
    const text = table(
      [{ title: "a" }, { title: "b", align: "right" }],
      [
        ["x", "1"],
        ["longer", "22"],
      ],
    );
    expect(text.split("\n").every((line) => line === line.trimEnd())).toBe(true);
    expect(text).toContain("longer  22");
  });
});

describe("the golden index", () => {
  const read = (text: string) => readIndex(new TextEncoder().encode(text), "index.json");

  test.each([
    ["no JSON", "{", /not JSON/],
    ["a list", "[]", /object/],
    ["another format", '{"format": 9, "cases": []}', /format 9/],
    ["no cases", '{"format": 1}', /no list/],
    ["an empty list", '{"format": 1, "cases": []}', /no cases/],
    ["a case without a name", '{"cases": [{"op": "add"}]}', /case 0.*name/],
    ["a case whose inputs are no names", '{"cases": [{"op": "add", "name": "a", "inputs": 3}]}', /inputs/],
  ])("%s is refused with a reason", (_, text, reason) => {
    expect(() => read(text)).toThrow(reason);
  });

  test("what a case leaves out has a meaning", () => {
    const [only] = read(
      '{"cases": [{"name": "a", "op": "add", "shapes": {"a": [1]}, "inputs": ["a"], "file": null, "tags": ["invalid"]}]}',
    );
    expect(only).toMatchObject({ file: null, attrs: {}, outputs: [], grads: {}, tolerance: { rtol: 0, atol: 0 } });
  });
});
