/** Padding: zeros, another value, or what the tensor itself holds at its edges. */
import { formatShape } from "../../../core/shape";
import type { Builder } from "../builder";
import { concat, filled, pick, slice } from "../forms";
import { type Held, isEmpty } from "../held";
import type { Site, Translate, Translations } from "../site";

/** `input` with `before` and `after` elements of `value` added along each axis. */
export function padded(b: Builder, input: Held, before: readonly number[], after: readonly number[], value = 0): Held {
  if ([...before, ...after].every((count) => count === 0)) return input;
  const shape = input.shape.map((extent, axis) => (before[axis] as number) + extent + (after[axis] as number));
  if (isEmpty(input)) return filled(b, shape, value, input.type);
  if (value === 0) return b.apply("place", { input }, { shape, starts: before });
  return shape.reduce((held, _, axis) => {
    const part = (count: number): Held[] => {
      const extents = held.shape.map((extent, i) => (i === axis ? count : extent));
      return count > 0 ? [filled(b, extents, value, input.type)] : [];
    };
    const parts = [...part(before[axis] as number), held, ...part(after[axis] as number)];
    return parts.length > 1 ? concat(b, parts, axis) : held;
  }, input);
}

/** Which element of an axis of `extent` stands at a place outside of it. */
const OUTSIDE: Readonly<Record<string, (place: number, extent: number) => number>> = {
  edge: (place, extent) => Math.max(0, Math.min(extent - 1, place)),
  reflect: (place, extent) => {
    const period = Math.max(1, 2 * (extent - 1));
    const at = ((place % period) + period) % period;
    return Math.min(at, period - at);
  },
  wrap: (place, extent) => ((place % extent) + extent) % extent,
};

const pad: Translate = (site) => {
  const input = site.need(0);
  const { length } = input.shape;
  const inputs = site.opset >= 11;
  const given = (inputs ? site.numbers(1) : (site.ints("pads") ?? site.ints("paddings"))) ?? [];
  const value = inputs ? (site.input(2) ? (site.values(2)[0] as number) : 0) : site.float("value", 0);
  const mode = site.choice("mode", ["constant", "reflect", "edge", "wrap"], "constant");
  const axes = site.input(3)
    ? (site.numbers(3) ?? []).map((axis) => site.axis(axis, input.shape))
    : input.shape.map((_, axis) => axis);
  if (given.length !== 2 * axes.length)
    site.refuse(`its pads ${formatShape(given)} are not two for each of ${axes.length} axes`);
  const sides = new Map(axes.map((axis, i) => [axis, [given[i] as number, given[i + axes.length] as number] as const]));
  const before = input.shape.map((_, axis) => sides.get(axis)?.[0] ?? 0);
  const after = input.shape.map((_, axis) => sides.get(axis)?.[1] ?? 0);
  // A negative pad cuts.
  const kept = before.reduce(
    (held, count, axis) => cut(site, held, axis, Math.max(0, -count), Math.max(0, -(after[axis] as number))),
    input,
  );
  const low = before.map((count) => Math.max(0, count));
  const high = after.map((count) => Math.max(0, count));
  const outside = OUTSIDE[mode];
  if (!outside) return padded(site.b, kept, low, high, value);
  return Array.from({ length }, (_, axis) => axis).reduce((held, axis) => {
    const extent = held.shape[axis] as number;
    const [first, last] = [low[axis] as number, high[axis] as number];
    if (first + last === 0) return held;
    return pick(
      site.b,
      held,
      axis,
      Array.from({ length: first + extent + last }, (_, i) => outside(i - first, extent)),
    );
  }, kept);
};

const cut = (site: Site, held: Held, axis: number, before: number, after: number): Held =>
  slice(site.b, held, axis, before, (held.shape[axis] as number) - after);

export const paddings: Translations = { Pad: pad };
