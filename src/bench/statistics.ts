/** Robust statistics of timings: a median, how far samples scatter about it, and how sure we are of it. */
import { medianAbsoluteDeviation, medianSorted } from "simple-statistics";

export interface Summary {
  readonly count: number;
  readonly median: number;
  /** Median absolute deviation from the median: the spread that outliers cannot inflate. */
  readonly mad: number;
  /** A 95 % confidence interval of the median. */
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
}

/** The normal deviate of a two-sided 95 % interval. */
const Z95 = 1.96;

/**
 * Summarises samples. The interval takes order statistics, so it assumes nothing about the distribution, and timings
 * are never normal (Hahn and Meeker, "Statistical Intervals", 5.2; binomial ranks by their normal approximation). With
 * fewer than six samples no pair of ranks reaches 95 %, and the interval is the whole range.
 */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("a summary needs at least one sample");
  const sorted = [...samples].sort((a, b) => a - b);
  const n = sorted.length;
  const at = (rank: number): number => sorted[Math.min(n, Math.max(1, rank)) - 1] as number;
  const half = (Z95 * Math.sqrt(n)) / 2;
  return {
    count: n,
    median: medianSorted(sorted),
    mad: medianAbsoluteDeviation(sorted),
    low: at(Math.floor(n / 2 - half)),
    high: at(Math.ceil(1 + n / 2 + half)),
    min: at(1),
    max: at(n),
  };
}

/** Half the width of the confidence interval as a share of the median; infinite while the median is 0. */
export const uncertainty = (summary: Summary): number =>
  summary.median > 0 ? (summary.high - summary.low) / 2 / summary.median : Infinity;

/** Spread as people read it: the median absolute deviation as a share of the median. */
export const spread = (summary: Summary): number => (summary.median > 0 ? summary.mad / summary.median : 0);
