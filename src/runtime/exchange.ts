/** Where tensors wait between two devices during one run: sent on a channel, received on it once. */

export interface Exchange {
  /** Hands over what was read from a device; `bytes` is the receiver's from here on. */
  send(channel: number, bytes: ArrayBuffer): void;
  /** What is sent on the channel, when it is there. Rejects when the run fails anywhere. */
  receive(channel: number): Promise<ArrayBuffer>;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** The exchange of one run. */
export class Post implements Exchange {
  readonly #slots = new Map<number, Deferred<ArrayBuffer>>();
  #failure: { readonly error: unknown } | undefined;

  #slot(channel: number): Deferred<ArrayBuffer> {
    let slot = this.#slots.get(channel);
    if (!slot) {
      slot = deferred<ArrayBuffer>();
      // Whoever receives hears of a failure; until then it must not count as nobody's.
      slot.promise.catch(() => undefined);
      if (this.#failure) slot.reject(this.#failure.error);
      this.#slots.set(channel, slot);
    }
    return slot;
  }

  send(channel: number, bytes: ArrayBuffer): void {
    this.#slot(channel).resolve(bytes);
  }

  receive(channel: number): Promise<ArrayBuffer> {
    return this.#slot(channel).promise;
  }

  /** Lets everybody who waits, or will, fail. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const slot of this.#slots.values()) slot.reject(this.#failure.error);
  }

  /** Why the run failed first. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }
}

/** As `Promise.withResolvers`, which Node 20 does not have. */
function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>["resolve"] = () => undefined;
  let reject: Deferred<T>["reject"] = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
