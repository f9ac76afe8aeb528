/** Compares computed values with expected ones, element by element. NaN never passes by accident. */

/** The worst element of a comparison that failed. */
export interface Mismatch {
  readonly index: number;
  readonly got: number;
  readonly want: number;
  readonly allowed: number;
  /** Elements beyond their tolerance. */
  readonly failed: number;
  readonly total: number;
}

/** How far one element is from passing: at most 1 passes; NaN must meet NaN, an infinity its equal. */
function excess(got: number, want: number, allowed: number): number {
  if (Number.isNaN(want)) return Number.isNaN(got) ? 0 : Infinity;
  if (!Number.isFinite(want)) return got === want ? 0 : Infinity;
  const error = Math.abs(got - want);
  if (error === 0) return 0;
  // Written so that a NaN error fails.
  return error <= allowed ? error / allowed : error > allowed && allowed > 0 ? error / allowed : Infinity;
}

/** The largest error as a share of what is allowed: at most 1 when all pass, infinite where nothing is allowed. */
export function errorRatio(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { rtol, atol }: { readonly rtol: number; readonly atol: number },
): number {
  let ratio = got.length === want.length ? 0 : Infinity;
  for (let i = 0; i < want.length; i++) {
    const w = want[i] as number;
    ratio = Math.max(ratio, excess(got[i] as number, w, atol + rtol * Math.abs(w)));
  }
  return ratio;
}

/** The worst element that fails `|got - want| <= atol + rtol * |want|`, or undefined when all pass. */
export function compare(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { rtol, atol }: { readonly rtol: number; readonly atol: number },
): Mismatch | undefined {
  if (got.length !== want.length) {
    return {
      index: Math.min(got.length, want.length),
      got: got.length,
      want: want.length,
      allowed: 0,
      failed: want.length,
      total: want.length,
    };
  }
  let worst = 1;
  let worstIndex = -1;
  let failed = 0;
  for (let i = 0; i < want.length; i++) {
    const w = want[i] as number;
    const e = excess(got[i] as number, w, atol + rtol * Math.abs(w));
    if (e <= 1) continue;
    failed += 1;
    if (worstIndex < 0 || e > worst) {
      worst = e;
      worstIndex = i;
    }
  }
  if (worstIndex < 0) return undefined;
  const w = want[worstIndex] as number;
  return {
    index: worstIndex,
    got: got[worstIndex] as number,
    want: w,
    allowed: atol + rtol * Math.abs(w),
    failed,
    total: want.length,
  };
}

/** `element 12: got 1.5, wanted 1, allowed error 1e-5 (3 of 40 elements fail)`. */
export const formatMismatch = (m: Mismatch): string =>
  `element ${m.index}: got ${m.got}, wanted ${m.want}, allowed error ${m.allowed.toPrecision(3)} (${m.failed} of ${m.total} elements fail)`;
