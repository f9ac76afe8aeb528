/** Pooling over windows of one to three spatial axes, and over all of them. */
import { formatShape, sizeOf } from "../../../core/shape";
import { add, binary, cast, mul, reduced, reshape, slice, unary } from "../forms";
import { type Held, known } from "../held";
import type { Site, Translate, Translations } from "../site";
import { isFloat } from "../types";
import { number } from "./functions";
import { padded } from "./padding";
import { type Window, windowOf } from "./windows";

/** The lowest float32: padding that no maximum takes. */
const LOWEST = -3.4028234663852886e38;

interface Pooling extends Window {
  /** Extents of the output. */
  readonly out: readonly number[];
}

function pooling(site: Site, input: Held): Pooling {
  if (input.shape.length < 3) site.refuse(`it pools ${formatShape(input.shape)}, which has no spatial axes`);
  const kernel = site.ints("kernel_shape") ?? site.refuse("its kernel_shape is missing");
  if (kernel.some((extent) => extent < 1))
    site.refuse(`its kernel_shape ${formatShape(kernel)} has no room for an element`);
  const spatial = input.shape.slice(2);
  const window = windowOf(site, spatial, kernel);
  const up = site.flag("ceil_mode");
  const out = spatial.map((extent, i) => {
    const [stride, before] = [window.strides[i] as number, window.before[i] as number];
    const reach = (window.dilations[i] as number) * ((kernel[i] as number) - 1) + 1;
    const room = (extent + before + (window.after[i] as number) - reach) / stride;
    if (room < 0)
      site.refuse(`its window ${formatShape(kernel)} is larger than the padded input ${formatShape(input.shape)}`);
    if (!up) return Math.floor(room) + 1;
    // A window that would begin in the padding after the end is left out.
    const rounded = Math.ceil(room) + 1;
    return (rounded - 1) * stride >= extent + before ? rounded - 1 : rounded;
  });
  return { ...window, out };
}

/** The input padded so that every window lies in it. */
function whole(site: Site, input: Held, { before, out, strides, dilations, kernel }: Pooling, value: number): Held {
  const after = out.map((count, i) => {
    const reach = (dilations[i] as number) * ((kernel[i] as number) - 1) + 1;
    const needed = (count - 1) * (strides[i] as number) + reach;
    return Math.max(0, needed - (input.shape[i + 2] as number) - (before[i] as number));
  });
  return padded(site.b, input, [0, 0, ...before], [0, 0, ...after], value);
}

/** Any window: along each axis in turn, the elements at each place of the kernel are taken in strides and put together. */
function byTaps(site: Site, input: Held, window: Pooling, op: "add" | "maximum", padding: number): Held {
  const { kernel, strides, dilations, out } = window;
  return out.reduce(
    (held, count, i) => {
      const [stride, dilation] = [strides[i] as number, dilations[i] as number];
      const taps = Array.from({ length: kernel[i] as number }, (_, k) =>
        slice(site.b, held, i + 2, k * dilation, k * dilation + (count - 1) * stride + 1, stride),
      );
      return taps.reduce((sum, tap) => binary(site.b, op, sum, tap));
    },
    whole(site, input, window, padding),
  );
}

/** Whether our ops for two axes take a window: padding of less than the kernel, and theirs is the same output. */
function fits(
  { shape }: Held,
  { kernel, strides, before, after, out, dilations }: Pooling,
  rounding: "floor" | "ceil",
): boolean {
  const axes = kernel.map((extent, i) => {
    const room =
      ((shape[i + 2] as number) +
        (before[i] as number) +
        (after[i] as number) -
        (dilations[i] as number) * (extent - 1) -
        1) /
      (strides[i] as number);
    const same = (rounding === "floor" ? Math.floor(room) : Math.ceil(room)) + 1 >= (out[i] as number);
    return same && Math.max(before[i] as number, after[i] as number) < extent;
  });
  return shape.length <= 4 && axes.every(Boolean);
}

/** Our ops have two spatial axes: one is a single row of two. */
function onPlane(
  site: Site,
  input: Held,
  window: Pooling,
  op: string,
  attributes: Record<string, unknown>,
): readonly Held[] {
  const flat = input.shape.length === 3;
  const [n, c] = input.shape as unknown as [number, number];
  const two = <T>(values: readonly T[], fill: T): readonly T[] => (flat ? [fill, ...values] : values);
  const image = flat ? reshape(site.b, input, [n, c, 1, input.shape[2] as number]) : input;
  const results = site.b.applyAll(
    op,
    { input: image },
    {
      kernel: two(window.kernel, 1),
      stride: two(window.strides, 1),
      padding: [...two(window.before, 0), ...two(window.after, 0)],
      ...attributes,
    },
  );
  return Object.values(results).map((held) => (flat ? reshape(site.b, held, [n, c, held.shape[3] as number]) : held));
}

/** Places in a plane as ONNX counts them: through the whole tensor, by rows or by columns. */
function flatPlaces(site: Site, places: Held, { shape }: Held, byColumns: boolean): Held {
  const b = site.b;
  const [height, width] = shape.length === 3 ? [1, shape[2] as number] : (shape.slice(2) as [number, number]);
  const row = b.apply("div", { a: places, b: number(width, places) });
  const column = b.apply("sub", { a: places, b: b.apply("mul", { a: row, b: number(width, places) }) });
  const inPlane = byColumns ? add(b, mul(b, column, number(height, places)), row) : places;
  const planes = sizeOf(shape.slice(0, 2));
  const starts = Float64Array.from({ length: planes }, (_, i) => i * height * width);
  const extents = [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)];
  return add(b, inPlane, known({ type: "int64", shape: extents, data: starts }));
}

const maxPool: Translate = (site) => {
  const given = site.need(0);
  const window = pooling(site, given);
  const byColumns = site.int("storage_order", 0) !== 0;
  const rounding = site.flag("ceil_mode") ? "ceil" : "floor";
  const input = isFloat(given.type) ? given : cast(site.b, given, "float");
  const attributes = { dilation: input.shape.length === 3 ? [1, ...window.dilations] : window.dilations, rounding };
  if (site.wants(1)) {
    if (!fits(input, window, rounding)) site.refuse("it gives indices for a window that we only have without");
    const [output, places] = onPlane(site, input, window, "maxPool2dWithIndices", attributes) as [Held, Held];
    return [cast(site.b, output, given.type), flatPlaces(site, { ...places, type: "int64" }, given, byColumns)];
  }
  const result = fits(input, window, rounding)
    ? (onPlane(site, input, window, "maxPool2d", attributes)[0] as Held)
    : byTaps(site, input, window, "maximum", LOWEST);
  return cast(site.b, result, given.type);
};

/** How many elements each window of an axis is the mean of. */
function counts(
  { kernel, strides, dilations, before, after, out }: Pooling,
  extent: number,
  i: number,
  padding: boolean,
): number[] {
  const [low, high] = padding ? [-(before[i] as number), extent + (after[i] as number)] : [0, extent];
  return Array.from({ length: out[i] as number }, (_, o) => {
    const first = o * (strides[i] as number) - (before[i] as number);
    const taps = Array.from({ length: kernel[i] as number }, (__, k) => first + k * (dilations[i] as number));
    return Math.max(1, taps.filter((place) => place >= low && place < high).length);
  });
}

/** The mean of each window: the sum by the number of elements that count. */
function meanByTaps(site: Site, input: Held, window: Pooling, padding: boolean): Held {
  const sum = byTaps(site, input, window, "add", 0);
  return window.out.reduce((held, count, i) => {
    const share = Float32Array.from(counts(window, input.shape[i + 2] as number, i, padding), (each) => 1 / each);
    const shape = input.shape.map((_, axis) => (axis === i + 2 ? count : 1));
    return mul(site.b, held, known({ type: "float", shape, data: share }));
  }, sum);
}

const averagePool: Translate = (site) => {
  const input = site.need(0);
  const window = pooling(site, input);
  const padding = site.flag("count_include_pad");
  const rounding = site.flag("ceil_mode") ? "ceil" : "floor";
  const plain = window.dilations.every((each) => each === 1) && !(padding && rounding === "ceil");
  if (plain && fits(input, window, rounding))
    return onPlane(site, input, window, "avgPool2d", { countIncludePad: padding, rounding })[0] as Held;
  return meanByTaps(site, input, window, padding);
};

/** (Σ |x|^p)^(1/p) */
const power = (site: Site, input: Held, exponent: number): Held => {
  if (exponent === 1) return input;
  return exponent === 2 ? unary(site.b, "sqrt", input) : binary(site.b, "pow", input, number(1 / exponent, input));
};

const raised = (site: Site, input: Held, exponent: number): Held => {
  const size = unary(site.b, "abs", input);
  return exponent === 1
    ? size
    : exponent === 2
      ? mul(site.b, input, input)
      : binary(site.b, "pow", size, number(exponent, input));
};

const lpPool: Translate = (site) => {
  const input = site.need(0);
  const p = site.int("p", 2);
  const window = pooling(site, input);
  return power(site, byTaps(site, raised(site, input, p), window, "add", 0), p);
};

const spatialAxes = ({ shape }: Held): number[] => shape.map((_, axis) => axis).slice(2);

const overAll =
  (op: string): Translate =>
  (site) =>
    reduced(site.b, op, site.need(0), spatialAxes(site.need(0)), true);

export const pools: Translations = {
  AveragePool: averagePool,
  GlobalAveragePool: (site) => {
    const input = site.need(0);
    return input.shape.length === 4
      ? globalAverage(site, input)
      : reduced(site.b, "mean", input, spatialAxes(input), true);
  },
  GlobalLpPool: (site) => {
    const input = site.need(0);
    const p = site.int("p", 2);
    return power(site, reduced(site.b, "sum", raised(site, input, p), spatialAxes(input), true), p);
  },
  GlobalMaxPool: overAll("max"),
  LpPool: lpPool,
  MaxPool: maxPool,
};

/** The engine's own op, which has two spatial axes and keeps them. */
function globalAverage(site: Site, input: Held): Held {
  const [n, c] = input.shape as unknown as [number, number];
  return reshape(site.b, site.b.apply("globalAvgPool2d", { input }), [n, c, 1, 1]);
}
