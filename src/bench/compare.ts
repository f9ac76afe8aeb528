/** Compares two reports row by row: faster, slower, the same, or unsure, by a test of the samples and never by a bare ratio. */
import { TandemError } from "../core/errors";
import type { Results, Row } from "./results";
import { type Shift, shiftBetween } from "./significance";

export type Verdict = "faster" | "slower" | "same" | "unsure";

export interface Compared extends Shift {
  readonly workload: string;
  readonly kernel: string;
  /** Medians in nanoseconds. */
  readonly before: number;
  readonly after: number;
  readonly verdict: Verdict;
  /** The kernel's text or constants are others than before. */
  readonly changed: boolean;
}

export interface Comparison {
  readonly rows: readonly Compared[];
  /** Rows that only one of the reports has, as `workload / kernel`. */
  readonly gone: readonly string[];
  readonly added: readonly string[];
  /** Differences between the two machines and settings that were allowed by force. */
  readonly warnings: readonly string[];
  /** Share by which a time may differ and still be the same. */
  readonly margin: number;
}

export interface CompareOptions {
  /** Share below which a difference is none. */
  readonly margin?: number;
  /** Compare although the adapter or the browser differ. */
  readonly force?: boolean;
}

/** Two runs of one kernel on one machine differ by this much from moment to moment. */
export const DEFAULT_MARGIN = 0.05;

/** Chance of a verdict that is wrong, over all rows together. */
const ERROR = 0.05;

const keyOf = ({ workload, kernel, cache }: Row): string =>
  `${workload} / ${kernel}${cache === "cold" ? " (cold)" : ""}`;

/** What makes times of two reports incomparable. */
function differences(a: Results, b: Results): string[] {
  const adapter = ({ adapter: { vendor, architecture, description, driver } }: Results): string =>
    [vendor, architecture, description, driver].filter(Boolean).join(" / ");
  const facts: readonly (readonly [string, string, string])[] = [
    ["adapters", adapter(a), adapter(b)],
    ["hosts", a.host.name, b.host.name],
    ["browsers", a.host.version, b.host.version],
    ["flags", a.host.flags.join(" "), b.host.flags.join(" ")],
  ];
  return facts.flatMap(([what, x, y]) => (x === y ? [] : [`the ${what} differ: ${x || "none"}; ${y || "none"}`]));
}

/** The whole interval must lie on one side of the margin; where it lies across, more samples are what is lacking. */
function verdictOf({ low, high, p }: Shift, margin: number, level: number): Verdict {
  if (low > 1 + margin && p <= level) return "slower";
  if (high < 1 / (1 + margin) && p <= level) return "faster";
  return low >= 1 / (1 + margin) && high <= 1 + margin ? "same" : "unsure";
}

/**
 * Compares what both reports measured.
 * @throws TandemError when adapter, browser or flags differ and `force` is not set, or when nothing was measured by both.
 */
export function compareResults(before: Results, after: Results, options: CompareOptions = {}): Comparison {
  const { margin = DEFAULT_MARGIN, force = false } = options;
  const warnings = differences(before, after);
  if (warnings.length > 0 && !force) {
    throw new TandemError(
      `the reports cannot be compared: ${warnings.join("; ")}. Their times say more of the machines than of the kernels; --force compares them all the same.`,
    );
  }
  const old = new Map(before.rows.map((row) => [keyOf(row), row]));
  const now = new Map(after.rows.map((row) => [keyOf(row), row]));
  const both = [...now].flatMap(([key, row]) => {
    const earlier = old.get(key);
    return earlier ? [{ earlier, row }] : [];
  });
  if (both.length === 0) throw new TandemError("the reports have no workload and kernel in common");
  // Bonferroni: over many rows, the chance of one wrong verdict stays what it is for one.
  const level = ERROR / both.length;
  return {
    rows: both.map(({ earlier, row }) => {
      const timed = [earlier, row].every(({ samples }) => samples.every((ns) => ns > 0));
      const shift: Shift = timed
        ? shiftBetween(earlier.samples, row.samples, 1 - level)
        : { p: 1, ratio: Number.NaN, low: 0, high: Number.POSITIVE_INFINITY };
      return {
        workload: row.workload,
        kernel: row.kernel,
        before: earlier.ns.median,
        after: row.ns.median,
        ...shift,
        verdict: verdictOf(shift, margin, level),
        changed: earlier.kernelHash !== row.kernelHash,
      };
    }),
    gone: [...old.keys()].filter((key) => !now.has(key)),
    added: [...now.keys()].filter((key) => !old.has(key)),
    warnings,
    margin,
  };
}
