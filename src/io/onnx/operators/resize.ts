/** Resizing along any axes, as every version of Resize and Upsample asks for it. */
import type { Held } from "../held";
import type { Site, Translate, Translations } from "../site";

const MODES = ["nearest", "linear", "cubic"] as const;
const COORDINATES = [
  "half_pixel",
  "half_pixel_symmetric",
  "asymmetric",
  "align_corners",
  "pytorch_half_pixel",
  "tf_half_pixel_for_nn",
  "tf_crop_and_resize",
] as const;
const ROUNDINGS = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"] as const;

/** Sizes by sizes or scales of some axes, the others left as they are. */
interface Wanted {
  readonly sizes: number[];
  /** Null where sizes were given. */
  readonly scales: number[] | null;
}

/** Sizes that keep the proportions: the largest picture within those asked for, or the smallest that holds them. */
function proportional(site: Site, wanted: readonly number[], extents: readonly number[]): number[] {
  const policy = site.choice("keep_aspect_ratio_policy", ["stretch", "not_larger", "not_smaller"], "stretch");
  if (policy === "stretch") return [...wanted];
  const ratios = wanted.map((size, i) => size / (extents[i] as number));
  const scale = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return extents.map((extent) => Math.floor(scale * extent + 0.5));
}

function wantedOf(site: Site, { shape }: Held, scalesAt: number, sizesAt: number): Wanted {
  const axes = site.ints("axes") ? site.axes(site.ints("axes") ?? [], shape) : shape.map((_, axis) => axis);
  const spread = (values: readonly number[], rest: (axis: number) => number): number[] =>
    shape.map((_, axis) => (axes.includes(axis) ? (values[axes.indexOf(axis)] as number) : rest(axis)));
  const own = (axis: number): number => shape[axis] as number;
  const given = site.input(sizesAt) ? site.numbers(sizesAt) : undefined;
  if (given?.length === axes.length) {
    const kept = site.has("keep_aspect_ratio_policy");
    const sizes = spread(kept ? proportional(site, given, axes.map(own)) : given, own);
    return { sizes, scales: null };
  }
  const factors = site.opset < 9 && site.has("scales") ? site.floats("scales") : site.numbers(scalesAt);
  if (factors?.length !== axes.length) site.refuse("it has neither sizes nor scales for every axis");
  const scales = spread(factors as number[], () => 1);
  return { sizes: scales.map((scale, axis) => Math.floor(scale * own(axis))), scales };
}

/** Versions before 11 count a pixel from its corner, and take the one before. */
const upsample =
  (scalesAt: number): Translate =>
  (site) => {
    const input = site.need(0);
    const mode = site.choice("mode", ["nearest", "linear", "bilinear"], "nearest");
    const { sizes, scales } = wantedOf(site, input, scalesAt, 9);
    const attributes = {
      sizes,
      scales,
      mode: mode === "nearest" ? mode : "linear",
      coordinates: "asymmetric",
      rounding: "floor",
    };
    return site.b.apply("resize", { input }, attributes);
  };

const resize: Translate = (site) => {
  if (site.opset < 11) return upsample(1)(site);
  const input = site.need(0);
  const { sizes, scales } = wantedOf(site, input, 2, 3);
  const coordinates = site.choice("coordinate_transformation_mode", COORDINATES, "half_pixel");
  const crops = coordinates === "tf_crop_and_resize";
  const extrapolation = site.float("extrapolation_value", 0);
  const rounding = site.choice("nearest_mode", ROUNDINGS, "round_prefer_floor");
  const attributes = {
    sizes,
    scales,
    mode: site.choice("mode", MODES, "nearest"),
    coordinates,
    rounding,
    cubicA: site.float("cubic_coeff_a", -0.75),
    excludeOutside: site.flag("exclude_outside"),
    antialias: site.flag("antialias"),
    ...(crops ? { roi: site.numbers(1), extrapolation } : {}),
  };
  return site.b.apply("resize", { input }, attributes);
};

export const resizes: Translations = { Resize: resize, Upsample: upsample(1) };
