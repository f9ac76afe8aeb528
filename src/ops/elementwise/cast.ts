/** Numbers as another type: f32 and i32 into each other, truth values, and f32 rounded to what a shorter float can hold. */
import castText from "../../../shaders/elementwise/cast.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { sizeOf } from "../../core/shape";
import { byteLength, f32, formatType, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { grid1d } from "../kernels";
import { gridLib, nonfiniteLib } from "../lib";
import { type Case, type Draw, defineOp, type Kernel, type Problem, shader } from "../op";

const TARGETS = ["f32", "i32", "bool", "f16", "bf16"] as const;
type Target = (typeof TARGETS)[number];

export interface CastAttributes {
  /**
   * i32 cuts towards 0, keeps to its range, and makes NaN 0. A bool is 1 where the number is not 0, else 0, as f32. f16 and
   * bf16 are f32 rounded to the nearest number of that type, halves to even.
   */
  readonly to: Target;
}

const WORKGROUP = 64;
const castShader = shader("elementwise/cast.wgsl", castText, [...gridLib, ...nonfiniteLib]);

/** A format of short floats: bits of its fraction, exponent of its smallest normal number, largest number. */
const SHORT = {
  f16: { bits: 10, lowest: -14, largest: 65504 },
  bf16: { bits: 7, lowest: -126, largest: 2 ** 127 * (2 - 2 ** -7) },
} as const;

/** `x` rounded to a short float; halves to the even one. */
function shortened(x: number, { bits, lowest, largest }: (typeof SHORT)["f16" | "bf16"]): number {
  if (!Number.isFinite(x) || x === 0) return x;
  const step = 2 ** (Math.max(lowest, Math.floor(Math.log2(Math.abs(x)))) - bits);
  const count = x / step;
  const below = Math.floor(count);
  const part = count - below;
  const whole = part < 0.5 || (part === 0.5 && below % 2 === 0) ? below : below + 1;
  const rounded = whole * step;
  return Math.abs(rounded) > largest ? Math.sign(x) * Infinity : rounded;
}

function converted(x: number, from: string, to: Target): number {
  if (to === "i32") return Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)));
  if (to === "bool") return x !== 0 ? 1 : 0;
  // Only a whole number may be none of f32.
  if (to === "f32") return from === "i32" ? Math.fround(x) : x;
  return shortened(Math.fround(x), SHORT[to]);
}

const kernel = (name: string, PER: number): Kernel<CastAttributes> => ({
  name,
  shaders: [castShader],
  plan: ({ inputs, attributes: { to } }: Problem<CastAttributes>) => {
    const input = inputs.input as TensorType;
    const count = sizeOf(input.shape);
    return {
      dispatches: [
        {
          shader: castShader,
          constants: { INTEGER: input.dtype === "i32" ? 1 : 0, TO: TARGETS.indexOf(to), PER, WORKGROUP },
          params: { count },
          workgroups: grid1d(count, PER * WORKGROUP),
        },
      ],
    };
  },
});

const VALUES = [
  0,
  -0,
  1,
  -1,
  0.5,
  2.5,
  -2.7,
  1e-8,
  6e-8,
  1e-30,
  65519,
  65520,
  -65520,
  1.00048828125,
  1.00146484375,
  3e9,
  -3e9,
  3e38,
  Number.NaN,
  Infinity,
  -Infinity,
  1.00390625,
  1.01171875,
  2 ** -24,
  2 ** -25,
  16777216,
];

export const cast = defineOp<CastAttributes>({
  name: "cast",
  family: "elementwise",
  summary: "numbers as another type",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("cast", given);
    const attributes = { to: read.choice("to", TARGETS) };
    read.done();
    return attributes;
  },
  infer: ({ input }, { to }) => {
    const type = input as TensorType;
    if (type.dtype === "u32") throw new ShapeError({ op: "cast" }, "input", formatType(type), "of dtype f32 or i32");
    return [{ shape: type.shape, dtype: to === "i32" ? "i32" : "f32" }];
  },
  cost: ({ inputs }) => ({
    flops: sizeOf((inputs.input as TensorType).shape),
    bytes: 2 * byteLength(inputs.input as TensorType),
  }),
  reference: ({ input }, { inputs, attributes: { to } }) => ({
    output: (input as Float64Array).map((x) => converted(x, (inputs.input as TensorType).dtype, to)),
  }),
  // Rounding to a shorter float passes the gradient as if it were not there; a step passes none.
  gradient: (emit, { cotangents, problem: { attributes } }) => {
    const input = cotangents.output as (typeof cotangents)[string];
    return attributes.to === "bool"
      ? { input: emit("scale", { input }, { factor: 0 }).output as typeof input }
      : { input };
  },
  tolerance: () => ({ rtol: 0, atol: 0 }),
  kernels: [kernel("quads", 4), kernel("naive", 1)],
  cases: [
    { name: "to itself", inputs: { input: f32(2, 5) }, attributes: { to: "f32" } },
    ...TARGETS.map(
      (to): Case => ({
        name: `f32 to ${to}`,
        inputs: { input: f32(3, 9) },
        attributes: { to },
        recipes: { input: { kind: "values", values: VALUES } },
      }),
    ),
    ...TARGETS.map(
      (to): Case => ({
        name: `i32 to ${to}`,
        inputs: { input: i32(11) },
        attributes: { to },
        recipes: { input: { kind: "values", values: [0, 1, -1, 7, 2049, -65521, 16777217, 2147483647, -2147483648] } },
      }),
    ),
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 9));
    return {
      inputs: { input: draw.pick([f32, i32])(...shape) },
      attributes: { to: draw.pick(TARGETS) },
      recipes: { input: { kind: "integers", min: -5000, max: 5000 } },
    };
  },
});
