/** Curves of training, as they are drawn. */

/** How many steps a point of a smoothed curve is the mean of: single batches jump. */
const SPAN = 10;

/** Each value with those before it, at most ten, averaged. */
export const averaged = (values: readonly number[]): number[] =>
  values.map((_, i) => {
    const window = values.slice(Math.max(0, i + 1 - SPAN), i + 1);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });

/** The values of a sparser curve at the steps of a denser one; null where it has none. */
export function joined(steps: readonly number[], own: readonly number[], values: readonly number[]): (number | null)[] {
  const at = new Map(own.map((step, i) => [step, values[i] ?? null]));
  return steps.map((step) => at.get(step) ?? null);
}
