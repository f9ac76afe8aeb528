/** A part of a tensor: along each axis a walk in steps, forwards or backwards. Moves data of any dtype. */
import { AttributeError } from "../../core/errors";
import { formatShape, normalizeAxis, stridesOf } from "../../core/shape";
import { f32, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { axisCut } from "../cut";
import { type Draw, defineOp, type Problem } from "../op";
import { checkAxes, exact, type Gather, gatherKernels, gatherReference, moved } from "./gather";

export interface SliceAttributes {
  /** First index along each axis; a negative one counts from the back. */
  readonly starts: readonly number[];
  /** Index after the last along each axis, clipped to the extent; a negative one counts from the back. */
  readonly ends: readonly number[];
  /** Which axes are meant; all, in order, unless told. */
  readonly axes: readonly number[] | null;
  /**
   * Steps along each axis, not 0; 1 unless told. One below 0 walks back from the start, and an end of −1 − extent or less lets
   * it take the first element too.
   */
  readonly steps: readonly number[] | null;
}

/** An index along an axis, counted from the front and brought to where a walk in steps may begin, or end before. */
function clipped(index: number, extent: number, step: number): number {
  const counted = index < 0 ? index + extent : index;
  return step > 0 ? Math.max(0, Math.min(extent, counted)) : Math.max(-1, Math.min(extent - 1, counted));
}

function sliceGather({ shape }: TensorType, { starts, ends, axes, steps }: SliceAttributes): Gather {
  const extents = [...shape];
  const strides = stridesOf(shape);
  let offset = 0;
  starts.forEach((start, i) => {
    const axis = normalizeAxis(axes?.[i] ?? i, shape.length) as number;
    const extent = shape[axis] as number;
    const step = steps?.[i] ?? 1;
    const first = clipped(start, extent, step);
    extents[axis] = Math.max(0, Math.ceil((clipped(ends[i] as number, extent, step) - first) / step));
    offset += first * (strides[axis] as number);
    strides[axis] = (strides[axis] as number) * step;
  });
  return { extents, strides, offset };
}

const sliceOf = ({ inputs, attributes }: Problem<SliceAttributes>): Gather =>
  sliceGather(inputs.input as TensorType, attributes);

export const slice = defineOp<SliceAttributes>({
  name: "slice",
  family: "movement",
  summary: "a part of a tensor, in steps",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("slice", given);
    const list = (name: string, isFit: (value: number) => boolean, wanted: string) =>
      read.custom<readonly number[] | null>(
        name,
        null,
        (value) =>
          value === null || (Array.isArray(value) && value.every((e) => Number.isInteger(e) && isFit(e)))
            ? (value as number[] | null)
            : undefined,
        wanted,
      );
    const attributes = {
      starts: read.ints("starts"),
      ends: read.ints("ends"),
      axes: list("axes", () => true, "a list of whole numbers"),
      steps: list("steps", (step) => step !== 0, "a list of whole numbers other than 0"),
    };
    read.done();
    return attributes;
  },
  infer: ({ input: from }, attributes) => {
    const { shape, dtype } = from as TensorType;
    const { starts, ends, axes, steps } = attributes;
    checkAxes("slice", shape);
    const count = starts.length;
    for (const [name, list] of [
      ["ends", ends],
      ["axes", axes],
      ["steps", steps],
    ] as const) {
      if (list && list.length !== count) {
        throw new AttributeError(
          { op: "slice" },
          name,
          formatShape(list),
          `${count} numbers, one for each of starts ${formatShape(starts)}`,
        );
      }
    }
    const meant = starts.map((_, i) => normalizeAxis(axes?.[i] ?? i, shape.length));
    if (meant.includes(undefined) || new Set(meant).size !== count) {
      throw new AttributeError(
        { op: "slice" },
        "axes",
        formatShape(axes ?? starts.map((_, i) => i)),
        `different axes of input ${formatShape(shape)}`,
      );
    }
    const { extents } = sliceGather(from as TensorType, attributes);
    if (extents.includes(0)) {
      throw new AttributeError(
        { op: "slice" },
        "ends",
        formatShape(ends),
        `beyond starts ${formatShape(starts)}: the slice of ${formatShape(shape)} is empty`,
      );
    }
    return [{ shape: extents, dtype }];
  },
  cost: moved,
  reference: ({ input: x }, problem) => ({ output: gatherReference(x as Float64Array, sliceOf(problem)) }),
  gradient: (emit, { problem, cotangents }) => {
    const { shape } = problem.inputs.input as TensorType;
    const { starts, axes, steps } = problem.attributes;
    const cotangent = cotangents.output as (typeof cotangents)[string];
    const taken = (problem.outputs.output as TensorType).shape;
    const whole = { starts: shape.map(() => 0), steps: shape.map(() => 1) };
    const turned: number[] = [];
    starts.forEach((start, i) => {
      const axis = normalizeAxis(axes?.[i] ?? i, shape.length) as number;
      const step = steps?.[i] ?? 1;
      const first = clipped(start, shape[axis] as number, step);
      if (step < 0) turned.push(axis);
      whole.starts[axis] = step > 0 ? first : first + ((taken[axis] as number) - 1) * step;
      whole.steps[axis] = Math.abs(step);
    });
    // What was walked backwards is turned around first.
    const back = {
      starts: turned.map(() => -1),
      ends: turned.map((axis) => -1 - (taken[axis] as number)),
      axes: turned,
      steps: turned.map(() => -1),
    };
    const input =
      turned.length > 0 ? (emit("slice", { input: cotangent }, back).output as typeof cotangent) : cotangent;
    return { input: emit("place", { input }, { shape, ...whole }).output as typeof cotangent };
  },
  cuts: ({ inputs, outputs, attributes: { starts, axes } }) => {
    const rank = (inputs.input as TensorType).shape.length;
    const sliced = new Set(starts.map((_, i) => normalizeAxis(axes?.[i] ?? i, rank)));
    return (outputs.output as TensorType).shape.flatMap((extent, axis) =>
      sliced.has(axis) ? [] : [axisCut(axis, extent, { input: axis }, { output: axis })],
    );
  },
  additive: true,
  tolerance: exact,
  kernels: gatherKernels(sliceOf),
  cases: [
    { name: "middle", inputs: { input: f32(5, 7) }, attributes: { starts: [1, 2], ends: [4, 6] } },
    { name: "from the back", inputs: { input: f32(6, 4) }, attributes: { starts: [-3], ends: [-1], axes: [0] } },
    {
      name: "steps",
      inputs: { input: f32(3, 9, 4, 3) },
      attributes: { starts: [1, 0], ends: [99, 3], axes: [1, 2], steps: [3, 2] },
    },
    {
      name: "backwards",
      inputs: { input: f32(5, 4) },
      attributes: { starts: [-1, 9], ends: [-99, 0], steps: [-1, -2] },
    },
    {
      name: "one",
      inputs: { input: i32(4) },
      attributes: { starts: [2], ends: [3] },
      recipes: { input: { kind: "integers", min: -9, max: 9 } },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 8));
    const starts = shape.map((extent) => draw.int(0, extent - 1));
    const steps = shape.map(() => draw.pick([1, 2, 3, -1, -2]));
    const ends = shape.map((extent, axis) => {
      const start = starts[axis] as number;
      if ((steps[axis] as number) > 0) return draw.int(start + 1, extent + 2);
      return start > 0 && draw.bool() ? draw.int(0, start - 1) : -1 - extent;
    });
    return { inputs: { input: f32(...shape) }, attributes: { starts, ends, steps } };
  },
});
