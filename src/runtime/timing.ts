/** The GPU's clock: timestamp queries, and how coarse they are. */
import type { GpuContext } from "./context";
import { MAP_READ, USAGE } from "./usage";

/** Queries in one set, at most (WebGPU specification, `createQuerySet`). */
export const MAX_QUERIES = 4096;

/** Pairs of timestamps, one for each pass of a recording. */
export class Stopwatch {
  readonly #set: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #readable: GPUBuffer;

  constructor(
    readonly context: GpuContext,
    readonly passes: number,
  ) {
    const bytes = passes * 16;
    this.#set = context.device.createQuerySet({ label: "stopwatch", type: "timestamp", count: passes * 2 });
    this.#resolved = context.buffers.take("stopwatch", bytes, USAGE.QUERY_RESOLVE | USAGE.COPY_SRC);
    this.#readable = context.buffers.take("stopwatch readback", bytes, USAGE.COPY_DST | USAGE.MAP_READ);
  }

  /** For the descriptor of pass number `pass`. */
  writes(pass: number): GPUComputePassTimestampWrites {
    return { querySet: this.#set, beginningOfPassWriteIndex: pass * 2, endOfPassWriteIndex: pass * 2 + 1 };
  }

  /** Records that the timestamps be made readable; after the last pass. */
  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#set, 0, this.passes * 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#readable, 0, this.passes * 16);
  }

  /** Beginning and end of each pass in nanoseconds, after the work was submitted. */
  async read(): Promise<{ begin: bigint; end: bigint }[]> {
    await this.context.guard(this.#readable.mapAsync(MAP_READ, 0, this.passes * 16));
    const stamps = new BigUint64Array(this.#readable.getMappedRange(0, this.passes * 16).slice(0));
    this.#readable.unmap();
    return Array.from({ length: this.passes }, (_, pass) => ({
      begin: stamps[pass * 2] as bigint,
      end: stamps[pass * 2 + 1] as bigint,
    }));
  }

  destroy(): void {
    this.#set.destroy();
    this.context.buffers.give(this.#resolved);
    this.context.buffers.give(this.#readable);
  }
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/**
 * The step of the clock that gave `stamps`, in nanoseconds: the greatest common divisor of their differences. Chrome
 * rounds timestamps to 100 µs unless developer features are on, and some drivers leave low bits zero. 1 when the clock
 * is not coarser than its unit, or too few stamps differ to tell.
 */
export function clockQuantum(stamps: readonly bigint[]): number {
  const base = stamps[0];
  if (base === undefined) return 1;
  let quantum = 0n;
  for (const stamp of stamps) quantum = gcd(quantum, stamp > base ? stamp - base : base - stamp);
  return quantum === 0n ? 1 : Number(quantum);
}
