/**
 * A chain of elementwise functions as one op. The scheduler's fusion makes it from neighbouring unary and binary ops, so
 * that a tensor is read and written once and not once a function.
 */
import chainText from "../../../shaders/elementwise/chain.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { isFusable, parametersOf, unaryRow } from "../activation";
import { AttributeReader } from "../attributes";
import { elementCuts } from "../cut";
import { grid1d } from "../kernels";
import { gridLib, unaryLib } from "../lib";
import { type Draw, defineOp, type Kernel, type Problem, shader } from "../op";
import { binaryLib, blocksOf } from "./binary";
import { BINARY, isFusableBinary } from "./binaryRows";

/** One function of a chain: of the value alone, or of the value and an operand. */
export interface ChainStep {
  /** A row of `FUSABLE` or of `BINARY`. */
  readonly name: string;
  /** The parameters of a unary function that takes any. */
  readonly alpha?: number;
  readonly beta?: number;
  /** Number of the operand of a binary function. */
  readonly operand?: number;
  /** The operand is the function's first argument, the value its second. */
  readonly swapped?: boolean;
}

/** Input of any shape; operands that broadcast to it in blocks; output of the input's shape. */
export interface ChainAttributes {
  readonly steps: readonly ChainStep[];
}

/** Steps and operands that the kernel has room for. */
export const MAX_STEPS = 8;
export const MAX_OPERANDS = 3;

const WORKGROUP = 64;
const chainShader = shader("elementwise/chain.wgsl", chainText, [...gridLib, ...new Set([...unaryLib, ...binaryLib])]);

function isStep(value: unknown): value is ChainStep {
  const { name, alpha = 0, beta = 0, operand } = (value ?? {}) as Partial<ChainStep>;
  if (typeof name !== "string" || !Number.isFinite(alpha) || !Number.isFinite(beta)) return false;
  if (isFusable(name)) return operand === undefined;
  return (
    isFusableBinary(name) && Number.isInteger(operand) && (operand as number) >= 0 && (operand as number) < MAX_OPERANDS
  );
}

const operandName = (number: number): string => `operand${number}`;

function codeOf({ name, swapped }: ChainStep): number {
  if (!isFusableBinary(name)) return unaryRow(name).code;
  return BINARY[name].code + (swapped ? 200 : 100);
}

const parameters = (step: ChainStep) => (isFusableBinary(step.name) ? { alpha: 0, beta: 0 } : parametersOf(step));

function constantsOf({ steps }: ChainAttributes): Record<string, number> {
  return Object.fromEntries(
    steps.flatMap((step, i) => [
      [`OP${i}`, codeOf(step)],
      [`ARG${i}`, step.operand ?? 0],
      [`ALPHA${i}`, parameters(step).alpha],
      [`BETA${i}`, parameters(step).beta],
    ]),
  );
}

function kernel(name: string, PER: number): Kernel<ChainAttributes> {
  return {
    name,
    shaders: [chainShader],
    plan: ({ inputs, attributes }) => {
      const { shape } = inputs.input as TensorType;
      const count = sizeOf(shape);
      const numbers = Array.from({ length: MAX_OPERANDS }, (_, i) => i);
      const repeats = numbers.map((i) => {
        const operand = inputs[operandName(i)];
        return (operand && blocksOf(operand.shape, shape)) ?? { block: 1, size: 1 };
      });
      const absent = numbers.map(operandName).filter((operand) => !inputs[operand]);
      return {
        dispatches: [
          {
            shader: chainShader,
            constants: { ...constantsOf(attributes), PER, WORKGROUP },
            params: { count, blocks: repeats.map(({ block }) => block), sizes: repeats.map(({ size }) => size) },
            bindings: Object.fromEntries(absent.map((operand) => [operand, "input"])),
            workgroups: grid1d(count, PER * WORKGROUP),
          },
        ],
      };
    },
  };
}

const operandsOf = ({ inputs }: Problem<ChainAttributes>): readonly TensorType[] =>
  Object.entries(inputs).flatMap(([name, type]) => (name === "input" ? [] : [type]));

export const chain = defineOp<ChainAttributes>({
  name: "chain",
  family: "elementwise",
  summary: "several elementwise functions in one go (made by fusion)",
  inputs: [{ name: "input" }, { name: "operand", variadic: true, optional: true }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("chain", given);
    const accept = (value: unknown) =>
      Array.isArray(value) && value.length >= 1 && value.length <= MAX_STEPS && value.every(isStep)
        ? (value as ChainStep[])
        : undefined;
    const wanted = `one to ${MAX_STEPS} steps { name, alpha } or { name, operand, swapped } of known functions`;
    const attributes = { steps: read.custom<readonly ChainStep[]>("steps", undefined, accept, wanted) };
    read.done();
    return attributes;
  },

  infer: (inputs, { steps }) => {
    const { shape } = inputs.input as TensorType;
    for (const { operand } of steps) {
      if (operand === undefined) continue;
      const type = inputs[operandName(operand)];
      if (!type) throw new ShapeError({ op: "chain" }, operandName(operand), "missing", "given, as a step reads it");
      if (type.shape.length > shape.length || !blocksOf(type.shape, shape) || !broadcasts(type.shape, shape)) {
        const wanted = `of a shape that broadcasts to the input's, ${formatShape(shape)}, in blocks`;
        throw new ShapeError({ op: "chain" }, operandName(operand), formatShape(type.shape), wanted);
      }
    }
    return [inputs.input as TensorType];
  },

  cost: (problem) => {
    const input = problem.inputs.input as TensorType;
    const flops = problem.attributes.steps.map(({ name }) => (isFusableBinary(name) ? 1 : unaryRow(name).flops));
    return {
      flops: sizeOf(input.shape) * flops.reduce((a, b) => a + b, 0),
      bytes: operandsOf(problem).reduce((sum, type) => sum + byteLength(type), 2 * byteLength(input)),
    };
  },

  reference: (inputs, problem) => {
    const { shape } = problem.inputs.input as TensorType;
    const operandAt = (number: number, i: number): number => {
      const { block, size } = blocksOf((problem.inputs[operandName(number)] as TensorType).shape, shape) as {
        block: number;
        size: number;
      };
      return (inputs[operandName(number)] as Float64Array)[Math.floor(i / block) % size] as number;
    };
    const run = (start: number, i: number): number =>
      problem.attributes.steps.reduce((value, step) => {
        if (!isFusableBinary(step.name)) {
          const { alpha, beta } = parameters(step);
          return unaryRow(step.name).forward(value, alpha, beta);
        }
        const other = operandAt(step.operand as number, i);
        const { forward } = BINARY[step.name];
        return step.swapped ? forward(other, value) : forward(value, other);
      }, start);
    return { output: (inputs.input as Float64Array).map(run) };
  },

  cuts: elementCuts(),
  tolerance: ({ attributes: { steps } }) => ({ rtol: 4e-6 * steps.length, atol: 2e-6 * steps.length }),
  kernels: [kernel("quads", 4), kernel("naive", 1)],

  cases: [
    {
      name: "unary",
      inputs: { input: f32(3, 7) },
      attributes: { steps: [{ name: "relu" }, { name: "affine", alpha: 0.5, beta: -1 }, { name: "tanh" }] },
    },
    {
      name: "bias and residual",
      inputs: { input: f32(2, 3, 2, 2), operand0: f32(3, 1, 1), operand1: f32(2, 3, 2, 2) },
      attributes: {
        steps: [{ name: "add", operand: 0 }, { name: "relu" }, { name: "sub", operand: 1, swapped: true }],
      },
    },
    {
      name: "eight steps",
      inputs: { input: f32(5), operand0: f32(), operand1: f32(5), operand2: f32(1) },
      attributes: {
        steps: [
          { name: "mul", operand: 1 },
          { name: "abs" },
          { name: "add", operand: 0 },
          { name: "sigmoid" },
          { name: "maximum", operand: 2 },
          { name: "neg" },
          { name: "exp" },
          { name: "leakyRelu", alpha: 0.2 },
        ],
      },
    },
  ],

  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(1, 3) }, () => draw.int(1, 6));
    const operands = draw.int(0, MAX_OPERANDS);
    const step = (): ChainStep =>
      operands > 0 && draw.bool()
        ? {
            name: draw.pick(["add", "sub", "mul", "maximum"]),
            operand: draw.int(0, operands - 1),
            swapped: draw.bool(),
          }
        : { name: draw.pick(["relu", "tanh", "neg", "sigmoid"]) };
    const choices = [shape, shape.slice(-1), []];
    return {
      inputs: {
        input: f32(...shape),
        ...Object.fromEntries(Array.from({ length: operands }, (_, i) => [operandName(i), f32(...draw.pick(choices))])),
      },
      attributes: { steps: Array.from({ length: draw.int(1, MAX_STEPS) }, step) },
    };
  },
});

/** Whether a tensor of `from` broadcasts to `to` without enlarging it. */
function broadcasts(from: readonly number[], to: readonly number[]): boolean {
  return from.every((extent, i) => extent === 1 || extent === to[to.length - from.length + i]);
}
