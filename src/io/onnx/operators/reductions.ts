/** Reductions over axes, and the places of extremes. */
import { binary, div, filled, mul, reduced, reversed, sub, unary } from "../forms";
import { type Held, isEmpty } from "../held";
import type { Site, Translate, Translations } from "../site";
import { isFloat } from "../types";
import { number } from "./functions";

interface Reduction {
  /** What a reduction of no elements gives. */
  readonly empty: number;
  /** Version from which axes are an input. */
  readonly axesInput?: number;
  compute(site: Site, input: Held, axes: readonly number[], keepDims: boolean): Held;
}

const plain =
  (op: string): Reduction["compute"] =>
  (site, input, axes, keepDims) =>
    reduced(site.b, op, input, axes, keepDims);

const sum = plain("sum");
const square = (site: Site, input: Held): Held => mul(site.b, input, input);

/** log Σ exp x, the largest taken out first so that nothing overflows. */
const logSumExp: Reduction["compute"] = (site, input, axes, keepDims) => {
  const largest = reduced(site.b, "max", input, axes, true);
  // Infinite maxima are not taken out: their difference would be none.
  const low = binary(site.b, "maximum", largest, number(-3e38, input));
  const finite = binary(site.b, "minimum", low, number(3e38, input));
  const total = sum(site, unary(site.b, "exp", sub(site.b, input, finite)), axes, true);
  const result = binary(site.b, "add", unary(site.b, "log", total), finite);
  const shape = keepDims ? result.shape : result.shape.filter((_, axis) => !axes.includes(axis));
  return result.known ? { ...result, shape } : site.b.apply("reshape", { input: result }, { shape });
};

const mean: Reduction["compute"] = (site, input, axes, keepDims) => {
  if (isFloat(input.type)) return reduced(site.b, "mean", input, axes, keepDims);
  const count = axes.reduce((product, axis) => product * (input.shape[axis] as number), 1);
  return div(site.b, sum(site, input, axes, keepDims), number(count, input));
};

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  ReduceL1: { empty: 0, compute: (site, x, ...rest) => sum(site, unary(site.b, "abs", x), ...rest) },
  ReduceL2: { empty: 0, compute: (site, x, ...rest) => unary(site.b, "sqrt", sum(site, square(site, x), ...rest)) },
  ReduceLogSum: { empty: -Infinity, compute: (site, x, ...rest) => unary(site.b, "log", sum(site, x, ...rest)) },
  ReduceLogSumExp: { empty: -Infinity, compute: logSumExp },
  ReduceMax: { empty: -Infinity, compute: plain("max") },
  ReduceMean: { empty: Number.NaN, compute: mean },
  ReduceMin: { empty: Infinity, compute: plain("min") },
  ReduceProd: { empty: 1, compute: plain("prod") },
  ReduceSum: { empty: 0, axesInput: 13, compute: sum },
  ReduceSumSquare: { empty: 0, compute: (site, x, ...rest) => sum(site, square(site, x), ...rest) },
};

const reduction =
  ({ empty, axesInput = 18, compute }: Reduction): Translate =>
  (site) => {
    const input = site.need(0);
    const keepDims = site.flag("keepdims", true);
    const given = site.opset >= axesInput ? site.numbers(1) : site.ints("axes");
    const noop = site.flag("noop_with_empty_axes");
    if (noop && !given?.length) return compute(site, input, [], true);
    const axes = given?.length ? site.axes(given, input.shape) : input.shape.map((_, axis) => axis);
    if (!isEmpty(input)) return compute(site, input, axes, keepDims);
    const shape = input.shape.flatMap((extent, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [extent]));
    return filled(site.b, shape, empty, input.type);
  };

/** The place of the largest element; of the smallest, that of the largest of what is negated. */
const extreme =
  (least: boolean): Translate =>
  (site) => {
    const given = site.need(0);
    const axis = site.axis(site.int("axis", 0), given.shape);
    const keepDims = site.flag("keepdims", true);
    const last = site.flag("select_last_index");
    const input = last ? reversed(site.b, given, axis) : given;
    const turned = least
      ? isFloat(input.type)
        ? unary(site.b, "neg", input)
        : sub(site.b, number(0, input), input)
      : input;
    const place = site.b.apply("argmax", { input: turned }, { axis, keepDims }, "int64");
    return last ? sub(site.b, number((given.shape[axis] as number) - 1, place), place) : place;
  };

export const reductions: Translations = {
  ...Object.fromEntries(Object.entries(REDUCTIONS).map(([name, row]) => [name, reduction(row)])),
  ArgMax: extreme(false),
  ArgMin: extreme(true),
};
