/** Whole numbers that stand for floats by a scale and a zero point. */
import { add, binary, cast, compared, div, mul, reshape, sub, unary, where } from "../forms";
import { type Held, scalar } from "../held";
import type { Site, Translate, Translations } from "../site";
import { ELEMENTS, type ElementType } from "../types";
import { convolution } from "./convolutions";
import { product } from "./matrices";

/** A scale or zero point of one axis, so that it broadcasts over the tensor. */
function alongAxis(site: Site, held: Held, { shape }: Held): Held {
  if (held.shape.length === 0 || held.shape[0] === 1) return reshape(site.b, held, []);
  const axis = site.axis(site.int("axis", 1), shape);
  return reshape(
    site.b,
    held,
    shape.map((_, i) => (i === axis ? (held.shape[0] as number) : 1)),
  );
}

/** round(x / scale) + zero point, kept within the type's range. */
function quantized(site: Site, input: Held, scale: Held, zero: Held | undefined, type: ElementType): Held {
  const [min, max] = ELEMENTS[type].range ?? site.refuse(`it makes ${type}, which is no whole number`);
  const rounded = unary(site.b, "round", div(site.b, input, scale));
  const moved = zero ? add(site.b, rounded, cast(site.b, zero, "float")) : rounded;
  return cast(site.b, unary(site.b, "clip", moved, { min, max }), type);
}

const dequantized = (site: Site, input: Held, scale: Held, zero: Held | undefined): Held => {
  const whole = cast(site.b, input, "float");
  return mul(site.b, zero ? sub(site.b, whole, cast(site.b, zero, "float")) : whole, scale);
};

const quantize: Translate = (site) => {
  const input = site.need(0);
  const zero = site.input(2);
  site.ignore("saturate", "axis");
  const along = (held: Held): Held => alongAxis(site, held, input);
  return quantized(site, cast(site.b, input, "float"), along(site.need(1)), zero && along(zero), zero?.type ?? "uint8");
};

const dequantize: Translate = (site) => {
  const input = site.need(0);
  site.ignore("axis");
  const along = (held: Held): Held => alongAxis(site, held, input);
  const zero = site.input(2);
  return dequantized(site, input, along(site.need(1)), zero && along(zero));
};

/** To uint8 by the tensor's own range, which is made to hold 0. */
const dynamic: Translate = (site) => {
  const input = site.need(0);
  const extreme = (op: string, bound: string): Held =>
    binary(site.b, bound, site.b.apply(op, { input }, {}), scalar(0));
  const [low, high] = [extreme("min", "minimum"), extreme("max", "maximum")];
  const scale = div(site.b, sub(site.b, high, low), scalar(255));
  const start = unary(site.b, "clip", div(site.b, sub(site.b, scalar(0), low), scale), { min: 0, max: 255 });
  const safe = where(site.b, compared(site.b, "equal", scale, scalar(0)), scalar(0), unary(site.b, "round", start));
  const zero = cast(site.b, safe, "uint8");
  return [quantized(site, input, scale, zero, "uint8"), scale, zero];
};

const qMatMul: Translate = (site) => {
  const [a, c] = [0, 3].map((i) => dequantized(site, site.need(i), site.need(i + 1), site.need(i + 2))) as [Held, Held];
  return quantized(site, product(site, a, c), site.need(6), site.need(7), site.need(7).type);
};

const qConv: Translate = (site) => {
  const filters = (held: Held): Held =>
    reshape(
      site.b,
      held,
      held.shape[0] && held.shape[0] > 1
        ? [
            held.shape[0],
            ...site
              .need(3)
              .shape.slice(1)
              .map(() => 1),
          ]
        : [],
    );
  const input = dequantized(site, site.need(0), site.need(1), site.need(2));
  const weight = dequantized(site, site.need(3), filters(site.need(4)), filters(site.need(5)));
  const given = site.input(8);
  const bias = given && mul(site.b, cast(site.b, given, "float"), mul(site.b, site.need(1), site.need(4)));
  return quantized(site, convolution(site, input, weight, bias), site.need(6), site.need(7), site.need(7).type);
};

export const quantization: Translations = {
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamic,
  QLinearConv: qConv,
  QLinearMatMul: qMatMul,
  QuantizeLinear: quantize,
};
