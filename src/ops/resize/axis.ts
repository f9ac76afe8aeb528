/** How one axis is resized: where each element comes from, and with which weights. As ONNX's Resize has it. */
import type { ResizeAttributes } from "./resize";

export const MODES = ["nearest", "linear", "cubic"] as const;
export const ROUNDINGS = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;
export const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_half_pixel_for_nn",
  "tf_crop_and_resize",
] as const;

/** One axis: its extents, and the position slope · x + offset in the input of element x of the output. */
export interface Axis {
  readonly inExtent: number;
  readonly outExtent: number;
  readonly slope: number;
  readonly offset: number;
  /** Taps of an element: the first, from the one at or below its position, and how many. */
  readonly start: number;
  readonly taps: number;
  /** What distances to taps are multiplied by: below 1 when the axis shrinks and is smoothed. */
  readonly spread: number;
}

export function axisAt(
  attributes: ResizeAttributes,
  index: number,
  inExtent: number,
  outExtent: number,
  rank: number,
): Axis {
  const { mode, antialias, scales, roi } = attributes;
  const scale = scales?.[index] ?? outExtent / inExtent;
  const start = roi?.[index] ?? 0;
  const end = roi?.[index + rank] ?? 1;
  const { slope, offset } = position(attributes.coordinates, scale, inExtent, outExtent, start, end);
  const spread = antialias && mode !== "nearest" ? Math.min(1, scale) : 1;
  const first = Math.floor(-(mode === "cubic" ? 2 : 1) / spread) + 1;
  return { inExtent, outExtent, slope, offset, start: first, taps: 2 - 2 * first, spread };
}

function position(
  coordinates: ResizeAttributes["coordinates"],
  scale: number,
  inExtent: number,
  outExtent: number,
  start: number,
  end: number,
): { slope: number; offset: number } {
  const last = inExtent - 1;
  // The length that the axis is meant to have, which is no whole number where a scale is not the ratio of extents.
  const gaps = scale * inExtent - 1;
  const half = { slope: 1 / scale, offset: 0.5 / scale - 0.5 };
  switch (coordinates) {
    case "half_pixel":
      return half;
    case "half_pixel_symmetric":
      // Both ends are cut alike where the extent is not the scale's exactly.
      return { slope: half.slope, offset: half.offset + (inExtent / 2) * (1 - outExtent / (scale * inExtent)) };
    case "pytorch_half_pixel":
      return outExtent > 1 ? half : { slope: 0, offset: 0 };
    case "align_corners":
      return { slope: gaps > 0 ? last / gaps : 0, offset: 0 };
    case "asymmetric":
      return { slope: 1 / scale, offset: 0 };
    case "tf_half_pixel_for_nn":
      return { slope: 1 / scale, offset: 0.5 / scale };
    case "tf_crop_and_resize":
      if (gaps <= 0) return { slope: 0, offset: 0.5 * (start + end) * last };
      return { slope: ((end - start) * last) / gaps, offset: start * last };
    default:
      return coordinates satisfies never;
  }
}

/** Whether the axis stays as it is. */
export const isSame = ({ inExtent, outExtent, slope, offset }: Axis): boolean =>
  inExtent === outExtent && slope === 1 && offset === 0;

/** What element x of the output is made of: elements of the input with their weights; undefined where it lies outside. */
export function sharesOf(
  axis: Axis,
  attributes: ResizeAttributes,
  x: number,
): [at: number, weight: number][] | undefined {
  const { inExtent, start, taps, spread } = axis;
  const { mode, rounding, cubicA, excludeOutside, antialias } = attributes;
  const at = Math.round((axis.slope * x + axis.offset) * 2 ** 20) / 2 ** 20;
  const inside = (k: number) => Math.max(0, Math.min(inExtent - 1, k));
  if (attributes.coordinates === "tf_crop_and_resize" && (at < 0 || at > inExtent - 1)) return undefined;
  const below = Math.floor(at);
  const part = at - below;
  if (mode === "nearest") {
    const up = { round_prefer_floor: part > 0.5, round_prefer_ceil: part >= 0.5, floor: false, ceil: part > 0 }[
      rounding
    ];
    return [[inside(below + (up ? 1 : 0)), 1]];
  }
  const weight = (tap: number): number => {
    const d = Math.abs((tap - part) * spread);
    if (mode === "linear") return Math.max(0, 1 - d);
    if (d <= 1) return ((cubicA + 2) * d - (cubicA + 3)) * d * d + 1;
    return d < 2 ? ((cubicA * d - 5 * cubicA) * d + 8 * cubicA) * d - 4 * cubicA : 0;
  };
  const shares = Array.from({ length: taps }, (_, t): [number, number] => {
    const k = below + start + t;
    const left = excludeOutside && (k < 0 || k >= inExtent);
    return [inside(k), left ? 0 : weight(start + t)];
  });
  if (!excludeOutside && !antialias) return shares;
  const total = shares.reduce((sum, [, w]) => sum + w, 0);
  return shares.map(([k, w]) => [k, w / total]);
}

/** A number as the two words of a two's complement of 64 bits, 40 of them after the point. */
function fixed(value: number): readonly [high: number, low: number] {
  const bits = BigInt.asUintN(64, BigInt(Math.round(value * 2 ** 40)));
  return [Number(bits >> 32n), Number(bits & 0xffffffffn)];
}

/** Values for the fields of `Params` in `shaders/lib/resample.wgsl` that say how the axis is resized. */
export function axisParams(axis: Axis, { cubicA, extrapolation }: ResizeAttributes) {
  const { inExtent, outExtent, slope, offset, start, taps, spread } = axis;
  // Elements that read one lie about where the plain ratio of extents puts it, give or take the taps and how far a position is
  // from that ratio's; where that is far, all are looked at.
  const drift = [0, outExtent - 1].map((x) => Math.abs((slope * x + offset) * (outExtent / inExtent) - x));
  const reach = Math.ceil(Math.max(...drift) + ((taps + 2) * outExtent) / inExtent) + 2;
  return {
    inExtent,
    outExtent,
    slope: fixed(slope),
    offset: fixed(offset),
    start,
    taps,
    spread,
    cubic: cubicA,
    extrapolation,
    reach: reach < outExtent ? reach : -1,
  };
}
