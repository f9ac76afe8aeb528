/**
 * A tensor with some of its elements replaced or changed, named by numbers: along an axis, or as slices by tuples of numbers
 * (ONNX's ScatterElements and ScatterND). The inverse of `gatherElements` and `gatherND`. Updates are taken in order.
 */
import combineText from "../../../shaders/lib/combine.wgsl?raw";
import elementsText from "../../../shaders/movement/scatter_elements.wgsl?raw";
import tuplesText from "../../../shaders/movement/scatter_tuples.wgsl?raw";
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, normalizeAxis, sameShape, sizeOf, stridesOf } from "../../core/shape";
import { byteLength, f32, formatType, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { elementKernels } from "../elements";
import { sumTolerance } from "../kernels";
import { gridLib, nonfiniteLib } from "../lib";
import { type Case, type Cost, type Draw, defineOp, type GradientSite, type Named, type Problem, shader } from "../op";
import { checkAxes, lead, MAX_AXES } from "./gather";
import { axisOf, checkAlong, checkNumbers, numbersOf } from "./take";

const lib = [...gridLib, combineText, ...nonfiniteLib];
const elementsShader = shader("movement/scatter_elements.wgsl", elementsText, lib);
const tuplesShader = shader("movement/scatter_tuples.wgsl", tuplesText, lib);

const REDUCTIONS = ["none", "add", "mul", "max", "min"] as const;

export interface ReductionAttributes {
  /** What becomes of an element that an update meets: replaced, or combined with it. */
  readonly reduction: (typeof REDUCTIONS)[number];
}

export interface ScatterElementsAttributes extends ReductionAttributes {
  /** The axis along which numbers count; a negative one counts from the back. */
  readonly axis: number;
}

const inputs = [
  { name: "input", dtype: "any" },
  { name: "indices", dtype: "i32" },
  { name: "updates", dtype: "any" },
] as const;

const typeOf = (problem: Problem<unknown>, name: string): TensorType => problem.inputs[name] as TensorType;

const constantsOf = (problem: Problem<ReductionAttributes>) => ({
  REDUCTION: REDUCTIONS.indexOf(problem.attributes.reduction),
  INTEGER: typeOf(problem, "input").dtype === "i32" ? 1 : 0,
});

const cost = ({ inputs: given, outputs }: Problem<unknown>): Cost => ({
  flops: 0,
  bytes: [...Object.values(given), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0),
});

function combined({ reduction }: ReductionAttributes, dtype: string, before: number, update: number): number {
  if (reduction === "none") return update;
  if (reduction === "max") return Math.max(before, update);
  if (reduction === "min") return Math.min(before, update);
  const value = reduction === "add" ? before + update : before * update;
  if (dtype !== "i32") return value;
  return reduction === "add" ? value | 0 : Math.imul(before, update);
}

/** @throws ShapeError unless `updates` is of `wanted` shape and of the input's dtype. */
function checkUpdates(op: string, { input, updates }: Named<TensorType>, wanted: readonly number[]): void {
  const type = { shape: wanted, dtype: (input as TensorType).dtype };
  const given = updates as TensorType;
  if (given.dtype === type.dtype && sameShape(given.shape, wanted)) return;
  throw new ShapeError({ op }, "updates", formatType(given), formatType(type));
}

/** Where updates replace elements or are added to them, what flows into those is the updates'. */
function gradient<A extends ReductionAttributes>(op: string, take: string, rest: (attributes: A) => object) {
  return <V>(
    emit: (op: string, inputs: Named<V>, attributes?: Readonly<Record<string, unknown>>) => Named<V>,
    { inputs: given, problem, cotangents, wants }: GradientSite<V, A>,
  ): Named<V> => {
    const { reduction } = problem.attributes;
    if (reduction !== "none" && reduction !== "add") {
      throw new AttributeError({ op }, "reduction", `"${reduction}"`, '"none" or "add" where a gradient is wanted');
    }
    const [flow, indices] = [cotangents.output as V, given.indices as V];
    const others = { ...rest(problem.attributes) };
    const gradients: Record<string, V> = {};
    if (wants("updates")) gradients.updates = emit(take, { input: flow, indices }, others).output as V;
    if (wants("input")) {
      const { shape } = problem.inputs.updates as TensorType;
      const updates = emit("fill", {}, { shape }).output as V;
      gradients.input = reduction === "add" ? flow : (emit(op, { input: flow, indices, updates }, others).output as V);
    }
    return gradients;
  };
}

const around = (rows: number) => ({ input: f32(4, 3), indices: i32(rows, 2), updates: f32(rows, 2) });

/** How many updates may meet one element. */
const tolerance = ({ attributes: { reduction } }: Problem<ReductionAttributes>, most: number) => {
  if (reduction === "add") return sumTolerance(most);
  return reduction === "mul" ? { rtol: 1e-6 * most, atol: 1e-9 } : { rtol: 0, atol: 0 };
};

/** Input of any shape; indices and updates of one shape, in no axis but the one meant longer than the input. */
export const scatterElements = defineOp<ScatterElementsAttributes>({
  name: "scatterElements",
  family: "movement",
  summary: "a tensor with elements replaced or changed, by their numbers along an axis",
  inputs,
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("scatterElements", given);
    const attributes = { axis: read.int("axis", 0), reduction: read.choice("reduction", REDUCTIONS, "none") };
    read.done();
    return attributes;
  },
  infer: (given, { axis }) => {
    checkAlong("scatterElements", given.input as TensorType, given.indices as TensorType, axis);
    checkUpdates("scatterElements", given, (given.indices as TensorType).shape);
    return [given.input as TensorType];
  },
  cost,
  reference: ({ input, indices, updates }, problem) => {
    const { shape, dtype } = typeOf(problem, "input");
    const axis = normalizeAxis(problem.attributes.axis, shape.length) as number;
    const strides = stridesOf(shape);
    const { shape: ownShape } = typeOf(problem, "indices");
    const own = stridesOf(ownShape);
    const output = (input as Float64Array).slice();
    indices?.forEach((given, i) => {
      const extent = shape[axis] as number;
      const index = given < 0 ? given + extent : given;
      if (index < 0 || index >= extent) return;
      const at = own.reduce((sum, step, n) => {
        const coordinate = n === axis ? index : Math.floor(i / step) % (ownShape[n] as number);
        return sum + coordinate * (strides[n] as number);
      }, 0);
      output[at] = combined(problem.attributes, dtype, output[at] as number, updates?.[i] as number);
    });
    return { output };
  },
  gradient: gradient<ScatterElementsAttributes>("scatterElements", "gatherElements", ({ axis }) => ({ axis })),
  tolerance: (problem) => {
    const { shape } = typeOf(problem, "indices");
    return tolerance(problem, shape.at(problem.attributes.axis) ?? 1);
  },
  check: ({ indices }, problem) => {
    const { shape } = typeOf(problem, "input");
    const extent = shape[axisOf("scatterElements", "axis", problem.attributes.axis, shape)] as number;
    checkNumbers("scatterElements", indices, () => extent);
  },
  kernels: elementKernels(elementsShader, (problem) => {
    const { shape } = typeOf(problem, "input");
    const { shape: ownShape } = typeOf(problem, "indices");
    const axis = normalizeAxis(problem.attributes.axis, shape.length) as number;
    const own = stridesOf(ownShape);
    const but = (values: readonly number[], value: number) => values.map((v, i) => (i === axis ? value : v));
    return {
      count: sizeOf(shape),
      constants: constantsOf(problem),
      params: {
        extent: shape[axis] as number,
        stride: stridesOf(shape)[axis] as number,
        length: ownShape[axis] as number,
        step: own[axis] as number,
        extents: lead(shape, MAX_AXES, 1),
        ownExtents: lead(but(ownShape, 1), MAX_AXES, 1),
        ownStrides: lead(but(own, 0), MAX_AXES, 0),
      },
    };
  }),
  cases: [
    ...REDUCTIONS.map(
      (reduction): Case => ({
        name: `rows, ${reduction}`,
        // Where updates replace, those that are replaced again would have no gradient: one row names no element twice.
        inputs: reduction === "none" ? around(1) : around(5),
        attributes: { reduction },
        // Finite differences find no gradient of a product or an extreme, which has none here.
        recipes: {
          indices: numbersOf(4),
          ...(reduction === "none" || reduction === "add" ? {} : { input: { kind: "values", values: [0.5, -1.5, 2] } }),
        },
      }),
    ),
    {
      name: "the last of equals",
      inputs: around(5),
      recipes: { indices: { kind: "values", values: [1, 3, 1, -1, 0] } },
    },
    {
      name: "columns of integers",
      inputs: { input: i32(2, 5), indices: i32(1, 2), updates: i32(1, 2) },
      attributes: { axis: -1, reduction: "add" },
      recipes: {
        input: { kind: "integers", min: -9, max: 9 },
        indices: numbersOf(5),
        updates: { kind: "integers", min: -9, max: 9 },
      },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 5));
    const axis = draw.int(0, shape.length - 1);
    const own = shape.map((extent, i) => draw.int(1, i === axis ? 6 : extent));
    return {
      inputs: { input: f32(...shape), indices: i32(...own), updates: f32(...own) },
      attributes: { axis, reduction: draw.pick(REDUCTIONS) },
      recipes: { indices: numbersOf(shape[axis] as number) },
    };
  },
});

function tuples(problem: Problem<unknown>) {
  const { shape } = typeOf(problem, "input");
  const { shape: numbers } = typeOf(problem, "indices");
  const depth = numbers.at(-1) as number;
  const extents = shape.slice(0, depth);
  return {
    tuples: sizeOf(numbers.slice(0, -1)),
    depth,
    extents,
    strides: stridesOf(extents),
    inner: sizeOf(shape.slice(depth)),
  };
}

/** Input [d…], indices [q…, depth], updates [q…, the axes of d beyond depth]; output as input. */
export const scatterND = defineOp<ReductionAttributes>({
  name: "scatterND",
  family: "movement",
  summary: "a tensor with slices replaced or changed, by tuples of numbers",
  inputs,
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("scatterND", given);
    const attributes = { reduction: read.choice("reduction", REDUCTIONS, "none") };
    read.done();
    return attributes;
  },
  infer: (given) => {
    const where = { op: "scatterND" };
    const { shape } = given.input as TensorType;
    const { shape: numbers } = given.indices as TensorType;
    checkAxes("scatterND", shape);
    const depth = numbers.at(-1);
    if (depth === undefined || depth > shape.length) {
      const wanted = `[…, depth] with a depth of at most ${shape.length}, the axes of input ${formatShape(shape)}`;
      throw new ShapeError(where, "indices", formatShape(numbers), wanted);
    }
    checkUpdates("scatterND", given, [...numbers.slice(0, -1), ...shape.slice(depth)]);
    return [given.input as TensorType];
  },
  cost,
  reference: ({ input, indices, updates }, problem) => {
    const t = tuples(problem);
    const output = (input as Float64Array).slice();
    for (let tuple = 0; tuple < t.tuples; tuple++) {
      const numbers = t.extents.map((extent, d) => {
        const given = (indices as Float64Array)[tuple * t.depth + d] as number;
        return given < 0 ? given + extent : given;
      });
      if (numbers.some((index, d) => index < 0 || index >= (t.extents[d] as number))) continue;
      const slice = numbers.reduce((sum, index, d) => sum + index * (t.strides[d] as number), 0);
      for (let x = 0; x < t.inner; x++) {
        const at = slice * t.inner + x;
        const update = updates?.[tuple * t.inner + x] as number;
        output[at] = combined(problem.attributes, typeOf(problem, "input").dtype, output[at] as number, update);
      }
    }
    return { output };
  },
  gradient: gradient<ReductionAttributes>("scatterND", "gatherND", () => ({})),
  tolerance: (problem) => tolerance(problem, tuples(problem).tuples),
  check: ({ indices }, problem) => {
    const { extents } = tuples(problem);
    checkNumbers("scatterND", indices, (at) => extents[at % extents.length] as number);
  },
  kernels: elementKernels(tuplesShader, (problem) => {
    const { extents, strides, ...rest } = tuples(problem);
    const follow = (values: readonly number[]) => [...values, ...new Array<number>(MAX_AXES - values.length).fill(1)];
    return {
      count: sizeOf(typeOf(problem, "input").shape),
      constants: constantsOf(problem),
      params: { ...rest, extents: follow(extents), strides: follow(strides) },
    };
  }),
  cases: [
    {
      name: "slices",
      inputs: { input: f32(4, 3), indices: i32(2, 1), updates: f32(2, 3) },
      recipes: { indices: { kind: "values", values: [2, -4] } },
    },
    {
      name: "added elements",
      inputs: { input: f32(3, 2), indices: i32(5, 2), updates: f32(5) },
      attributes: { reduction: "add" },
      recipes: { indices: numbersOf(2) },
    },
    {
      name: "the largest of integers",
      inputs: { input: i32(4), indices: i32(6, 1), updates: i32(6) },
      attributes: { reduction: "max" },
      recipes: {
        input: { kind: "integers", min: -9, max: 9 },
        indices: numbersOf(4),
        updates: { kind: "integers", min: -9, max: 9 },
      },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(2, 4));
    const depth = draw.int(1, shape.length);
    const rows = Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 4));
    return {
      inputs: { input: f32(...shape), indices: i32(...rows, depth), updates: f32(...rows, ...shape.slice(depth)) },
      attributes: { reduction: draw.pick(REDUCTIONS) },
      recipes: { indices: numbersOf(2) },
    };
  },
});
