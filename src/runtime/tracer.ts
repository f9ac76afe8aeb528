/**
 * Times one run of a device's share: a span a dispatch, by the GPU's clock where it has one, and a span a transfer, by the
 * host's. The GPU's clock is put on the host's by what is known of both: nothing begins on the GPU before it was submitted, and
 * nothing that was mapped had yet to end. Times are in milliseconds since 1970, so that those of several threads compare.
 */
import type { PlannedCrossing, Step } from "../scheduler/plan";
import type { GpuContext } from "./context";
import type { ReadyStep, Recorder } from "./recorder";
import { MAX_QUERIES, Stopwatch } from "./timing";

/** Work of one dispatch. */
export interface DispatchSpan {
  readonly node: string;
  readonly op: string;
  readonly kernel: string;
  readonly begin: number;
  readonly end: number;
}

/** A tensor that left, or came. */
export interface CrossingSpan {
  readonly channel: number;
  readonly bytes: number;
  /** Leaving: when it was computed. Coming: when the device had nothing else to do. */
  readonly begin: number;
  /** Leaving: when the host had it. Coming: when the device had it. */
  readonly end: number;
}

export interface DeviceTrace {
  readonly dispatches: readonly DispatchSpan[];
  readonly sent: readonly CrossingSpan[];
  readonly received: readonly CrossingSpan[];
  /** `queue` where the device has no timestamps: then dispatches have no spans. */
  readonly method: "timestamp-query" | "queue";
}

const PER_SET = MAX_QUERIES / 2;

export class Tracer {
  readonly #watches: Stopwatch[] = [];
  readonly #steps: Step[] = [];
  readonly #sent: { crossing: PlannedCrossing; after: number; submitted: number; end: number }[] = [];
  readonly #received: CrossingSpan[] = [];
  /** Host times of submissions, each with the number of its first dispatch. */
  readonly #submissions: { first: number; at: number }[] = [];
  #submitted = 0;

  constructor(
    readonly context: GpuContext,
    steps: readonly ReadyStep[],
  ) {
    if (!context.facts.features.has("timestamp-query")) return;
    const count = steps.reduce((sum, { dispatches }) => sum + dispatches.length, 0);
    for (let first = 0; first < count; first += PER_SET) {
      this.#watches.push(new Stopwatch(context, Math.min(PER_SET, count - first)));
    }
  }

  now(): number {
    return performance.timeOrigin + performance.now();
  }

  /** Dispatches recorded so far. */
  get dispatches(): number {
    return this.#steps.length;
  }

  writes(step: Step): GPUComputePassTimestampWrites | undefined {
    if (this.#watches.length === 0) return undefined;
    const at = this.#steps.push(step) - 1;
    return this.#watches[Math.floor(at / PER_SET)]?.writes(at % PER_SET);
  }

  /** What was recorded since the last time is about to be submitted. */
  submitting(): number {
    const at = this.now();
    if (this.#steps.length > this.#submitted) this.#submissions.push({ first: this.#submitted, at });
    this.#submitted = this.#steps.length;
    return at;
  }

  /** @param after dispatches recorded before the tensor left */
  sent(crossing: PlannedCrossing, after: number, submitted: number): void {
    this.#sent.push({ crossing, after, submitted, end: this.now() });
  }

  received({ channel, byteLength: bytes }: PlannedCrossing, begin: number): void {
    this.#received.push({ channel, bytes, begin, end: this.now() });
  }

  /** Has the timestamps made readable behind the last dispatch. */
  conclude(recorder: Recorder): void {
    for (const watch of this.#watches) recorder.record((encoder) => watch.resolve(encoder));
  }

  async read(): Promise<DeviceTrace> {
    const stamps = (await Promise.all(this.#watches.map((watch) => watch.read()))).flat();
    const over = this.now();
    // Seconds by the GPU's clock since its first dispatch: whole nanoseconds are too large for a number.
    const base = stamps[0]?.begin ?? 0n;
    const clock = stamps.map(({ begin, end }) => [Number(begin - base) / 1e6, Number(end - base) / 1e6] as const);
    const last = clock.at(-1);
    let latest = last ? over - last[1] : 0;
    for (const { after, end } of this.#sent) {
      const before = clock[after - 1];
      if (before) latest = Math.min(latest, end - before[1]);
    }
    let offset = latest;
    for (const { first, at } of this.#submissions) {
      const begins = clock[first];
      if (begins) offset = Math.max(offset, at - begins[0]);
    }
    const dispatches = this.#steps.map(({ node, op, kernel }, i): DispatchSpan => {
      const [begin, end] = clock[i] as readonly [number, number];
      return { node, op, kernel, begin: offset + begin, end: offset + Math.max(begin, end) };
    });
    const sent = this.#sent.map(({ crossing, after, submitted, end }): CrossingSpan => {
      const before = dispatches[after - 1];
      const begin = Math.min(end, Math.max(submitted, before?.end ?? submitted));
      return { channel: crossing.channel, bytes: crossing.byteLength, begin, end };
    });
    const method = this.#watches.length > 0 ? "timestamp-query" : "queue";
    return { dispatches, sent, received: this.#received, method };
  }

  destroy(): void {
    for (const watch of this.#watches) watch.destroy();
  }
}
