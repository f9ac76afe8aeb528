/** Convolutions over one, two or three spatial axes, and their transposes. */
import { formatShape, sizeOf } from "../../../core/shape";
import { add, cast, concat, reshape, slice, transpose } from "../forms";
import type { Held } from "../held";
import type { Site, Translate, Translations } from "../site";
import { less } from "./matrices";
import { padded } from "./padding";
import { AUTO_PAD, halves, perAxis, type Window, windowOf } from "./windows";

/** A tensor [N, C, W] as one of one row. */
const asRows = (site: Site, held: Held): Held => {
  const [n, c, w] = held.shape as unknown as [number, number, number];
  return reshape(site.b, held, [n, c, 1, w]);
};

const withRow = ({ kernel, strides, dilations, before, after }: Window): Window => ({
  kernel: [1, ...kernel],
  strides: [1, ...strides],
  dilations: [1, ...dilations],
  before: [0, ...before],
  after: [0, ...after],
});

const plane = ({ kernel, strides, dilations, before, after }: Window): Window => ({
  kernel: kernel.slice(1),
  strides: strides.slice(1),
  dilations: dilations.slice(1),
  before: before.slice(1),
  after: after.slice(1),
});

function flatConvolution(
  site: Site,
  input: Held,
  weight: Held,
  bias: Held | undefined,
  window: Window,
  groups: number,
): Held {
  const { strides, dilations, before, after } = window;
  return site.b.apply(
    "conv2d",
    { input, weight, bias },
    { stride: strides, padding: [...before, ...after], dilation: dilations, groups },
  );
}

/**
 * Over three axes: the planes that a kernel's depth takes in become channels, beside one another within each channel, so that
 * one convolution over two axes does the whole.
 */
function deepConvolution(
  site: Site,
  input: Held,
  weight: Held,
  bias: Held | undefined,
  window: Window,
  groups: number,
): Held {
  const [depth, stride, dilation] = [window.kernel[0], window.strides[0], window.dilations[0]] as [
    number,
    number,
    number,
  ];
  const full = padded(site.b, input, [0, 0, window.before[0] as number, 0, 0], [0, 0, window.after[0] as number, 0, 0]);
  const [n, c, extent, h, w] = full.shape as unknown as [number, number, number, number, number];
  const out = Math.floor((extent - dilation * (depth - 1) - 1) / stride) + 1;
  if (out < 1) site.refuse(`its kernel is deeper than the input ${formatShape(input.shape)}`);
  const taps = Array.from({ length: depth }, (_, k) => {
    const tap = slice(site.b, full, 2, k * dilation, k * dilation + (out - 1) * stride + 1, stride);
    return reshape(site.b, tap, [n, c, 1, out, h, w]);
  });
  const planes = transpose(site.b, concat(site.b, taps, 2), [0, 3, 1, 2, 4, 5]);
  const filters = reshape(site.b, weight, [
    weight.shape[0] as number,
    sizeOf(weight.shape.slice(1, 3)),
    ...weight.shape.slice(3),
  ]);
  const flat = flatConvolution(
    site,
    reshape(site.b, planes, [n * out, c * depth, h, w]),
    filters,
    bias,
    plane(window),
    groups,
  );
  const [, channels, outHeight, outWidth] = flat.shape as unknown as [number, number, number, number];
  const apart = reshape(site.b, flat, [n, out, channels, outHeight, outWidth]);
  return transpose(site.b, apart, [0, 2, 1, 3, 4]);
}

function checkRanks(site: Site, input: Held, weight: Held): void {
  const rank = input.shape.length;
  if (rank < 3 || rank > 5 || weight.shape.length !== rank)
    site.refuse(
      `it convolves ${formatShape(input.shape)} with ${formatShape(weight.shape)}; we have one to three spatial axes, as many for both`,
    );
}

/** Input [N, C, …], weight [M, C / groups, …], bias [M]. */
export function convolution(site: Site, input: Held, weight: Held, bias: Held | undefined): Held {
  checkRanks(site, input, weight);
  const kernel = site.ints("kernel_shape") ?? weight.shape.slice(2);
  const groups = site.int("group", 1);
  const window = windowOf(site, input.shape.slice(2), kernel);
  if (input.shape.length === 5) return deepConvolution(site, input, weight, bias, window, groups);
  if (input.shape.length === 4) return flatConvolution(site, input, weight, bias, window, groups);
  const rows = flatConvolution(site, asRows(site, input), asRows(site, weight), bias, withRow(window), groups);
  const [n, c, , w] = rows.shape as unknown as [number, number, number, number];
  return reshape(site.b, rows, [n, c, w]);
}

/** One number for each spatial axis. */
interface Transposed extends Window {
  /** How much the output grows at its end beyond what the formula gives. */
  readonly extra: readonly number[];
}

function transposedWindow(site: Site, spatial: readonly number[], kernel: readonly number[]): Transposed {
  const { length } = spatial;
  const strides = perAxis(site, "strides", length, 1);
  const dilations = perAxis(site, "dilations", length, 1);
  const extra = perAxis(site, "output_padding", length, 0);
  const pads = perAxis(site, "pads", 2 * length, 0);
  const auto = site.choice("auto_pad", AUTO_PAD, "NOTSET");
  const same = auto === "SAME_UPPER" || auto === "SAME_LOWER";
  // The files of some exporters give the whole shape, batch and channels included.
  const wanted =
    site.ints("output_shape")?.slice(-length) ?? (same ? spatial.map((e, i) => e * (strides[i] as number)) : undefined);
  const sides = spatial.map((extent, i): readonly [number, number] => {
    if (!wanted) return auto === "VALID" ? [0, 0] : [pads[i] as number, pads[i + length] as number];
    const full =
      (strides[i] as number) * (extent - 1) +
      (extra[i] as number) +
      ((kernel[i] as number) - 1) * (dilations[i] as number) +
      1;
    return halves(full - (wanted[i] as number), auto !== "SAME_UPPER" && auto !== "NOTSET" ? true : auto === "NOTSET");
  });
  return {
    kernel,
    strides,
    dilations,
    extra,
    before: sides.map(([side]) => side),
    after: sides.map(([, side]) => side),
  };
}

/** Cuts `before` and `after` from two axes of what nothing was cut from; a negative cut adds zeros. */
const trimmed = (site: Site, held: Held, axis: number, before: number, after: number): Held => {
  const zeros = (count: number): number[] => held.shape.map((_, i) => (i === axis ? Math.max(0, count) : 0));
  const grown = padded(site.b, held, zeros(-before), zeros(-after));
  return slice(site.b, grown, axis, Math.max(0, before), (grown.shape[axis] as number) - Math.max(0, after));
};

/** The whole transposed convolution over two axes, cut at its edges afterwards. */
function flatTransposed(site: Site, input: Held, weight: Held, window: Transposed, groups: number): Held {
  const { kernel, strides, dilations, before, after, extra } = window;
  const full = input.shape
    .slice(2)
    .map(
      (extent, i) => (strides[i] as number) * (extent - 1) + (dilations[i] as number) * ((kernel[i] as number) - 1) + 1,
    );
  const direct =
    [...before, ...after].every((side) => side >= 0) && extra.every((each, i) => each < (strides[i] as number));
  const size = full.map((extent, i) =>
    direct ? extent + (extra[i] as number) - (before[i] as number) - (after[i] as number) : extent,
  );
  if (size.some((extent) => extent < 1)) site.refuse(`its padding leaves nothing of the output`);
  const attributes = {
    stride: strides,
    dilation: dilations,
    groups,
    size,
    padding: direct ? [...before, ...after] : 0,
  };
  const result = site.b.apply("conv2dInputGrad", { cotangent: input, weight }, attributes);
  if (direct) return result;
  return [0, 1].reduce(
    (held, i) => trimmed(site, held, i + 2, before[i] as number, (after[i] as number) - (extra[i] as number)),
    result,
  );
}

/** Over three axes: a plane of the kernel at a time, each result placed where its depth goes, and all of them summed. */
function deepTransposed(site: Site, input: Held, weight: Held, window: Transposed, groups: number): Held {
  const [n, c, extent, h, w] = input.shape as unknown as [number, number, number, number, number];
  const [depth, stride, dilation] = [window.kernel[0], window.strides[0], window.dilations[0]] as [
    number,
    number,
    number,
  ];
  const inner: Transposed = { ...plane(window), extra: window.extra.slice(1) };
  const planes = reshape(site.b, transpose(site.b, input, [0, 2, 1, 3, 4]), [n * extent, c, h, w]);
  const full = stride * (extent - 1) + dilation * (depth - 1) + 1;
  const parts = Array.from({ length: depth }, (_, k) => {
    const filters = slice(site.b, weight, 2, k, k + 1);
    const flat = flatTransposed(
      site,
      planes,
      reshape(site.b, filters, [...weight.shape.slice(0, 2), ...weight.shape.slice(3)]),
      inner,
      groups,
    );
    const apart = reshape(site.b, flat, [n, extent, ...flat.shape.slice(1)]);
    return site.b.apply(
      "place",
      { input: apart },
      { shape: [n, full, ...flat.shape.slice(1)], starts: [0, k * dilation, 0, 0, 0], steps: [1, stride, 1, 1, 1] },
    );
  });
  const whole = transpose(
    site.b,
    parts.reduce((sum, part) => add(site.b, sum, part)),
    [0, 2, 1, 3, 4],
  );
  return trimmed(site, whole, 2, window.before[0] as number, (window.after[0] as number) - (window.extra[0] as number));
}

/** Input [N, C, …], weight [C, M / groups, …], bias [M]. */
const convTranspose: Translate = (site) => {
  const [input, weight, bias] = [site.need(0), site.need(1), site.input(2)];
  checkRanks(site, input, weight);
  const groups = site.int("group", 1);
  const window = transposedWindow(site, input.shape.slice(2), site.ints("kernel_shape") ?? weight.shape.slice(2));
  let result: Held;
  if (input.shape.length === 5) result = deepTransposed(site, input, weight, window, groups);
  else if (input.shape.length === 4) result = flatTransposed(site, input, weight, window, groups);
  else {
    const row: Transposed = { ...withRow(window), extra: [0, ...window.extra] };
    const rows = flatTransposed(site, asRows(site, input), asRows(site, weight), row, groups);
    const [n, c, , w] = rows.shape as unknown as [number, number, number, number];
    result = reshape(site.b, rows, [n, c, w]);
  }
  return bias
    ? add(site.b, result, reshape(site.b, bias, [1, bias.shape[0] as number, ...input.shape.slice(2).map(() => 1)]))
    : result;
};

/** Whole numbers by way of floats, which hold sums of fewer than 2^24 exactly. */
const convInteger: Translate = (site) => {
  const [input, weight] = [less(site, site.need(0), site.input(2)), site.need(1)];
  const terms = sizeOf(weight.shape.slice(1));
  if (terms > 258) site.refuse(`it sums ${terms} products; up to 258 are exact here`);
  const zero = site.input(3);
  const perFilter =
    zero && sizeOf(zero.shape) > 1
      ? reshape(site.b, zero, [...zero.shape, ...weight.shape.slice(1).map(() => 1)])
      : zero;
  return cast(site.b, convolution(site, input, less(site, weight, perFilter), undefined), "int32");
};

export const convolutions: Translations = {
  Conv: (site) => convolution(site, site.need(0), site.need(1), site.input(2)),
  ConvInteger: convInteger,
  ConvTranspose: convTranspose,
};
