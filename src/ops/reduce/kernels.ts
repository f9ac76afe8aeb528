/** The kernels of reductions, which walk any set of axes by extents and strides; and the axes that an op's attributes mean. */
import libText from "../../../shaders/lib/reduce.wgsl?raw";
import linesText from "../../../shaders/reduce/lines.wgsl?raw";
import serialText from "../../../shaders/reduce/serial.wgsl?raw";
import workgroupText from "../../../shaders/reduce/workgroup.wgsl?raw";
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, normalizeAxis, sizeOf, stridesOf } from "../../core/shape";
import { byteLength, formatType, type TensorType } from "../../core/tensor";
import { grid1d } from "../kernels";
import { batchLib, gridLib, nonfiniteLib } from "../lib";
import { type Kernel, type Problem, shader } from "../op";

export interface ReduceAttributes {
  /** Axes that go; a negative one counts from the back. All of them unless told. */
  readonly axes: readonly number[] | null;
  /** Whether they stay as axes of extent 1. */
  readonly keepDims: boolean;
}

const MAX_AXES = 8;
const WORKGROUP = 64;
const lib = [libText, ...batchLib, ...nonfiniteLib];
const serialShader = shader("reduce/serial.wgsl", serialText, [...gridLib, ...lib]);
const workgroupShader = shader("reduce/workgroup.wgsl", workgroupText, lib);

const lead = (values: readonly number[], fill: number): number[] => [
  ...new Array<number>(MAX_AXES - values.length).fill(fill),
  ...values,
];

/** Axes that stay and axes that go, with their extents and strides. */
export function walk({ inputs, attributes }: Problem<ReduceAttributes>) {
  const { shape } = inputs.input as TensorType;
  const strides = stridesOf(shape);
  const cut = new Set(
    (attributes.axes ?? shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, shape.length)),
  );
  const side = (goes: boolean) => {
    const axes = shape.flatMap((_, axis) => (cut.has(axis) === goes ? [axis] : []));
    return { extents: axes.map((axis) => shape[axis] as number), strides: axes.map((axis) => strides[axis] as number) };
  };
  const kept = side(false);
  const gone = side(true);
  return { kept, gone, count: sizeOf(kept.extents), length: sizeOf(gone.extents) };
}

function paramsOf(problem: Problem<ReduceAttributes>) {
  const { kept, gone, count, length } = walk(problem);
  return {
    count,
    length,
    keptExtents: lead(kept.extents, 1),
    keptStrides: lead(kept.strides, 0),
    cutExtents: lead(gone.extents, 1),
    cutStrides: lead(gone.strides, 0),
  };
}

const linesShader = shader("reduce/lines.wgsl", linesText, gridLib);

/** Whether the axes that go are the last ones, so that each output sums neighbours. */
function sumsNeighbours(problem: Problem<ReduceAttributes>): boolean {
  const { shape } = problem.inputs.input as TensorType;
  const meant = (problem.attributes.axes ?? shape.map((_, axis) => axis)).map((axis) =>
    normalizeAxis(axis, shape.length),
  );
  const first = shape.length - meant.length;
  return meant.every((axis) => axis !== undefined && axis >= first);
}

/** For sums and means of neighbours, on adapters where a workgroup is no help. */
export const linesKernel = (mean: boolean): Kernel<ReduceAttributes> => ({
  name: "lines",
  shaders: [linesShader],
  supports: (problem) => {
    if (problem.inputs.input?.dtype !== "f32") return "wants f32";
    return sumsNeighbours(problem) || "wants the last axes to go";
  },
  preference: (_, { software }) => (software ? 2 : 0),
  plan: (problem) => {
    const { count, length } = walk(problem);
    const constants = { MEAN: mean ? 1 : 0, WORKGROUP: 16 };
    return {
      dispatches: [{ shader: linesShader, constants, params: { count, length }, workgroups: grid1d(count, 16) }],
    };
  },
});

/** How a reduction runs: its code in the shaders, and whether of equal values the last place counts. */
export interface Kind {
  readonly code: number;
  readonly last?: boolean;
}

const constantsOf = <A>(problem: Problem<A>, { code, last = false }: Kind) => ({
  KIND: code,
  INTEGER: problem.inputs.input?.dtype === "i32" ? 1 : 0,
  LAST: last ? 1 : 0,
});

/** The kernels of an op that reads as a reduction by `as`. */
export const kernelsOf = <A>(
  kindOf: (attributes: A) => Kind,
  as: (problem: Problem<A>) => Problem<ReduceAttributes>,
): readonly Kernel<A>[] => [
  {
    name: "workgroup",
    shaders: [workgroupShader],
    tunables: { WORKGROUP: [64, 128, 256] },
    preference: (problem, { software }) => (software || walk(as(problem)).length < 32 ? -1 : 1),
    plan: (problem, tuned) => {
      const params = paramsOf(as(problem));
      const constants = {
        ...constantsOf(problem, kindOf(problem.attributes)),
        WORKGROUP: tuned.WORKGROUP ?? WORKGROUP,
      };
      return { dispatches: [{ shader: workgroupShader, constants, params, workgroups: grid1d(params.count, 1) }] };
    },
  },
  {
    name: "serial",
    shaders: [serialShader],
    plan: (problem) => {
      const params = paramsOf(as(problem));
      const constants = { ...constantsOf(problem, kindOf(problem.attributes)), WORKGROUP: 16 };
      return { dispatches: [{ shader: serialShader, constants, params, workgroups: grid1d(params.count, 16) }] };
    },
  },
];

/** Every output's elements, in float64, in their order. */
export function eachOutput(
  x: Float64Array,
  problem: Problem<ReduceAttributes>,
  reduce: (values: readonly number[]) => number,
): Float64Array {
  const { kept, gone, count, length } = walk(problem);
  const offset = (i: number, { extents, strides }: typeof kept): number => {
    let rest = i;
    let sum = 0;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      sum += (rest % (extents[axis] as number)) * (strides[axis] as number);
      rest = Math.floor(rest / (extents[axis] as number));
    }
    return sum;
  };
  return Float64Array.from({ length: count }, (_, o) => {
    const start = offset(o, kept);
    return reduce(Array.from({ length }, (__, j) => x[start + offset(j, gone)] as number));
  });
}

/** @throws ShapeError for a dtype or a number of axes that the kernels do not know; AttributeError for axes. */
export function infer(
  op: string,
  input: TensorType,
  { axes, keepDims }: ReduceAttributes,
  integers: boolean,
): TensorType {
  const { shape, dtype } = input;
  if (dtype !== "f32" && !(integers && dtype === "i32")) {
    throw new ShapeError({ op }, "input", formatType(input), integers ? "of dtype f32 or i32" : "of dtype f32");
  }
  if (shape.length > MAX_AXES) throw new ShapeError({ op }, "input", formatShape(shape), `of at most ${MAX_AXES} axes`);
  const meant = (axes ?? shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, shape.length));
  if (meant.includes(undefined) || new Set(meant).size !== meant.length) {
    throw new AttributeError({ op }, "axes", formatShape(axes ?? []), `different axes of input ${formatShape(shape)}`);
  }
  const out = shape.flatMap((extent, axis) => (meant.includes(axis) ? (keepDims ? [1] : []) : [extent]));
  return { shape: out, dtype };
}

export const cost = ({ inputs, outputs }: Problem<ReduceAttributes>) => ({
  flops: sizeOf((inputs.input as TensorType).shape),
  bytes: byteLength(inputs.input as TensorType) + byteLength(outputs.output as TensorType),
});
