/** Reads an op's attributes: fills defaults, checks values, refuses names the op does not know. */
import { AttributeError } from "../core/errors";

export type Pair = readonly [y: number, x: number];
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

type Given = Readonly<Record<string, unknown>>;

const show = (value: unknown): string => {
  if (typeof value === "number") return String(value);
  return value === undefined ? "missing" : (JSON.stringify(value) ?? String(value));
};

const isInt = (value: unknown, min: number): value is number => Number.isInteger(value) && (value as number) >= min;

/** A reader of `given` for `op`. Call `done()` last: it refuses what was never asked for. */
export class AttributeReader {
  readonly #asked = new Set<string>();

  constructor(
    readonly op: string,
    readonly given: Given,
  ) {}

  #read<T>(name: string, fallback: T | undefined, accept: (value: unknown) => T | undefined, wanted: string): T {
    this.#asked.add(name);
    const value = this.given[name];
    if (value === undefined) {
      if (fallback !== undefined) return fallback;
      throw new AttributeError({ op: this.op }, name, "missing", wanted);
    }
    const accepted = accept(value);
    if (accepted === undefined) throw new AttributeError({ op: this.op }, name, show(value), wanted);
    return accepted;
  }

  /** A whole number of `min` or more. */
  int(name: string, fallback?: number, min = Number.MIN_SAFE_INTEGER): number {
    const wanted = min === Number.MIN_SAFE_INTEGER ? "a whole number" : `a whole number of ${min} or more`;
    return this.#read(name, fallback, (v) => (isInt(v, min) ? v : undefined), wanted);
  }

  /** A finite number, within `[min, max]` where given. */
  number(name: string, fallback?: number, min = -Infinity, max = Infinity): number {
    const accept = (v: unknown) =>
      typeof v === "number" && Number.isFinite(v) && v >= min && v <= max ? v : undefined;
    const wanted = min === -Infinity && max === Infinity ? "a finite number" : `a number in [${min}, ${max}]`;
    return this.#read(name, fallback, accept, wanted);
  }

  boolean(name: string, fallback?: boolean): boolean {
    return this.#read(name, fallback, (v) => (typeof v === "boolean" ? v : undefined), "true or false");
  }

  /** One of `choices`. */
  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const accept = (v: unknown) => choices.find((choice) => choice === v);
    return this.#read(name, fallback, accept, `one of ${choices.map((c) => `"${c}"`).join(", ")}`);
  }

  /** `[y, x]`, or one number for both. */
  pair(name: string, fallback: Pair | undefined, min: number): Pair {
    const accept = (v: unknown): Pair | undefined => {
      if (isInt(v, min)) return [v, v];
      if (Array.isArray(v) && v.length === 2 && isInt(v[0], min) && isInt(v[1], min)) return [v[0], v[1]];
      return undefined;
    };
    return this.#read(name, fallback, accept, `a whole number of ${min} or more, or two of them [y, x]`);
  }

  /** Padding: one number, `[y, x]` (both sides alike), or `[top, left, bottom, right]`. */
  padding(name: string): Padding {
    const accept = (v: unknown): Padding | undefined => {
      if (isInt(v, 0)) return [v, v, v, v];
      if (!Array.isArray(v) || !v.every((e) => isInt(e, 0))) return undefined;
      const [a, b, c, d] = v as [number, number, number, number];
      if (v.length === 2) return [a, b, a, b];
      return v.length === 4 ? [a, b, c, d] : undefined;
    };
    return this.#read(name, [0, 0, 0, 0], accept, "a whole number of 0 or more, [y, x] or [top, left, bottom, right]");
  }

  /** A list of whole numbers. */
  ints(name: string, fallback?: readonly number[], min = Number.MIN_SAFE_INTEGER): readonly number[] {
    const accept = (v: unknown) => (Array.isArray(v) && v.every((e) => isInt(e, min)) ? (v as number[]) : undefined);
    return this.#read(name, fallback, accept, "a list of whole numbers");
  }

  /** Anything `accept` takes; for attributes of a shape of their own. */
  custom<T>(name: string, fallback: T | undefined, accept: (value: unknown) => T | undefined, wanted: string): T {
    return this.#read(name, fallback, accept, wanted);
  }

  /** @throws AttributeError when an attribute was given that the op does not have. */
  done(): void {
    for (const name of Object.keys(this.given)) {
      if (this.#asked.has(name) || this.given[name] === undefined) continue;
      const known = [...this.#asked].join(", ") || "no attributes";
      throw new AttributeError({ op: this.op }, name, show(this.given[name]), `left out: ${this.op} knows ${known}`);
    }
  }
}
