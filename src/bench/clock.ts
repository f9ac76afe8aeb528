/** How long a timed stretch must be for the clock at hand, and what to do where one dispatch is shorter. */

/** Steps of the clock in a sample: its step is then a hundredth of what is measured. */
export const STEPS_PER_SAMPLE = 100;

/** Longest sample to aim for, in ns: a coarse clock must not make a sample last for seconds. */
const LONGEST_NS = 100e6;
/** Most dispatches in one sample. */
const MOST = 4096;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The step of a clock from what several looks at it gave: each is a multiple of the true one. */
export const combinedQuantum = (quanta: readonly number[]): number =>
  quanta.reduce((all, one) => gcd(all, one), 0) || 1;

/**
 * How many dispatches to time as one, from what one took when `repeat` were timed together. A reading of 0 says only
 * that it was shorter than a step: the next try takes eight times as many.
 */
export function repeatsFor(ns: number, repeat: number, quantumNs: number): number {
  if (ns <= 0) return Math.min(MOST, repeat * 8);
  const wanted = Math.ceil((STEPS_PER_SAMPLE * quantumNs) / ns);
  const bearable = Math.max(1, Math.floor(LONGEST_NS / ns));
  return Math.max(1, Math.min(wanted, bearable, MOST));
}

/** How finely a sample is resolved, as a share of it: the clock's step spread over its dispatches. */
export const resolutionOf = (ns: number, repeat: number, quantumNs: number): number =>
  ns > 0 ? quantumNs / repeat / ns : Number.POSITIVE_INFINITY;
