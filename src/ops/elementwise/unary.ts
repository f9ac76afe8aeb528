/**
 * Functions of one number, an op for every row of the table `UNARY`: activations, exponentials, trigonometry, rounding, tests.
 * They know nothing of each other; a new function is a row there and a line here.
 */
import scalar from "../../../shaders/elementwise/unary.wgsl?raw";
import vector from "../../../shaders/elementwise/unary_vec4.wgsl?raw";
import { sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { isFusable, NO_BOUND, parametersOf, type UnaryName, unaryRow } from "../activation";
import { AttributeReader } from "../attributes";
import { elementCuts } from "../cut";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib, rareLib, unaryLib } from "../lib";
import {
  type Activation,
  type Case,
  type Draw,
  defineOp,
  type Golden,
  type Kernel,
  type Op,
  type Recipe,
  shader,
} from "../op";

const WORKGROUP = 64;

/** The shaders for rows that every kernel knows, and for those that only these kernels do. */
const shadersWith = (lib: readonly string[]) => ({
  scalar: shader("elementwise/unary.wgsl", scalar, [...gridLib, ...lib]),
  vector: shader("elementwise/unary_vec4.wgsl", vector, [...gridLib, ...lib]),
});
const FUSABLE_SHADERS = shadersWith(unaryLib);
const RARE_SHADERS = shadersWith(rareLib);

/** What an op of this file needs beyond its row. */
interface Declaration<A> {
  readonly name: string;
  readonly summary: string;
  attributes(read: AttributeReader): A;
  /** The row of the table, with its parameters, that the attributes choose. */
  activation(attributes: A): Activation;
  /** Any row that the attributes can choose. */
  readonly row: UnaryName;
  readonly golden?: Golden<A>;
  readonly examples?: readonly Readonly<Record<string, unknown>>[];
}

function kernelsOf<A>({ activation, row }: Declaration<A>): readonly Kernel<A>[] {
  const { scalar: scalarShader, vector: vectorShader } = isFusable(row) ? FUSABLE_SHADERS : RARE_SHADERS;
  const constants = (attributes: A) => {
    const chosen = activation(attributes);
    const { alpha, beta } = parametersOf(chosen);
    return { OP: unaryRow(chosen.name).code, ALPHA: alpha, BETA: beta, WORKGROUP };
  };
  return [
    {
      name: "vec4",
      shaders: [vectorShader],
      plan: ({ inputs, attributes }) => {
        const count4 = ceilDiv(sizeOf((inputs.input as TensorType).shape), 4);
        return {
          dispatches: [
            {
              shader: vectorShader,
              constants: constants(attributes),
              params: { count4 },
              workgroups: grid1d(count4, WORKGROUP),
            },
          ],
        };
      },
    },
    {
      name: "naive",
      shaders: [scalarShader],
      plan: ({ inputs, attributes }) => {
        const count = sizeOf((inputs.input as TensorType).shape);
        return {
          dispatches: [
            {
              shader: scalarShader,
              constants: constants(attributes),
              params: { count },
              workgroups: grid1d(count, WORKGROUP),
            },
          ],
        };
      },
    },
  ];
}

const NONFINITE = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 3e38, -3e38, 1e-30];

function casesOf(examples: readonly Readonly<Record<string, unknown>>[], recipe: Recipe): readonly Case[] {
  const first = examples[0] ?? {};
  return [
    { name: "odd", inputs: { input: f32(7, 5, 3) }, attributes: first, recipes: { input: recipe } },
    { name: "one", inputs: { input: f32(1) }, attributes: first, recipes: { input: recipe } },
    { name: "scalar", inputs: { input: f32() }, attributes: first, recipes: { input: recipe } },
    {
      name: "nonfinite",
      inputs: { input: f32(13) },
      attributes: first,
      recipes: { input: { kind: "values", values: NONFINITE } },
    },
    ...examples.slice(1).map((attributes, i) => ({
      name: `attributes ${i + 2}`,
      inputs: { input: f32(1031) },
      attributes,
      recipes: { input: recipe },
    })),
    {
      name: "alexnet.conv1",
      inputs: { input: f32(1, 96, 55, 55) },
      attributes: first,
      recipes: { input: recipe },
      size: "large",
    },
  ];
}

function declare<A>(d: Declaration<A>): Op<A> {
  const { domain } = unaryRow(d.row);
  const recipe: Recipe = domain ? { kind: "range", min: domain[0], max: domain[1] } : { kind: "uniform", scale: 6 };
  const examples = d.examples ?? [{}];
  return defineOp<A>({
    name: d.name,
    family: "elementwise",
    summary: d.summary,
    inputs: [{ name: "input" }],
    outputs: ["output"],
    attributes: (given) => {
      const read = new AttributeReader(d.name, given);
      const attributes = d.attributes(read);
      read.done();
      return attributes;
    },
    infer: ({ input }) => [input as TensorType],
    cost: ({ inputs, attributes }) => {
      const input = inputs.input as TensorType;
      return {
        flops: unaryRow(d.activation(attributes).name).flops * sizeOf(input.shape),
        bytes: 2 * byteLength(input),
      };
    },
    reference: ({ input }, { attributes }) => {
      const chosen = d.activation(attributes);
      const { alpha, beta } = parametersOf(chosen);
      return { output: (input as Float64Array).map((x) => unaryRow(chosen.name).forward(x, alpha, beta)) };
    },
    gradient: (emit, { inputs, outputs, problem, cotangents }) => {
      const activation = d.activation(problem.attributes);
      const value = unaryRow(activation.name).derivative.of === "output" ? outputs.output : inputs.input;
      type V = (typeof inputs)[string];
      const gradient = emit(
        "unaryGrad",
        { value: value as V, cotangent: cotangents.output as V },
        { function: activation },
      );
      return { input: gradient.output as V };
    },
    cuts: elementCuts(),
    // Transcendental functions of WGSL are within a few units in the last place of their result's size, or of 1.
    tolerance: () => ({ rtol: 4e-6, atol: 1e-6 }),
    ...(isFusable(d.row) ? { asActivation: d.activation } : {}),
    ...(d.golden ? { golden: d.golden } : {}),
    kernels: kernelsOf(d),
    cases: casesOf(examples, recipe),
    random: (draw: Draw) => ({
      inputs: { input: f32(...Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 9))) },
      attributes: draw.pick(examples),
      recipes: { input: recipe },
    }),
  });
}

/** A function without a parameter. */
const plain = (name: UnaryName, goldenName?: string): Op<Record<never, never>> =>
  declare({
    name,
    row: name,
    summary: unaryRow(name).summary,
    attributes: () => ({}),
    activation: () => ({ name }),
    ...(goldenName ? { golden: { op: goldenName, inputs: ["x"], outputs: ["y"] } } : {}),
  });

/** A function of a row's parameters, which are named as the row says; `accept` says which values they may have. */
const parametrised = <P extends string>(
  name: UnaryName,
  parameters: readonly [alpha: P, beta?: P],
  examples: readonly Readonly<Partial<Record<P, number>>>[],
  goldenName?: string,
): Op<Readonly<Record<P, number>>> => {
  const row = unaryRow(name);
  const [alpha, beta] = parameters;
  return declare<Readonly<Record<P, number>>>({
    name,
    row: name,
    summary: row.summary,
    attributes: (read) =>
      ({
        [alpha]: read.number(alpha, row.alpha?.default),
        ...(beta === undefined ? {} : { [beta]: read.number(beta, row.beta?.default) }),
      }) as Record<P, number>,
    activation: (given) => ({ name, alpha: given[alpha], ...(beta === undefined ? {} : { beta: given[beta] }) }),
    ...(goldenName ? { golden: { op: goldenName, inputs: ["x"], outputs: ["y"] } } : {}),
    examples: [{}, ...examples],
  });
};

export const relu = plain("relu", "relu");
export const leakyRelu = parametrised("leakyRelu", ["slope"], [{ slope: 0.3 }, { slope: 1.7 }], "leaky_relu");
export const elu = parametrised("elu", ["alpha"], [{ alpha: 0.3 }, { alpha: 1.7 }], "elu");
export const selu = parametrised("selu", ["alpha", "gamma"], [{ alpha: 2, gamma: 3 }]);
export const celu = declare<{ readonly alpha: number }>({
  name: "celu",
  row: "celu",
  summary: unaryRow("celu").summary,
  attributes: (read) => {
    const accept = (value: unknown) =>
      typeof value === "number" && Number.isFinite(value) && value !== 0 ? value : undefined;
    return { alpha: read.custom("alpha", 1, accept, "a finite number other than 0") };
  },
  activation: ({ alpha }) => ({ name: "celu", alpha }),
  examples: [{}, { alpha: 2 }],
});
export const sigmoid = plain("sigmoid", "sigmoid");
export const hardSigmoid = parametrised("hardSigmoid", ["alpha", "beta"], [{ alpha: 0.5, beta: 0.6 }]);
export const hardSwish = plain("hardSwish");
export const swish = parametrised("swish", ["alpha"], [{ alpha: 1.7 }]);
export const softplus = plain("softplus");
export const softsign = plain("softsign");
export const mish = plain("mish");
export const thresholdedRelu = parametrised("thresholdedRelu", ["alpha"], [{ alpha: -2 }]);
export const scaledTanh = parametrised("scaledTanh", ["alpha", "beta"], [{ alpha: 1.7, beta: 0.66 }]);
export const shrink = parametrised("shrink", ["lambda", "bias"], [{ lambda: 1.5, bias: 1.5 }]);
export const tanh = plain("tanh", "tanh");
export const exp = plain("exp", "exp");
export const log = plain("log", "log");
export const sqrt = plain("sqrt", "sqrt");
export const reciprocal = plain("reciprocal");
export const erf = plain("erf");
export const neg = { ...plain("neg"), additive: true as const };
export const abs = plain("abs");
export const sign = plain("sign");
export const floor = plain("floor");
export const ceil = plain("ceil");
export const round = plain("round");
export const not = plain("not");
export const isNan = plain("isNan");
export const scale = {
  ...parametrised("scale", ["factor"], [{ factor: 0.3 }, { factor: 1.7 }]),
  additive: true as const,
};
export const affine = parametrised("affine", ["factor", "offset"], [{ factor: 0.3, offset: -2 }]);
export const sin = plain("sin");
export const cos = plain("cos");
export const tan = plain("tan");
export const asin = plain("asin");
export const acos = plain("acos");
export const atan = plain("atan");
export const sinh = plain("sinh");
export const cosh = plain("cosh");
export const asinh = plain("asinh");
export const acosh = plain("acosh");
export const atanh = plain("atanh");

/** Gaussian error linear unit, x · Φ(x): exactly, or by the tanh approximation (Hendrycks and Gimpel, 2016). */
export const gelu = declare<{ readonly approximate: "none" | "tanh" }>({
  name: "gelu",
  row: "geluErf",
  summary: "x · Φ(x), exactly or by tanh",
  attributes: (read) => ({ approximate: read.choice("approximate", ["none", "tanh"], "none") }),
  activation: ({ approximate }) => ({ name: approximate === "tanh" ? "geluTanh" : "geluErf" }),
  golden: { op: "gelu", inputs: ["x"], outputs: ["y"] },
  examples: [{ approximate: "none" }, { approximate: "tanh" }],
});

/** Which infinities count. */
export const isInf = declare<{ readonly negative: boolean; readonly positive: boolean }>({
  name: "isInf",
  row: "isInf",
  summary: unaryRow("isInf").summary,
  attributes: (read) => ({ negative: read.boolean("negative", true), positive: read.boolean("positive", true) }),
  activation: ({ negative, positive }) => ({ name: "isInf", alpha: Number(negative), beta: Number(positive) }),
  examples: [{}, { negative: false }],
});

/** Bounds, either of which may be left out; where min is above max, everything is max. */
export const clip = declare<{ readonly min: number | null; readonly max: number | null }>({
  name: "clip",
  row: "clip",
  summary: unaryRow("clip").summary,
  attributes: (read) => {
    const accept = (value: unknown) =>
      value === null || (typeof value === "number" && !Number.isNaN(value)) ? (value as number | null) : undefined;
    const bound = (name: string) => read.custom<number | null>(name, null, accept, "a number or null");
    return { min: bound("min"), max: bound("max") };
  },
  activation: ({ min, max }) => ({
    name: "clip",
    alpha: Math.max(-NO_BOUND, min ?? -NO_BOUND),
    beta: Math.min(NO_BOUND, max ?? NO_BOUND),
  }),
  examples: [{ min: -1, max: 2.5 }, { min: 0 }, { max: 0.5 }, {}, { min: 2, max: 1 }],
});
