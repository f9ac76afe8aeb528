/** The clock: its step found out, dispatches batched where it is coarse, and sampling that ends when the median is known. */
import { describe, expect, test } from "vitest";
import { combinedQuantum, repeatsFor, resolutionOf } from "../../src/bench/clock";
import { wallQuantum } from "../../src/bench/profiling";
import { type InterleaveOptions, interleave, isSteady } from "../../src/bench/sampling";
import { outliers } from "../../src/bench/statistics";
import { uniform } from "../../src/core/random";
import { clockQuantum } from "../../src/runtime/timing";

/** A GPU whose work takes `trueNs(run)` a dispatch and whose clock rounds to steps of `quantum`. */
class FakeGpu {
  now = 0;
  runs = 0;
  readonly order: string[] = [];
  constructor(readonly quantum: number) {}

  take(name: string, trueNs: (run: number) => number) {
    let run = 0;
    return async (repeat: number) => {
      this.order.push(name);
      const read = (): bigint => BigInt(Math.floor(this.now / this.quantum) * this.quantum);
      this.now += 1_234_567;
      const begin = read();
      for (let i = 0; i < repeat; i++) this.now += trueNs(run);
      run += 1;
      this.runs += repeat;
      const end = read();
      return { ns: Number(end - begin) / repeat, quantumNs: clockQuantum([begin, end]) };
    };
  }
}

const options = (gpu: FakeGpu, more: Partial<InterleaveOptions> = {}): InterleaveOptions => ({
  warmup: 0,
  minimum: 6,
  maximum: 60,
  budgetMs: 1e6,
  precision: 0.01,
  quantumNs: gpu.quantum,
  ...more,
});
const clock = (gpu: FakeGpu) => () => gpu.now / 1e6;

describe("the clock's step", () => {
  test.each([1, 16, 1000, 65_536, 100_000])("of %i ns is found from what it says", (quantum) => {
    const stamps = Array.from({ length: 200 }, (_, i) =>
      BigInt(Math.floor((i * 7_654_321.7 + 300) / quantum) * quantum),
    );
    expect(clockQuantum(stamps)).toBe(quantum);
  });

  test("of several looks is what they have in common", () => {
    expect(combinedQuantum([300_000, 200_000, 500_000])).toBe(100_000);
    expect(combinedQuantum([])).toBe(1);
  });

  test("of wall time is found with a fake one", () => {
    let looks = 0;
    const now = (): number => {
      looks += 1;
      return Math.floor((looks * 0.013) / 0.1) * 0.1;
    };
    expect(wallQuantum(now)).toBe(100_000);
  });
});

describe("dispatches in a sample", () => {
  test("are one where the clock is fine, and a hundred steps' worth where it is coarse", () => {
    expect(repeatsFor(50_000, 1, 1)).toBe(1);
    expect(repeatsFor(50_000, 1, 100_000)).toBe(200);
    expect(resolutionOf(50_000, 200, 100_000)).toBeCloseTo(0.01);
  });

  test("grow while nothing shows at all, and stay bearable", () => {
    expect(repeatsFor(0, 1, 100_000)).toBe(8);
    expect(repeatsFor(0, 4096, 100_000)).toBe(4096);
    expect(repeatsFor(50e6, 1, 1e9)).toBe(2);
  });

  test("make a clock of 100 µs tell 7 µs from 9 µs", async () => {
    const gpu = new FakeGpu(100_000);
    const takes = [gpu.take("a", () => 7_000), gpu.take("b", () => 9_000)];
    const [a, b] = await interleave(takes, options(gpu), clock(gpu));
    expect(a?.repeat).toBeGreaterThan(1000);
    expect(Math.abs((a?.summary.median ?? 0) / 7_000 - 1)).toBeLessThan(0.02);
    expect(Math.abs((b?.summary.median ?? 0) / 9_000 - 1)).toBeLessThan(0.02);
    expect(a?.quantumNs).toBe(100_000);
  });

  test("stay one where caches are to be cold", async () => {
    const gpu = new FakeGpu(100_000);
    const [only] = await interleave(
      [gpu.take("a", () => 7_000)],
      options(gpu, { mostRepeats: 1, budgetMs: 300 }),
      clock(gpu),
    );
    expect(only?.repeat).toBe(1);
    expect(gpu.runs).toBe(gpu.order.length);
  });
});

describe("interleaved sampling", () => {
  test("warms up until times are steady, then takes A B A B", async () => {
    const gpu = new FakeGpu(1);
    // The first eight runs of each are slow: caches, clocks that ramp up.
    const ramp = (run: number): number => (run < 8 ? 1e6 * (9 - run) : 1e6);
    const [a, b] = await interleave(
      [gpu.take("a", ramp), gpu.take("b", (run) => 2 * ramp(run))],
      options(gpu),
      clock(gpu),
    );
    expect(a?.steady).toBe(true);
    expect(a?.warmups).toBeGreaterThanOrEqual(11);
    expect(a?.summary.max).toBe(1e6);
    expect(b?.summary.median).toBe(2e6);
    const sampled = gpu.order.slice((a?.warmups ?? 0) + (b?.warmups ?? 0)).join("");
    expect(sampled).toMatch(/^(ab)+$/);
  });

  test("stops when the interval is narrow, at the maximum, or when the budget is spent", async () => {
    const gpu = new FakeGpu(1);
    const noisy = (stream: number) => (run: number) => 1e6 * (1 + 0.4 * uniform(stream, run));
    const steady = await interleave([gpu.take("a", () => 1e6)], options(gpu), clock(gpu));
    expect(steady[0]).toMatchObject({ stopped: "precise" });
    expect(steady[0]?.samples).toHaveLength(6);
    const most = await interleave([gpu.take("b", noisy(1))], options(gpu), clock(gpu));
    expect(most[0]).toMatchObject({ stopped: "maximum" });
    const spent = await interleave([gpu.take("c", noisy(2))], options(gpu, { budgetMs: 40 }), clock(gpu));
    expect(spent[0]).toMatchObject({ stopped: "budget" });
  });

  test("a variant that needs more samples goes on alone", async () => {
    const gpu = new FakeGpu(1);
    const takes = [gpu.take("a", () => 1e6), gpu.take("b", (run) => 1e6 * (1 + 0.2 * uniform(7, run)))];
    const [a, b] = await interleave(takes, options(gpu), clock(gpu));
    expect(a?.samples.length).toBeLessThan(b?.samples.length ?? 0);
  });

  test("ends for times that never settle, and says so", async () => {
    const gpu = new FakeGpu(1);
    const growing = await interleave(
      [gpu.take("a", (run) => 1e5 * 1.3 ** Math.min(run, 40))],
      options(gpu, { budgetMs: 100 }),
      clock(gpu),
    );
    expect(growing[0]?.steady).toBe(false);
  });

  test("ends for a clock that never moves", async () => {
    const gpu = new FakeGpu(1e15);
    const [stuck] = await interleave([gpu.take("a", () => 10)], options(gpu, { budgetMs: 50 }), clock(gpu));
    expect(stuck?.summary.median).toBe(0);
  });
});

test("times are steady when the last three are as the three before", () => {
  expect(isSteady([1, 1, 1])).toBe(false);
  expect(isSteady([9, 5, 2, 1, 1, 1])).toBe(false);
  expect(isSteady([9, 5, 1.01, 1, 1, 1, 1.02, 1])).toBe(true);
});

describe("outliers", () => {
  test("are told, by their places", () => {
    expect(outliers([10, 11, 9, 10, 1000, 10])).toEqual([4]);
    expect(outliers([10, 11, 9, 10, 12])).toEqual([]);
    expect(outliers([1, 9])).toEqual([]);
  });
  test("among samples that are all alike are those that differ at all", () => {
    expect(outliers([10, 10, 10, 10, 11])).toEqual([4]);
    expect(outliers([10, 10, 10, 10])).toEqual([]);
  });
});
