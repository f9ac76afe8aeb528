/**
 * Parts of a tensor by their numbers, which come in a tensor of i32: slices along an axis, elements along an axis, and slices by
 * tuples of numbers (NumPy's `take`, `take_along_axis` and advanced indexing; ONNX's Gather, GatherElements, GatherND). Numbers
 * below 0 count from the back. One beyond its axis is refused where it is known before a run, and else gives NaN.
 */
import takeText from "../../../shaders/movement/take.wgsl?raw";
import elementsText from "../../../shaders/movement/take_elements.wgsl?raw";
import tuplesText from "../../../shaders/movement/take_tuples.wgsl?raw";
import type { TensorData } from "../../core/dtype";
import { AttributeError, ShapeError, ValueError } from "../../core/errors";
import { formatShape, normalizeAxis, type Shape, sizeOf, stridesOf } from "../../core/shape";
import { byteLength, f32, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { elementKernels } from "../elements";
import { product, reshaped } from "../gradients";
import { batchLib, gridLib } from "../lib";
import { type Cost, type Draw, defineOp, type Problem, shader } from "../op";
import { checkAxes, exact, lead, MAX_AXES } from "./gather";

const takeShader = shader("movement/take.wgsl", takeText, gridLib);
const elementsShader = shader("movement/take_elements.wgsl", elementsText, [...gridLib, ...batchLib]);
const tuplesShader = shader("movement/take_tuples.wgsl", tuplesText, gridLib);

export interface AxisAttributes {
  /** The axis along which numbers count; a negative one counts from the back. */
  readonly axis: number;
}

export const readAxis =
  (op: string) =>
  (given: Readonly<Record<string, unknown>>): AxisAttributes => {
    const read = new AttributeReader(op, given);
    const attributes = { axis: read.int("axis", 0) };
    read.done();
    return attributes;
  };

/** @throws AttributeError for an axis that `shape` does not have. */
export function axisOf(op: string, name: string, axis: number, shape: Shape, what = "input"): number {
  const found = normalizeAxis(axis, shape.length);
  if (found === undefined) {
    throw new AttributeError({ op }, name, String(axis), `an axis of ${what} ${formatShape(shape)}`);
  }
  return found;
}

/** @throws ValueError naming the first number that is not in [−extent, extent); `extent` by the place of the number. */
export function checkNumbers(op: string, indices: TensorData | undefined, extent: (at: number) => number): void {
  indices?.forEach((index, at) => {
    const end = extent(at);
    if (index >= -end && index < end) return;
    const wanted = `whole numbers from ${-end} to ${end - 1}`;
    throw new ValueError({ op }, "indices", `${index} at element ${at}`, wanted);
  });
}

/** A recipe for the numbers of an axis of `extent`, from the front and from the back. */
export const numbersOf = (extent: number) => ({ kind: "integers", min: -extent, max: extent - 1 }) as const;

/** What a number beyond its axis gives: the bits of NaN. */
const beyond = ({ dtype }: TensorType): number => (dtype === "f32" ? Number.NaN : 0x7fc00000);

const typeOf = (problem: Problem<unknown>, name: string): TensorType => problem.inputs[name] as TensorType;

const cost = ({ inputs, outputs }: Problem<unknown>): Cost => ({
  flops: 0,
  bytes: 2 * byteLength(outputs.output as TensorType) + byteLength(inputs.indices as TensorType),
});

const inputs = [
  { name: "input", dtype: "any" },
  { name: "indices", dtype: "i32" },
] as const;

/** Input as [outer, extent, inner] around the axis, and how many numbers there are. */
function around(problem: Problem<AxisAttributes>) {
  const { shape } = typeOf(problem, "input");
  const axis = normalizeAxis(problem.attributes.axis, shape.length) as number;
  return {
    outer: sizeOf(shape.slice(0, axis)),
    extent: shape[axis] as number,
    inner: sizeOf(shape.slice(axis + 1)),
    taken: sizeOf(typeOf(problem, "indices").shape),
  };
}

/** Input […, V, …], indices of any shape; output: that shape in place of the axis. */
export const gather = defineOp<AxisAttributes>({
  name: "gather",
  family: "movement",
  summary: "slices along an axis by their numbers",
  inputs,
  outputs: ["output"],
  attributes: readAxis("gather"),
  infer: ({ input, indices }, { axis: given }) => {
    const { shape, dtype } = input as TensorType;
    const axis = axisOf("gather", "axis", given, shape);
    const output = [...shape.slice(0, axis), ...(indices as TensorType).shape, ...shape.slice(axis + 1)];
    return [{ shape: output, dtype }];
  },
  cost,
  reference: ({ input, indices }, problem) => {
    const { extent, inner, taken } = around(problem);
    const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
    return {
      output: output.map((_, i) => {
        const given = (indices as Float64Array)[Math.floor(i / inner) % taken] as number;
        const index = given < 0 ? given + extent : given;
        if (index < 0 || index >= extent) return beyond(typeOf(problem, "input"));
        const o = Math.floor(i / (inner * taken));
        return (input as Float64Array)[(o * extent + index) * inner + (i % inner)] as number;
      }),
    };
  },
  // Each slice gets the sum of what flows into the places that read it: one-hot numbers, transposed, times that.
  gradient: (emit, { inputs: { indices }, problem, cotangents }) => {
    type V = NonNullable<typeof indices>;
    const { outer, extent, inner, taken } = around(problem);
    const hot = emit("oneHot", { indices: indices as V }, { depth: extent }).output as V;
    const flow = reshaped(emit, cotangents.output as V, [outer, taken, inner]);
    const sums = product(emit, reshaped(emit, hot, [taken, extent]), flow, true, false);
    return { input: reshaped(emit, sums, typeOf(problem, "input").shape) };
  },
  tolerance: exact,
  check: ({ indices }, problem) => checkNumbers("gather", indices, () => around(problem).extent),
  kernels: elementKernels(takeShader, (problem) => {
    const { extent, inner, taken } = around(problem);
    return { count: sizeOf((problem.outputs.output as TensorType).shape), params: { extent, inner, taken } };
  }),
  cases: [
    { name: "rows", inputs: { input: f32(5, 3), indices: i32(2, 2) }, recipes: { indices: numbersOf(5) } },
    {
      name: "middle axis",
      inputs: { input: f32(2, 4, 3), indices: i32(5) },
      attributes: { axis: 1 },
      recipes: { indices: numbersOf(4) },
    },
    {
      name: "a number alone",
      inputs: { input: f32(3, 4), indices: i32() },
      attributes: { axis: -1 },
      recipes: { indices: numbersOf(4) },
    },
    {
      name: "integers",
      inputs: { input: i32(6), indices: i32(3) },
      recipes: { input: { kind: "integers", min: -99, max: 99 }, indices: numbersOf(6) },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 5));
    const axis = draw.int(-shape.length, shape.length - 1);
    const indices = i32(...Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 4)));
    return {
      inputs: { input: f32(...shape), indices },
      attributes: { axis },
      recipes: { indices: numbersOf(shape.at(axis) as number) },
    };
  },
});

/** Extents and strides around an axis for elements taken along it. */
function along(problem: Problem<AxisAttributes>) {
  const { shape } = typeOf(problem, "input");
  const axis = normalizeAxis(problem.attributes.axis, shape.length) as number;
  const strides = stridesOf(shape);
  return {
    extent: shape[axis] as number,
    stride: strides[axis] as number,
    others: strides.map((stride, i) => (i === axis ? 0 : stride)),
  };
}

/** @throws ShapeError unless `indices` has the axes of `input`, none longer but the one meant. */
export function checkAlong(op: string, input: TensorType, indices: TensorType, given: number): void {
  checkAxes(op, input.shape);
  const axis = axisOf(op, "axis", given, input.shape);
  const { shape } = indices;
  const fits = shape.every((extent, i) => i === axis || extent <= (input.shape[i] as number));
  if (shape.length === input.shape.length && fits) return;
  const wanted = `of ${input.shape.length} axes, none but axis ${axis} longer than those of input ${formatShape(input.shape)}`;
  throw new ShapeError({ op }, "indices", formatShape(shape), wanted);
}

/** Input and indices of equally many axes; output of the shape of the indices. */
export const gatherElements = defineOp<AxisAttributes>({
  name: "gatherElements",
  family: "movement",
  summary: "elements along an axis by their numbers",
  inputs,
  outputs: ["output"],
  attributes: readAxis("gatherElements"),
  infer: ({ input, indices }, { axis }) => {
    checkAlong("gatherElements", input as TensorType, indices as TensorType, axis);
    return [{ shape: (indices as TensorType).shape, dtype: (input as TensorType).dtype }];
  },
  cost,
  reference: ({ input, indices }, problem) => {
    const { extent, stride, others } = along(problem);
    const own = stridesOf(typeOf(problem, "indices").shape);
    return {
      output: (indices as Float64Array).map((given, i) => {
        const index = given < 0 ? given + extent : given;
        if (index < 0 || index >= extent) return beyond(typeOf(problem, "input"));
        const { shape } = typeOf(problem, "indices");
        const from = own.reduce(
          (sum, step, axis) => sum + (Math.floor(i / step) % (shape[axis] as number)) * (others[axis] as number),
          index * stride,
        );
        return (input as Float64Array)[from] as number;
      }),
    };
  },
  gradient: (emit, { inputs: { indices }, problem, cotangents }) => {
    type V = NonNullable<typeof indices>;
    const nothing = emit("fill", {}, { shape: typeOf(problem, "input").shape }).output as V;
    const given = { input: nothing, indices: indices as V, updates: cotangents.output as V };
    return { input: emit("scatterElements", given, { ...problem.attributes, reduction: "add" }).output as V };
  },
  tolerance: exact,
  check: ({ indices }, problem) => checkNumbers("gatherElements", indices, () => along(problem).extent),
  kernels: elementKernels(elementsShader, (problem) => {
    const { extent, stride, others } = along(problem);
    const { shape } = typeOf(problem, "indices");
    const params = { extent, stride, extents: lead(shape, MAX_AXES, 1), strides: lead(others, MAX_AXES, 0) };
    return { count: sizeOf(shape), params };
  }),
  cases: [
    { name: "rows", inputs: { input: f32(3, 4), indices: i32(5, 3) }, recipes: { indices: numbersOf(3) } },
    {
      name: "columns",
      inputs: { input: f32(3, 4), indices: i32(3, 2) },
      attributes: { axis: -1 },
      recipes: { indices: numbersOf(4) },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 5));
    const axis = draw.int(0, shape.length - 1);
    const indices = i32(...shape.map((extent, i) => draw.int(1, i === axis ? 6 : extent)));
    return {
      inputs: { input: f32(...shape), indices },
      attributes: { axis },
      recipes: { indices: numbersOf(shape[axis] as number) },
    };
  },
});

export interface TupleAttributes {
  /** Leading axes that input and indices share. */
  readonly batchDims: number;
}

function tuples({ inputs: given, attributes: { batchDims } }: Problem<TupleAttributes>) {
  const { shape } = given.input as TensorType;
  const { shape: numbers } = given.indices as TensorType;
  const depth = numbers.at(-1) as number;
  const extents = shape.slice(batchDims, batchDims + depth);
  const inner = sizeOf(shape.slice(batchDims + depth));
  return {
    tuples: sizeOf(numbers.slice(batchDims, -1)),
    depth,
    extents,
    strides: stridesOf(extents).map((stride) => stride * inner),
    inner,
    item: sizeOf(shape.slice(batchDims)),
  };
}

/** Input [b…, d…], indices [b…, q…, depth]; output [b…, q…, the axes of d beyond depth]. */
export const gatherND = defineOp<TupleAttributes>({
  name: "gatherND",
  family: "movement",
  summary: "slices by tuples of numbers",
  inputs,
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("gatherND", given);
    const attributes = { batchDims: read.int("batchDims", 0, 0) };
    read.done();
    return attributes;
  },
  infer: ({ input, indices }, { batchDims }) => {
    const where = { op: "gatherND" };
    const { shape, dtype } = input as TensorType;
    const { shape: numbers } = indices as TensorType;
    checkAxes("gatherND", shape);
    if (batchDims >= Math.min(shape.length, numbers.length)) {
      const wanted = `fewer than the axes of input ${formatShape(shape)} and of indices ${formatShape(numbers)}`;
      throw new AttributeError(where, "batchDims", String(batchDims), wanted);
    }
    const depth = numbers.at(-1) as number;
    const shared = shape.slice(0, batchDims).every((extent, i) => extent === numbers[i]);
    if (!shared || batchDims + depth > shape.length) {
      const wanted = `that begins as input ${formatShape(shape)} does for ${batchDims} axes and ends with at most ${shape.length - batchDims}`;
      throw new ShapeError(where, "indices", formatShape(numbers), wanted);
    }
    return [{ shape: [...numbers.slice(0, -1), ...shape.slice(batchDims + depth)], dtype }];
  },
  cost,
  reference: ({ input, indices }, problem) => {
    const t = tuples(problem);
    const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
    return {
      output: output.map((_, i) => {
        const tuple = Math.floor(i / t.inner);
        let from = Math.floor(tuple / t.tuples) * t.item + (i % t.inner);
        for (let d = 0; d < t.depth; d++) {
          const given = (indices as Float64Array)[tuple * t.depth + d] as number;
          const extent = t.extents[d] as number;
          const index = given < 0 ? given + extent : given;
          if (index < 0 || index >= extent) return beyond(typeOf(problem, "input"));
          from += index * (t.strides[d] as number);
        }
        return (input as Float64Array)[from] as number;
      }),
    };
  },
  tolerance: exact,
  check: ({ indices }, problem) => {
    const { extents } = tuples(problem);
    checkNumbers("gatherND", indices, (at) => extents[at % extents.length] as number);
  },
  kernels: elementKernels(tuplesShader, (problem) => {
    const { extents, strides, ...rest } = tuples(problem);
    const follow = (values: readonly number[]) => [...values, ...new Array<number>(MAX_AXES - values.length).fill(1)];
    const params = { ...rest, extents: follow(extents), strides: follow(strides) };
    return { count: sizeOf((problem.outputs.output as TensorType).shape), params };
  }),
  cases: [
    { name: "elements", inputs: { input: f32(3, 4), indices: i32(5, 2) }, recipes: { indices: numbersOf(3) } },
    { name: "slices", inputs: { input: f32(4, 2, 3), indices: i32(2, 2, 1) }, recipes: { indices: numbersOf(4) } },
    {
      name: "batches",
      inputs: { input: f32(2, 3, 4), indices: i32(2, 5, 1) },
      attributes: { batchDims: 1 },
      recipes: { indices: numbersOf(3) },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(2, 4));
    const batchDims = draw.int(0, shape.length - 1);
    const depth = draw.int(1, shape.length - batchDims);
    const rows = Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 4));
    const indices = i32(...shape.slice(0, batchDims), ...rows, depth);
    return { inputs: { input: f32(...shape), indices }, attributes: { batchDims }, recipes: { indices: numbersOf(2) } };
  },
});
