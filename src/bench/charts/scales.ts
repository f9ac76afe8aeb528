/** Logarithmic axes with a grid, for quantities that span decades. */
import { type ScaleLogarithmic, scaleLog } from "d3-scale";
import { type Frame, tag, text } from "./svg";

export type Scale = ScaleLogarithmic<number, number>;

const inside = ({ width, height, left, right, top, bottom }: Frame) => ({
  x: [left, width - right] as const,
  y: [height - bottom, top] as const,
});

/** From a little below the least to a little above the most of `values`; those of 0 and below have no place. */
function domain(values: readonly number[], base: number): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [1, 10];
  const step = base === 2 ? 1.3 : 1.6;
  return [Math.min(...positive) / step, Math.max(...positive) * step];
}

export function scales(frame: Frame, xs: readonly number[], ys: readonly number[], base = 10): { x: Scale; y: Scale } {
  const { x, y } = inside(frame);
  return {
    x: scaleLog().base(base).domain(domain(xs, base)).range(x),
    y: scaleLog().domain(domain(ys, 10)).range(y),
  };
}

/** `0.25`, `16`, `2k`, `4M`. */
export function tick(value: number): string {
  const [size, unit] = value >= 1e6 ? [1e6, "M"] : value >= 1e4 ? [1e3, "k"] : [1, ""];
  return `${Number((value / size).toPrecision(3))}${unit}`;
}

/** First digit of a number, wherever its point stands. */
const leading = (value: number): number => Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));

/** Ticks that leave room for their names: 1, 2 and 5 of each decade, only the decades, or every so many of those. */
function ticksOf(scale: Scale, most: number): number[] {
  const all = scale.ticks(most);
  const few = all.filter((value) => [1, 2, 5].includes(leading(value)));
  if (few.length > 1 && few.length <= most) return few;
  const decades = all.filter((value) => leading(value) === 1);
  const kept = decades.length > 1 ? decades : all;
  return kept.filter((_, i) => i % Math.ceil(kept.length / most) === 0);
}

/** The grid, the two axes and their names. `at` are the places named along x, if not those of the scale. */
export function axes(
  frame: Frame,
  { x, y }: { x: Scale; y: Scale },
  names: { x: string; y: string },
  at?: readonly number[],
): string {
  const { width, height, left, right, top, bottom } = frame;
  const [low, high] = [height - bottom, top];
  const along = (at ?? ticksOf(x, 8)).map((value) =>
    tag(
      "g",
      {},
      tag("line", { x1: x(value), x2: x(value), y1: low, y2: high, class: "grid" }),
      text(x(value), low + 18, tick(value), { "text-anchor": "middle" }),
    ),
  );
  const up = ticksOf(y, 7).map((value) =>
    tag(
      "g",
      {},
      tag("line", { x1: left, x2: width - right, y1: y(value), y2: y(value), class: "grid" }),
      text(left - 8, y(value) + 4, tick(value), { "text-anchor": "end" }),
    ),
  );
  return [
    ...along,
    ...up,
    tag("path", { d: `M${left} ${high}V${low}H${width - right}`, class: "axis" }),
    text((left + width - right) / 2, height - 12, names.x, { "text-anchor": "middle" }),
    text(0, 0, names.y, { "text-anchor": "middle", transform: `translate(18 ${(low + high) / 2}) rotate(-90)` }),
  ].join("");
}
