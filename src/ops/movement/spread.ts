/** Ops that make a larger tensor of a smaller one: broadcasting to a shape, and placing into zeros. */
import placeText from "../../../shaders/movement/place.wgsl?raw";
import placeLinesText from "../../../shaders/movement/place_lines.wgsl?raw";
import { AttributeError, ShapeError } from "../../core/errors";
import { broadcastStrides, formatShape, type Shape, sizeOf, stridesOf } from "../../core/shape";
import { f32, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { axisCut, elementCuts, withAttributes } from "../cut";
import { unbroadcast } from "../gradients";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib } from "../lib";
import { type Draw, defineOp, type Problem, shader } from "../op";
import type { Span } from "../part";
import { checkAxes, exact, type Gather, gatherKernels, gatherReference, lead, MAX_AXES, moved } from "./gather";

export interface BroadcastToAttributes {
  /** The shape of the output. Axes are matched from the back, as NumPy does. */
  readonly shape: readonly number[];
}

const broadcastGather = ({ inputs, attributes: { shape } }: Problem<BroadcastToAttributes>): Gather => ({
  extents: shape,
  strides: broadcastStrides((inputs.input as TensorType).shape, shape),
  offset: 0,
});

/** `shape` where a part covers `span` alone. */
const partOf = (shape: Shape, { axis, start, end }: Span): Shape =>
  shape.map((extent, at) => (at === axis ? end - start : extent));

const stretches = (from: Shape, to: Shape): boolean =>
  from.length <= to.length && from.every((extent, i) => extent === 1 || extent === to[to.length - from.length + i]);

export const broadcastTo = defineOp<BroadcastToAttributes>({
  name: "broadcastTo",
  family: "movement",
  summary: "axes of extent 1 stretched, and new ones in front, to a shape",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("broadcastTo", given);
    const attributes = { shape: read.ints("shape", undefined, 1) };
    read.done();
    return attributes;
  },
  infer: ({ input }, { shape }) => {
    const { shape: from, dtype } = input as TensorType;
    checkAxes("broadcastTo", shape);
    if (!stretches(from, shape)) {
      const wanted = `one that ${formatShape(from)} can be stretched to`;
      throw new AttributeError({ op: "broadcastTo" }, "shape", formatShape(shape), wanted);
    }
    return [{ shape, dtype }];
  },
  cost: moved,
  reference: ({ input }, problem) => ({ output: gatherReference(input as Float64Array, broadcastGather(problem)) }),
  gradient: (emit, { problem, cotangents }) => {
    const cotangent = cotangents.output as (typeof cotangents)[string];
    const { shape } = problem.inputs.input as TensorType;
    return { input: unbroadcast(emit, cotangent, shape, problem.attributes.shape) };
  },
  cuts: (problem) =>
    withAttributes(elementCuts()(problem), ({ outputs }) => ({
      shape: partOf(problem.attributes.shape, outputs.output as Span),
    })),
  tolerance: exact,
  kernels: gatherKernels(broadcastGather),
  cases: [
    { name: "column", inputs: { input: f32(3, 1) }, attributes: { shape: [3, 7] } },
    { name: "new axes", inputs: { input: f32(5) }, attributes: { shape: [2, 3, 5] } },
    { name: "scalar", inputs: { input: f32() }, attributes: { shape: [4, 2] } },
    { name: "channels", inputs: { input: i32(1, 3, 1, 1) }, attributes: { shape: [2, 3, 4, 5] } },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 6));
    const own = shape.slice(draw.int(0, shape.length)).map((extent) => (draw.bool() ? 1 : extent));
    return { inputs: { input: f32(...own) }, attributes: { shape } };
  },
});

export interface PlaceAttributes {
  /** The shape of the output. */
  readonly shape: readonly number[];
  /** Where the input's first element goes, one for each axis. */
  readonly starts: readonly number[];
  /** How far apart its elements go, one for each axis. */
  readonly steps: readonly number[];
}

const placeShader = shader("movement/place.wgsl", placeText, gridLib);
const placeLinesShader = shader("movement/place_lines.wgsl", placeLinesText, gridLib);
const WORKGROUP = 64;

function placeParams({ inputs, attributes: { shape, starts, steps } }: Problem<PlaceAttributes>) {
  const { shape: from } = inputs.input as TensorType;
  return {
    extents: lead(shape, MAX_AXES, 1),
    starts: lead(starts, MAX_AXES, 0),
    steps: lead(steps, MAX_AXES, 1),
    ownExtents: lead(from, MAX_AXES, 1),
    ownStrides: lead(stridesOf(from), MAX_AXES, 0),
  };
}

/** output[starts + steps · i] = input[i], and zero elsewhere: the inverse of a slice. */
export const place = defineOp<PlaceAttributes>({
  name: "place",
  family: "movement",
  summary: "a tensor placed, in steps, into one of zeros",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("place", given);
    const shape = read.ints("shape", undefined, 1);
    const starts = read.ints(
      "starts",
      shape.map(() => 0),
      0,
    );
    const steps = read.ints(
      "steps",
      shape.map(() => 1),
      1,
    );
    read.done();
    for (const [name, list] of Object.entries({ starts, steps })) {
      if (list.length === shape.length) continue;
      throw new AttributeError({ op: "place" }, name, formatShape(list), `as many as shape ${formatShape(shape)} has`);
    }
    return { shape, starts, steps };
  },
  infer: ({ input }, { shape, starts, steps }) => {
    const { shape: from, dtype } = input as TensorType;
    checkAxes("place", shape);
    const ends = from.map((extent, axis) => (starts[axis] as number) + (extent - 1) * (steps[axis] as number));
    if (from.length !== shape.length || ends.some((end, axis) => end >= (shape[axis] as number))) {
      const wanted = `one that fits into ${formatShape(shape)} from ${formatShape(starts)} on in steps of ${formatShape(steps)}`;
      throw new ShapeError({ op: "place" }, "input", formatShape(from), wanted);
    }
    return [{ shape, dtype }];
  },
  cost: moved,
  reference: ({ input }, { inputs, attributes: { shape, starts, steps } }) => {
    const output = new Float64Array(sizeOf(shape));
    const { shape: from } = inputs.input as TensorType;
    const own = stridesOf(from);
    const whole = stridesOf(shape);
    input?.forEach((value, i) => {
      let at = 0;
      from.forEach((extent, axis) => {
        const coordinate = Math.floor(i / (own[axis] as number)) % extent;
        at += ((starts[axis] as number) + coordinate * (steps[axis] as number)) * (whole[axis] as number);
      });
      output[at] = value;
    });
    return { output };
  },
  gradient: (emit, { problem, cotangents }) => {
    const { shape } = problem.inputs.input as TensorType;
    const { starts, steps } = problem.attributes;
    const ends = shape.map((extent, axis) => (starts[axis] as number) + (extent - 1) * (steps[axis] as number) + 1);
    const input = cotangents.output as (typeof cotangents)[string];
    return { input: emit("slice", { input }, { starts, ends, steps }).output as typeof input };
  },
  cuts: ({ inputs, attributes: { shape, starts, steps } }) => {
    const own = (inputs.input as TensorType).shape;
    const whole = shape.flatMap((extent, axis) =>
      own[axis] === extent && starts[axis] === 0 && steps[axis] === 1
        ? [axisCut(axis, extent, { input: axis }, { output: axis })]
        : [],
    );
    return withAttributes(whole, ({ outputs }) => ({ shape: partOf(shape, outputs.output as Span) }));
  },
  additive: true,
  tolerance: exact,
  kernels: [
    {
      name: "lines",
      shaders: [placeLinesShader],
      plan: (problem) => {
        const { shape } = problem.attributes;
        const width = shape.at(-1) ?? 1;
        const quadsPerLine = ceilDiv(width, 4);
        const quads = (sizeOf(shape) / width) * quadsPerLine;
        const params = { quads, quadsPerLine, width, ...placeParams(problem) };
        return {
          dispatches: [
            { shader: placeLinesShader, constants: { WORKGROUP }, params, workgroups: grid1d(quads, WORKGROUP) },
          ],
        };
      },
    },
    {
      name: "naive",
      shaders: [placeShader],
      plan: (problem) => {
        const count = sizeOf(problem.attributes.shape);
        return {
          dispatches: [
            {
              shader: placeShader,
              constants: { WORKGROUP },
              params: { count, ...placeParams(problem) },
              workgroups: grid1d(count, WORKGROUP),
            },
          ],
        };
      },
    },
  ],
  cases: [
    { name: "middle", inputs: { input: f32(3, 4) }, attributes: { shape: [5, 7], starts: [1, 2] } },
    {
      name: "steps",
      inputs: { input: f32(2, 3, 2) },
      attributes: { shape: [4, 9, 3], starts: [1, 0, 0], steps: [2, 3, 2] },
    },
    { name: "everything", inputs: { input: f32(2, 3) }, attributes: { shape: [2, 3] } },
    { name: "scalar", inputs: { input: f32() }, attributes: { shape: [] } },
  ],
  random: (draw: Draw) => {
    const from = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 6));
    const starts = from.map(() => draw.int(0, 3));
    const steps = from.map(() => draw.int(1, 3));
    const shape = from.map(
      (extent, axis) => (starts[axis] as number) + (extent - 1) * (steps[axis] as number) + draw.int(1, 3),
    );
    return { inputs: { input: f32(...from) }, attributes: { shape, starts, steps } };
  },
});
