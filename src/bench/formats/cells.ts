/** Numbers of rows as text, the same in every table. */

import type { Row } from "../results";
import { spread } from "../statistics";

/** Three significant digits, never in scientific notation. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}

/** Milliseconds with their unit, in the unit that reads best. */
export function duration(ms: number): string {
  if (ms >= 1000) return `${figure(ms / 1000)} s`;
  if (ms >= 1) return `${figure(ms)} ms`;
  return ms >= 1e-3 || ms === 0 ? `${figure(ms * 1000)} µs` : `${figure(ms * 1e6)} ns`;
}

export const percent = (share: number): string => (Number.isFinite(share) ? `${figure(100 * share)} %` : "–");

/** Median time, or that it is below what the clock tells. */
export const timeOf = ({ ns }: Row): string => (ns.median > 0 ? duration(ns.median / 1e6) : "< clock");

export const spreadOf = ({ ns }: Row): string => `${figure(100 * spread(ns))} %`;

/** Half the 95 % interval of the median, as a share of it. */
export const intervalOf = ({ ns }: Row): string =>
  ns.median > 0 ? `${figure((50 * (ns.high - ns.low)) / ns.median)} %` : "–";

/** Share of the nearer ceiling, `a` for arithmetic, `m` for memory. */
export const shareOf = ({ ns, share, bound }: Row): string =>
  ns.median > 0 && share > 0 ? `${percent(share)} ${bound === "arithmetic" ? "a" : "m"}` : "–";

export const gflopsOf = ({ flops, gflops }: Row): string => (flops > 0 && gflops > 0 ? figure(gflops) : "–");
export const gbpsOf = ({ gbps }: Row): string => (gbps > 0 ? figure(gbps) : "–");

export const outliersOf = ({ outliers }: Row): string => (outliers.length > 0 ? String(outliers.length) : "");

/** What stands behind a row, as short as it goes: samples, dispatches in each, why it ended. */
export const samplesOf = ({ samples, repeat }: Row): string =>
  repeat > 1 ? `${samples.length} × ${repeat}` : String(samples.length);
