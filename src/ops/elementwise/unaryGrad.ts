/**
 * What flows back through a function of one number: cotangent · f′. One op for every row of the table `UNARY`, which says
 * whether its derivative reads the function's output or its input.
 */
import scalarText from "../../../shaders/elementwise/unary_grad.wgsl?raw";
import vectorText from "../../../shaders/elementwise/unary_grad_vec4.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, sameShape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { isFusable, parametersOf, readFunction, UNARY, unaryRow } from "../activation";
import { AttributeReader } from "../attributes";
import { elementCuts } from "../cut";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib, rareDerivativeLib, unaryDerivativeLib } from "../lib";
import { type Activation, type Draw, defineOp, type Kernel, type Recipe, shader } from "../op";

export interface UnaryGradAttributes {
  /** Row of `UNARY`, with its parameter. */
  readonly function: Activation;
}

const WORKGROUP = 64;
const shadersWith = (lib: readonly string[]) => ({
  1: shader("elementwise/unary_grad.wgsl", scalarText, [...gridLib, ...lib]),
  4: shader("elementwise/unary_grad_vec4.wgsl", vectorText, [...gridLib, ...lib]),
});
const FUSABLE_SHADERS = shadersWith(unaryDerivativeLib);
const RARE_SHADERS = shadersWith(rareDerivativeLib);

function kernel(name: string, per: 1 | 4): Kernel<UnaryGradAttributes> {
  return {
    name,
    shaders: [FUSABLE_SHADERS[per], RARE_SHADERS[per]],
    plan: ({ inputs, attributes }) => {
      const { name: row } = attributes.function;
      const { alpha, beta } = parametersOf(attributes.function);
      const which = (isFusable(row) ? FUSABLE_SHADERS : RARE_SHADERS)[per];
      const count = ceilDiv(sizeOf((inputs.value as TensorType).shape), per);
      return {
        dispatches: [
          {
            shader: which,
            constants: { OP: unaryRow(row).code, ALPHA: alpha, BETA: beta, WORKGROUP },
            params: per === 4 ? { count4: count } : { count },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  };
}

/** Values at which a row has a derivative of moderate size, outputs of sigmoid and tanh among them. */
function valuesOf(name: string): Recipe {
  const { domain, derivative } = unaryRow(name);
  const [min, max] = domain && derivative.of === "input" ? domain : [0.1, 0.9];
  return { kind: "range", min: Math.max(0.1, min), max: Math.min(8, max) };
}

/** Value (the function's output or input) and cotangent of one shape, any. */
export const unaryGrad = defineOp<UnaryGradAttributes>({
  name: "unaryGrad",
  family: "elementwise",
  summary: "cotangent times the derivative of a function of one number",
  inputs: [{ name: "value" }, { name: "cotangent" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("unaryGrad", given);
    const attributes = { function: readFunction<Activation>(read, "function", UNARY) };
    read.done();
    return attributes;
  },
  infer: ({ value, cotangent }) => {
    const { shape } = value as TensorType;
    const other = (cotangent as TensorType).shape;
    if (!sameShape(shape, other)) {
      throw new ShapeError({ op: "unaryGrad" }, "cotangent", formatShape(other), `${formatShape(shape)}, as value is`);
    }
    return [value as TensorType];
  },
  cost: ({ inputs, attributes }) => ({
    flops: (1 + unaryRow(attributes.function.name).flops) * sizeOf((inputs.value as TensorType).shape),
    bytes: 3 * byteLength(inputs.value as TensorType),
  }),
  reference: ({ value, cotangent }, { attributes }) => {
    const { alpha, beta } = parametersOf(attributes.function);
    const { derivative } = unaryRow(attributes.function.name);
    return {
      output: (value as Float64Array).map((v, i) => (cotangent?.[i] as number) * derivative.at(v, alpha, beta)),
    };
  },
  cuts: elementCuts(),
  tolerance: () => ({ rtol: 4e-6, atol: 1e-6 }),
  kernels: [kernel("vec4", 4), kernel("naive", 1)],
  cases: [
    ...Object.keys(UNARY).map((name) => ({
      name,
      inputs: { value: f32(5, 7), cotangent: f32(5, 7) },
      attributes: { function: name },
      recipes: { value: valuesOf(name) },
    })),
    {
      name: "both sides of a rectifier",
      inputs: { value: f32(41), cotangent: f32(41) },
      attributes: { function: { name: "leakyRelu", alpha: 0.2 } },
    },
    {
      name: "gelu beyond its bend",
      inputs: { value: f32(61), cotangent: f32(61) },
      attributes: { function: "geluTanh" },
      recipes: { value: { kind: "uniform", scale: 30 } },
    },
    {
      name: "both sides of bounds",
      inputs: { value: f32(41), cotangent: f32(41) },
      attributes: { function: { name: "clip", alpha: -0.5, beta: 0.25 } },
    },
    {
      name: "nonfinite",
      inputs: { value: f32(5), cotangent: f32(5) },
      attributes: { function: "relu" },
      recipes: { value: { kind: "values", values: [Number.NaN, Infinity, -Infinity, 0, -0] } },
    },
    {
      name: "alexnet.conv1",
      inputs: { value: f32(1, 96, 55, 55), cotangent: f32(1, 96, 55, 55) },
      attributes: { function: "relu" },
      size: "large",
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 9));
    const name = draw.pick(Object.keys(UNARY));
    return {
      inputs: { value: f32(...shape), cotangent: f32(...shape) },
      attributes: { function: name },
      recipes: { value: valuesOf(name) },
    };
  },
});
