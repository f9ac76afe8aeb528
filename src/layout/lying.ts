/**
 * Where a value lies on the devices, and the shortest way for a part of it to a device. Copies hold a range of the value, or all
 * of it; addends hold numbers whose sum over all addends is the value. This file counts; `gather.ts` writes it down.
 */
import { type Shape, sizeOf } from "../core/shape";
import type { TensorType } from "../core/tensor";
import type { Span } from "../ops/part";

/** A range of a value; null for the whole. */
export type PartRange = Span | null;

/** A piece of a value on a device. `V` is what stands for it there. */
export interface Piece<V> {
  readonly device: number;
  readonly range: PartRange;
  readonly value: V;
}

export interface Lying<V> {
  readonly type: TensorType;
  readonly copies: readonly Piece<V>[];
  readonly addends: readonly Piece<V>[];
}

/** Pieces of one stretch, of each of which the range `range` is wanted: a single one, or addends. */
export interface Stretch<V> {
  readonly pieces: readonly Piece<V>[];
  readonly range: PartRange;
}

/** How a device gets what it wants: stretches that follow each other along `axis`. */
export interface Route<V> {
  readonly axis: number;
  readonly stretches: readonly Stretch<V>[];
  /** What comes from other devices. */
  readonly bytes: number;
  readonly messages: number;
}

/** `range`, or null when it covers all of `shape`. */
export const normalized = (range: PartRange, shape: Shape): PartRange =>
  range && range.start === 0 && range.end === shape[range.axis] ? null : range;

export const keyOf = (range: PartRange): string => (range ? `${range.axis}:${range.start}:${range.end}` : "whole");

const startOf = (range: PartRange, axis: number): number => (range && range.axis === axis ? range.start : 0);
const endOf = (range: PartRange, axis: number, shape: Shape): number =>
  range && range.axis === axis ? range.end : (shape[axis] as number);

/** Whether `outer` holds all of `inner`. */
export const holds = (outer: PartRange, inner: PartRange): boolean =>
  outer === null ||
  (inner !== null && inner.axis === outer.axis && inner.start >= outer.start && inner.end <= outer.end);

/** The shape of a range of `shape`. */
export const shapeWithin = (shape: Shape, range: PartRange): Shape =>
  range ? shape.map((extent, axis) => (axis === range.axis ? range.end - range.start : extent)) : shape;

/** Bytes of the part of `wanted` that lies between `start` and `end` of `axis`. */
function bytesOf(shape: Shape, wanted: PartRange, axis: number, start: number, end: number): number {
  const within = shapeWithin(shape, wanted);
  const extent = within[axis] ?? 1;
  return shape.length === 0 ? 4 : 4 * (sizeOf(within) / extent) * (end - start);
}

const LOCAL = { axis: 0, bytes: 0, messages: 0 };

/** The way of `wanted` to `device` that carries the fewest bytes; undefined when the pieces do not cover it. */
export function routeTo<V>(
  { type, copies, addends }: Lying<V>,
  device: number,
  wanted: PartRange,
): Route<V> | undefined {
  const { shape } = type;
  const here = copies.filter((copy) => copy.device === device && holds(copy.range, wanted));
  const nearest = here.find(({ range }) => keyOf(range) === keyOf(wanted)) ?? here[0];
  if (nearest) return { ...LOCAL, stretches: [{ pieces: [nearest], range: wanted }] };
  const routes: Route<V>[] = [];
  const axes = new Set(copies.flatMap(({ range }) => (range ? [range.axis] : [])));
  for (const axis of axes) {
    const route = alongAxis(shape, copies, device, wanted, axis);
    if (route) routes.push(route);
  }
  const whole = copies.find(({ range }) => range === null);
  if (whole) {
    const bytes = 4 * sizeOf(shapeWithin(shape, wanted));
    routes.push({ axis: 0, bytes, messages: 1, stretches: [{ pieces: [whole], range: wanted }] });
  }
  if (addends.length > 0) {
    const route = ofAddends(shape, addends, device, wanted);
    if (route) routes.push(route);
  }
  return routes.reduce<Route<V> | undefined>(
    (best, route) => (!best || route.bytes < best.bytes ? route : best),
    undefined,
  );
}

/** Walks along `axis` from piece to piece: own ones where there are any, else those that reach farthest. */
function alongAxis<V>(
  shape: Shape,
  copies: readonly Piece<V>[],
  device: number,
  wanted: PartRange,
  axis: number,
): Route<V> | undefined {
  const end = endOf(wanted, axis, shape);
  const usable = copies.filter(({ range }) => range?.axis === axis);
  const own = usable.filter((copy) => copy.device === device);
  const stretches: Stretch<V>[] = [];
  let [bytes, messages] = [0, 0];
  let at = startOf(wanted, axis);
  while (at < end) {
    const there = (copy: Piece<V>) => startOf(copy.range, axis) <= at && endOf(copy.range, axis, shape) > at;
    const reach = (copy: Piece<V>) => endOf(copy.range, axis, shape);
    const farthest = (list: readonly Piece<V>[]) =>
      list.filter(there).reduce<Piece<V> | undefined>((a, b) => (!a || reach(b) > reach(a) ? b : a), undefined);
    const piece = farthest(own) ?? farthest(usable);
    if (!piece) return undefined;
    let until = Math.min(end, reach(piece));
    if (piece.device !== device) {
      for (const { range } of own) if (range && range.start > at) until = Math.min(until, range.start);
      bytes += bytesOf(shape, wanted, axis, at, until);
      messages += 1;
    }
    stretches.push({ pieces: [piece], range: { axis, start: at, end: until } });
    at = until;
  }
  return { axis, stretches, bytes, messages };
}

/** Addends of each stretch in the order of devices, so that every device that sums them gets the same bits. */
function ofAddends<V>(
  shape: Shape,
  addends: readonly Piece<V>[],
  device: number,
  wanted: PartRange,
): Route<V> | undefined {
  const axis = addends.find(({ range }) => range)?.range?.axis ?? wanted?.axis ?? 0;
  const [start, end] = shape.length === 0 ? [0, 1] : [startOf(wanted, axis), endOf(wanted, axis, shape)];
  const marks = new Set([start, end]);
  for (const { range } of addends) {
    if (!range) continue;
    if (range.axis !== axis) return undefined;
    for (const mark of [range.start, range.end]) if (mark > start && mark < end) marks.add(mark);
  }
  const sorted = [...marks].sort((a, b) => a - b);
  const stretches: Stretch<V>[] = [];
  let [bytes, messages] = [0, 0];
  for (const [i, from] of sorted.slice(0, -1).entries()) {
    const to = sorted[i + 1] as number;
    const range: PartRange = shape.length === 0 ? null : { axis, start: from, end: to };
    const pieces = addends.filter((piece) => piece.range === null || holds(piece.range, range));
    if (pieces.length === 0) return undefined;
    for (const piece of pieces) {
      if (piece.device === device) continue;
      bytes += bytesOf(shape, wanted, axis, from, to);
      messages += 1;
    }
    stretches.push({ pieces, range: normalized(range, shape) });
  }
  return { axis, stretches, bytes, messages };
}
