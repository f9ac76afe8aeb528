/**
 * The table of functions of one number. `unary.ts` makes an op of every row; a kernel that produces a tensor can apply a
 * row to it on the way out (its epilogue). `code` is the case of the same name in `shaders/lib/unary.wgsl`.
 */
import { AttributeError } from "../core/errors";
import type { AttributeReader } from "./attributes";
import type { Activation, Emit } from "./op";

/** One function: `forward(x, alpha)` in float64. */
export interface UnaryRow {
  readonly code: number;
  readonly summary: string;
  forward(x: number, alpha: number): number;
  /**
   * The derivative, as a function of the output where that is enough (then a fused activation's input need not be kept),
   * else of the input. The case of the same number in `shaders/lib/unary_derivative.wgsl`.
   */
  readonly derivative: { readonly of: "input" | "output"; at(value: number, alpha: number): number };
  /** Arithmetic operations per element, a transcendental counted as one. */
  readonly flops: number;
  /** The parameter, where the function takes one, under the name that users give it. */
  readonly alpha?: { readonly name: string; readonly default: number };
}

/** erf by its series and, in the tails, its continued fraction (Abramowitz and Stegun 7.1.6 and 7.1.14), to 1e-15. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
  }
  if (a > 6) return Math.sign(x);
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

const GELU_C = Math.sqrt(2 / Math.PI);

/** With u = c·(x + 0.044715·x³): ½·(1 + tanh u) + ½·x·(1 − tanh² u)·u′. */
const geluTanhDerivative = (x: number): number => {
  const t = Math.tanh(GELU_C * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_C * (1 + 3 * 0.044715 * x * x);
};

/** max(x, 0) that keeps NaN. */
const relu = (x: number): number => (x < 0 ? 0 : x);

export const UNARY = {
  relu: {
    code: 1,
    summary: "max(x, 0)",
    forward: relu,
    derivative: { of: "output", at: (y) => (y <= 0 ? 0 : 1) },
    flops: 1,
  },
  leakyRelu: {
    code: 2,
    summary: "x where x > 0, else slope · x",
    forward: (x, slope) => (x < 0 ? slope * x : x),
    derivative: { of: "input", at: (x, slope) => (x <= 0 ? slope : 1) },
    flops: 2,
    alpha: { name: "slope", default: 0.01 },
  },
  elu: {
    code: 3,
    summary: "x where x > 0, else alpha · (eˣ − 1)",
    forward: (x, alpha) => (x < 0 ? alpha * Math.expm1(x) : x),
    derivative: { of: "input", at: (x, alpha) => (x <= 0 ? alpha * Math.exp(x) : 1) },
    flops: 3,
    alpha: { name: "alpha", default: 1 },
  },
  geluErf: {
    code: 4,
    summary: "x · Φ(x), with erf",
    forward: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
    derivative: {
      of: "input",
      at: (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
    },
    flops: 5,
  },
  geluTanh: {
    code: 5,
    summary: "x · Φ(x), by tanh",
    forward: (x) => 0.5 * x * (1 + Math.tanh(GELU_C * (x + 0.044715 * x ** 3))),
    derivative: { of: "input", at: geluTanhDerivative },
    flops: 8,
  },
  sigmoid: {
    code: 6,
    summary: "1 / (1 + e⁻ˣ)",
    forward: (x) => 1 / (1 + Math.exp(-x)),
    derivative: { of: "output", at: (y) => y * (1 - y) },
    flops: 3,
  },
  tanh: {
    code: 7,
    summary: "hyperbolic tangent",
    forward: (x) => Math.tanh(x),
    derivative: { of: "output", at: (y) => 1 - y * y },
    flops: 1,
  },
  exp: { code: 8, summary: "eˣ", forward: (x) => Math.exp(x), derivative: { of: "output", at: (y) => y }, flops: 1 },
  log: {
    code: 9,
    summary: "natural logarithm",
    forward: (x) => Math.log(x),
    derivative: { of: "input", at: (x) => 1 / x },
    flops: 1,
  },
  sqrt: {
    code: 10,
    summary: "square root",
    forward: (x) => Math.sqrt(x),
    derivative: { of: "output", at: (y) => 0.5 / y },
    flops: 1,
  },
  neg: { code: 11, summary: "−x", forward: (x) => -x, derivative: { of: "output", at: () => -1 }, flops: 1 },
  abs: {
    code: 12,
    summary: "|x|",
    forward: (x) => Math.abs(x),
    derivative: { of: "input", at: (x) => Math.sign(x) },
    flops: 1,
  },
  scale: {
    code: 13,
    summary: "factor · x",
    forward: (x, factor) => factor * x,
    derivative: { of: "output", at: (_, factor) => factor },
    flops: 1,
    alpha: { name: "factor", default: 1 },
  },
} as const satisfies Readonly<Record<string, UnaryRow>>;

export type UnaryName = keyof typeof UNARY;

/** A row of the table by a name that is already known to be one. */
export const unaryRow = (name: string): UnaryRow => (UNARY as Readonly<Record<string, UnaryRow>>)[name] as UnaryRow;

/** The fused activation that an op's attributes ask for, if any. Attribute `activation`: a name, or `{ name, alpha }`. */
export const readActivation = (read: AttributeReader): Activation | null => readFunction(read, "activation", null);

/** An attribute that names a row of the table: a name, or `{ name, alpha }`. Without a fallback it must be given. */
export function readFunction<F extends Activation | null>(
  read: AttributeReader,
  attribute: string,
  fallback?: F,
): F | Activation {
  const wanted = `one of ${Object.keys(UNARY).join(", ")}, or { name, alpha }`;
  return read.custom<F | Activation>(
    attribute,
    fallback,
    (value) => {
      if (value === null && fallback === null) return fallback;
      const given = (typeof value === "string" ? { name: value } : value) as Partial<Activation>;
      if (
        typeof given !== "object" ||
        given === null ||
        typeof given.name !== "string" ||
        !Object.hasOwn(UNARY, given.name)
      )
        return undefined;
      if (given.alpha !== undefined && !Number.isFinite(given.alpha)) {
        throw new AttributeError({ op: read.op }, `${attribute}.alpha`, String(given.alpha), "a finite number");
      }
      const row = unaryRow(given.name);
      return row.alpha ? { name: given.name, alpha: given.alpha ?? row.alpha.default } : { name: given.name };
    },
    wanted,
  );
}

/** Values of the overrides that `shaders/lib/activation.wgsl` declares. */
export const activationConstants = (activation: Activation | null): Record<string, number> => ({
  ACTIVATION: activation ? unaryRow(activation.name).code : 0,
  ACTIVATION_ALPHA: activation?.alpha ?? 0,
});

/** The activation in float64, for references. */
export const activate = (activation: Activation | null, x: number): number =>
  activation ? unaryRow(activation.name).forward(x, activation.alpha ?? 0) : x;

/**
 * What flows into the value that a fused activation was applied to, from what flows into the op's output. An activation
 * whose derivative needs its input has that computed once more, by `recompute`.
 */
export function throughActivation<V>(
  emit: Emit<V>,
  activation: Activation | null,
  output: V,
  cotangent: V,
  recompute: () => V,
): V {
  if (!activation) return cotangent;
  const { of } = unaryRow(activation.name).derivative;
  const value = of === "output" ? output : recompute();
  return emit("unaryGrad", { value, cotangent }, { function: activation }).output as V;
}
