/**
 * Functions of one number, an op for every row of the table `UNARY`: relu, leakyRelu, elu, gelu, sigmoid, tanh, exp, log,
 * sqrt, neg, abs, scale. They know nothing of each other; a new function is a row there and a line here.
 */
import scalar from "../../../shaders/elementwise/unary.wgsl?raw";
import vector from "../../../shaders/elementwise/unary_vec4.wgsl?raw";
import { sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { type UnaryName, unaryRow } from "../activation";
import { AttributeReader } from "../attributes";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib, unaryLib } from "../lib";
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

const scalarShader = shader("elementwise/unary.wgsl", scalar, [...gridLib, ...unaryLib]);
const vectorShader = shader("elementwise/unary_vec4.wgsl", vector, [...gridLib, ...unaryLib]);

/** What an op of this file needs beyond its row. */
interface Declaration<A> {
  readonly name: string;
  readonly summary: string;
  attributes(read: AttributeReader): A;
  /** The row of the table, with its parameter, that the attributes choose. */
  activation(attributes: A): Activation;
  readonly golden?: Golden<A>;
  readonly examples?: readonly Readonly<Record<string, unknown>>[];
  readonly recipe?: Recipe;
}

function kernelsOf<A>(activation: (attributes: A) => Activation): readonly Kernel<A>[] {
  const constants = (attributes: A) => {
    const { name, alpha } = activation(attributes);
    return { OP: unaryRow(name).code, ALPHA: alpha ?? 0, WORKGROUP };
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

const NONFINITE = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 3.4e38, -3.4e38, 1e-30];

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
  const recipe = d.recipe ?? { kind: "uniform", scale: 6 };
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
      const { name, alpha } = d.activation(attributes);
      const row = unaryRow(name);
      return { output: (input as Float64Array).map((x) => row.forward(x, alpha ?? 0)) };
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
    // Transcendental functions of WGSL are within a few units in the last place of their result's size, or of 1.
    tolerance: () => ({ rtol: 4e-6, atol: 1e-6 }),
    asActivation: (attributes) => d.activation(attributes),
    ...(d.golden ? { golden: d.golden } : {}),
    kernels: kernelsOf(d.activation),
    cases: casesOf(examples, recipe),
    random: (draw: Draw) => ({
      inputs: { input: f32(...Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 9))) },
      attributes: draw.pick(examples),
      recipes: { input: recipe },
    }),
  });
}

/** A function without a parameter. */
const plain = (name: UnaryName, goldenName: string | undefined, recipe?: Recipe): Op<Record<never, never>> =>
  declare({
    name,
    summary: unaryRow(name).summary,
    attributes: () => ({}),
    activation: () => ({ name }),
    ...(goldenName ? { golden: { op: goldenName, inputs: ["x"], outputs: ["y"] } } : {}),
    ...(recipe ? { recipe } : {}),
  });

/** A function with one parameter, named as the row says. */
const withAlpha = <P extends string>(
  name: UnaryName,
  parameter: P,
  goldenName?: string,
): Op<Readonly<Record<P, number>>> =>
  declare<Readonly<Record<P, number>>>({
    name,
    summary: unaryRow(name).summary,
    attributes: (read) => ({ [parameter]: read.number(parameter, unaryRow(name).alpha?.default) }) as Record<P, number>,
    activation: (attributes) => ({ name, alpha: attributes[parameter] }),
    ...(goldenName ? { golden: { op: goldenName, inputs: ["x"], outputs: ["y"] } } : {}),
    examples: [{}, { [parameter]: 0.3 }, { [parameter]: 1.7 }],
  });

const POSITIVE: Recipe = { kind: "range", min: 1e-3, max: 50 };

export const relu = plain("relu", "relu");
export const leakyRelu = withAlpha("leakyRelu", "slope", "leaky_relu");
export const elu = withAlpha("elu", "alpha", "elu");
export const sigmoid = plain("sigmoid", "sigmoid");
export const tanh = plain("tanh", "tanh");
export const exp = plain("exp", "exp");
export const log = plain("log", "log", POSITIVE);
export const sqrt = plain("sqrt", "sqrt", POSITIVE);
export const neg = plain("neg", undefined);
export const abs = plain("abs", undefined);
export const scale = withAlpha("scale", "factor");

/** Gaussian error linear unit, x · Φ(x): exactly, or by the tanh approximation (Hendrycks and Gimpel, 2016). */
export const gelu = declare<{ readonly approximate: "none" | "tanh" }>({
  name: "gelu",
  summary: "x · Φ(x), exactly or by tanh",
  attributes: (read) => ({ approximate: read.choice("approximate", ["none", "tanh"], "none") }),
  activation: ({ approximate }) => ({ name: approximate === "tanh" ? "geluTanh" : "geluErf" }),
  golden: { op: "gelu", inputs: ["x"], outputs: ["y"] },
  examples: [{ approximate: "none" }, { approximate: "tanh" }],
});
