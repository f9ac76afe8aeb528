/**
 * Ops that move data and compute nothing: reshape and flatten (which only look at it otherwise), transpose, concat.
 * They take tensors of any dtype, and move bits.
 */
import scatterLinesText from "../../../shaders/movement/scatter_lines.wgsl?raw";
import scatterQuadsText from "../../../shaders/movement/scatter_quads.wgsl?raw";
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, normalizeAxis, type Shape, sameShape, sizeOf, stridesOf } from "../../core/shape";
import { f32, formatType, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { axisCut, cutsBeside, reshapeCuts } from "../cut";
import { grid1d } from "../kernels";
import { gridLib } from "../lib";
import {
  type Cost,
  type Draw,
  defineOp,
  type Emit,
  type GradientSite,
  type Kernel,
  type Named,
  type Problem,
  shader,
} from "../op";
import { checkAxes, exact, type Gather, gatherKernels, gatherReference, moved } from "./gather";

const WORKGROUP = 64;
const scatterLinesShader = shader("movement/scatter_lines.wgsl", scatterLinesText, gridLib);
const scatterQuadsShader = shader("movement/scatter_quads.wgsl", scatterQuadsText, gridLib);

const nothing = (): Cost => ({ flops: 0, bytes: 0 });
const input = { name: "input", dtype: "any" } as const;
/** What only looked at its input differently gives the gradient its shape back. */
const backToShape = <V>(emit: Emit<V>, { inputs, problem, cotangents }: GradientSite<V, unknown>): Named<V> => {
  const { shape } = problem.inputs.input as TensorType;
  return inputs.input === undefined
    ? {}
    : { input: emit("reshape", { input: cotangents.output as V }, { shape }).output as V };
};
const shapeIn = (types: Named<TensorType>, name: string): Shape => (types[name] as TensorType).shape;
const copy = ({ input: x }: Named<Float64Array>) => ({ output: (x as Float64Array).slice() });

export interface ReshapeAttributes {
  /** The new shape; one extent may be −1 and is worked out from the rest. */
  readonly shape: readonly number[];
}

export const reshape = defineOp<ReshapeAttributes>({
  name: "reshape",
  family: "movement",
  summary: "the same elements in another shape",
  inputs: [input],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("reshape", given);
    const attributes = { shape: read.ints("shape", undefined, -1) };
    read.done();
    return attributes;
  },
  infer: ({ input: from }, { shape }) => {
    const { shape: before, dtype } = from as TensorType;
    const open = shape.filter((extent) => extent === -1).length;
    const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
    const total = sizeOf(before);
    const rest = total / known;
    if (open > 1 || known === 0 || !Number.isInteger(rest) || (open === 0 && rest !== 1)) {
      throw new AttributeError(
        { op: "reshape" },
        "shape",
        formatShape(shape),
        `of ${total} elements, as input is ${formatShape(before)} (one extent may be -1)`,
      );
    }
    return [{ shape: shape.map((extent) => (extent === -1 ? rest : extent)), dtype }];
  },
  cost: nothing,
  reference: copy,
  gradient: backToShape,
  cuts: ({ inputs, outputs }) =>
    reshapeCuts(shapeIn(inputs, "input"), shapeIn(outputs, "output"), (shape) => ({ shape })),
  additive: true,
  tolerance: exact,
  view: true,
  golden: { op: "reshape", inputs: ["x"], outputs: ["y"] },
  kernels: [],
  cases: [
    { name: "plain", inputs: { input: f32(2, 6) }, attributes: { shape: [3, 4] } },
    { name: "worked out", inputs: { input: f32(2, 3, 4) }, attributes: { shape: [4, -1] } },
  ],
  random: (draw: Draw) => {
    const [a, b] = [draw.int(1, 5), draw.int(1, 5)];
    return { inputs: { input: f32(a, b) }, attributes: { shape: [b, -1] } };
  },
});

export interface FlattenAttributes {
  /** Axes from this one on become one; a negative one counts from the back. */
  readonly startAxis: number;
}

export const flatten = defineOp<FlattenAttributes>({
  name: "flatten",
  family: "movement",
  summary: "axes from one on as a single one",
  inputs: [input],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("flatten", given);
    const attributes = { startAxis: read.int("startAxis", 1) };
    read.done();
    return attributes;
  },
  infer: ({ input: from }, { startAxis }) => {
    const { shape, dtype } = from as TensorType;
    const axis = normalizeAxis(startAxis, Math.max(1, shape.length));
    if (axis === undefined) {
      throw new AttributeError(
        { op: "flatten" },
        "startAxis",
        String(startAxis),
        `an axis of input ${formatShape(shape)}`,
      );
    }
    return [{ shape: [...shape.slice(0, axis), sizeOf(shape.slice(axis))], dtype }];
  },
  cost: nothing,
  reference: copy,
  gradient: backToShape,
  cuts: ({ inputs, outputs }) => reshapeCuts(shapeIn(inputs, "input"), shapeIn(outputs, "output"), () => undefined),
  additive: true,
  tolerance: exact,
  view: true,
  golden: { op: "flatten", inputs: ["x"], outputs: ["y"], attributes: ({ start_axis }) => ({ startAxis: start_axis }) },
  kernels: [],
  cases: [
    { name: "maps", inputs: { input: f32(2, 3, 4, 5) } },
    { name: "everything", inputs: { input: f32(3, 3) }, attributes: { startAxis: 0 } },
  ],
  random: (draw: Draw) => ({
    inputs: { input: f32(draw.int(1, 3), draw.int(1, 4), draw.int(1, 4)) },
    attributes: { startAxis: draw.int(-3, 2) },
  }),
});

export interface TransposeAttributes {
  /** Axis of the input for each axis of the output; reversed unless told. */
  readonly perm: readonly number[] | null;
}

function permutation(shape: Shape, { perm }: TransposeAttributes): readonly number[] {
  return perm
    ? perm.map((axis) => normalizeAxis(axis, shape.length) ?? -1)
    : shape.map((_, axis) => shape.length - 1 - axis);
}

function transposeGather({ inputs, attributes }: Problem<TransposeAttributes>): Gather {
  const { shape } = inputs.input as TensorType;
  const own = stridesOf(shape);
  const axes = permutation(shape, attributes);
  return {
    extents: axes.map((axis) => shape[axis] as number),
    strides: axes.map((axis) => own[axis] as number),
    offset: 0,
  };
}

export const transpose = defineOp<TransposeAttributes>({
  name: "transpose",
  family: "movement",
  summary: "axes in another order",
  inputs: [input],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("transpose", given);
    const isList = (value: unknown): value is number[] =>
      Array.isArray(value) && value.every((axis) => Number.isInteger(axis));
    const accept = (value: unknown) => (value === null || isList(value) ? value : undefined);
    const attributes = { perm: read.custom<readonly number[] | null>("perm", null, accept, "a list of axes") };
    read.done();
    return attributes;
  },
  infer: ({ input: from }, attributes) => {
    const { shape, dtype } = from as TensorType;
    checkAxes("transpose", shape);
    const axes = permutation(shape, attributes);
    if (axes.length !== shape.length || new Set(axes).size !== shape.length || axes.includes(-1)) {
      throw new AttributeError(
        { op: "transpose" },
        "perm",
        formatShape(attributes.perm ?? []),
        `each axis of input ${formatShape(shape)} once`,
      );
    }
    return [{ shape: axes.map((axis) => shape[axis] as number), dtype }];
  },
  cost: moved,
  reference: ({ input: x }, problem) => ({ output: gatherReference(x as Float64Array, transposeGather(problem)) }),
  gradient: (emit, { problem, cotangents }) => {
    const axes = permutation((problem.inputs.input as TensorType).shape, problem.attributes);
    const back = axes.map((_, axis) => axes.indexOf(axis));
    const input = cotangents.output as (typeof cotangents)[string];
    return { input: emit("transpose", { input }, { perm: back }).output as typeof input };
  },
  cuts: ({ inputs, outputs, attributes }) => {
    const from = permutation(shapeIn(inputs, "input"), attributes);
    return shapeIn(outputs, "output").map((extent, axis) =>
      axisCut(axis, extent, { input: from[axis] as number }, { output: axis }),
    );
  },
  additive: true,
  tolerance: exact,
  golden: { op: "transpose", inputs: ["x"], outputs: ["y"] },
  kernels: gatherKernels(transposeGather),
  cases: [
    { name: "matrix", inputs: { input: f32(5, 7) } },
    { name: "one", inputs: { input: f32(1, 1) } },
    { name: "rotated", inputs: { input: f32(2, 3, 5) }, attributes: { perm: [2, 0, 1] } },
    { name: "four axes", inputs: { input: f32(2, 3, 4, 5) }, attributes: { perm: [3, 1, 2, 0] } },
    { name: "integers", inputs: { input: i32(3, 4) }, recipes: { input: { kind: "integers", min: -9, max: 9 } } },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 6));
    const rest = shape.map((_, axis) => axis);
    const perm = shape.map(() => rest.splice(draw.int(0, rest.length - 1), 1)[0] as number);
    return { inputs: { input: f32(...shape) }, attributes: { perm } };
  },
});

export interface ConcatAttributes {
  /** The axis along which tensors follow each other; a negative one counts from the back. */
  readonly axis: number;
}

/** Each input as lines: everything from the axis on is one line, everything before it counts lines. */
function concatParts({
  inputs,
  outputs,
  attributes,
}: Problem<ConcatAttributes>): { name: string; width: number; first: number; lines: number; outWidth: number }[] {
  const { shape } = outputs.output as TensorType;
  const axis = normalizeAxis(attributes.axis, shape.length) as number;
  let first = 0;
  return Object.keys(inputs)
    .sort((a, b) => Number(a.slice("input".length)) - Number(b.slice("input".length)))
    .map((name) => {
      const width = sizeOf((inputs[name] as TensorType).shape.slice(axis));
      const part = { name, width, first, lines: sizeOf(shape.slice(0, axis)), outWidth: sizeOf(shape.slice(axis)) };
      first += width;
      return part;
    });
}

function concatKernel(name: string, per: 1 | 4): Kernel<ConcatAttributes> {
  const scatter = per === 4 ? scatterQuadsShader : scatterLinesShader;
  return {
    name,
    shaders: [scatter],
    supports: (problem) =>
      per === 1 || concatParts(problem).every(({ width }) => width % 4 === 0) || "wants widths that are multiples of 4",
    plan: (problem) => ({
      dispatches: concatParts(problem).map(({ name: from, width, first, lines, outWidth }) => ({
        shader: scatter,
        constants: { WORKGROUP },
        params: { count: (lines * width) / per, width: width / per, outWidth: outWidth / per, first: first / per },
        bindings: { input: from },
        workgroups: grid1d((lines * width) / per, WORKGROUP),
      })),
    }),
  };
}

export const concat = defineOp<ConcatAttributes>({
  name: "concat",
  family: "movement",
  summary: "tensors one after the other along an axis",
  inputs: [{ name: "input", dtype: "any", variadic: true }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("concat", given);
    const attributes = { axis: read.int("axis", 0) };
    read.done();
    return attributes;
  },
  infer: (inputs, { axis: given }) => {
    const first = inputs.input0 as TensorType;
    const axis = normalizeAxis(given, first.shape.length);
    if (axis === undefined)
      throw new AttributeError(
        { op: "concat" },
        "axis",
        String(given),
        `an axis of input0 ${formatShape(first.shape)}`,
      );
    const flat = (shape: Shape) => shape.map((extent, i) => (i === axis ? -1 : extent));
    let total = 0;
    for (const [name, type] of Object.entries(inputs)) {
      if (type.dtype !== first.dtype || !sameShape(flat(type.shape), flat(first.shape))) {
        throw new ShapeError(
          { op: "concat" },
          name,
          formatType(type),
          `as input0, ${formatType(first)}, but for axis ${axis}`,
        );
      }
      total += type.shape[axis] as number;
    }
    return [{ shape: first.shape.map((extent, i) => (i === axis ? total : extent)), dtype: first.dtype }];
  },
  cost: moved,
  reference: (inputs, problem) => {
    const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
    for (const { name, width, first, lines, outWidth } of concatParts(problem)) {
      const from = inputs[name] as Float64Array;
      for (let line = 0; line < lines; line++)
        output.set(from.subarray(line * width, (line + 1) * width), line * outWidth + first);
    }
    return { output };
  },
  gradient: (emit, { problem, cotangents, wants }) => {
    const input = cotangents.output as (typeof cotangents)[string];
    const { shape } = problem.outputs.output as TensorType;
    const axis = normalizeAxis(problem.attributes.axis, shape.length) as number;
    const gradients: Record<string, typeof input> = {};
    let start = 0;
    for (const { name } of concatParts(problem)) {
      const end = start + ((problem.inputs[name] as TensorType).shape[axis] as number);
      const part = { starts: [start], ends: [end], axes: [axis] };
      if (wants(name)) gradients[name] = emit("slice", { input }, part).output as typeof input;
      start = end;
    }
    return gradients;
  },
  cuts: (problem) => cutsBeside(problem, problem.attributes.axis),
  additive: true,
  tolerance: exact,
  golden: { op: "concat", inputs: ["x"], outputs: ["y"], attributes: ({ axis }) => ({ axis }) },
  kernels: [concatKernel("vec4", 4), concatKernel("naive", 1)],
  cases: [
    { name: "channels", inputs: { input0: f32(2, 3, 2), input1: f32(2, 1, 2) }, attributes: { axis: 1 } },
    { name: "alone", inputs: { input0: f32(3) } },
    {
      name: "three by vec4",
      inputs: { input0: f32(2, 4), input1: f32(2, 8), input2: f32(2, 4) },
      attributes: { axis: -1 },
    },
    {
      name: "integers",
      inputs: { input0: i32(3), input1: i32(2) },
      recipes: { input0: { kind: "integers", min: 0, max: 9 }, input1: { kind: "integers", min: 0, max: 9 } },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 6));
    const axis = draw.int(0, shape.length - 1);
    const parts = Array.from(
      { length: draw.int(1, 4) },
      (_, i) => [`input${i}`, f32(...shape.map((e, at) => (at === axis ? draw.int(1, 6) : e)))] as const,
    );
    return { inputs: Object.fromEntries(parts), attributes: { axis } };
  },
});
