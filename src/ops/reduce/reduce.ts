/**
 * Reductions over any set of axes, an op for every row of the table: sums, means, extremes, products, norms, logarithms of sums.
 * And the places of the extremes along one axis.
 */
import squaresText from "../../../shaders/reduce/squares.wgsl?raw";
import totalText from "../../../shaders/reduce/total.wgsl?raw";
import { sizeOf } from "../../core/shape";
import { f32, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { reductionCuts } from "../cut";
import { reshaped } from "../gradients";
import { grid1d, sumTolerance } from "../kernels";
import { gridLib } from "../lib";
import { axisOf } from "../movement/take";
import { type Case, type Draw, defineOp, type Kernel, type Op, type Problem, type Recipe, shader } from "../op";
import { cost, eachOutput, infer, kernelsOf, linesKernel, type ReduceAttributes, walk } from "./kernels";
import { productGradient } from "./product";
import { placeOf, type ReduceName, type ReduceRow, ROWS } from "./rows";

const WORKGROUP = 64;
const squaresShader = shader("reduce/squares.wgsl", squaresText, gridLib);
const totalShader = shader("reduce/total.wgsl", totalText);

/** Parts that a sum of squares is split into: enough for a large GPU, and not more than there are numbers for. */
const MAX_PARTS = 16384;
const TOTAL_WORKGROUP = 256;

/** The sum of squares of a whole tensor, in parts. */
function squaresKernel(name: string, perPart: number): Kernel<ReduceAttributes> {
  return {
    name,
    shaders: [squaresShader, totalShader],
    supports: (problem) => walk(problem).count === 1 || "wants all axes to go",
    plan: ({ inputs }) => {
      const count = sizeOf((inputs.input as TensorType).shape);
      const parts = Math.max(1, Math.min(MAX_PARTS, Math.floor(count / perPart)));
      return {
        scratch: { partial: f32(parts) },
        dispatches: [
          {
            shader: squaresShader,
            constants: { WORKGROUP },
            params: { count, parts },
            workgroups: grid1d(parts, WORKGROUP),
          },
          {
            shader: totalShader,
            constants: { WORKGROUP: TOTAL_WORKGROUP },
            params: { parts },
            workgroups: [1, 1, 1],
          },
        ],
      };
    },
  };
}

/** Kernels of a row of their own. */
const SPECIAL: Partial<Record<ReduceName, readonly Kernel<ReduceAttributes>[]>> = {
  sum: [linesKernel(false)],
  mean: [linesKernel(true)],
  sumOfSquares: [squaresKernel("parts", 16), squaresKernel("one part", MAX_PARTS)],
};

const WHOLE: Recipe = { kind: "integers", min: -5, max: 5 };

function casesOf({ integer, range }: ReduceRow): readonly Case[] {
  const recipes: Readonly<Record<string, Recipe>> = range
    ? { input: { kind: "range", min: range[0], max: range[1] } }
    : {};
  return [
    { name: "everything", inputs: { input: f32(3, 5, 2) }, recipes },
    { name: "one", inputs: { input: f32(1) }, recipes },
    { name: "last axis", inputs: { input: f32(4, 70) }, attributes: { axes: [-1] }, recipes },
    { name: "first axis", inputs: { input: f32(9, 4) }, attributes: { axes: [0] }, recipes },
    { name: "maps, kept", inputs: { input: f32(2, 3, 4, 5) }, attributes: { axes: [2, 3], keepDims: true }, recipes },
    ...(integer
      ? [{ name: "integers", inputs: { input: i32(3, 70) }, attributes: { axes: [1] }, recipes: { input: WHOLE } }]
      : []),
    {
      name: "nonfinite",
      inputs: { input: f32(4, 3) },
      attributes: { axes: [1] },
      recipes: {
        input: {
          kind: "values",
          values: [1, Number.NaN, 3, -Infinity, 2, 5, Infinity, Infinity, 1, -Infinity, -Infinity, -Infinity],
        },
      },
    },
  ];
}

function reduceOp(name: ReduceName, golden: boolean): Op<ReduceAttributes> {
  const row: ReduceRow = ROWS[name];
  const integers = row.integer !== undefined;
  return defineOp<ReduceAttributes>({
    name,
    family: "reduce",
    summary: row.summary,
    inputs: [{ name: "input", dtype: "any" }],
    outputs: ["output"],
    attributes: (given) => {
      const read = new AttributeReader(name, given);
      const accept = (value: unknown) =>
        value === null || (Array.isArray(value) && value.every((axis) => Number.isInteger(axis)))
          ? (value as number[] | null)
          : undefined;
      const axes = read.custom<readonly number[] | null>("axes", null, accept, "a list of axes");
      // An empty list means all axes, as in PyTorch.
      const attributes = { axes: axes?.length === 0 ? null : axes, keepDims: read.boolean("keepDims", false) };
      read.done();
      return attributes;
    },
    infer: ({ input }, attributes) => [infer(name, input as TensorType, attributes, integers)],
    cost,
    reference: ({ input }, problem) => {
      const whole = problem.inputs.input?.dtype === "i32";
      return { output: eachOutput(input as Float64Array, problem, whole && row.integer ? row.integer : row.of) };
    },
    gradient: (emit, { inputs, outputs, problem, cotangents }) => {
      type V = (typeof inputs)[string];
      const type = problem.inputs.input as TensorType;
      const { shape } = infer(name, type, { ...problem.attributes, keepDims: true }, integers);
      const own = (problem.outputs.output as TensorType).shape;
      const { axes } = problem.attributes;
      const site = {
        emit,
        input: inputs.input as V,
        output: outputs.output as V,
        cotangent: cotangents.output as V,
        length: walk(problem).length,
        spread: (value: V): V =>
          emit("broadcastTo", { input: reshaped(emit, value, shape) }, { shape: type.shape }).output as V,
        total: (value: V): V =>
          reshaped(emit, emit("sum", { input: value }, { axes, keepDims: true }).output as V, own),
      };
      return { input: row.gradient ? row.gradient(site) : productGradient(site, problem) };
    },
    cuts: (problem) => {
      const { axes, keepDims } = problem.attributes;
      const whole = problem.inputs.input?.dtype === "i32";
      return reductionCuts(problem, axes, keepDims, whole && row.addends === "mean" ? undefined : row.addends);
    },
    ...(name === "sum" ? { additive: true as const } : {}),
    tolerance: (problem) => {
      if (row.exact) return { rtol: 0, atol: 0 };
      const { rtol, atol } = sumTolerance(walk(problem).length);
      return name === "prod" ? { rtol: 2e-7 * walk(problem).length, atol: 1e-9 } : { rtol, atol };
    },
    ...(golden
      ? {
          golden: {
            op: name,
            inputs: ["x"],
            outputs: ["y"],
            attributes: ({ axes, keepdims }) => ({ axes, keepDims: keepdims }),
          },
        }
      : {}),
    kernels: [
      ...(SPECIAL[name] ?? []),
      ...kernelsOf(
        () => row,
        (problem: Problem<ReduceAttributes>) => problem,
      ),
    ],
    cases: [
      ...casesOf(row),
      ...(name === "sumOfSquares"
        ? ([
            { name: "many parts", inputs: { input: f32(70, 71) } },
            { name: "alexnet.fc7", inputs: { input: f32(4096, 4096) }, size: "large" },
          ] as const)
        : []),
    ],
    random: (draw: Draw) => {
      const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 7));
      const axes = shape.flatMap((_, axis) => (draw.bool() ? [axis] : []));
      const whole = integers && draw.int(0, 3) === 0;
      const recipe: Recipe = row.range ? { kind: "range", min: row.range[0], max: row.range[1] } : { kind: "uniform" };
      return {
        inputs: { input: (whole ? i32 : f32)(...shape) },
        attributes: { axes: axes.length > 0 ? axes : null, keepDims: draw.bool() },
        recipes: { input: whole ? WHOLE : recipe },
      };
    },
  });
}

export const sum = reduceOp("sum", true);
export const mean = reduceOp("mean", true);
export const max = reduceOp("max", false);
export const min = reduceOp("min", false);
export const prod = reduceOp("prod", false);
export const normL1 = reduceOp("normL1", false);
export const normL2 = reduceOp("normL2", false);
export const sumOfSquares = reduceOp("sumOfSquares", false);
export const logSum = reduceOp("logSum", false);
export const logSumExp = reduceOp("logSumExp", false);

export interface ArgmaxAttributes {
  /** The axis along which places are counted; a negative one counts from the back. */
  readonly axis: number;
  readonly keepDims: boolean;
  /** Of equal elements the last counts, not the first. */
  readonly selectLastIndex: boolean;
}

const asReduce = (problem: Problem<ArgmaxAttributes>): Problem<ReduceAttributes> => ({
  ...problem,
  attributes: { axes: [problem.attributes.axis], keepDims: problem.attributes.keepDims },
});

/** Place of an extreme along an axis; NaN counts before all. */
function placeOp(name: "argmax" | "argmin", code: number): Op<ArgmaxAttributes> {
  return defineOp<ArgmaxAttributes>({
    name,
    family: "reduce",
    summary: `place of the ${name === "argmax" ? "largest" : "smallest"} element along an axis`,
    inputs: [{ name: "input", dtype: "any" }],
    outputs: ["output"],
    attributes: (given) => {
      const read = new AttributeReader(name, given);
      const attributes = {
        axis: read.int("axis", -1),
        keepDims: read.boolean("keepDims", false),
        selectLastIndex: read.boolean("selectLastIndex", false),
      };
      read.done();
      return attributes;
    },
    infer: ({ input }, { axis, keepDims }) => {
      const type = input as TensorType;
      axisOf(name, "axis", axis, type.shape);
      return [{ ...infer(name, type, { axes: [axis], keepDims }, true), dtype: "i32" }];
    },
    cost: (problem) => cost(asReduce(problem)),
    reference: ({ input }, problem) => ({
      output: eachOutput(input as Float64Array, asReduce(problem), (values) =>
        placeOf(values, name === "argmin", problem.attributes.selectLastIndex),
      ),
    }),
    cuts: (problem) => reductionCuts(problem, [problem.attributes.axis], problem.attributes.keepDims, undefined),
    tolerance: () => ({ rtol: 0, atol: 0 }),
    kernels: kernelsOf(({ selectLastIndex }) => ({ code, last: selectLastIndex }), asReduce),
    cases: [
      { name: "rows", inputs: { input: f32(3, 70) } },
      { name: "one", inputs: { input: f32(1) } },
      { name: "first axis, kept", inputs: { input: f32(4, 3) }, attributes: { axis: 0, keepDims: true } },
      { name: "ties", inputs: { input: f32(3, 9) }, recipes: { input: { kind: "integers", min: 0, max: 2 } } },
      {
        name: "the last of ties",
        inputs: { input: f32(3, 40) },
        attributes: { selectLastIndex: true },
        recipes: { input: { kind: "integers", min: 0, max: 2 } },
      },
      { name: "integers", inputs: { input: i32(3, 9) }, recipes: { input: WHOLE } },
      {
        name: "nonfinite",
        inputs: { input: f32(2, 4) },
        recipes: {
          input: { kind: "values", values: [1, Number.NaN, 9, Number.NaN, -Infinity, Infinity, 3, Infinity] },
        },
      },
    ],
    random: (draw) => {
      const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 9));
      return {
        inputs: { input: f32(...shape) },
        attributes: {
          axis: draw.int(-shape.length, shape.length - 1),
          keepDims: draw.bool(),
          selectLastIndex: draw.bool(),
        },
        recipes: { input: WHOLE },
      };
    },
  });
}

export const argmax = placeOp("argmax", 3);
export const argmin = placeOp("argmin", 5);
