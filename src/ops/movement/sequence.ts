/** Sequences of a batch turned around, each within its own length. */
import reverseText from "../../../shaders/movement/reverse_sequence.wgsl?raw";
import { AttributeError, ShapeError, ValueError } from "../../core/errors";
import { formatShape, normalizeAxis, sameShape, sizeOf, stridesOf } from "../../core/shape";
import { f32, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { elementKernels } from "../elements";
import { gridLib } from "../lib";
import { type Draw, defineOp, type Problem, shader } from "../op";
import { exact, moved } from "./gather";
import { axisOf } from "./take";

export interface ReverseSequenceAttributes {
  /** The axis of steps, and that of batch items; a negative one counts from the back. */
  readonly timeAxis: number;
  readonly batchAxis: number;
}

const reverseShader = shader("movement/reverse_sequence.wgsl", reverseText, gridLib);

function layout({ inputs, attributes }: Problem<ReverseSequenceAttributes>) {
  const { shape } = inputs.input as TensorType;
  const strides = stridesOf(shape);
  const time = normalizeAxis(attributes.timeAxis, shape.length) as number;
  const batch = normalizeAxis(attributes.batchAxis, shape.length) as number;
  return {
    steps: shape[time] as number,
    stepStride: strides[time] as number,
    batch: shape[batch] as number,
    batchStride: strides[batch] as number,
  };
}

/** Input of two axes or more, lengths [B]; output as input. */
export const reverseSequence = defineOp<ReverseSequenceAttributes>({
  name: "reverseSequence",
  family: "movement",
  summary: "sequences turned around, each within its length",
  inputs: [
    { name: "input", dtype: "any" },
    { name: "lengths", dtype: "i32" },
  ],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("reverseSequence", given);
    const attributes = { timeAxis: read.int("timeAxis", 0), batchAxis: read.int("batchAxis", 1) };
    read.done();
    return attributes;
  },
  infer: ({ input, lengths }, { timeAxis, batchAxis }) => {
    const op = "reverseSequence";
    const { shape } = input as TensorType;
    const time = axisOf(op, "timeAxis", timeAxis, shape);
    const batch = axisOf(op, "batchAxis", batchAxis, shape);
    if (time === batch) throw new AttributeError({ op }, "batchAxis", String(batchAxis), "another axis than timeAxis");
    const wanted = [shape[batch] as number];
    const given = (lengths as TensorType).shape;
    if (!sameShape(given, wanted)) {
      const why = `${formatShape(wanted)}, as input is ${formatShape(shape)}`;
      throw new ShapeError({ op }, "lengths", formatShape(given), why);
    }
    return [input as TensorType];
  },
  cost: moved,
  reference: ({ input, lengths }, problem) => {
    const { steps, stepStride, batch, batchStride } = layout(problem);
    return {
      output: (input as Float64Array).map((x, i, all) => {
        const t = Math.floor(i / stepStride) % steps;
        const length = (lengths as Float64Array)[Math.floor(i / batchStride) % batch] as number;
        return t < length ? (all[i + (Math.min(length, steps) - 1 - 2 * t) * stepStride] as number) : x;
      }),
    };
  },
  gradient: (emit, { inputs: { lengths }, problem, cotangents }) => {
    type V = NonNullable<typeof lengths>;
    const given = { input: cotangents.output as V, lengths: lengths as V };
    return { input: emit("reverseSequence", given, { ...problem.attributes }).output as V };
  },
  tolerance: exact,
  check: ({ lengths }, problem) => {
    const { steps } = layout(problem);
    lengths?.forEach((length, at) => {
      if (length >= 0 && length <= steps) return;
      const wanted = `whole numbers from 0 to ${steps}`;
      throw new ValueError({ op: "reverseSequence" }, "lengths", `${length} at element ${at}`, wanted);
    });
  },
  kernels: elementKernels(reverseShader, (problem) => ({
    count: sizeOf((problem.inputs.input as TensorType).shape),
    params: layout(problem),
  })),
  cases: [
    { name: "time first", inputs: { input: f32(4, 3), lengths: i32(3) }, recipes: { lengths: lengthsTo(4) } },
    {
      name: "batch first",
      inputs: { input: f32(2, 5, 3), lengths: i32(2) },
      attributes: { timeAxis: 1, batchAxis: 0 },
      recipes: { lengths: lengthsTo(5) },
    },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(2, 4) }, () => draw.int(1, 5));
    const timeAxis = draw.int(0, shape.length - 1);
    const batchAxis = (timeAxis + draw.int(1, shape.length - 1)) % shape.length;
    return {
      inputs: { input: f32(...shape), lengths: i32(shape[batchAxis] as number) },
      attributes: { timeAxis, batchAxis },
      recipes: { lengths: lengthsTo(shape[timeAxis] as number) },
    };
  },
});

function lengthsTo(steps: number) {
  return { kind: "integers", min: 0, max: steps } as const;
}
