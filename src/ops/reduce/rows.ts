/** The table of reductions. `reduce.ts` makes an op of every row. */
import type { Emit } from "../op";

/** What a rule for the gradient is given: values of the graph, and how to bring an output's value back to the input's shape. */
export interface ReduceSite<V> {
  readonly emit: Emit<V>;
  readonly input: V;
  readonly output: V;
  readonly cotangent: V;
  /** Elements that an output is made of. */
  readonly length: number;
  spread(value: V): V;
  /** The sum over the axes that go, as the output has it. */
  total(value: V): V;
}

export interface ReduceRow {
  /** `KIND` in `shaders/lib/reduce.wgsl`. */
  readonly code: number;
  readonly summary: string;
  /** The reduction in float64. */
  of(values: readonly number[]): number;
  /** The same of 32-bit whole numbers, where it is known of them. */
  readonly integer?: (values: readonly number[]) => number;
  /** What flows into the input; absent where another file has the rule. */
  readonly gradient?: <V>(site: ReduceSite<V>) => V;
  /** Nothing is rounded. */
  readonly exact?: true;
  /** Values of the cases, where any will not do. */
  readonly range?: readonly [min: number, max: number];
  /** What the parts of a cut along an axis that goes are to the whole. */
  readonly addends?: "sum" | "mean";
}

const apply = <V>(emit: Emit<V>, op: string, input: V, attributes: Readonly<Record<string, unknown>> = {}): V =>
  emit(op, { input }, attributes).output as V;
const product = <V>(emit: Emit<V>, a: V, b: V): V => emit("mul", { a, b }).output as V;
const quotient = <V>(emit: Emit<V>, a: V, b: V): V => emit("div", { a, b }).output as V;

const sumOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The largest, NaN if there is one. */
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
const smallest = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

function logSumExpOf(values: readonly number[]): number {
  const most = largest(values);
  if (!Number.isFinite(most)) return most;
  return most + Math.log(sumOf(values.map((x) => Math.exp(x - most))));
}

/** All that reach an extreme share what flows back, as PyTorch's amax has it. */
function toWinners<V>({ emit, input, output, cotangent, spread, total }: ReduceSite<V>): V {
  const winners = emit("equal", { a: input, b: spread(output) }).output as V;
  return product(emit, winners, spread(quotient(emit, cotangent, total(winners))));
}

export const ROWS = {
  sum: {
    code: 0,
    summary: "sum over axes",
    addends: "sum",
    of: sumOf,
    integer: (values) => values.reduce((a, b) => (a + b) | 0, 0),
    gradient: ({ cotangent, spread }) => spread(cotangent),
  },
  mean: {
    code: 1,
    summary: "mean over axes",
    addends: "mean",
    of: (values) => sumOf(values) / values.length,
    gradient: ({ emit, cotangent, length, spread }) => spread(apply(emit, "scale", cotangent, { factor: 1 / length })),
  },
  max: {
    code: 2,
    summary: "maximum over axes",
    of: largest,
    integer: largest,
    gradient: toWinners,
    exact: true,
  },
  min: {
    code: 4,
    summary: "minimum over axes",
    of: smallest,
    integer: smallest,
    gradient: toWinners,
    exact: true,
  },
  prod: {
    code: 6,
    summary: "product over axes",
    of: (values) => values.reduce((a, b) => a * b, 1),
    integer: (values) => values.reduce(Math.imul, 1),
    range: [0.5, 1.5],
  },
  normL1: {
    code: 7,
    summary: "sum of absolute values over axes",
    addends: "sum",
    of: (values) => sumOf(values.map(Math.abs)),
    gradient: ({ emit, input, cotangent, spread }) => product(emit, apply(emit, "sign", input), spread(cotangent)),
  },
  normL2: {
    code: 8,
    summary: "root of the sum of squares over axes",
    of: (values) => Math.sqrt(sumOf(values.map((x) => x * x))),
    // Where the norm is 0 so is every element, and the gradient is taken to be 0.
    gradient: ({ emit, input, output, cotangent, spread }) => {
      const above = apply(emit, "clip", output, { min: 1e-37 });
      return product(emit, input, spread(quotient(emit, cotangent, above)));
    },
  },
  sumOfSquares: {
    code: 9,
    summary: "sum of squares over axes",
    addends: "sum",
    of: (values) => sumOf(values.map((x) => x * x)),
    gradient: ({ emit, input, cotangent, spread }) =>
      product(emit, input, spread(apply(emit, "scale", cotangent, { factor: 2 }))),
  },
  logSum: {
    code: 10,
    summary: "logarithm of the sum over axes",
    of: (values) => Math.log(sumOf(values)),
    gradient: ({ emit, output, cotangent, spread }) => spread(quotient(emit, cotangent, apply(emit, "exp", output))),
    range: [0.2, 3],
  },
  logSumExp: {
    code: 11,
    summary: "logarithm of the sum of exponentials over axes",
    of: logSumExpOf,
    gradient: ({ emit, input, output, cotangent, spread }) => {
      const below = emit("sub", { a: input, b: spread(output) }).output as typeof input;
      return product(emit, apply(emit, "exp", below), spread(cotangent));
    },
  },
} as const satisfies Readonly<Record<string, ReduceRow>>;

export type ReduceName = keyof typeof ROWS;

/** Place of the largest (or smallest) value; NaN before all, and of equal ones the first or the last. */
export function placeOf(values: readonly number[], least: boolean, last: boolean): number {
  let best = 0;
  values.forEach((value, at) => {
    const held = values[best] as number;
    const better = Number.isNaN(held) ? false : Number.isNaN(value) || (least ? value < held : value > held);
    const ties = value === held || (Number.isNaN(value) && Number.isNaN(held));
    if (better || (last && ties)) best = at;
  });
  return best;
}
