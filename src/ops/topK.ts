/** The largest or smallest elements along an axis, in order. */
import orderText from "../../shaders/lib/order.wgsl?raw";
import ranksText from "../../shaders/topK/ranks.wgsl?raw";
import serialText from "../../shaders/topK/serial.wgsl?raw";
import { AttributeError, ShapeError } from "../core/errors";
import { formatShape, normalizeAxis, sizeOf } from "../core/shape";
import { byteLength, f32, formatType, i32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { grid1d } from "./kernels";
import { gridLib, nonfiniteLib } from "./lib";
import { axisOf } from "./movement/take";
import { type Draw, defineOp, type Problem, shader } from "./op";

export interface TopKAttributes {
  /** How many elements. */
  readonly k: number;
  /** A negative one counts from the back. */
  readonly axis: number;
  /** The largest, from the largest down; else the smallest, from the smallest up. */
  readonly largest: boolean;
}

const WORKGROUP = 64;
const lib = [...gridLib, orderText, ...nonfiniteLib];
const ranksShader = shader("topK/ranks.wgsl", ranksText, lib);
const serialShader = shader("topK/serial.wgsl", serialText, lib);

function lines({ inputs, attributes }: Problem<TopKAttributes>) {
  const { shape } = inputs.input as TensorType;
  const axis = normalizeAxis(attributes.axis, shape.length) as number;
  return { extent: shape[axis] as number, inner: sizeOf(shape.slice(axis + 1)), k: attributes.k, count: sizeOf(shape) };
}

const constantsOf = ({ inputs, attributes }: Problem<TopKAttributes>) => ({
  LEAST: attributes.largest ? 0 : 1,
  INTEGER: inputs.input?.dtype === "i32" ? 1 : 0,
  WORKGROUP,
});

/** Orders two numbers upwards; NaN counts as larger than all. */
function compared(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return Number(a > b) - Number(a < b);
}

/** Of equal elements the earlier comes first, and NaN counts as larger than all. */
export const topK = defineOp<TopKAttributes>({
  name: "topK",
  family: "topK",
  summary: "the largest or smallest elements along an axis, in order, and their places",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["values", "indices"],
  attributes: (given) => {
    const read = new AttributeReader("topK", given);
    const attributes = {
      k: read.int("k", undefined, 1),
      axis: read.int("axis", -1),
      largest: read.boolean("largest", true),
    };
    read.done();
    return attributes;
  },
  infer: ({ input }, { k, axis: given }) => {
    const type = input as TensorType;
    if (type.dtype === "u32") throw new ShapeError({ op: "topK" }, "input", formatType(type), "of dtype f32 or i32");
    const axis = axisOf("topK", "axis", given, type.shape);
    const extent = type.shape[axis] as number;
    if (k > extent) {
      const wanted = `at most ${extent}, the elements along axis ${axis} of input ${formatShape(type.shape)}`;
      throw new AttributeError({ op: "topK" }, "k", String(k), wanted);
    }
    const shape = type.shape.map((e, i) => (i === axis ? k : e));
    return [
      { shape, dtype: type.dtype },
      { shape, dtype: "i32" },
    ];
  },
  cost: ({ inputs, outputs }) => ({
    flops: sizeOf((inputs.input as TensorType).shape),
    bytes: [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0),
  }),
  reference: ({ input }, problem) => {
    const x = input as Float64Array;
    const { extent, inner, k, count } = lines(problem);
    const sign = problem.attributes.largest ? -1 : 1;
    const values = new Float64Array((count / extent) * k);
    const indices = new Float64Array(values.length);
    for (let line = 0; line < count / extent; line++) {
      const start = Math.floor(line / inner) * extent * inner + (line % inner);
      const at = (j: number) => x[start + j * inner] as number;
      const order = Array.from({ length: extent }, (_, j) => j).sort((a, b) => sign * compared(at(a), at(b)) || a - b);
      order.slice(0, k).forEach((j, rank) => {
        const to = (Math.floor(line / inner) * k + rank) * inner + (line % inner);
        values[to] = at(j);
        indices[to] = j;
      });
    }
    return { values, indices };
  },
  detached: ["indices"],
  gradient: (emit, { outputs, problem, cotangents }) => {
    type V = (typeof outputs)[string];
    const nothing = emit("fill", {}, { shape: (problem.inputs.input as TensorType).shape }).output as V;
    const given = { input: nothing, indices: outputs.indices as V, updates: cotangents.values as V };
    const { axis } = problem.attributes;
    return { input: emit("scatterElements", given, { axis, reduction: "add" }).output as V };
  },
  tolerance: () => ({ rtol: 0, atol: 0 }),
  kernels: [
    {
      name: "ranks",
      shaders: [ranksShader],
      // Few of many are found sooner by looking for one after the other, where there are lines enough.
      preference: (problem, { software }) => (software && problem.attributes.k < 8 ? -1 : 1),
      plan: (problem) => {
        const params = lines(problem);
        const constants = constantsOf(problem);
        return {
          dispatches: [{ shader: ranksShader, constants, params, workgroups: grid1d(params.count, WORKGROUP) }],
        };
      },
    },
    {
      name: "serial",
      shaders: [serialShader],
      plan: (problem) => {
        const { count, ...rest } = lines(problem);
        const params = { lines: count / rest.extent, ...rest };
        const constants = constantsOf(problem);
        return {
          dispatches: [{ shader: serialShader, constants, params, workgroups: grid1d(params.lines, WORKGROUP) }],
        };
      },
    },
  ],
  cases: [
    { name: "rows", inputs: { input: f32(3, 9) }, attributes: { k: 4 } },
    { name: "the smallest, first axis", inputs: { input: f32(5, 3) }, attributes: { k: 2, axis: 0, largest: false } },
    {
      name: "ties",
      inputs: { input: f32(2, 12) },
      attributes: { k: 12 },
      recipes: { input: { kind: "values", values: [1, 0, -0, 2, 2, 1, 0] } },
    },
    {
      name: "integers",
      inputs: { input: i32(2, 5, 2) },
      attributes: { k: 3, axis: 1 },
      recipes: { input: { kind: "integers", min: -3, max: 3 } },
    },
    {
      name: "nonfinite",
      inputs: { input: f32(7) },
      attributes: { k: 6, largest: false },
      recipes: { input: { kind: "values", values: [1, Number.NaN, -Infinity, Infinity, Number.NaN, -1, Infinity] } },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 7));
    const axis = draw.int(-shape.length, shape.length - 1);
    return {
      inputs: { input: f32(...shape) },
      attributes: { axis, k: draw.int(1, shape.at(axis) as number), largest: draw.bool() },
      recipes: { input: { kind: "integers", min: -4, max: 4 } },
    };
  },
});
