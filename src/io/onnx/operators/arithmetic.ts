/** Functions of two or more tensors with broadcasting: arithmetic, comparisons, logic and choice. */
import { add, arithmetic, binary, cast, compared, div, mul, reshape, unary, where } from "../forms";
import { type Held, scalar } from "../held";
import type { Site, Translate, Translations } from "../site";
import { isFloat, isInteger } from "../types";
import { number } from "./functions";

/**
 * Both operands. Before version 7 the second one had to be told to broadcast: its axes are those of the first from `axis` on,
 * or the last ones.
 */
function operands(site: Site): [a: Held, b: Held] {
  const [a, given] = [site.need(0), site.need(1)];
  if (site.opset >= 7) return [a, given];
  site.ignore("consumed_inputs");
  if (!site.flag("broadcast")) {
    site.ignore("axis");
    return [a, given];
  }
  const from = site.int("axis", a.shape.length - given.shape.length);
  const after = a.shape.length - from - given.shape.length;
  if (after < 0) site.refuse(`its axis ${from} leaves no room for the second operand`);
  return [a, reshape(site.b, given, [...given.shape, ...new Array<number>(after).fill(1)])];
}

const ofTwo =
  (op: string): Translate =>
  (site) =>
    arithmetic(site.b, op, ...operands(site));

const comparison =
  (op: string): Translate =>
  (site) =>
    compared(site.b, op, ...operands(site));

const logic =
  (op: string): Translate =>
  (site) =>
    binary(site.b, op, ...operands(site), "bool");

/** All inputs, one after the other. */
const folded = (site: Site, op: string): Held => {
  site.ignore(...(site.opset < 8 ? ["consumed_inputs"] : []));
  return site.all.reduce((sum, each) => arithmetic(site.b, op, sum, each));
};

/** The result is of the base's type; a whole number to a broken power goes by way of floats. */
const power: Translate = (site) => {
  const [base, exponent] = operands(site);
  const only = exponent.known?.length === 1 ? exponent.known[0] : undefined;
  if (only === 1) return base;
  if (only === 2 && exponent.shape.length <= base.shape.length) return mul(site.b, base, base);
  if (only === 0.5 && isFloat(base.type) && exponent.shape.length <= base.shape.length)
    return unary(site.b, "sqrt", base);
  if (isInteger(base.type) && isInteger(exponent.type))
    return arithmetic(site.b, "pow", base, { ...exponent, type: base.type });
  const result = binary(site.b, "pow", cast(site.b, base, "float"), cast(site.b, exponent, "float"));
  return isInteger(base.type)
    ? cast(site.b, unary(site.b, "round", result), base.type)
    : { ...result, type: base.type };
};

/** A bound as an input, or before version 11 as an attribute. */
function bound(site: Site, i: number, name: string): Held | undefined {
  if (site.opset >= 11) return site.input(i);
  return site.has(name) ? number(site.float(name, 0), site.need(0)) : undefined;
}

const clip: Translate = (site) => {
  const input = site.need(0);
  site.ignore("consumed_inputs");
  const [low, high] = [bound(site, 1, "min"), bound(site, 2, "max")];
  if (isFloat(input.type) && [low, high].every((each) => !each || each.known))
    return unary(site.b, "clip", input, { min: low?.known?.[0] ?? null, max: high?.known?.[0] ?? null });
  const above = low ? binary(site.b, "maximum", input, low) : input;
  return high ? binary(site.b, "minimum", above, high) : above;
};

/** With the sign of the divisor, as Python has it, or of the dividend, as C has it. */
const modulo: Translate = (site) => binary(site.b, site.flag("fmod") ? "fmod" : "mod", site.need(0), site.need(1));

/** Whole numbers of 0 or more: shifting is multiplying, or dividing, by a power of two. */
const shift: Translate = (site) => {
  const [input, by] = [site.need(0), site.need(1)];
  const direction = site.choice("direction", ["LEFT", "RIGHT"], "LEFT");
  const factor = unary(site.b, "round", binary(site.b, "pow", scalar(2), cast(site.b, by, "float")));
  return arithmetic(site.b, direction === "LEFT" ? "mul" : "div", input, cast(site.b, factor, input.type));
};

export const arithmetics: Translations = {
  Add: ofTwo("add"),
  And: logic("mul"),
  BitShift: shift,
  Clip: clip,
  Div: ofTwo("div"),
  Equal: comparison("equal"),
  Greater: comparison("greater"),
  GreaterOrEqual: comparison("greaterOrEqual"),
  Less: comparison("less"),
  LessOrEqual: comparison("lessOrEqual"),
  Max: (site) => folded(site, "maximum"),
  Mean: (site) => {
    const sum = site.all.reduce((total, each) => add(site.b, total, each));
    site.ignore("consumed_inputs");
    return div(site.b, sum, number(site.all.length, sum));
  },
  Min: (site) => folded(site, "minimum"),
  Mod: modulo,
  Mul: ofTwo("mul"),
  Or: logic("maximum"),
  Pow: power,
  Sub: ofTwo("sub"),
  Sum: (site) => folded(site, "add"),
  Where: (site) => where(site.b, site.need(0), site.need(1), site.need(2)),
  Xor: logic("notEqual"),
};
