/** Functions of one tensor, element by element. */
import { arithmetic, binary, cast, compared, reshape, sub, unary } from "../forms";
import { type Held, scalar } from "../held";
import type { Site, Translate, Translations } from "../site";
import { isInteger } from "../types";

/** An op of ours without attributes. */
const direct =
  (op: string): Translate =>
  (site) =>
    unary(site.b, op, site.need(0));

/** One that leaves whole numbers as they are. */
const rounding =
  (op: string): Translate =>
  (site) => {
    const input = site.need(0);
    return isInteger(input.type) ? input : unary(site.b, op, input);
  };

/** An op of ours whose attributes are numbers: ours by name, each with ONNX's name and default. */
const withNumbers =
  (op: string, attributes: Readonly<Record<string, readonly [name: string, fallback: number]>>): Translate =>
  (site) => {
    const given = Object.entries(attributes).map(([ours, [name, fallback]]) => [ours, site.float(name, fallback)]);
    site.ignore("consumed_inputs");
    return unary(site.b, op, site.need(0), Object.fromEntries(given));
  };

/** A number of the type that `like` has. */
export const number = (value: number, like: Held): Held => scalar(value, like.type);

/** x where x > 0, else slope · x. */
const prelu: Translate = (site) => {
  const [input, given] = [site.need(0), site.need(1)];
  // Before version 7 a slope of one axis was that of the channels.
  const channels = site.opset < 7 && given.shape.length === 1 && input.shape.length > 2;
  const slope = channels ? reshape(site.b, given, [...given.shape, ...input.shape.slice(2).map(() => 1)]) : given;
  return binary(site.b, "prelu", input, slope);
};

/** Parameters that the standard gives to single precision. */
const SELU = { alpha: Math.fround(1.6732632), gamma: Math.fround(1.050701) };

const sign: Translate = (site) => {
  const input = site.need(0);
  if (!isInteger(input.type)) return unary(site.b, "sign", input);
  const one = (op: string): Held => compared(site.b, op, input, number(0, input));
  const whole = (held: Held): Held => site.b.apply("cast", { input: held }, { to: "i32" }, input.type);
  return sub(site.b, whole(one("greater")), whole(one("less")));
};

const negative: Translate = (site) => {
  const input = site.need(0);
  return isInteger(input.type) ? arithmetic(site.b, "sub", number(0, input), input) : unary(site.b, "neg", input);
};

const relu: Translate = (site) => {
  const input = site.need(0);
  return isInteger(input.type) ? binary(site.b, "maximum", input, number(0, input)) : unary(site.b, "relu", input);
};

const abs: Translate = (site) => {
  const input = site.need(0);
  if (!isInteger(input.type)) return unary(site.b, "abs", input);
  return binary(site.b, "maximum", input, sub(site.b, number(0, input), input));
};

/** An op that says yes or no of a float; no whole number is what it asks for. */
const asked =
  (op: string, attributes: (site: Site) => Record<string, unknown> = () => ({})): Translate =>
  (site) =>
    site.b.apply(op, { input: cast(site.b, site.need(0), "float") }, attributes(site), "bool");

export const functions: Translations = {
  Abs: abs,
  Acos: direct("acos"),
  Acosh: direct("acosh"),
  Asin: direct("asin"),
  Asinh: direct("asinh"),
  Atan: direct("atan"),
  Atanh: direct("atanh"),
  Ceil: rounding("ceil"),
  Celu: withNumbers("celu", { alpha: ["alpha", 1] }),
  Cos: direct("cos"),
  Cosh: direct("cosh"),
  Elu: withNumbers("elu", { alpha: ["alpha", 1] }),
  Erf: direct("erf"),
  Exp: direct("exp"),
  Floor: rounding("floor"),
  Gelu: (site) =>
    unary(site.b, "gelu", site.need(0), { approximate: site.choice("approximate", ["none", "tanh"], "none") }),
  HardSigmoid: withNumbers("hardSigmoid", { alpha: ["alpha", 0.2], beta: ["beta", 0.5] }),
  HardSwish: direct("hardSwish"),
  IsInf: asked("isInf", (site) => ({
    negative: site.flag("detect_negative", true),
    positive: site.flag("detect_positive", true),
  })),
  IsNaN: asked("isNan"),
  LeakyRelu: withNumbers("leakyRelu", { slope: ["alpha", 0.01] }),
  Log: direct("log"),
  Mish: direct("mish"),
  Neg: negative,
  Not: (site) => site.b.apply("not", { input: site.need(0) }, {}, "bool"),
  PRelu: prelu,
  Reciprocal: direct("reciprocal"),
  Relu: relu,
  Round: rounding("round"),
  Selu: withNumbers("selu", { alpha: ["alpha", SELU.alpha], gamma: ["gamma", SELU.gamma] }),
  Shrink: withNumbers("shrink", { lambda: ["lambd", 0.5], bias: ["bias", 0] }),
  Sigmoid: direct("sigmoid"),
  Sign: sign,
  Sin: direct("sin"),
  Sinh: direct("sinh"),
  Softplus: direct("softplus"),
  Softsign: direct("softsign"),
  Sqrt: direct("sqrt"),
  Swish: withNumbers("swish", { alpha: ["alpha", 1] }),
  Tan: direct("tan"),
  Tanh: direct("tanh"),
  ThresholdedRelu: withNumbers("thresholdedRelu", { alpha: ["alpha", 1] }),
};
