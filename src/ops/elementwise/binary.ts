/** Functions of two numbers with NumPy's broadcasting: add, sub, mul, div, maximum, minimum, from one table. */

import generalText from "../../../shaders/elementwise/binary.wgsl?raw";
import blocksText from "../../../shaders/elementwise/binary_blocks.wgsl?raw";
import libText from "../../../shaders/lib/binary.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { broadcastShapes, broadcastStrides, formatShape, type Shape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { unbroadcast } from "../gradients";
import { grid1d } from "../kernels";
import { batchLib, gridLib, nonfiniteLib } from "../lib";
import { type Draw, defineOp, type Emit, type Golden, type Op, type Problem, shader } from "../op";

/** Gradients of a function's two arguments, before they are summed over stretched axes. */
type BinaryGradient = <V>(emit: Emit<V>, cotangent: V, a: V, b: V, output: V) => { a: V; b: V };

interface BinaryRow {
  /** The case of the same number in `shaders/lib/binary.wgsl`. */
  readonly code: number;
  readonly summary: string;
  forward(x: number, y: number): number;
  /** Absent where the function has none of its own. */
  readonly gradient?: BinaryGradient;
}

const negated = <V>(emit: Emit<V>, input: V): V => emit("neg", { input }).output as V;
const product = <V>(emit: Emit<V>, a: V, b: V): V => emit("mul", { a, b }).output as V;
const quotient = <V>(emit: Emit<V>, a: V, b: V): V => emit("div", { a, b }).output as V;

const sum = <V>(emit: Emit<V>, a: V, b: V): V => emit("add", { a, b }).output as V;

/** What flows into a maximum or minimum goes to the argument that it equals; equal ones share it, as in PyTorch. */
function toWinners<V>(emit: Emit<V>, cotangent: V, a: V, b: V, output: V): { a: V; b: V } {
  const isA = emit("equal", { a, b: output }).output as V;
  const isB = emit("equal", { a: b, b: output }).output as V;
  const share = quotient(emit, cotangent, sum(emit, isA, isB));
  return { a: product(emit, share, isA), b: product(emit, share, isB) };
}

export const BINARY = {
  add: { code: 1, summary: "a + b", forward: (x, y) => x + y, gradient: (_, ct) => ({ a: ct, b: ct }) },
  sub: {
    code: 2,
    summary: "a − b",
    forward: (x, y) => x - y,
    gradient: (emit, ct) => ({ a: ct, b: negated(emit, ct) }),
  },
  mul: {
    code: 3,
    summary: "a · b",
    forward: (x, y) => x * y,
    gradient: (emit, ct, a, b) => ({ a: product(emit, ct, b), b: product(emit, ct, a) }),
  },
  div: {
    code: 4,
    summary: "a / b",
    forward: (x, y) => x / y,
    gradient: (emit, ct, a, b) => {
      const ofA = quotient(emit, ct, b);
      return { a: ofA, b: negated(emit, quotient(emit, product(emit, ofA, a), b)) };
    },
  },
  maximum: {
    code: 5,
    summary: "the larger of a and b",
    forward: (x, y) => Math.max(x, y),
    gradient: (emit, ct, a, b, output) => toWinners(emit, ct, a, b, output),
  },
  minimum: {
    code: 6,
    summary: "the smaller of a and b",
    forward: (x, y) => Math.min(x, y),
    gradient: (emit, ct, a, b, output) => toWinners(emit, ct, a, b, output),
  },
  equal: { code: 7, summary: "1 where a and b are equal, else 0", forward: (x, y) => (x === y ? 1 : 0) },
} as const satisfies Readonly<Record<string, BinaryRow>>;

export type BinaryName = keyof typeof BINARY;

const MAX_AXES = 8;
const WORKGROUP = 64;
export const binaryLib: readonly string[] = [libText, ...nonfiniteLib];
const generalShader = shader("elementwise/binary.wgsl", generalText, [...gridLib, ...batchLib, ...binaryLib]);
const blocksShader = shader("elementwise/binary_blocks.wgsl", blocksText, [...gridLib, ...binaryLib]);

const lead = (values: readonly number[], fill: number): number[] => [
  ...new Array<number>(MAX_AXES - values.length).fill(fill),
  ...values,
];

/**
 * How an operand repeats over the output when its own axes are neighbours: it advances every `block` elements through
 * `size` values. Undefined when a stretched axis lies between two of its own.
 */
export function blocksOf(shape: Shape, output: Shape): { block: number; size: number } | undefined {
  const strides = broadcastStrides(shape, output);
  const own = output.flatMap((extent, axis) => (extent > 1 && strides[axis] !== 0 ? [axis] : []));
  const first = own[0];
  const last = own.at(-1);
  if (first === undefined || last === undefined) return { block: 1, size: 1 };
  for (let axis = first; axis <= last; axis++)
    if ((output[axis] as number) > 1 && strides[axis] === 0) return undefined;
  return { block: sizeOf(output.slice(last + 1)), size: sizeOf(output.slice(first, last + 1)) };
}

type Empty = Record<never, never>;

const shapes = ({ inputs, outputs }: Problem<Empty>) => ({
  a: (inputs.a as TensorType).shape,
  b: (inputs.b as TensorType).shape,
  output: (outputs.output as TensorType).shape,
});

const gradientRule =
  (rule: BinaryGradient): NonNullable<Op<Empty>["gradient"]> =>
  (emit, { inputs, outputs, problem, cotangents }) => {
    type V = (typeof inputs)[string];
    const gradients = rule(emit, cotangents.output as V, inputs.a as V, inputs.b as V, outputs.output as V);
    const { a, b, output } = shapes(problem);
    return { a: unbroadcast(emit, gradients.a, a, output), b: unbroadcast(emit, gradients.b, b, output) };
  };

function binaryOp(name: BinaryName, golden?: Golden<Empty>): Op<Empty> {
  const row: BinaryRow = BINARY[name];
  const constants = { OP: row.code, WORKGROUP };
  return defineOp<Empty>({
    name,
    family: "elementwise",
    summary: `${row.summary}, broadcast`,
    inputs: [{ name: "a" }, { name: "b" }],
    outputs: ["output"],
    attributes: (given) => {
      new AttributeReader(name, given).done();
      return {};
    },
    infer: ({ a, b }) => {
      const left = (a as TensorType).shape;
      const right = (b as TensorType).shape;
      const output = broadcastShapes(left, right);
      if (!output)
        throw new ShapeError(
          { op: name },
          "b",
          formatShape(right),
          `of a shape that broadcasts with a's, ${formatShape(left)}`,
        );
      if (output.length > MAX_AXES)
        throw new ShapeError(
          { op: name },
          "b",
          formatShape(right),
          `such that the output has at most ${MAX_AXES} axes`,
        );
      return [f32(...output)];
    },
    cost: ({ inputs, outputs }) => ({
      flops: sizeOf((outputs.output as TensorType).shape),
      bytes: [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0),
    }),
    reference: ({ a, b }, problem) => {
      const s = shapes(problem);
      const strides = [broadcastStrides(s.a, s.output), broadcastStrides(s.b, s.output)] as const;
      const offset = (i: number, steps: readonly number[]): number => {
        let rest = i;
        let sum = 0;
        for (let axis = s.output.length - 1; axis >= 0; axis--) {
          const extent = s.output[axis] as number;
          sum += (rest % extent) * (steps[axis] as number);
          rest = Math.floor(rest / extent);
        }
        return sum;
      };
      const at = (data: Float64Array, i: number, operand: 0 | 1) => data[offset(i, strides[operand])] as number;
      return {
        output: Float64Array.from({ length: sizeOf(s.output) }, (_, i) =>
          row.forward(at(a as Float64Array, i, 0), at(b as Float64Array, i, 1)),
        ),
      };
    },
    ...(row.gradient ? { gradient: gradientRule(row.gradient) } : {}),
    // WGSL's division may be off by 2.5 units in the last place, the others are rounded correctly.
    tolerance: () => ({ rtol: 4e-7, atol: 1e-9 }),
    asBinary: name,
    ...(golden ? { golden } : {}),
    kernels: [
      {
        name: "blocks",
        shaders: [blocksShader],
        supports: (problem) => {
          const { a, b, output } = shapes(problem);
          return (blocksOf(a, output) && blocksOf(b, output)) !== undefined || "wants operands that repeat in blocks";
        },
        plan: (problem) => {
          const { a, b, output } = shapes(problem);
          const left = blocksOf(a, output) as { block: number; size: number };
          const right = blocksOf(b, output) as { block: number; size: number };
          const params = {
            count: sizeOf(output),
            aBlock: left.block,
            aSize: left.size,
            bBlock: right.block,
            bSize: right.size,
          };
          return {
            dispatches: [
              { shader: blocksShader, constants, params, workgroups: grid1d(sizeOf(output), 4 * WORKGROUP) },
            ],
          };
        },
      },
      {
        name: "naive",
        shaders: [generalShader],
        plan: (problem) => {
          const { a, b, output } = shapes(problem);
          const params = {
            count: sizeOf(output),
            extents: lead(output, 1),
            aStrides: lead(broadcastStrides(a, output), 0),
            bStrides: lead(broadcastStrides(b, output), 0),
          };
          return {
            dispatches: [{ shader: generalShader, constants, params, workgroups: grid1d(sizeOf(output), WORKGROUP) }],
          };
        },
      },
    ],
    cases: [
      { name: "same", inputs: { a: f32(2, 3, 5), b: f32(2, 3, 5) } },
      { name: "scalar", inputs: { a: f32(2, 5), b: f32() } },
      { name: "row", inputs: { a: f32(4, 7), b: f32(7) } },
      { name: "bias of channels", inputs: { a: f32(2, 3, 2, 2), b: f32(1, 3, 1, 1) } },
      { name: "both ways", inputs: { a: f32(3, 1, 4), b: f32(2, 1) } },
      {
        name: "nonfinite",
        inputs: { a: f32(8), b: f32(8) },
        recipes: {
          a: { kind: "values", values: [1, -1, 0, Number.NaN, Infinity, 1, 2, -Infinity] },
          b: { kind: "values", values: [0, 0, 0, 1, Infinity, Number.NaN, -Infinity, 5] },
        },
      },
    ],
    random: (draw: Draw) => {
      const shape = Array.from({ length: draw.int(0, 4) }, () => draw.int(1, 6));
      const stretch = () => shape.slice(draw.int(0, shape.length)).map((extent) => (draw.int(0, 3) === 0 ? 1 : extent));
      return { inputs: { a: f32(...stretch()), b: f32(...stretch()) } };
    },
  });
}

const golden = (op: string): Golden<Empty> => ({ op, inputs: ["a", "b"], outputs: ["y"] });

export const add = binaryOp("add", golden("add"));
export const sub = binaryOp("sub", golden("sub"));
export const mul = binaryOp("mul", golden("mul"));
export const div = binaryOp("div", golden("div"));
export const maximum = binaryOp("maximum");
export const minimum = binaryOp("minimum");
export const equal = binaryOp("equal");
