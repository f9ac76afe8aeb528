/** Planning without a GPU: memory aliasing, kernel choice, fusion. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignSlots, type Lifetime } from "../../src/scheduler/memory";

const lifetimes = fc.array(
  fc.record({
    byteLength: fc.integer({ min: 1, max: 1000 }),
    first: fc.integer({ min: 0, max: 30 }),
    length: fc.integer({ min: 0, max: 10 }),
  }),
  { maxLength: 40 },
);

describe("memory aliasing", () => {
  test("tensors alive at once never share a slot, and every slot is large enough", () => {
    fc.assert(
      fc.property(lifetimes, (drafts) => {
        const tensors: Lifetime[] = drafts.map((d, id) => ({
          id,
          byteLength: d.byteLength,
          first: d.first,
          last: d.first + d.length,
        }));
        const { slotOf, slots } = assignSlots(tensors);
        for (const a of tensors) {
          expect(slots[slotOf.get(a.id) as number]).toBeGreaterThanOrEqual(a.byteLength);
          for (const b of tensors) {
            if (a.id === b.id || a.last < b.first || b.last < a.first) continue;
            expect(slotOf.get(a.id)).not.toBe(slotOf.get(b.id));
          }
        }
      }),
    );
  });

  test("a chain needs two slots however long it is", () => {
    const chain = Array.from({ length: 20 }, (_, i) => ({ id: i, byteLength: 100, first: i, last: i + 1 }));
    expect(assignSlots(chain).slots).toEqual([100, 100]);
  });
});
