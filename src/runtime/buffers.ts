/** A pool of GPU buffers: made once, handed out again, counted. */
import { LimitError } from "../core/errors";

/** Memory of a device, in bytes. */
export interface MemoryCount {
  /** Handed out now. */
  readonly inUse: number;
  /** Made, and waiting to be handed out again. */
  readonly pooled: number;
  /** The most that was ever handed out at once. */
  readonly peak: number;
  /** Buffers handed out now. */
  readonly buffers: number;
}

/** Sizes are rounded up so that buffers of nearly the same size serve each other. */
const GRANULE = 256;

export class BufferPool {
  readonly #free = new Map<string, GPUBuffer[]>();
  readonly #used = new Set<GPUBuffer>();
  /** Users beside the first, of buffers that have several. */
  readonly #sharers = new Map<GPUBuffer, number>();
  #inUse = 0;
  #pooled = 0;
  #peak = 0;

  constructor(
    readonly device: GPUDevice,
    readonly maxBufferSize: number,
  ) {}

  get count(): MemoryCount {
    return { inUse: this.#inUse, pooled: this.#pooled, peak: this.#peak, buffers: this.#used.size };
  }

  /** A buffer of at least `byteLength` bytes. @throws LimitError. */
  take(label: string, byteLength: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.ceil(Math.max(byteLength, 1) / GRANULE) * GRANULE;
    if (byteLength > this.maxBufferSize)
      throw new LimitError("maxBufferSize", this.maxBufferSize, byteLength, `buffer "${label}"`);
    const key = `${usage}:${Math.min(size, this.maxBufferSize)}`;
    let buffer = this.#free.get(key)?.pop();
    if (buffer) this.#pooled -= buffer.size;
    else buffer = this.device.createBuffer({ label, size: Math.min(size, this.maxBufferSize), usage });
    this.#used.add(buffer);
    this.#inUse += buffer.size;
    this.#peak = Math.max(this.#peak, this.#inUse);
    return buffer;
  }

  /** Lets one more user have `buffer`, which is handed out: it goes back when the last of them gives it. */
  share(buffer: GPUBuffer): GPUBuffer {
    this.#sharers.set(buffer, (this.#sharers.get(buffer) ?? 0) + 1);
    return buffer;
  }

  /** Hands `buffer` back. Work already submitted on it still runs: later writes are queued behind it. */
  give(buffer: GPUBuffer): void {
    const sharers = this.#sharers.get(buffer);
    if (sharers !== undefined) {
      if (sharers === 1) this.#sharers.delete(buffer);
      else this.#sharers.set(buffer, sharers - 1);
      return;
    }
    if (!this.#used.delete(buffer)) return;
    this.#inUse -= buffer.size;
    this.#pooled += buffer.size;
    const key = `${buffer.usage}:${buffer.size}`;
    const list = this.#free.get(key);
    if (list) list.push(buffer);
    else this.#free.set(key, [buffer]);
  }

  /** Frees what is not handed out. */
  trim(): void {
    for (const list of this.#free.values()) for (const buffer of list) buffer.destroy();
    this.#free.clear();
    this.#pooled = 0;
  }

  destroy(): void {
    this.trim();
    for (const buffer of this.#used) buffer.destroy();
    this.#used.clear();
    this.#inUse = 0;
  }
}
