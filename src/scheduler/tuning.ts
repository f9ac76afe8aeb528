/**
 * Kernel choices that were measured: what is kept, under which key, and how it is found again. Pure data. A choice is
 * valid for one problem on one platform, and for the kernel texts it was measured with: an entry with other texts, or a
 * kernel that is no more, is stale and left alone.
 */
import type { DeviceFacts } from "../core/device";
import { FormatError } from "../core/errors";
import { streamOf } from "../core/random";
import { formatType } from "../core/tensor";
import type { AnyOp, Kernel, Problem, Tuned } from "../ops/op";
import { withoutComments } from "../wgsl/comments";

/** A kernel with values for its tunables. */
export interface Candidate {
  readonly kernel: string;
  readonly tuned: Tuned;
}

/** A candidate as it was measured, in nanoseconds a run. */
export interface TimedCandidate extends Candidate {
  readonly ns: number;
}

/** What is known of one problem on one platform. */
export interface TuningEntry {
  /** Adapter and driver; `portable` for a choice made over several. */
  readonly platform: string;
  readonly software: boolean;
  /** `problemKey`'s. */
  readonly problem: string;
  /** `textsHash`'s, of the op. */
  readonly texts: string;
  /** The winner first. One given up early has the time at which it was. */
  readonly candidates: readonly TimedCandidate[];
  /** When it was measured, as ISO 8601 has it. */
  readonly date: string;
}

const SCHEMA = "tandem-tuning-1";

/** The platform of choices made over several machines. */
export const PORTABLE = "portable";

/**
 * Adapter and driver of a device, as far as WebGPU tells them in every session: a browser names the model and the driver
 * only where developer features are on, so there the browser itself, which brings the compiler, stands for them.
 */
export const platformOf = ({ vendor, architecture, description, driver, agent }: DeviceFacts): string =>
  [vendor, architecture, ...(agent ? [agent] : [description, driver])].filter(Boolean).join(" / ");

const sorted = (value: unknown): unknown =>
  value && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, each]) => [name, sorted(each)]),
      )
    : value;

/**
 * One problem as a text. `kept` names the inputs that are parameters: what kernels prepare of them costs a run nothing, so
 * that the choice may be another.
 */
export function problemKey(op: AnyOp, problem: Problem<unknown>, kept: readonly string[]): string {
  const inputs = Object.entries(problem.inputs).map(
    ([name, type]) => `${name}${kept.includes(name) ? "=" : ":"}${formatType(type)}`,
  );
  return `${op.name} ${inputs.join(" ")} ${JSON.stringify(sorted(problem.attributes))}`;
}

const hashes = new WeakMap<AnyOp, string>();

/** A hash of all kernels of an op: names, tunables and WGSL texts, less their comments. */
export function textsHash(op: AnyOp): string {
  let known = hashes.get(op);
  if (known === undefined) {
    const text = JSON.stringify(
      op.kernels.map(({ name, tunables, shaders }) => [
        name,
        tunables,
        shaders.map(({ code, lib }) => [code, ...lib].map(withoutComments)),
      ]),
    );
    known = [1, 2].map((seed) => streamOf(seed, text).toString(16).padStart(8, "0")).join("");
    hashes.set(op, known);
  }
  return known;
}

const isTuned = (value: unknown): value is Tuned =>
  typeof value === "object" && value !== null && Object.values(value).every((each) => Number.isFinite(each));

function isEntry(value: unknown): value is TuningEntry {
  if (typeof value !== "object" || value === null) return false;
  const { platform, software, problem, texts, candidates, date } = value as Record<string, unknown>;
  const texted = [platform, problem, texts, date].every((each) => typeof each === "string");
  if (!texted || typeof software !== "boolean" || !Array.isArray(candidates) || candidates.length === 0) return false;
  return candidates.every(
    (each) => typeof each?.kernel === "string" && isTuned(each.tuned) && Number.isFinite(each.ns) && each.ns >= 0,
  );
}

const keyOf = ({ platform, software, problem, texts }: Omit<TuningEntry, "candidates" | "date">): string =>
  [platform, software, problem, texts].join("\n");

const sameCandidate = (a: Candidate, b: Candidate): boolean =>
  a.kernel === b.kernel && JSON.stringify(sorted(a.tuned)) === JSON.stringify(sorted(b.tuned));

/** True when the kernel may have these values. */
const allowed = ({ tunables = {} }: Kernel<unknown>, tuned: Tuned): boolean =>
  Object.entries(tuned).every(([name, value]) => tunables[name]?.includes(value));

/** Measured choices, by platform and problem. */
export class Tuning {
  readonly #entries = new Map<string, TuningEntry>();

  constructor(entries: Iterable<TuningEntry> = []) {
    for (const entry of entries) this.add(entry);
  }

  /** @throws FormatError when `text` is not what `toString` writes. */
  static parse(text: string, where = "tuning"): Tuning {
    let file: { schema?: unknown; entries?: unknown };
    try {
      file = JSON.parse(text);
    } catch (error) {
      throw new FormatError(where, `is no JSON (${(error as Error).message})`);
    }
    if (file?.schema !== SCHEMA) throw new FormatError(where, `is of schema ${String(file?.schema)}, not ${SCHEMA}`);
    if (!Array.isArray(file.entries) || !file.entries.every(isEntry)) {
      throw new FormatError(where, "has an entry that is none: platform, software, problem, texts, candidates, date");
    }
    return new Tuning(file.entries);
  }

  get entries(): readonly TuningEntry[] {
    return [...this.#entries.values()];
  }

  /** Keeps `entry`, unless a later one of the same platform, problem and texts is there. */
  add(entry: TuningEntry): void {
    const key = keyOf(entry);
    const there = this.#entries.get(key);
    if (!there || there.date <= entry.date) this.#entries.set(key, entry);
  }

  /** This and others as one; of the same problem on the same platform the latest stays. */
  merged(...others: readonly Tuning[]): Tuning {
    return new Tuning([this, ...others].flatMap(({ entries }) => entries));
  }

  /** The choice for a problem on a device: its own platform's, else a portable one. Undefined where none is valid. */
  find(op: AnyOp, problem: Problem<unknown>, kept: readonly string[], device: DeviceFacts): Candidate | undefined {
    if (this.#entries.size === 0) return undefined;
    const rest = { software: device.software, problem: problemKey(op, problem, kept), texts: textsHash(op) };
    for (const platform of [platformOf(device), PORTABLE]) {
      for (const each of this.#entries.get(keyOf({ platform, ...rest }))?.candidates.slice(0, 1) ?? []) {
        const kernel = op.kernels.find(({ name }) => name === each.kernel);
        if (kernel && allowed(kernel, each.tuned) && (kernel.supports?.(problem, device) ?? true) === true) return each;
      }
    }
    return undefined;
  }

  /** As a file: entries in a fixed order, so that two files of the same entries are the same text. */
  toString(): string {
    const entries = this.entries.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    return `${JSON.stringify({ schema: SCHEMA, entries }, null, 1)}\n`;
  }
}

/** What a candidate counts as where a platform gave it up or never tried it: this many times the winner's time. */
const UNKNOWN = 2;

/**
 * One choice for each problem that serves several machines: of the candidates of all platforms, the one whose times,
 * each as a multiple of its platform's best, have the least geometric mean. Software adapters and GPUs are kept apart.
 */
export function portable(tuning: Tuning): Tuning {
  const groups = new Map<string, TuningEntry[]>();
  for (const entry of tuning.entries) {
    if (entry.platform === PORTABLE) continue;
    const key = keyOf({ ...entry, platform: PORTABLE });
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const out = new Tuning();
  for (const group of groups.values()) {
    const all = group.flatMap(({ candidates }) => candidates);
    const unique = all.filter((each, i) => all.findIndex((other) => sameCandidate(each, other)) === i);
    const scored = unique.map(({ kernel, tuned }) => {
      const logs = group.map(({ candidates }) => {
        const best = (candidates[0] as TimedCandidate).ns;
        const own = candidates.find((each) => sameCandidate(each, { kernel, tuned }));
        return Math.log(own && best > 0 ? own.ns / best : UNKNOWN);
      });
      const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
      // Times of several machines have no common unit: what is kept is the multiple of the best.
      return { kernel, tuned, ns: Math.exp(mean) };
    });
    const [{ software, problem, texts }] = group as [TuningEntry];
    const date = group.map((each) => each.date).reduce((a, b) => (a > b ? a : b));
    out.add({ platform: PORTABLE, software, problem, texts, date, candidates: scored.toSorted((a, b) => a.ns - b.ns) });
  }
  return out;
}
