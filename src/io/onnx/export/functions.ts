/** Functions of one tensor and of two, element by element. */

import { sameShape } from "../../../core/shape";
import { ops } from "../../../ops";
import { type UnaryName, unaryRow } from "../../../ops/activation";
import type { Activation, AnyOp } from "../../../ops/op";
import {
  type Attribute,
  type Export,
  type Exports,
  inputOf,
  outputShape,
  type Ref,
  shapeOf,
  type Writer,
} from "./writer";

type Function = (w: Writer, x: Ref, alpha: number, beta: number) => Ref;

const node =
  (
    type: string,
    attributes: (alpha: number, beta: number) => Readonly<Record<string, Attribute>> = () => ({}),
  ): Function =>
  (w, x, alpha, beta) =>
    w.node(type, [x], attributes(alpha, beta));

const float = (value: number): Attribute => ({ float: value });

const times = (w: Writer, x: Ref, factor: number): Ref => (factor === 1 ? x : w.node("Mul", [x, w.scalar(factor)]));
const plus = (w: Writer, x: Ref, offset: number): Ref => (offset === 0 ? x : w.node("Add", [x, w.scalar(offset)]));

/** ½ · x · (1 + t) */
/** Half of x first: twice the largest numbers would be infinite. */
const halfOf = (w: Writer, x: Ref, t: Ref): Ref => w.node("Mul", [times(w, x, 0.5), plus(w, t, 1)]);

const cubed = (w: Writer, x: Ref): Ref => w.node("Mul", [w.node("Mul", [x, x]), x]);

/** Rows of the engine's tables of functions, as ONNX has them. */
const FUNCTIONS: Readonly<Record<string, Function>> = {
  relu: node("Relu"),
  leakyRelu: node("LeakyRelu", (alpha) => ({ alpha: float(alpha) })),
  elu: node("Elu", (alpha) => ({ alpha: float(alpha) })),
  geluErf: (w, x) => halfOf(w, x, w.node("Erf", [times(w, x, Math.SQRT1_2)])),
  geluTanh: (w, x) => {
    const inner = w.node("Add", [x, times(w, cubed(w, x), 0.044715)]);
    return halfOf(w, x, w.node("Tanh", [times(w, inner, Math.sqrt(2 / Math.PI))]));
  },
  sigmoid: node("Sigmoid"),
  tanh: node("Tanh"),
  exp: node("Exp"),
  log: node("Log"),
  sqrt: node("Sqrt"),
  neg: node("Neg"),
  abs: node("Abs"),
  scale: (w, x, factor) => w.node("Mul", [x, w.scalar(factor)]),
  softplus: node("Softplus"),
  erf: node("Erf"),
  reciprocal: node("Reciprocal"),
  selu: node("Selu", (alpha, gamma) => ({ alpha: float(alpha), gamma: float(gamma) })),
  hardSigmoid: node("HardSigmoid", (alpha, beta) => ({ alpha: float(alpha), beta: float(beta) })),
  hardSwish: node("HardSwish"),
  swish: (w, x, alpha) => w.node("Mul", [x, w.node("Sigmoid", [times(w, x, alpha)])]),
  mish: (w, x) => w.node("Mul", [x, w.node("Tanh", [w.node("Softplus", [x])])]),
  clip: (w, x, min, max) => w.node("Clip", [x, w.scalar(min), w.scalar(max)]),
  affine: (w, x, factor, offset) => w.node("Add", [times(w, x, factor), w.scalar(offset)]),
  isNan: (w, x) => w.truth(w.node("IsNaN", [x])),
  not: (w, x) => w.truth(w.node("Equal", [x, w.scalar(0)])),
  scaledTanh: (w, x, alpha, beta) => times(w, w.node("Tanh", [times(w, x, beta)]), alpha),
  softsign: node("Softsign"),
  celu: node("Celu", (alpha) => ({ alpha: float(alpha) })),
  thresholdedRelu: node("ThresholdedRelu", (alpha) => ({ alpha: float(alpha) })),
  shrink: node("Shrink", (lambda, bias) => ({ lambd: float(lambda), bias: float(bias) })),
  floor: node("Floor"),
  ceil: node("Ceil"),
  round: node("Round"),
  sign: node("Sign"),
  sin: node("Sin"),
  cos: node("Cos"),
  tan: node("Tan"),
  asin: node("Asin"),
  acos: node("Acos"),
  atan: node("Atan"),
  sinh: node("Sinh"),
  cosh: node("Cosh"),
  asinh: node("Asinh"),
  acosh: node("Acosh"),
  atanh: node("Atanh"),
};

/** Whether the engine's function `name` can be written. */
const hasFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name);

/** What a fused activation makes of a value. */
export const activated = (w: Writer, x: Ref, activation: Activation | null | undefined): Ref => {
  if (!activation) return x;
  const { name, alpha = 0, beta = 0 } = activation as Activation & { beta?: number };
  return (FUNCTIONS[name] as Function)(w, x, alpha, beta);
};

/** The row of the table that an op applies, with its parameters, by what the op's attributes say. */
function rowOf(op: AnyOp, attributes: Readonly<Record<string, number>>): Activation {
  const activation = op.asActivation?.(attributes);
  if (activation) return activation;
  const { alpha, beta } = unaryRow(op.name as UnaryName);
  const value = (parameter: { readonly name: string } | undefined): number =>
    parameter ? (attributes[parameter.name] as number) : 0;
  return { name: op.name, alpha: value(alpha), beta: value(beta) };
}

/** Ops that are a function of the table. */
const unaries: Exports = Object.fromEntries(
  Object.values(ops as Readonly<Record<string, AnyOp>>).flatMap((op) => {
    const single = op.inputs.length === 1 && op.outputs.length === 1 && op.family === "elementwise";
    if (!single || !(op.asActivation || hasFunction(op.name))) return [];
    const write: Export = (site) => activated(site.w, inputOf(site), rowOf(op, site.attributes));
    return [[op.name, write] as const];
  }),
);

const pair = (site: Parameters<Export>[0]): [Ref, Ref] => [inputOf(site, "a"), inputOf(site, "b")];

const binary =
  (type: string, attributes: Readonly<Record<string, Attribute>> = {}): Export =>
  (site) =>
    site.w.node(type, pair(site), attributes);

const comparison =
  (type: string): Export =>
  (site) =>
    site.w.truth(site.w.node(type, pair(site)));

/**
 * ONNX has the remainder with the divisor's sign for whole numbers only. That of floats is the one with the dividend's sign,
 * and the divisor more where it is not 0 and the signs differ.
 */
const modulo: Export = ({ w, types, ...site }) => {
  const { a, b } = site.inputs as { a: Ref; b: Ref };
  if (types.a?.dtype !== "f32") return w.node("Mod", [a, b]);
  const zero = w.scalar(0);
  const rest = w.node("Mod", [a, b], { fmod: 1 });
  const differ = w.node("Xor", [w.node("Less", [rest, zero]), w.node("Less", [b, zero])]);
  const moves = w.node("And", [differ, w.node("Not", [w.node("Equal", [rest, zero])])]);
  return w.node("Where", [moves, w.node("Add", [rest, b]), rest]);
};

/** ONNX stretches the slope only. */
const prelu: Export = (site) => {
  const [a, b] = pair(site);
  if (sameShape(shapeOf(site, "a"), outputShape(site))) return site.w.node("PRelu", [a, b]);
  const negative = site.w.node("Less", [a, site.w.scalar(0)]);
  return site.w.node("Where", [negative, site.w.node("Mul", [a, b]), a]);
};

export const functions: Exports = {
  ...unaries,
  add: binary("Add"),
  div: binary("Div"),
  equal: comparison("Equal"),
  fmod: binary("Mod", { fmod: 1 }),
  greater: comparison("Greater"),
  greaterOrEqual: comparison("GreaterOrEqual"),
  isInf: ({ w, attributes, ...site }) => {
    const { negative, positive } = attributes as { negative: boolean; positive: boolean };
    const flags = { detect_negative: negative ? 1 : 0, detect_positive: positive ? 1 : 0 };
    return w.truth(w.node("IsInf", [site.inputs.input], flags));
  },
  less: comparison("Less"),
  lessOrEqual: comparison("LessOrEqual"),
  maximum: binary("Max"),
  minimum: binary("Min"),
  mod: modulo,
  mul: binary("Mul"),
  notEqual: (site) => site.w.truth(site.w.node("Not", [site.w.node("Equal", pair(site))])),
  pow: binary("Pow"),
  prelu,
  sub: binary("Sub"),
  where: (site) => {
    const { w, inputs, outputs } = site;
    const zero = w.scalar(0, outputs.output?.dtype);
    const condition = w.node("Cast", [inputs.condition], { to: 9 });
    const chosen = w.node("Where", [condition, inputs.a ?? zero, inputs.b ?? zero]);
    const { shape } = outputs.output as { shape: readonly number[] };
    return w.node("Expand", [chosen, w.ints(shape)]);
  },
  cast: (site) => cast(site.w, inputOf(site), site.attributes.to as string),
  chain: (site) =>
    (site.attributes.steps as readonly Step[]).reduce((value, step) => stepOf(site, value, step), inputOf(site)),
};

/** What `cast` makes: rounded to 16 bits, floats come back as float. */
function cast(w: Writer, input: Ref, to: string): Ref {
  if (to === "bool") return w.truth(w.node("Cast", [input], { to: 9 }));
  if (to === "f16" || to === "bf16") return w.truth(w.node("Cast", [input], { to: to === "f16" ? 10 : 16 }));
  return w.node("Cast", [input], { to: to === "i32" ? 6 : 1 });
}

interface Step extends Activation {
  readonly operand?: number;
  readonly swapped?: boolean;
}

/** One function of a chain. */
function stepOf(site: Parameters<Export>[0], value: Ref, step: Step): Ref {
  if (step.operand === undefined) return activated(site.w, value, step);
  const operand = inputOf(site, `operand${step.operand}`);
  const operandType = site.types[`operand${step.operand}`];
  const inputType = site.types.input;
  const [a, b] = step.swapped ? [operand, value] : [value, operand];
  const [typeA, typeB] = step.swapped ? [operandType, inputType] : [inputType, operandType];
  const types = { a: typeA, b: typeB } as (typeof site)["types"];
  return functions[step.name]?.({ ...site, inputs: { a, b }, types, attributes: {} }) as Ref;
}
