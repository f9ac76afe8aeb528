/** When to stop measuring: once the median is known well enough, or the time allowed is over. */
import { combinedQuantum, repeatsFor } from "./clock";
import { type Summary, summarize, uncertainty } from "./statistics";

export interface SamplingOptions {
  /** Runs thrown away first: they pay for caches, lazy allocation and clocks that ramp up. */
  readonly warmup: number;
  /** Samples taken whatever happens. */
  readonly minimum: number;
  readonly maximum: number;
  /** Wall time after which no new sample starts. */
  readonly budgetMs: number;
  /** Stop once half the confidence interval is below this share of the median. */
  readonly precision: number;
  /** Told after every run: samples so far, and at most how many. */
  readonly onSample?: (done: number, maximum: number) => void;
}

export const DEFAULT_SAMPLING: SamplingOptions = {
  warmup: 2,
  minimum: 5,
  maximum: 100,
  budgetMs: 5000,
  precision: 0.03,
};

/** Why it stopped: the interval was narrow enough, the budget was spent, or the maximum was reached. */
export type Stopped = "precise" | "budget" | "maximum";

export interface Sampling {
  readonly samples: readonly number[];
  readonly summary: Summary;
  readonly stopped: Stopped;
}

/** Fewer samples have no interval that says anything. */
const FEWEST = 6;

function reasonToStop(samples: readonly number[], spentMs: number, options: SamplingOptions): Stopped | undefined {
  if (samples.length < options.minimum) return undefined;
  const enough = samples.length >= Math.max(FEWEST, options.minimum);
  if (enough && uncertainty(summarize(samples)) <= options.precision) return "precise";
  if (samples.length >= options.maximum) return "maximum";
  return spentMs >= options.budgetMs ? "budget" : undefined;
}

/** Measures `run` (which gives its own duration) until the median is known. `now` is a clock in milliseconds. */
export async function sample(
  run: () => Promise<number>,
  options: SamplingOptions = DEFAULT_SAMPLING,
  now: () => number = () => performance.now(),
): Promise<Sampling> {
  for (let i = 0; i < options.warmup; i++) await run();
  const start = now();
  const samples: number[] = [];
  for (;;) {
    samples.push(await run());
    options.onSample?.(samples.length, options.maximum);
    const stopped = reasonToStop(samples, now() - start, options);
    if (stopped) return { samples, summary: summarize(samples), stopped };
  }
}

/** Wall time of `run` in milliseconds. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** One reading: nanoseconds of one dispatch when `repeat` were timed together, and the clock's step as far as it shows. */
export interface Reading {
  readonly ns: number;
  readonly quantumNs: number;
}

/** Takes a reading of one variant. */
export type Take = (repeat: number) => Promise<Reading>;

export interface InterleaveOptions extends SamplingOptions {
  /** The clock's step as far as it is known; readings can only make it finer. */
  readonly quantumNs: number;
  /** Dispatches timed as one at most: 1 where each must meet caches as the first would. */
  readonly mostRepeats?: number;
}

/** What came of one variant. */
export interface Series extends Sampling {
  /** Readings thrown away before the times were steady. */
  readonly warmups: number;
  /** Whether they became steady before a quarter of the budget was spent. */
  readonly steady: boolean;
  readonly repeat: number;
  readonly quantumNs: number;
}

/** Readings on each side of the comparison that tells whether times are steady, and how near they must be. */
const WINDOW = 3;
const DRIFT = 0.05;
const MOST_WARMUPS = 60;

/** Whether the last readings are as fast as those before them. */
export function isSteady(readings: readonly number[]): boolean {
  if (readings.length < 2 * WINDOW) return false;
  const [before, after] = [readings.slice(-2 * WINDOW, -WINDOW), readings.slice(-WINDOW)].map(
    (part) => summarize(part).median,
  ) as [number, number];
  return Math.abs(after - before) <= DRIFT * before;
}

class Variant {
  readonly warm: number[] = [];
  readonly samples: number[] = [];
  readonly quanta: number[];
  repeat = 1;
  spentMs = 0;
  steady = false;
  stopped: Stopped | undefined;

  constructor(
    readonly take: Take,
    readonly options: InterleaveOptions,
    readonly now: () => number,
  ) {
    this.quanta = [options.quantumNs];
  }

  get quantumNs(): number {
    return combinedQuantum(this.quanta);
  }

  async #read(): Promise<number> {
    const start = this.now();
    const { ns, quantumNs } = await this.take(this.repeat);
    this.spentMs += this.now() - start;
    if (ns > 0) this.quanta.push(quantumNs);
    return ns;
  }

  /** One reading that does not count; true once no more are needed. */
  async warmUp(): Promise<boolean> {
    const ns = await this.#read();
    const most = this.options.mostRepeats ?? Infinity;
    const repeat = Math.min(most, repeatsFor(ns, this.repeat, this.quantumNs));
    // Readings of other lengths cannot be compared: the times of one dispatch in many are not those of one alone.
    if (repeat > this.repeat * 1.5 || ns <= 0) {
      const stuck = repeat === this.repeat;
      this.repeat = repeat;
      this.warm.length = stuck ? this.warm.length + 1 : 0;
    } else this.warm.push(ns);
    this.steady = isSteady(this.warm);
    const over = this.spentMs >= this.options.budgetMs / 4 && (ns > 0 || this.repeat >= most);
    const done = this.steady || over || this.warm.length >= MOST_WARMUPS;
    if (done) this.spentMs = 0;
    return done;
  }

  async sample(): Promise<void> {
    this.samples.push(await this.#read());
    this.stopped = reasonToStop(this.samples, this.spentMs, this.options);
  }
}

/**
 * Measures variants in turn, A B A B, so that a machine that grows warm or busy does so for all of them. Each is first
 * run until its times are steady, and as often in one sample as the clock's step asks for. A variant whose median is known,
 * or whose own time is over, drops out.
 */
export async function interleave(
  takes: readonly Take[],
  options: InterleaveOptions,
  now: () => number = () => performance.now(),
): Promise<Series[]> {
  const variants = takes.map((take) => new Variant(take, options, now));
  const warmups = variants.map(() => 0);
  let cold = variants.map((variant, i) => ({ variant, i }));
  while (cold.length > 0) {
    const left: typeof cold = [];
    for (const each of cold) {
      warmups[each.i] = (warmups[each.i] ?? 0) + 1;
      if (!(await each.variant.warmUp())) left.push(each);
    }
    cold = left;
  }
  let done = 0;
  for (let open = variants; open.length > 0; open = open.filter(({ stopped }) => !stopped)) {
    for (const variant of open) await variant.sample();
    done += 1;
    options.onSample?.(done, options.maximum);
  }
  return variants.map(({ samples, stopped, repeat, steady, quantumNs }, i) => ({
    samples,
    summary: summarize(samples),
    stopped: stopped as Stopped,
    warmups: warmups[i] ?? 0,
    steady,
    repeat,
    quantumNs,
  }));
}
