/**
 * What a function of one number is, and those that only a kernel of their own applies: trigonometry, rounding, tests. The
 * ones that other kernels apply on the way out are in `activation.ts`.
 */

/** One function: `forward(x, alpha, beta)` in float64. */
export interface UnaryRow {
  /** The case of the same number in `shaders/lib/unary.wgsl` or `unary_rare.wgsl`. */
  readonly code: number;
  readonly summary: string;
  forward(x: number, alpha: number, beta: number): number;
  /**
   * The derivative, as a function of the output where that is enough (then a fused activation's input need not be kept),
   * else of the input. The case of the same number in `shaders/lib/unary_derivative.wgsl` or `unary_rare_derivative.wgsl`.
   */
  readonly derivative: { readonly of: "input" | "output"; at(value: number, alpha: number, beta: number): number };
  /** Arithmetic operations per element, a transcendental counted as one. */
  readonly flops: number;
  /** The parameters, where the function takes any, under the names that users give them. */
  readonly alpha?: Parameter;
  readonly beta?: Parameter;
  /** Where the function and its derivative are finite and smooth, for cases that are compared closely. */
  readonly domain?: readonly [min: number, max: number];
}

interface Parameter {
  readonly name: string;
  readonly default: number;
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

export const sigmoidOf = (x: number): number => 1 / (1 + Math.exp(-x));

/** log(1 + eˣ) that does not overflow. */
export const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** To the nearest whole number, halves to the even one. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const part = x - below;
  if (part !== 0.5) return part < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

const truth = (value: boolean): number => (value ? 1 : 0);

/** A function that only steps: its derivative is 0. */
const step = (code: number, summary: string, forward: UnaryRow["forward"]): UnaryRow => ({
  code,
  summary,
  forward,
  derivative: { of: "input", at: () => 0 },
  flops: 1,
});

/** A function without parameters whose derivative reads its input. */
const smooth = (
  code: number,
  summary: string,
  forward: (x: number) => number,
  at: (x: number) => number,
  domain?: readonly [number, number],
): UnaryRow => ({
  code,
  summary,
  forward,
  derivative: { of: "input", at },
  flops: 1,
  ...(domain ? { domain } : {}),
});

const INSIDE = [-0.95, 0.95] as const;

export const RARE = {
  isNan: step(40, "1 where x is not a number, else 0", (x) => truth(Number.isNaN(x))),
  isInf: {
    ...step(41, "1 where x is infinite, else 0", (x, negative, positive) =>
      truth((x === -Infinity && negative !== 0) || (x === Infinity && positive !== 0)),
    ),
    alpha: { name: "negative", default: 1 },
    beta: { name: "positive", default: 1 },
  },
  not: step(42, "1 where x is 0, else 0", (x) => truth(x === 0)),
  celu: {
    code: 44,
    summary: "x where x > 0, else alpha · (e^(x / alpha) − 1)",
    forward: (x, alpha) => (x < 0 ? alpha * Math.expm1(x / alpha) : x),
    derivative: { of: "input", at: (x, alpha) => (x < 0 ? Math.exp(x / alpha) : 1) },
    flops: 4,
    alpha: { name: "alpha", default: 1 },
  },
  shrink: {
    code: 46,
    summary: "x + bias where x < −lambda, x − bias where x > lambda, else 0",
    forward: (x, lambda, bias) => (x < -lambda ? x + bias : x > lambda ? x - bias : Number.isNaN(x) ? x : 0),
    derivative: { of: "input", at: (x, lambda) => truth(Math.abs(x) > lambda) },
    flops: 2,
    alpha: { name: "lambda", default: 0.5 },
    beta: { name: "bias", default: 0 },
  },
  floor: step(47, "the whole number at or below x", Math.floor),
  ceil: step(48, "the whole number at or above x", Math.ceil),
  round: step(49, "the nearest whole number, halves to the even one", roundHalfEven),
  sign: step(50, "−1, 0 or 1", Math.sign),
  sin: smooth(51, "sine", Math.sin, Math.cos),
  cos: smooth(52, "cosine", Math.cos, (x) => -Math.sin(x)),
  tan: {
    code: 53,
    summary: "tangent",
    forward: (x) => Math.tan(x),
    derivative: { of: "output", at: (y) => 1 + y * y },
    flops: 1,
    domain: [-1.4, 1.4],
  },
  asin: smooth(54, "inverse sine", Math.asin, (x) => 1 / Math.sqrt(1 - x * x), INSIDE),
  acos: smooth(55, "inverse cosine", Math.acos, (x) => -1 / Math.sqrt(1 - x * x), INSIDE),
  atan: smooth(56, "inverse tangent", Math.atan, (x) => 1 / (1 + x * x)),
  sinh: smooth(57, "hyperbolic sine", Math.sinh, Math.cosh),
  cosh: smooth(58, "hyperbolic cosine", Math.cosh, Math.sinh),
  asinh: smooth(59, "inverse hyperbolic sine", Math.asinh, (x) => 1 / Math.sqrt(1 + x * x)),
  acosh: smooth(60, "inverse hyperbolic cosine", Math.acosh, (x) => 1 / Math.sqrt(x * x - 1), [1.1, 8]),
  atanh: smooth(61, "inverse hyperbolic tangent", Math.atanh, (x) => 1 / (1 - x * x), INSIDE),
} as const satisfies Readonly<Record<string, UnaryRow>>;
