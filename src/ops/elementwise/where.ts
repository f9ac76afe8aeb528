/** Choice by a condition, with NumPy's broadcasting: a where the condition is not 0, else b. Moves bits of any dtype. */
import whereText from "../../../shaders/elementwise/where.wgsl?raw";
import blocksText from "../../../shaders/elementwise/where_blocks.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { broadcastShapes, broadcastStrides, formatShape, sizeOf } from "../../core/shape";
import { byteLength, f32, formatType, i32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { unbroadcast } from "../gradients";
import { grid1d } from "../kernels";
import { batchLib, gridLib } from "../lib";
import { type Draw, defineOp, type Named, type Problem, shader } from "../op";
import { blocksOf, MAX_AXES } from "./binary";

type Empty = Record<never, never>;

const WORKGROUP = 64;
const whereShader = shader("elementwise/where.wgsl", whereText, [...gridLib, ...batchLib]);
const blocksShader = shader("elementwise/where_blocks.wgsl", blocksText, gridLib);

const lead = (values: readonly number[], fill: number): number[] => [
  ...new Array<number>(MAX_AXES - values.length).fill(fill),
  ...values,
];

const TRUTH = { kind: "integers", min: 0, max: 1 } as const;
const CHOICES = ["a", "b"] as const;

/** The input that a binding reads; the condition stands in for a choice that is left out, and is not read. */
const standIn = (inputs: Named<TensorType>, name: string): string => (inputs[name] ? name : "condition");

const constantsOf = ({ inputs }: Problem<Empty>) => ({
  FLOAT: inputs.condition?.dtype === "f32" ? 1 : 0,
  HAS_A: inputs.a ? 1 : 0,
  HAS_B: inputs.b ? 1 : 0,
  WORKGROUP,
});

const bindingsOf = ({ inputs }: Problem<Empty>) => ({ a: standIn(inputs, "a"), b: standIn(inputs, "b") });

const shapeOf = ({ inputs }: Problem<Empty>, name: string) => (inputs[standIn(inputs, name)] as TensorType).shape;

export const where = defineOp<Empty>({
  name: "where",
  family: "elementwise",
  summary: "a where condition is not 0, else b, broadcast; 0 for the one left out",
  inputs: [
    { name: "condition", dtype: "any" },
    { name: "a", dtype: "any", optional: true },
    { name: "b", dtype: "any", optional: true },
  ],
  outputs: ["output"],

  attributes: (given) => {
    new AttributeReader("where", given).done();
    return {};
  },

  infer: (inputs) => {
    const given = CHOICES.filter((name) => inputs[name]);
    const [first] = given;
    if (first === undefined) throw new ShapeError({ op: "where" }, "a", "missing", "given, as b is missing too");
    const { dtype } = inputs[first] as TensorType;
    let output = (inputs.condition as TensorType).shape;
    for (const name of given) {
      const type = inputs[name] as TensorType;
      if (type.dtype !== dtype)
        throw new ShapeError({ op: "where" }, name, formatType(type), `of dtype ${dtype}, as a is`);
      const joined = broadcastShapes(output, type.shape);
      if (!joined) {
        const wanted = `of a shape that broadcasts with ${formatShape(output)}`;
        throw new ShapeError({ op: "where" }, name, formatShape(type.shape), wanted);
      }
      output = joined;
    }
    if (output.length > MAX_AXES) {
      const wanted = `such that the output has at most ${MAX_AXES} axes`;
      throw new ShapeError({ op: "where" }, first, formatShape((inputs[first] as TensorType).shape), wanted);
    }
    return [{ shape: output, dtype }];
  },

  cost: ({ inputs, outputs }) => ({
    flops: sizeOf((outputs.output as TensorType).shape),
    bytes: [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0),
  }),

  reference: (inputs, problem) => {
    const { shape } = problem.outputs.output as TensorType;
    const at = (name: string, i: number): number => {
      const data = inputs[name];
      if (!data) return 0;
      const strides = broadcastStrides((problem.inputs[name] as TensorType).shape, shape);
      let rest = i;
      let from = 0;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += (rest % (shape[axis] as number)) * (strides[axis] as number);
        rest = Math.floor(rest / (shape[axis] as number));
      }
      return data[from] as number;
    };
    return {
      output: Float64Array.from({ length: sizeOf(shape) }, (_, i) =>
        at("condition", i) !== 0 ? at("a", i) : at("b", i),
      ),
    };
  },

  detached: ["condition"],
  // What flows back goes to the one that was chosen.
  gradient: (emit, { inputs, problem, cotangents, wants }) => {
    type V = (typeof inputs)[string];
    const [condition, flow] = [inputs.condition as V, cotangents.output as V];
    const { shape } = problem.outputs.output as TensorType;
    return Object.fromEntries(
      CHOICES.filter(wants).map((name) => {
        const part = emit("where", { condition, [name]: flow }).output as V;
        return [name, unbroadcast(emit, part, (problem.inputs[name] as TensorType).shape, shape)];
      }),
    );
  },

  tolerance: () => ({ rtol: 0, atol: 0 }),

  kernels: [
    {
      name: "blocks",
      shaders: [blocksShader],
      supports: (problem) => {
        const { shape } = problem.outputs.output as TensorType;
        const fits = ["condition", ...CHOICES].every((name) => blocksOf(shapeOf(problem, name), shape));
        return fits || "wants operands that repeat in blocks";
      },
      plan: (problem) => {
        const { shape } = problem.outputs.output as TensorType;
        const repeats = ["condition", ...CHOICES].map(
          (name) => blocksOf(shapeOf(problem, name), shape) as { block: number; size: number },
        );
        const count = sizeOf(shape);
        return {
          dispatches: [
            {
              shader: blocksShader,
              constants: constantsOf(problem),
              params: { count, blocks: repeats.map(({ block }) => block), sizes: repeats.map(({ size }) => size) },
              bindings: bindingsOf(problem),
              workgroups: grid1d(count, 4 * WORKGROUP),
            },
          ],
        };
      },
    },
    {
      name: "naive",
      shaders: [whereShader],
      plan: (problem) => {
        const { shape } = problem.outputs.output as TensorType;
        const strides = (name: string) => lead(broadcastStrides(shapeOf(problem, name), shape), 0);
        const params = {
          count: sizeOf(shape),
          extents: lead(shape, 1),
          conditionStrides: strides("condition"),
          aStrides: strides("a"),
          bStrides: strides("b"),
        };
        return {
          dispatches: [
            {
              shader: whereShader,
              constants: constantsOf(problem),
              params,
              bindings: bindingsOf(problem),
              workgroups: grid1d(params.count, WORKGROUP),
            },
          ],
        };
      },
    },
  ],

  cases: [
    { name: "same", inputs: { condition: f32(3, 5), a: f32(3, 5), b: f32(3, 5) }, recipes: { condition: TRUTH } },
    { name: "broadcast", inputs: { condition: i32(4, 1), a: f32(2, 1, 3), b: f32() }, recipes: { condition: TRUTH } },
    { name: "only a", inputs: { condition: f32(7), a: f32(2, 7) }, recipes: { condition: TRUTH } },
    { name: "only b", inputs: { condition: f32(2, 7), b: f32(7) }, recipes: { condition: TRUTH } },
    {
      name: "integers",
      inputs: { condition: i32(9), a: i32(9), b: i32(9) },
      recipes: { condition: TRUTH, a: { kind: "integers", min: -9, max: 9 }, b: { kind: "integers", min: -9, max: 9 } },
    },
    {
      name: "nonfinite",
      inputs: { condition: f32(5), a: f32(5), b: f32(5) },
      recipes: {
        condition: { kind: "values", values: [Number.NaN, 0, -0, 1e-30, -2] },
        a: { kind: "values", values: [1, 2, 3, Number.NaN, Infinity] },
        b: { kind: "values", values: [Number.NaN, Number.NaN, -Infinity, 4, 5] },
      },
    },
  ],

  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(0, 4) }, () => draw.int(1, 6));
    const stretch = () => shape.slice(draw.int(0, shape.length)).map((extent) => (draw.int(0, 3) === 0 ? 1 : extent));
    return {
      inputs: { condition: draw.pick([f32, i32])(...stretch()), a: f32(...stretch()), b: f32(...stretch()) },
      recipes: { condition: TRUTH },
    };
  },
});
