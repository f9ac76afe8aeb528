/**
 * The functions of one number that a kernel which produces a tensor can apply to it on the way out (its epilogue), and that
 * chains hold. `unary.ts` makes an op of every row, as it does of those in `functions.ts`.
 */
import { AttributeError } from "../core/errors";
import type { AttributeReader } from "./attributes";
import { erf, RARE, sigmoidOf, softplusOf, type UnaryRow } from "./functions";
import type { Activation, Emit } from "./op";

const GELU_C = Math.sqrt(2 / Math.PI);

/** With u = c·(x + 0.044715·x³): ½·(1 + tanh u) + ½·x·(1 − tanh² u)·u′. */
const geluTanhDerivative = (x: number): number => {
  const t = Math.tanh(GELU_C * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_C * (1 + 3 * 0.044715 * x * x);
};

/** max(x, 0) that keeps NaN. */
const relu = (x: number): number => (x < 0 ? 0 : x);

/** Bounds of `clip` that are none: those at the ends of the range of f32. */
export const NO_BOUND = Math.fround(3.4028234663852886e38);

export const FUSABLE = {
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
    domain: [1e-3, 50],
  },
  sqrt: {
    code: 10,
    summary: "square root",
    forward: (x) => Math.sqrt(x),
    derivative: { of: "output", at: (y) => 0.5 / y },
    flops: 1,
    domain: [1e-3, 50],
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
  affine: {
    code: 14,
    summary: "factor · x + offset",
    forward: (x, factor, offset) => factor * x + offset,
    derivative: { of: "output", at: (_, factor) => factor },
    flops: 2,
    alpha: { name: "factor", default: 1 },
    beta: { name: "offset", default: 0 },
  },
  clip: {
    code: 15,
    summary: "x, but not below min nor above max",
    forward: (x, min, max) => {
      const raised = x < min && min > -NO_BOUND ? min : x;
      return raised > max && max < NO_BOUND ? max : raised;
    },
    derivative: {
      of: "input",
      at: (x, min, max) => ((x < min && min > -NO_BOUND) || (x > max && max < NO_BOUND) ? 0 : 1),
    },
    flops: 2,
    alpha: { name: "min", default: -NO_BOUND },
    beta: { name: "max", default: NO_BOUND },
  },
  hardSigmoid: {
    code: 16,
    summary: "alpha · x + beta, cut to [0, 1]",
    forward: (x, alpha, beta) => Math.max(0, Math.min(1, alpha * x + beta)),
    derivative: { of: "output", at: (y, alpha) => (y > 0 && y < 1 ? alpha : 0) },
    flops: 4,
    alpha: { name: "alpha", default: 0.2 },
    beta: { name: "beta", default: 0.5 },
  },
  hardSwish: {
    code: 17,
    summary: "x times x / 6 + ½ cut to [0, 1]",
    forward: (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
    derivative: { of: "input", at: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5) },
    flops: 5,
  },
  swish: {
    code: 18,
    summary: "x · σ(alpha · x)",
    forward: (x, alpha) => x * sigmoidOf(alpha * x),
    derivative: {
      of: "input",
      at: (x, alpha) => {
        const s = sigmoidOf(alpha * x);
        return s + alpha * x * s * (1 - s);
      },
    },
    flops: 5,
    alpha: { name: "alpha", default: 1 },
  },
  softplus: {
    code: 19,
    summary: "log(1 + eˣ)",
    forward: softplusOf,
    derivative: { of: "input", at: sigmoidOf },
    flops: 3,
  },
  mish: {
    code: 20,
    summary: "x · tanh(log(1 + eˣ))",
    forward: (x) => x * Math.tanh(softplusOf(x)),
    derivative: {
      of: "input",
      at: (x) => {
        const t = Math.tanh(softplusOf(x));
        return t + x * (1 - t * t) * sigmoidOf(x);
      },
    },
    flops: 5,
  },
  selu: {
    code: 21,
    summary: "gamma times x where x > 0, else alpha · (eˣ − 1)",
    forward: (x, alpha, gamma) => gamma * (x < 0 ? alpha * Math.expm1(x) : x),
    derivative: { of: "input", at: (x, alpha, gamma) => gamma * (x <= 0 ? alpha * Math.exp(x) : 1) },
    flops: 4,
    alpha: { name: "alpha", default: 1.6732632423543772 },
    beta: { name: "gamma", default: 1.0507009873554805 },
  },
  erf: {
    code: 22,
    summary: "error function",
    forward: erf,
    derivative: { of: "input", at: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) },
    flops: 1,
  },
  reciprocal: {
    code: 23,
    summary: "1 / x",
    forward: (x) => 1 / x,
    derivative: { of: "output", at: (y) => -y * y },
    flops: 1,
    domain: [0.1, 6],
  },
  softsign: {
    code: 24,
    summary: "x / (1 + |x|)",
    forward: (x) => x / (1 + Math.abs(x)),
    derivative: { of: "input", at: (x) => 1 / (1 + Math.abs(x)) ** 2 },
    flops: 3,
  },
  thresholdedRelu: {
    code: 25,
    summary: "x where x > alpha, else 0",
    forward: (x, alpha) => (x > alpha || Number.isNaN(x) ? x : 0),
    derivative: { of: "input", at: (x, alpha) => (x > alpha ? 1 : 0) },
    flops: 1,
    alpha: { name: "alpha", default: 1 },
  },
  scaledTanh: {
    code: 26,
    summary: "alpha · tanh(beta · x)",
    forward: (x, alpha, beta) => alpha * Math.tanh(beta * x),
    derivative: { of: "input", at: (x, alpha, beta) => alpha * beta * (1 - Math.tanh(beta * x) ** 2) },
    flops: 3,
    alpha: { name: "alpha", default: 1 },
    beta: { name: "beta", default: 1 },
  },
} as const satisfies Readonly<Record<string, UnaryRow>>;

export const UNARY = { ...FUSABLE, ...RARE } as const satisfies Readonly<Record<string, UnaryRow>>;

export type UnaryName = keyof typeof UNARY;

/** A row of the table by a name that is already known to be one. */
export const unaryRow = (name: string): UnaryRow => (UNARY as Readonly<Record<string, UnaryRow>>)[name] as UnaryRow;

/** Whether kernels can apply a row on the way out, and chains hold it. */
export const isFusable = (name: string): boolean => Object.hasOwn(FUSABLE, name);

/** A row's parameters where the activation does not say: their defaults, 0 where there is none. */
export function parametersOf({ name, alpha, beta }: Activation): { readonly alpha: number; readonly beta: number } {
  const row = unaryRow(name);
  return { alpha: alpha ?? row.alpha?.default ?? 0, beta: beta ?? row.beta?.default ?? 0 };
}

/** The fused activation that an op's attributes ask for, if any. Attribute `activation`: a name, or `{ name, alpha, beta }`. */
export const readActivation = (read: AttributeReader): Activation | null =>
  readFunction(read, "activation", FUSABLE, null);

/** An attribute that names a row of `table`: a name, or `{ name, alpha, beta }`. Without a fallback it must be given. */
export function readFunction<F extends Activation | null>(
  read: AttributeReader,
  attribute: string,
  table: Readonly<Record<string, UnaryRow>>,
  fallback?: F,
): F | Activation {
  const wanted = `one of ${Object.keys(table).join(", ")}, or { name, alpha, beta }`;
  const accept = (value: unknown) =>
    value === null && fallback === null ? fallback : asFunction(read, attribute, table, value);
  return read.custom<F | Activation>(attribute, fallback, accept, wanted);
}

/** `value` as a row of `table` with its parameters filled, or undefined. @throws AttributeError for a parameter that is no number. */
export function asFunction(
  { op }: AttributeReader,
  attribute: string,
  table: Readonly<Record<string, UnaryRow>>,
  value: unknown,
): Activation | undefined {
  const given = (typeof value === "string" ? { name: value } : value) as Partial<Activation> | null;
  if (typeof given !== "object" || given === null || typeof given.name !== "string") return undefined;
  if (!Object.hasOwn(table, given.name)) return undefined;
  for (const parameter of ["alpha", "beta"] as const) {
    const number = given[parameter];
    if (number === undefined || Number.isFinite(number)) continue;
    throw new AttributeError({ op }, `${attribute}.${parameter}`, String(number), "a finite number");
  }
  const row = unaryRow(given.name);
  const { alpha, beta } = parametersOf(given as Activation);
  return { name: given.name, ...(row.alpha ? { alpha } : {}), ...(row.beta ? { beta } : {}) };
}

/** Values of the overrides that `shaders/lib/activation.wgsl` declares. */
export const activationConstants = (activation: Activation | null): Record<string, number> => ({
  ACTIVATION: activation ? unaryRow(activation.name).code : 0,
  ACTIVATION_ALPHA: activation?.alpha ?? 0,
  ACTIVATION_BETA: activation?.beta ?? 0,
});

/** The activation in float64, for references. */
export const activate = (activation: Activation | null, x: number): number =>
  activation ? unaryRow(activation.name).forward(x, activation.alpha ?? 0, activation.beta ?? 0) : x;

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
