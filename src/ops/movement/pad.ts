/**
 * Elements before and after a tensor along any of its axes, as NumPy's `pad` makes them: of one value, the nearest of the
 * tensor's own, the tensor mirrored about its ends, or the tensor over and over (which also tiles).
 */
import padText from "../../../shaders/movement/pad.wgsl?raw";
import { AttributeError } from "../../core/errors";
import { formatShape, sizeOf, stridesOf } from "../../core/shape";
import { f32, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { elementKernels } from "../elements";
import { gridLib } from "../lib";
import { type Draw, defineOp, type Emit, type Problem, shader } from "../op";
import { bitsOf, readValue } from "./fill";
import { checkAxes, exact, lead, MAX_AXES, moved } from "./gather";

const MODES = ["constant", "edge", "reflect", "wrap"] as const;

export interface PadAttributes {
  /** How many elements come before and after, one number for each axis. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly mode: (typeof MODES)[number];
  /** The value of mode `constant`. */
  readonly value: number;
}

const padShader = shader("movement/pad.wgsl", padText, gridLib);

const remainder = (x: number, period: number): number => ((x % period) + period) % period;

/** Which element of an axis of `extent` stands at `x`; undefined where it is the constant. */
function sourceAt(mode: PadAttributes["mode"], x: number, extent: number): number | undefined {
  if (x >= 0 && x < extent) return x;
  if (mode === "constant") return undefined;
  if (mode === "edge") return x < 0 ? 0 : extent - 1;
  if (mode === "wrap") return remainder(x, extent);
  if (extent === 1) return 0;
  const way = remainder(x, 2 * (extent - 1));
  return Math.min(way, 2 * (extent - 1) - way);
}

const shapeOf = ({ inputs }: Problem<unknown>) => (inputs.input as TensorType).shape;

/** A stretch of a padded axis that walks the tensor in steps of 1, 0 or −1: `length` elements from `start`, from `source` on. */
interface Run {
  readonly start: number;
  readonly source: number;
  step: -1 | 0 | 1;
  length: number;
}

function runsOf(sources: readonly number[]): Run[] {
  const runs: Run[] = [];
  sources.forEach((source, start) => {
    const last = runs.at(-1);
    const moved = last && source - (last.source + last.step * (last.length - 1));
    if (last && moved !== undefined && Math.abs(moved) <= 1 && (last.length === 1 || moved === last.step)) {
      last.step = moved as Run["step"];
      last.length += 1;
    } else runs.push({ start, source, step: 0, length: 1 });
  });
  return runs;
}

/** What flows back along one axis: every run, turned around or summed up as it walked, goes where it came from. */
function gatherAxis<V>(emit: Emit<V>, flow: V, shape: readonly number[], axis: number, sources: readonly number[]): V {
  const parts = runsOf(sources).map(({ start, source, step, length }) => {
    const cut = emit("slice", { input: flow }, { starts: [start], ends: [start + length], axes: [axis] }).output as V;
    const starts = shape.map((_, i) => (i === axis ? Math.min(source, source + step * (length - 1)) : 0));
    let part = cut;
    if (step === 0 && length > 1) part = emit("sum", { input: cut }, { axes: [axis], keepDims: true }).output as V;
    if (step === -1) {
      const turn = { starts: [-1], ends: [-length - 1], axes: [axis], steps: [-1] };
      part = emit("slice", { input: cut }, turn).output as V;
    }
    return emit("place", { input: part }, { shape, starts }).output as V;
  });
  return parts.reduce((a, b) => emit("add", { a, b }).output as V);
}

export const pad = defineOp<PadAttributes>({
  name: "pad",
  family: "movement",
  summary: "elements before and after along any axes: a constant, the edge, mirrored, or over and over",
  inputs: [{ name: "input", dtype: "any" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("pad", given);
    const attributes = {
      before: read.ints("before", undefined, 0),
      after: read.ints("after", undefined, 0),
      mode: read.choice("mode", MODES, "constant"),
      value: readValue(read),
    };
    read.done();
    return attributes;
  },
  infer: ({ input }, { before, after }) => {
    const { shape, dtype } = input as TensorType;
    checkAxes("pad", shape);
    for (const [name, list] of Object.entries({ before, after })) {
      if (list.length === shape.length) continue;
      const wanted = `${shape.length} numbers, one for each axis of input ${formatShape(shape)}`;
      throw new AttributeError({ op: "pad" }, name, formatShape(list), wanted);
    }
    return [{ shape: shape.map((extent, i) => extent + (before[i] as number) + (after[i] as number)), dtype }];
  },
  cost: moved,
  reference: ({ input }, problem) => {
    const shape = shapeOf(problem);
    const { before, mode, value } = problem.attributes;
    const { shape: padded } = problem.outputs.output as TensorType;
    const own = stridesOf(shape);
    const whole = stridesOf(padded);
    const output = new Float64Array(sizeOf(padded)).map((_, i) => {
      let from = 0;
      for (let axis = 0; axis < shape.length; axis++) {
        const x = (Math.floor(i / (whole[axis] as number)) % (padded[axis] as number)) - (before[axis] as number);
        const source = sourceAt(mode, x, shape[axis] as number);
        if (source === undefined) return value;
        from += source * (own[axis] as number);
      }
      return (input as Float64Array)[from] as number;
    });
    return { output };
  },
  gradient: (emit, { problem, cotangents }) => {
    const { before, mode } = problem.attributes;
    const from = shapeOf(problem);
    const shape = [...(problem.outputs.output as TensorType).shape];
    let flow = cotangents.output as (typeof cotangents)[string];
    if (mode === "constant") {
      const ends = from.map((extent, axis) => (before[axis] as number) + extent);
      return { input: emit("slice", { input: flow }, { starts: before, ends }).output as typeof flow };
    }
    from.forEach((extent, axis) => {
      if (shape[axis] === extent) return;
      const sources = Array.from(
        { length: shape[axis] as number },
        (_, x) => sourceAt(mode, x - (before[axis] as number), extent) as number,
      );
      shape[axis] = extent;
      flow = gatherAxis(emit, flow, [...shape], axis, sources);
    });
    return { input: flow };
  },
  tolerance: exact,
  kernels: elementKernels(padShader, (problem) => {
    const { shape, dtype } = problem.inputs.input as TensorType;
    const { before, mode, value } = problem.attributes;
    const padded = (problem.outputs.output as TensorType).shape;
    return {
      count: sizeOf(padded),
      constants: { MODE: MODES.indexOf(mode) },
      params: {
        bits: bitsOf(value, dtype),
        extents: lead(padded, MAX_AXES, 1),
        before: lead(before, MAX_AXES, 0),
        ownExtents: lead(shape, MAX_AXES, 1),
        ownStrides: lead(stridesOf(shape), MAX_AXES, 0),
      },
    };
  }),
  cases: [
    { name: "constant", inputs: { input: f32(2, 3) }, attributes: { before: [1, 0], after: [0, 2], value: 1.5 } },
    {
      name: "integers",
      inputs: { input: i32(3) },
      attributes: { before: [2], after: [1], value: -7 },
      recipes: { input: { kind: "integers", min: -9, max: 9 } },
    },
    {
      name: "infinite",
      inputs: { input: f32(2) },
      attributes: { before: [1], after: [1], value: -Infinity },
      recipes: { input: { kind: "values", values: [1, Number.NaN] } },
    },
    { name: "edge", inputs: { input: f32(2, 3) }, attributes: { before: [2, 1], after: [0, 3], mode: "edge" } },
    { name: "reflect", inputs: { input: f32(3, 4) }, attributes: { before: [2, 1], after: [1, 3], mode: "reflect" } },
    {
      name: "reflected often",
      inputs: { input: f32(3, 1) },
      attributes: { before: [5, 2], after: [7, 1], mode: "reflect" },
    },
    { name: "wrap", inputs: { input: f32(2, 3) }, attributes: { before: [1, 4], after: [0, 2], mode: "wrap" } },
    { name: "tiles", inputs: { input: f32(2, 3) }, attributes: { before: [0, 0], after: [4, 3], mode: "wrap" } },
  ],
  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 4));
    const counts = () => shape.map(() => draw.int(0, 5));
    return {
      inputs: { input: f32(...shape) },
      attributes: { before: counts(), after: counts(), mode: draw.pick(MODES), value: draw.int(-2, 2) },
    };
  },
});
