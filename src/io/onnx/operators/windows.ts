/** How a kernel moves over the spatial axes of a tensor [N, C, …]: strides, dilations, and the padding that is asked for. */
import { formatShape, type Shape } from "../../../core/shape";
import type { Site } from "../site";

/** One number for each spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export const AUTO_PAD = ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"] as const;

/** Padding in all, split so that the odd one lies at the end, or at the beginning. */
export const halves = (total: number, oddFirst: boolean): readonly [before: number, after: number] => {
  const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return oddFirst ? [large, small] : [small, large];
};

export const perAxis = (site: Site, name: string, count: number, fallback: number): number[] => {
  const values = site.ints(name) ?? new Array<number>(count).fill(fallback);
  if (values.length === count && values.every((each) => each >= fallback)) return values;
  return site.refuse(`its ${name} ${formatShape(values)} are not ${count} numbers of ${fallback} or more`);
};

/** Reads the window of a convolution or a pooling over `spatial` extents. @throws Unsupported. */
export function windowOf(site: Site, spatial: Shape, kernel: readonly number[]): Window {
  const { length } = spatial;
  if (length === 0) site.refuse("its input has no spatial axes");
  if (kernel.length !== length) site.refuse(`its kernel ${formatShape(kernel)} does not fit ${length} spatial axes`);
  const strides = perAxis(site, "strides", length, 1);
  const dilations = perAxis(site, "dilations", length, 1);
  const pads = perAxis(site, "pads", 2 * length, 0);
  const auto = site.choice("auto_pad", AUTO_PAD, "NOTSET");
  const sides = spatial.map((extent, axis): readonly [number, number] => {
    if (auto === "NOTSET") return [pads[axis] as number, pads[axis + length] as number];
    if (auto === "VALID") return [0, 0];
    const [stride, reach] = [strides[axis] as number, (dilations[axis] as number) * ((kernel[axis] as number) - 1) + 1];
    return halves(Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent), auto === "SAME_LOWER");
  });
  return { kernel, strides, dilations, before: sides.map(([side]) => side), after: sides.map(([, side]) => side) };
}
