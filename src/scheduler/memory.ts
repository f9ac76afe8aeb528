/**
 * Liveness and aliasing: which transient tensors may share a buffer. Whole buffers are shared, not parts of one arena:
 * WebGPU refuses a dispatch that reads one part of a buffer and writes another (usage scopes are per buffer).
 */

/** When a tensor is first written and last read, as positions in the order of steps. */
export interface Lifetime {
  readonly id: number;
  readonly byteLength: number;
  readonly first: number;
  readonly last: number;
}

export interface SlotAssignment {
  /** Slot by tensor id. */
  readonly slotOf: ReadonlyMap<number, number>;
  /** Bytes of each slot. */
  readonly slots: readonly number[];
}

/**
 * Greedy best fit in order of first use: the smallest free slot that is large enough, else the largest free one, grown;
 * else a new one. Tensors whose lifetimes touch the same step never share.
 */
export function assignSlots(lifetimes: readonly Lifetime[]): SlotAssignment {
  const slots: number[] = [];
  const busyUntil: number[] = [];
  const slotOf = new Map<number, number>();
  const order = [...lifetimes].sort((a, b) => a.first - b.first || b.byteLength - a.byteLength);
  for (const tensor of order) {
    let chosen = -1;
    for (let slot = 0; slot < slots.length; slot++) {
      if ((busyUntil[slot] as number) >= tensor.first) continue;
      const size = slots[slot] as number;
      const best = chosen < 0 ? -1 : (slots[chosen] as number);
      const fits = size >= tensor.byteLength;
      const bestFits = best >= tensor.byteLength;
      if (chosen < 0 || (fits ? !bestFits || size < best : !bestFits && size > best)) chosen = slot;
    }
    if (chosen < 0) chosen = slots.push(0) - 1;
    slots[chosen] = Math.max(slots[chosen] as number, tensor.byteLength);
    busyUntil[chosen] = tensor.last;
    slotOf.set(tensor.id, chosen);
  }
  return { slotOf, slots };
}
