/** Robust statistics of timings: a median, how far samples scatter about it, how sure we are of it, and what stands apart. */
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

/** The deviate of the normal distribution's quartile: a MAD times this is a standard deviation there. */
const QUARTILE = 0.6745;
/** Modified z-scores beyond which a sample stands apart. */
const APART = 3.5;

/**
 * Positions of the samples that stand apart, by the modified z-score (Iglewicz and Hoaglin, "How to Detect and Handle
 * Outliers", 1993). They are told, and stay in every figure: a median does not need them gone.
 */
export function outliers(samples: readonly number[]): number[] {
  if (samples.length < 3) return [];
  const { median, mad } = summarize(samples);
  // More than half the samples alike: whatever differs by more than a thousandth of them stands apart.
  const scale = mad > 0 ? mad / QUARTILE : (median * 1e-3) / APART;
  return samples.flatMap((sample, i) => (Math.abs(sample - median) > APART * scale ? [i] : []));
}
