/** The table of functions of two numbers. `binary.ts` makes an op of every row; chains hold those that are `fusable`. */
import type { Emit } from "../op";

/** Gradients of a function's two arguments, before they are summed over stretched axes. */
export type BinaryGradient = <V>(emit: Emit<V>, cotangent: V, a: V, b: V, output: V) => { a: V; b: V };

export interface BinaryRow {
  /** The case of the same number in `shaders/lib/binary.wgsl`, `binary_rare.wgsl` and `binary_integer.wgsl`. */
  readonly code: number;
  readonly summary: string;
  forward(x: number, y: number): number;
  /** The function on 32-bit whole numbers, where it has one: "truth" when it is a comparison, `forward` giving 0 or 1 as f32. */
  readonly integer?: "truth" | ((x: number, y: number) => number);
  /** Chains can hold it. */
  readonly fusable?: true;
  /** Allowed error where it is not a unit or two in the last place. */
  readonly rtol?: number;
  /** Arguments of the cases, where any number will not do. */
  readonly ranges?: { readonly a: readonly [number, number]; readonly b: readonly [number, number] };
  /** Absent where the function has none of its own. */
  readonly gradient?: BinaryGradient;
  /** Of sums it gives the addends. */
  readonly additive?: true;
}

const negated = <V>(emit: Emit<V>, input: V): V => emit("neg", { input }).output as V;
const product = <V>(emit: Emit<V>, a: V, b: V): V => emit("mul", { a, b }).output as V;
const quotient = <V>(emit: Emit<V>, a: V, b: V): V => emit("div", { a, b }).output as V;

const sum = <V>(emit: Emit<V>, a: V, b: V): V => emit("add", { a, b }).output as V;

/** What flows into a maximum or minimum goes to the argument that it equals; equal ones share it, as in PyTorch. */
function toWinners<V>(emit: Emit<V>, cotangent: V, a: V, b: V, output: V): { a: V; b: V } {
  const isA = emit("equal", { a, b: output }).output as V;
  const isB = emit("equal", { a: b, b: output }).output as V;
  const share = quotient(emit, cotangent, sum(emit, isA, isB));
  return { a: product(emit, share, isA), b: product(emit, share, isB) };
}

/** What a comparison is: no gradient flows through it. */
const comparison = (
  code: number,
  summary: string,
  holds: (x: number, y: number) => boolean,
): { code: number; summary: string; forward: BinaryRow["forward"]; integer: "truth"; fusable: true } => ({
  code,
  summary: `1 where ${summary}, else 0`,
  forward: (x, y) => (holds(x, y) ? 1 : 0),
  integer: "truth",
  fusable: true,
});

/** x to the power of y as C has it, where JavaScript differs: 1 to any power is 1, and so is −1 to an infinite one. */
function power(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}

function integerPower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let i = 0; i < y; i++) result = Math.imul(result, x);
  return result;
}

/** The remainder with the sign of the divisor. */
function modulo(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

const ANY = [-3, 3] as const;

export const BINARY = {
  add: {
    code: 1,
    summary: "a + b",
    additive: true,
    forward: (x, y) => x + y,
    integer: (x, y) => (x + y) | 0,
    fusable: true,
    gradient: (_, ct) => ({ a: ct, b: ct }),
  },
  sub: {
    code: 2,
    summary: "a − b",
    additive: true,
    forward: (x, y) => x - y,
    integer: (x, y) => (x - y) | 0,
    fusable: true,
    gradient: (emit, ct) => ({ a: ct, b: negated(emit, ct) }),
  },
  mul: {
    code: 3,
    summary: "a · b",
    forward: (x, y) => x * y,
    integer: Math.imul,
    fusable: true,
    gradient: (emit, ct, a, b) => ({ a: product(emit, ct, b), b: product(emit, ct, a) }),
  },
  div: {
    code: 4,
    summary: "a / b",
    forward: (x, y) => x / y,
    integer: (x, y) => (y === 0 ? x : (x / y) | 0),
    fusable: true,
    gradient: (emit, ct, a, b) => {
      const ofA = quotient(emit, ct, b);
      return { a: ofA, b: negated(emit, quotient(emit, product(emit, ofA, a), b)) };
    },
  },
  maximum: {
    code: 5,
    summary: "the larger of a and b",
    forward: (x, y) => Math.max(x, y),
    integer: (x, y) => Math.max(x, y),
    fusable: true,
    gradient: (emit, ct, a, b, output) => toWinners(emit, ct, a, b, output),
  },
  minimum: {
    code: 6,
    summary: "the smaller of a and b",
    forward: (x, y) => Math.min(x, y),
    integer: (x, y) => Math.min(x, y),
    fusable: true,
    gradient: (emit, ct, a, b, output) => toWinners(emit, ct, a, b, output),
  },
  equal: comparison(7, "a and b are equal", (x, y) => x === y),
  notEqual: comparison(8, "a and b differ", (x, y) => x !== y),
  less: comparison(9, "a < b", (x, y) => x < y),
  lessOrEqual: comparison(10, "a ≤ b", (x, y) => x <= y),
  greater: comparison(11, "a > b", (x, y) => x > y),
  greaterOrEqual: comparison(12, "a ≥ b", (x, y) => x >= y),
  prelu: {
    code: 13,
    summary: "a where a > 0, else b · a",
    forward: (x, slope) => (x < 0 ? slope * x : x),
    fusable: true,
    gradient: (emit, ct, a, b) => {
      const positive = emit("relu", { input: a }).output as typeof ct;
      const isPositive = emit("sign", { input: positive }).output as typeof ct;
      const ofA = emit("where", { condition: isPositive, a: ct, b: product(emit, ct, b) }).output as typeof ct;
      const negative = negated(emit, emit("relu", { input: negated(emit, a) }).output as typeof ct);
      return { a: ofA, b: product(emit, ct, negative) };
    },
  },
  pow: {
    code: 40,
    summary: "a to the power of b",
    forward: power,
    integer: integerPower,
    rtol: 2e-5,
    ranges: { a: [0.1, 4], b: ANY },
    gradient: (emit, ct, a, b, output) => {
      const lower = emit("affine", { input: b }, { factor: 1, offset: -1 }).output as typeof ct;
      const ofA = product(emit, b, emit("pow", { a, b: lower }).output as typeof ct);
      // 0 to a power above 0 stays 0 whatever the power: the logarithm there is not taken.
      const logarithm = emit("log", { input: a }).output as typeof ct;
      const grown = emit("where", { condition: output, a: product(emit, output, logarithm) }).output as typeof ct;
      return { a: product(emit, ct, ofA), b: product(emit, ct, grown) };
    },
  },
  fmod: {
    code: 41,
    summary: "remainder of a / b, with the sign of a",
    forward: (x, y) => x % y,
    integer: (x, y) => (y === 0 ? 0 : x % y),
  },
  mod: {
    code: 42,
    summary: "remainder of a / b, with the sign of b",
    forward: modulo,
    integer: (x, y) => (y === 0 ? 0 : modulo(x, y)),
  },
} as const satisfies Readonly<Record<string, BinaryRow>>;

export type BinaryName = keyof typeof BINARY;

/** Whether chains can hold the function. */
export const isFusableBinary = (name: string): name is BinaryName =>
  Object.hasOwn(BINARY, name) && "fusable" in BINARY[name as BinaryName];
