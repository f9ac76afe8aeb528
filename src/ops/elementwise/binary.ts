/** Functions of two numbers with NumPy's broadcasting, an op for every row of the table `BINARY`: arithmetic, comparisons. */

import generalText from "../../../shaders/elementwise/binary.wgsl?raw";
import blocksText from "../../../shaders/elementwise/binary_blocks.wgsl?raw";
import libText from "../../../shaders/lib/binary.wgsl?raw";
import integerText from "../../../shaders/lib/binary_integer.wgsl?raw";
import rareText from "../../../shaders/lib/binary_rare.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { broadcastShapes, broadcastStrides, formatShape, type Shape, sizeOf } from "../../core/shape";
import { byteLength, f32, formatType, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { elementCuts } from "../cut";
import { unbroadcast } from "../gradients";
import { grid1d } from "../kernels";
import { batchLib, gridLib, nonfiniteLib } from "../lib";
import { type Case, type Draw, defineOp, type Golden, type Op, type Problem, type Recipe, shader } from "../op";
import { BINARY, type BinaryGradient, type BinaryName, type BinaryRow } from "./binaryRows";

/** Axes that the kernels walk. */
export const MAX_AXES = 8;
const WORKGROUP = 64;
export const binaryLib: readonly string[] = [libText, ...nonfiniteLib];

const shadersWith = (lib: readonly string[]) => ({
  general: shader("elementwise/binary.wgsl", generalText, [...gridLib, ...batchLib, ...lib]),
  blocks: shader("elementwise/binary_blocks.wgsl", blocksText, [...gridLib, ...lib]),
});
const FUSABLE_SHADERS = shadersWith(binaryLib);
const RARE_SHADERS = shadersWith([rareText, ...nonfiniteLib]);
const INTEGER_SHADERS = shadersWith([integerText]);

const isInteger = ({ inputs }: Problem<unknown>): boolean => inputs.a?.dtype === "i32";

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
  const floats = row.fusable ? FUSABLE_SHADERS : RARE_SHADERS;
  const all = row.integer ? [floats, INTEGER_SHADERS] : [floats];
  const shadersOf = (problem: Problem<Empty>) => (isInteger(problem) ? INTEGER_SHADERS : floats);
  const forward = (problem: Problem<Empty>) =>
    isInteger(problem) && typeof row.integer === "function" ? row.integer : row.forward;
  const constants = { OP: row.code, WORKGROUP };
  return defineOp<Empty>({
    name,
    family: "elementwise",
    summary: `${row.summary}, broadcast`,
    inputs: [
      { name: "a", dtype: "any" },
      { name: "b", dtype: "any" },
    ],
    outputs: ["output"],
    attributes: (given) => {
      new AttributeReader(name, given).done();
      return {};
    },
    infer: ({ a, b }) => {
      checkTypes(name, a as TensorType, b as TensorType, row.integer !== undefined);
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
      return [{ shape: output, dtype: row.integer === "truth" ? "f32" : (a as TensorType).dtype }];
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
          forward(problem)(at(a as Float64Array, i, 0), at(b as Float64Array, i, 1)),
        ),
      };
    },
    ...(row.gradient ? { gradient: gradientRule(row.gradient) } : {}),
    cuts: elementCuts(),
    ...(row.additive ? { additive: true as const } : {}),
    // WGSL's division may be off by 2.5 units in the last place, the others are rounded correctly.
    tolerance: () => ({ rtol: row.rtol ?? 4e-7, atol: 1e-9 }),
    ...(row.fusable ? { asBinary: name } : {}),
    ...(golden ? { golden } : {}),
    kernels: [
      {
        name: "blocks",
        shaders: all.map(({ blocks }) => blocks),
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
              {
                shader: shadersOf(problem).blocks,
                constants,
                params,
                workgroups: grid1d(sizeOf(output), 4 * WORKGROUP),
              },
            ],
          };
        },
      },
      {
        name: "naive",
        shaders: all.map(({ general }) => general),
        plan: (problem) => {
          const { a, b, output } = shapes(problem);
          const params = {
            count: sizeOf(output),
            extents: lead(output, 1),
            aStrides: lead(broadcastStrides(a, output), 0),
            bStrides: lead(broadcastStrides(b, output), 0),
          };
          return {
            dispatches: [
              { shader: shadersOf(problem).general, constants, params, workgroups: grid1d(sizeOf(output), WORKGROUP) },
            ],
          };
        },
      },
    ],
    cases: casesOf(row),
    random: (draw: Draw) => {
      const shape = Array.from({ length: draw.int(0, 4) }, () => draw.int(1, 6));
      const stretch = () => shape.slice(draw.int(0, shape.length)).map((extent) => (draw.int(0, 3) === 0 ? 1 : extent));
      const type = row.integer && draw.int(0, 3) === 0 ? i32 : f32;
      const recipes = type === i32 ? WHOLE : recipesOf(row);
      return { inputs: { a: type(...stretch()), b: type(...stretch()) }, recipes };
    },
  });
}

/** @throws ShapeError unless both are f32, or, where the function is known on whole numbers, both i32. */
function checkTypes(op: string, a: TensorType, b: TensorType, integers: boolean): void {
  const known = a.dtype === "f32" || (integers && a.dtype === "i32");
  if (!known) throw new ShapeError({ op }, "a", formatType(a), integers ? "of dtype f32 or i32" : "of dtype f32");
  if (b.dtype !== a.dtype) throw new ShapeError({ op }, "b", formatType(b), `of dtype ${a.dtype}, as a is`);
}

const WHOLE: Readonly<Record<"a" | "b", Recipe>> = {
  a: { kind: "integers", min: -9, max: 9 },
  b: { kind: "integers", min: -4, max: 4 },
};

function recipesOf({ ranges }: BinaryRow): Readonly<Record<string, Recipe>> {
  if (!ranges) return {};
  const within = ([min, max]: readonly [number, number]): Recipe => ({ kind: "range", min, max });
  return { a: within(ranges.a), b: within(ranges.b) };
}

function casesOf(row: BinaryRow): readonly Case[] {
  const recipes = recipesOf(row);
  return [
    { name: "same", inputs: { a: f32(2, 3, 5), b: f32(2, 3, 5) }, recipes },
    { name: "scalar", inputs: { a: f32(2, 5), b: f32() }, recipes },
    { name: "row", inputs: { a: f32(4, 7), b: f32(7) }, recipes },
    { name: "bias of channels", inputs: { a: f32(2, 3, 2, 2), b: f32(1, 3, 1, 1) }, recipes },
    { name: "both ways", inputs: { a: f32(3, 1, 4), b: f32(2, 1) }, recipes },
    ...(row.integer ? [{ name: "integers", inputs: { a: i32(19, 9), b: i32(9) }, recipes: WHOLE }] : []),
    {
      name: "nonfinite",
      inputs: { a: f32(16), b: f32(16) },
      recipes: {
        a: { kind: "values", values: [1, -1, 0, Number.NaN, Infinity, 1, 2, -Infinity, -2, -2, 0, -1, 2, 0, -0, -2.5] },
        b: {
          kind: "values",
          values: [0, 0, 0, 1, Infinity, Number.NaN, -Infinity, 5, 3, 0.5, -1, Infinity, 2, 2, -3, 2],
        },
      },
    },
  ];
}

const golden = (op: string): Golden<Empty> => ({ op, inputs: ["a", "b"], outputs: ["y"] });

export const add = binaryOp("add", golden("add"));
export const sub = binaryOp("sub", golden("sub"));
export const mul = binaryOp("mul", golden("mul"));
export const div = binaryOp("div", golden("div"));
export const maximum = binaryOp("maximum");
export const minimum = binaryOp("minimum");
export const equal = binaryOp("equal");
export const notEqual = binaryOp("notEqual");
export const less = binaryOp("less");
export const lessOrEqual = binaryOp("lessOrEqual");
export const greater = binaryOp("greater");
export const greaterOrEqual = binaryOp("greaterOrEqual");
export const prelu = binaryOp("prelu");
export const pow = binaryOp("pow");
export const mod = binaryOp("mod");
export const fmod = binaryOp("fmod");
