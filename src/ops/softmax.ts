/** Softmax and log-softmax along one axis, shifted by the largest element so that nothing overflows. */
import libText from "../../shaders/lib/softmax.wgsl?raw";
import serialText from "../../shaders/softmax/serial.wgsl?raw";
import workgroupText from "../../shaders/softmax/workgroup.wgsl?raw";
import { AttributeError } from "../core/errors";
import { formatShape, normalizeAxis, sizeOf } from "../core/shape";
import { byteLength, f32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { cutsBeside } from "./cut";
import { grid1d } from "./kernels";
import { gridLib, nonfiniteLib } from "./lib";
import { type Draw, defineOp, type Op, type Problem, shader } from "./op";

export interface SoftmaxAttributes {
  /** The axis that sums to 1; a negative one counts from the back. The last unless told. */
  readonly axis: number;
}

const lib = [libText, ...nonfiniteLib];
const workgroupShader = shader("softmax/workgroup.wgsl", workgroupText, lib);
const serialShader = shader("softmax/serial.wgsl", serialText, [...gridLib, ...lib]);

/** Lines along the axis: how many, how long, how far apart their elements are. */
function linesOf({ inputs, attributes }: Problem<SoftmaxAttributes>): { lines: number; extent: number; inner: number } {
  const { shape } = inputs.input as TensorType;
  const axis = normalizeAxis(attributes.axis, shape.length) as number;
  const extent = shape[axis] as number;
  return { lines: sizeOf(shape) / extent, extent, inner: sizeOf(shape.slice(axis + 1)) };
}

function softmaxOp(name: "softmax" | "logSoftmax", goldenName: string, summary: string): Op<SoftmaxAttributes> {
  const LOG = name === "logSoftmax" ? 1 : 0;
  return defineOp<SoftmaxAttributes>({
    name,
    family: "softmax",
    summary,
    inputs: [{ name: "input" }],
    outputs: ["output"],

    attributes: (given) => {
      const read = new AttributeReader(name, given);
      const attributes = { axis: read.int("axis", -1) };
      read.done();
      return attributes;
    },

    infer: ({ input }, { axis }) => {
      const { shape } = input as TensorType;
      if (normalizeAxis(axis, shape.length) === undefined) {
        const wanted =
          shape.length === 0
            ? "an axis of a tensor that has some"
            : `from ${-shape.length} to ${shape.length - 1}, as input is ${formatShape(shape)}`;
        throw new AttributeError({ op: name }, "axis", String(axis), wanted);
      }
      return [input as TensorType];
    },

    // A maximum, a subtraction, an exponential, a sum and a division for each element.
    cost: ({ inputs }) => {
      const input = inputs.input as TensorType;
      return { flops: 5 * sizeOf(input.shape), bytes: 2 * byteLength(input) };
    },

    reference: ({ input }, problem) => {
      const x = input as Float64Array;
      const { lines, extent, inner } = linesOf(problem);
      const output = new Float64Array(x.length);
      for (let line = 0; line < lines; line++) {
        const start = Math.floor(line / inner) * extent * inner + (line % inner);
        const at = (i: number) => start + i * inner;
        let largest = -Infinity;
        for (let i = 0; i < extent; i++) largest = Math.max(largest, x[at(i)] as number);
        let sum = 0;
        for (let i = 0; i < extent; i++) sum += Math.exp((x[at(i)] as number) - largest);
        for (let i = 0; i < extent; i++) {
          const shifted = (x[at(i)] as number) - largest;
          output[at(i)] = LOG ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
        }
      }
      return { output };
    },

    // Of softmax y · (ct − Σ ct·y), of its logarithm ct − eʸ · Σ ct, the sums along the axis.
    gradient: (emit, { outputs, problem, cotangents }) => {
      const y = outputs.output as (typeof outputs)[string];
      type V = typeof y;
      const flow = cotangents.output as V;
      const times = (a: V, b: V): V => emit("mul", { a, b }).output as V;
      const minus = (a: V, b: V): V => emit("sub", { a, b }).output as V;
      const total = (input: V): V =>
        emit("sum", { input }, { axes: [problem.attributes.axis], keepDims: true }).output as V;
      if (LOG) return { input: minus(flow, times(emit("exp", { input: y }).output as V, total(flow))) };
      return { input: times(y, minus(flow, total(times(flow, y)))) };
    },
    cuts: (problem) => cutsBeside(problem, problem.attributes.axis),
    // The exponential's own error grows with its argument (WGSL: 3 + 2·|x| units in the last place).
    tolerance: () => (LOG ? { rtol: 2e-6, atol: 4e-6 } : { rtol: 1e-5, atol: 1e-7 }),
    golden: { op: goldenName, inputs: ["x"], outputs: ["y"] },

    kernels: [
      {
        name: "workgroup",
        shaders: [workgroupShader],
        tunables: { WORKGROUP: [64, 128, 256] },
        preference: (problem, { software }) => (software || linesOf(problem).extent < 32 ? -1 : 1),
        plan: (problem, { WORKGROUP = 64 }) => {
          const params = linesOf(problem);
          return {
            dispatches: [
              { shader: workgroupShader, constants: { LOG, WORKGROUP }, params, workgroups: grid1d(params.lines, 1) },
            ],
          };
        },
      },
      {
        name: "serial",
        shaders: [serialShader],
        plan: (problem) => {
          const params = linesOf(problem);
          return {
            dispatches: [
              { shader: serialShader, constants: { LOG, WORKGROUP: 32 }, params, workgroups: grid1d(params.lines, 32) },
            ],
          };
        },
      },
    ],

    cases: [
      { name: "rows", inputs: { input: f32(4, 10) } },
      { name: "one", inputs: { input: f32(1, 1) } },
      { name: "first axis", inputs: { input: f32(7, 3) }, attributes: { axis: 0 } },
      { name: "middle axis", inputs: { input: f32(2, 5, 3, 2) }, attributes: { axis: 1 } },
      { name: "large logits", inputs: { input: f32(3, 70) }, recipes: { input: { kind: "uniform", scale: 80 } } },
      {
        name: "nonfinite",
        inputs: { input: f32(5, 4) },
        recipes: {
          input: {
            kind: "values",
            values: [
              1,
              Number.NaN,
              2,
              3,
              Infinity,
              1,
              2,
              3,
              -Infinity,
              1,
              2,
              3,
              -Infinity,
              -Infinity,
              -Infinity,
              -Infinity,
              1e38,
              -1e38,
              0,
              1,
            ],
          },
        },
      },
      {
        name: "alexnet.probabilities",
        inputs: { input: f32(1, 1000) },
        recipes: { input: { kind: "uniform", scale: 8 } },
      },
    ],

    random: (draw: Draw) => {
      const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 9));
      return {
        inputs: { input: f32(...shape) },
        attributes: { axis: draw.int(-shape.length, shape.length - 1) },
        recipes: { input: { kind: "uniform", scale: 20 } },
      };
    },
  });
}

export const softmax = softmaxOp("softmax", "softmax", "eˣ over its sum along an axis");
export const logSoftmax = softmaxOp("logSoftmax", "log_softmax", "logarithm of softmax along an axis");
