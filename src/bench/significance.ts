/** Whether two sets of timings differ, by ranks: nothing is assumed about how they are distributed. */
import { errorFunction, medianSorted, probit, wilcoxonRankSum } from "simple-statistics";

export interface Shift {
  /** Two-sided p-value of the Mann–Whitney U test, normal approximation with ties and continuity corrected. */
  readonly p: number;
  /** Hodges–Lehmann estimate of how many times as long the second takes, with its interval. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Σ (t³ − t) over the groups of equal values: what ties take from the variance of U. */
function tiesIn(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
}

/** Standard deviation of U where both come from one distribution. */
function deviationOfU(a: readonly number[], b: readonly number[]): number {
  const [n, m] = [a.length, b.length];
  const all = n + m;
  const ties = all > 1 ? tiesIn([...a, ...b]) / (all * (all - 1)) : 0;
  return Math.sqrt(((n * m) / 12) * (all + 1 - ties));
}

/** Two-sided p-value that `a` and `b` come from one distribution (Mann and Whitney, 1947). */
function pValue(a: readonly number[], b: readonly number[]): number {
  const deviation = deviationOfU(a, b);
  if (deviation === 0) return 1;
  const u = wilcoxonRankSum([...a], [...b]) - (a.length * (a.length + 1)) / 2;
  const distance = Math.max(0, Math.abs(u - (a.length * b.length) / 2) - 0.5);
  // Both tails of the normal distribution; right to 1e-7, and below that as good as none.
  return Math.min(1, Math.max(0, 1 - errorFunction(distance / deviation / Math.SQRT2)));
}

/**
 * How many times as long `b` takes as `a`: the median of all ratios of a sample of the one to a sample of the other, and
 * the ranks of those ratios that bound it (Hodges and Lehmann, 1963; Hollander, Wolfe and Chicken, "Nonparametric
 * Statistical Methods", 4.3). The interval is the test turned round: 1 lies in it when the test finds no difference.
 * @param a times of the first, above 0
 * @param confidence of the interval, such as 0.95
 */
export function shiftBetween(a: readonly number[], b: readonly number[], confidence: number): Shift {
  if (a.length === 0 || b.length === 0) throw new RangeError("a comparison needs at least one sample of each");
  const ratios = b.flatMap((y) => a.map((x) => y / x)).sort((x, y) => x - y);
  const z = probit(1 - (1 - confidence) / 2);
  // Without the correction for ties: a wider interval, never a narrower one.
  const spread = z * Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  const rank = Math.max(0, Math.floor((a.length * b.length) / 2 - spread));
  return {
    p: pValue(a, b),
    ratio: medianSorted(ratios),
    low: ratios[rank] as number,
    high: ratios[ratios.length - 1 - rank] as number,
  };
}
