/**
 * Halves for the road: floats as 16-bit numbers, two to a word, and back. What is sent to another device takes half the bytes
 * so, and no device needs `shader-f16`. Error of a number within ±65504: 2⁻¹¹ of it, or 2⁻²⁵ where it is below 2⁻¹⁴.
 */
import packText from "../../shaders/half/pack.wgsl?raw";
import unpackText from "../../shaders/half/unpack.wgsl?raw";
import { AttributeError, ShapeError } from "../core/errors";
import { fromHalf, toHalf } from "../core/float16";
import { formatShape, sizeOf } from "../core/shape";
import { byteLength, f32, i32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { ceilDiv, grid1d } from "./kernels";
import { gridLib } from "./lib";
import { type Draw, defineOp, type Kernel, type Problem, type Shader, shader } from "./op";

const WORKGROUP = 64;
const packShader = shader("half/pack.wgsl", packText, gridLib);
const unpackShader = shader("half/unpack.wgsl", unpackText, gridLib);

const wordsFor = (count: number): number => ceilDiv(count, 2);

/** Several words an invocation, or one. */
function kernelsOf<A>(text: Shader, floats: (problem: Problem<A>) => TensorType): readonly Kernel<A>[] {
  const kernel = (name: string, WORDS: number): Kernel<A> => ({
    name,
    shaders: [text],
    plan: (problem) => {
      const count = sizeOf(floats(problem).shape);
      const workgroups = grid1d(ceilDiv(wordsFor(count), WORDS), WORKGROUP);
      return { dispatches: [{ shader: text, constants: { WORDS, WORKGROUP }, params: { count }, workgroups }] };
    },
  });
  return [kernel("quads", 4), kernel("naive", 1)];
}

const cost = ({ inputs, outputs }: Problem<unknown>) => ({
  flops: 0,
  bytes: byteLength(inputs.input as TensorType) + byteLength(outputs.output as TensorType),
});

const exact = () => ({ rtol: 0, atol: 0 });

/** Subnormals, ties, the largest, what is beyond it, and what is no number. */
const AWKWARD = {
  kind: "values",
  values: [0, -0, 1, -2.5, 2049, 65504, 65519, 65520, -1e9, 2 ** -14, 2 ** -15, 3 * 2 ** -25, 2 ** -25, Infinity],
} as const;

/** Input of any shape; output [words], two halves in each. */
export const packHalf = defineOp<Record<never, never>>({
  name: "packHalf",
  family: "half",
  summary: "floats rounded to halves, two to a word",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes: (given) => {
    new AttributeReader("packHalf", given).done();
    return {};
  },
  infer: ({ input }) => [i32(wordsFor(sizeOf((input as TensorType).shape)))],
  cost,
  reference: ({ input }, { outputs }) => {
    const at = (i: number): number => toHalf(input?.[i] ?? 0);
    const words = sizeOf((outputs.output as TensorType).shape);
    return { output: Float64Array.from({ length: words }, (_, i) => at(2 * i) | (at(2 * i + 1) << 16)) };
  },
  tolerance: exact,
  kernels: kernelsOf(packShader, ({ inputs }) => inputs.input as TensorType),
  cases: [
    { name: "odd", inputs: { input: f32(3, 7) } },
    { name: "awkward", inputs: { input: f32(14) }, recipes: { input: AWKWARD } },
    { name: "one", inputs: { input: f32() } },
  ],
  random: (draw: Draw) => ({
    inputs: { input: f32(draw.int(1, 9), draw.int(1, 90)) },
    recipes: { input: { kind: "uniform", scale: draw.pick([1e-6, 1e-3, 1, 1e5]) } },
  }),
});

export interface UnpackHalfAttributes {
  /** The shape of the floats. */
  readonly shape: readonly number[];
}

/** Input [words], two halves in each; output of the shape that is asked for. */
export const unpackHalf = defineOp<UnpackHalfAttributes>({
  name: "unpackHalf",
  family: "half",
  summary: "floats from halves, two to a word",
  inputs: [{ name: "input", dtype: "i32" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("unpackHalf", given);
    const attributes = { shape: read.ints("shape", undefined, 1) };
    read.done();
    return attributes;
  },
  infer: ({ input }, { shape }) => {
    const own = (input as TensorType).shape;
    if (own.length !== 1) throw new ShapeError({ op: "unpackHalf" }, "input", formatShape(own), "[words]");
    if (wordsFor(sizeOf(shape)) !== own[0]) {
      const wanted = `of ${own[0]} words of two, as input is ${formatShape(own)}`;
      throw new AttributeError({ op: "unpackHalf" }, "shape", formatShape(shape), wanted);
    }
    return [f32(...shape)];
  },
  cost,
  reference: ({ input }, { attributes: { shape } }) => ({
    output: Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
      fromHalf(((input?.[i >> 1] as number) >>> (i % 2 === 0 ? 0 : 16)) & 0xffff),
    ),
  }),
  tolerance: exact,
  kernels: kernelsOf(unpackShader, ({ outputs }) => outputs.output as TensorType),
  cases: [
    {
      name: "odd",
      inputs: { input: i32(4) },
      attributes: { shape: [7] },
      // 1 and 2; the smallest and the largest; infinities; nothing and a subnormal.
      recipes: { input: { kind: "values", values: [0x40003c00, 0x7bff0001, -0x3ff8400, 0x01230000] } },
    },
    {
      name: "many",
      inputs: { input: i32(35) },
      attributes: { shape: [10, 7] },
      recipes: { input: { kind: "integers", min: 0, max: 0x7bff } },
    },
  ],
  random: (draw: Draw) => {
    const count = draw.int(1, 200);
    return {
      inputs: { input: i32(wordsFor(count)) },
      attributes: { shape: [count] },
      recipes: { input: { kind: "integers", min: 0, max: 0x7bff } },
    };
  },
});
