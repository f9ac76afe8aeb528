/** When to stop measuring: once the median is known well enough, or the time allowed is over. */
import { type Summary, summarize, uncertainty } from "./statistics";

export interface SamplingOptions {
  /** Runs thrown away first: they pay for caches, lazy allocation and clocks that ramp up. */
  readonly warmup: number;
  /** Samples taken whatever happens. */
  readonly minimum: number;
  readonly maximum: number;
  /** Wall time after which no new sample starts. */
  readonly budgetMs: number;
  /** Stop once half the confidence interval is below this share of the median. */
  readonly precision: number;
  /** Told after every run: samples so far, and at most how many. */
  readonly onSample?: (done: number, maximum: number) => void;
}

export const DEFAULT_SAMPLING: SamplingOptions = {
  warmup: 2,
  minimum: 5,
  maximum: 100,
  budgetMs: 5000,
  precision: 0.03,
};

export interface Sampling {
  readonly samples: readonly number[];
  readonly summary: Summary;
  /** Why it stopped: the interval was narrow enough, the budget was spent, or the maximum was reached. */
  readonly stopped: "precise" | "budget" | "maximum";
}

/** Measures `run` (which gives its own duration) until the median is known. `now` is a clock in milliseconds. */
export async function sample(
  run: () => Promise<number>,
  options: SamplingOptions = DEFAULT_SAMPLING,
  now: () => number = () => performance.now(),
): Promise<Sampling> {
  for (let i = 0; i < options.warmup; i++) await run();
  const start = now();
  const samples: number[] = [];
  for (;;) {
    samples.push(await run());
    options.onSample?.(samples.length, options.maximum);
    if (samples.length < options.minimum) continue;
    const summary = summarize(samples);
    if (uncertainty(summary) <= options.precision && samples.length >= Math.max(6, options.minimum)) {
      return { samples, summary, stopped: "precise" };
    }
    if (samples.length >= options.maximum) return { samples, summary, stopped: "maximum" };
    if (now() - start >= options.budgetMs) return { samples, summary, stopped: "budget" };
  }
}

/** Wall time of `run` in milliseconds. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
