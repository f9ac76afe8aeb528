/**
 * Dropout, in both scalings, and the random masks for it.
 *
 * In the paper (Krizhevsky et al. 2012, section 4.2) units are dropped in training and everything is multiplied by 1 − p
 * at test time; the inverted form multiplies what remains by 1 / (1 − p) in training and does nothing at test time.
 */
import maskedText from "../../shaders/dropout/masked.wgsl?raw";
import maskedVec4Text from "../../shaders/dropout/masked_vec4.wgsl?raw";
import randomText from "../../shaders/dropout/random_mask.wgsl?raw";
import randomVec4Text from "../../shaders/dropout/random_mask_vec4.wgsl?raw";
import scaledText from "../../shaders/dropout/scaled.wgsl?raw";
import hashText from "../../shaders/lib/hash.wgsl?raw";
import { AttributeError, ShapeError } from "../core/errors";
import { hash, streamOf } from "../core/random";
import { formatShape, sameShape, sizeOf } from "../core/shape";
import { byteLength, f32, i32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { elementCuts, withAttributes } from "./cut";
import { ceilDiv, grid1d } from "./kernels";
import { gridLib } from "./lib";
import { type Draw, defineOp, type Kernel, type Problem, shader } from "./op";
import type { Span } from "./part";

const FORMS = ["inverted_train", "inverted_test", "paper_train", "paper_test"] as const;

export interface DropoutAttributes {
  /** Probability that a unit is dropped, in [0, 1). */
  readonly p: number;
  readonly form: (typeof FORMS)[number];
}

const WORKGROUP = 64;
const maskedShader = shader("dropout/masked.wgsl", maskedText, gridLib);
const maskedVec4Shader = shader("dropout/masked_vec4.wgsl", maskedVec4Text, gridLib);
const scaledShader = shader("dropout/scaled.wgsl", scaledText, gridLib);
const randomShader = shader("dropout/random_mask.wgsl", randomText, [...gridLib, hashText]);
const randomVec4Shader = shader("dropout/random_mask_vec4.wgsl", randomVec4Text, [...gridLib, hashText]);

const isTraining = ({ form }: DropoutAttributes): boolean => form.endsWith("_train");

function scaleOf({ p, form }: DropoutAttributes): number {
  if (form === "paper_test") return 1 - p;
  return form === "inverted_train" ? 1 / (1 - p) : 1;
}

const vec4Kernel: Kernel<DropoutAttributes> = {
  name: "vec4",
  shaders: [maskedVec4Shader],
  plan: ({ inputs, attributes }) => {
    const count4 = ceilDiv(sizeOf((inputs.input as TensorType).shape), 4);
    const masked = isTraining(attributes);
    return {
      dispatches: [
        {
          shader: maskedVec4Shader,
          constants: { MASKED: masked ? 1 : 0, WORKGROUP },
          params: { count4, scale: scaleOf(attributes) },
          bindings: masked ? {} : { mask: "input" },
          workgroups: grid1d(count4, WORKGROUP),
        },
      ],
    };
  },
};

const naiveKernel: Kernel<DropoutAttributes> = {
  name: "naive",
  shaders: [maskedShader, scaledShader],
  plan: ({ inputs, attributes }) => {
    const count = sizeOf((inputs.input as TensorType).shape);
    return {
      dispatches: [
        {
          shader: isTraining(attributes) ? maskedShader : scaledShader,
          constants: { WORKGROUP },
          params: { count, scale: scaleOf(attributes) },
          workgroups: grid1d(count, WORKGROUP),
        },
      ],
    };
  },
};

const MASK = { kind: "integers", min: 0, max: 1 } as const;

/** Input of any shape, mask of the same (1 keeps, 0 drops); the mask is wanted in training only. */
export const dropout = defineOp<DropoutAttributes>({
  name: "dropout",
  family: "dropout",
  summary: "units that a mask keeps, scaled in training or at test time",
  inputs: [{ name: "input" }, { name: "mask", optional: true }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("dropout", given);
    const below1 = (value: unknown) => (typeof value === "number" && value >= 0 && value < 1 ? value : undefined);
    const attributes = {
      p: read.custom("p", 0.5, below1, "a probability of 0 or more and below 1"),
      form: read.choice("form", FORMS, "inverted_test"),
    };
    read.done();
    return attributes;
  },

  infer: ({ input, mask }, attributes) => {
    const { shape } = input as TensorType;
    if (isTraining(attributes) && !mask)
      throw new ShapeError(
        { op: "dropout" },
        "mask",
        "missing",
        `${formatShape(shape)}, as form is ${attributes.form}`,
      );
    if (mask && !sameShape(mask.shape, shape)) {
      throw new ShapeError({ op: "dropout" }, "mask", formatShape(mask.shape), `${formatShape(shape)}, as input is`);
    }
    return [input as TensorType];
  },

  cost: ({ inputs, attributes }) => {
    const input = inputs.input as TensorType;
    const training = isTraining(attributes);
    return { flops: sizeOf(input.shape) * (training ? 2 : 1), bytes: byteLength(input) * (training ? 3 : 2) };
  },

  reference: ({ input, mask }, { attributes }) => {
    const scale = scaleOf(attributes);
    const kept = isTraining(attributes) ? mask : undefined;
    return { output: (input as Float64Array).map((x, i) => x * (kept?.[i] ?? 1) * scale) };
  },

  detached: ["mask"],
  // Linear in its input: what flows back is dropped and scaled likewise.
  gradient: (emit, { inputs, problem: { attributes }, cotangents }) => {
    type V = (typeof inputs)[string];
    const mask = isTraining(attributes) ? { mask: inputs.mask as V } : {};
    return { input: emit("dropout", { input: cotangents.output as V, ...mask }, { ...attributes }).output as V };
  },
  cuts: elementCuts(),
  tolerance: () => ({ rtol: 4e-7, atol: 0 }),
  asActivation: (attributes) => (isTraining(attributes) ? undefined : { name: "scale", alpha: scaleOf(attributes) }),
  golden: { op: "dropout", inputs: ["x", "mask"], outputs: ["y"] },
  kernels: [vec4Kernel, naiveKernel],

  cases: [
    ...FORMS.map((form) => ({
      name: form,
      inputs: { input: f32(3, 7), mask: f32(3, 7) },
      attributes: { p: 0.3, form },
      recipes: { mask: MASK },
    })),
    { name: "test without mask", inputs: { input: f32(5) }, attributes: { form: "paper_test" } },
  ],

  random: (draw: Draw) => {
    const shape = Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 7));
    return {
      inputs: { input: f32(...shape), mask: f32(...shape) },
      attributes: { p: draw.pick([0, 0.25, 0.5, 0.9]), form: draw.pick(FORMS) },
      recipes: { mask: MASK },
    };
  },
});

type MaskPart = readonly [axis: number, start: number, extent: number];

export interface DropoutMaskAttributes {
  readonly shape: readonly number[];
  /** Probability of a 0, in [0, 1). */
  readonly p: number;
  readonly seed: number;
  /** Another step, another mask. The input `step` goes before. */
  readonly step: number;
  /** Tells the masks of a network's layers apart. */
  readonly name: string;
  /** Where this is part of a larger mask: along which axis, from which index on, and how far the whole goes. */
  readonly part: MaskPart | null;
}

const BITS = 2 ** 24;

/** The mask of a step takes the bits of the stream that `hash` gives for the step from the stream of seed and name. */
const maskNumbers = ({ p, seed, step, name }: DropoutMaskAttributes) => ({
  seed: streamOf(seed, name),
  step,
  threshold: Math.round(p * BITS),
});

/** Elements lie in lines of `width`, `stride` apart in the whole mask, of which the first begins at `first`. */
function linesOf({ shape, part }: DropoutMaskAttributes): { width: number; stride: number; first: number } {
  if (!part) return { width: sizeOf(shape), stride: sizeOf(shape), first: 0 };
  const [axis, start, extent] = part;
  const inner = sizeOf(shape.slice(axis + 1));
  return { width: (shape[axis] as number) * inner, stride: extent * inner, first: start * inner };
}

const isPart = (value: unknown): value is MaskPart =>
  Array.isArray(value) && value.length === 3 && value.every((each) => Number.isInteger(each) && each >= 0);

const stepBinding = ({ inputs, attributes }: Problem<DropoutMaskAttributes>) => ({
  constants: { HAS_STEP: inputs.step ? 1 : 0, IS_PART: attributes.part ? 1 : 0, WORKGROUP },
  ...(inputs.step ? {} : { scratch: { none: i32(1) } }),
  bindings: { step: inputs.step ? "step" : "none" },
});

const maskKernels: readonly Kernel<DropoutMaskAttributes>[] = [
  {
    name: "vec4",
    shaders: [randomVec4Shader],
    plan: (problem) => {
      const count4 = ceilDiv(sizeOf(problem.attributes.shape), 4);
      const params = { count4, ...maskNumbers(problem.attributes), ...linesOf(problem.attributes) };
      const { constants, bindings, scratch = {} } = stepBinding(problem);
      const workgroups = grid1d(count4, WORKGROUP);
      return { scratch, dispatches: [{ shader: randomVec4Shader, constants, params, bindings, workgroups }] };
    },
  },
  {
    name: "naive",
    shaders: [randomShader],
    plan: (problem) => {
      const count = sizeOf(problem.attributes.shape);
      const params = { count, ...maskNumbers(problem.attributes), ...linesOf(problem.attributes) };
      const { constants, bindings, scratch = {} } = stepBinding(problem);
      const workgroups = grid1d(count, WORKGROUP);
      return { scratch, dispatches: [{ shader: randomShader, constants, params, bindings, workgroups }] };
    },
  },
];

export const dropoutMask = defineOp<DropoutMaskAttributes>({
  name: "dropoutMask",
  family: "dropout",
  summary: "a random mask of ones and zeros, the same on every device",
  inputs: [{ name: "step", dtype: "i32", optional: true }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("dropoutMask", given);
    const attributes = {
      shape: read.ints("shape", undefined, 1),
      p: read.number("p", 0.5, 0, 1 - 1 / BITS),
      seed: read.int("seed", 0, 0),
      step: read.int("step", 0, 0),
      name: read.custom("name", "mask", (value) => (typeof value === "string" ? value : undefined), "a name"),
      part: read.custom<MaskPart | null>(
        "part",
        null,
        (value) => (value === null || isPart(value) ? value : undefined),
        "[axis, start, extent of the whole]",
      ),
    };
    read.done();
    return attributes;
  },
  infer: ({ step }, { shape, part }) => {
    if (part && part[1] + (shape[part[0]] ?? Infinity) > part[2]) {
      const wanted = `a part within ${part[2]} along an axis of shape ${formatShape(shape)}`;
      throw new AttributeError({ op: "dropoutMask" }, "part", formatShape(part), wanted);
    }
    if (step && step.shape.length > 0)
      throw new ShapeError({ op: "dropoutMask" }, "step", formatShape(step.shape), "[], a scalar");
    return [f32(...shape)];
  },
  cost: ({ outputs }) => ({ flops: 0, bytes: byteLength(outputs.output as TensorType) }),
  reference: (inputs, { attributes }) => {
    const { seed, step, threshold } = maskNumbers(attributes);
    const stream = hash(seed, inputs.step?.[0] ?? step);
    const { width, stride, first } = linesOf(attributes);
    const bits = (i: number): number => hash(stream, Math.floor(i / width) * stride + first + (i % width)) >>> 8;
    return {
      output: Float64Array.from({ length: sizeOf(attributes.shape) }, (__, i) => (bits(i) < threshold ? 0 : 1)),
    };
  },
  // A mask that is a part already has lost its other axes; cut it where the whole is known.
  cuts: (problem) =>
    problem.attributes.part
      ? []
      : withAttributes(elementCuts()(problem), ({ outputs }) => {
          const { axis, start, end } = outputs.output as Span;
          const whole = problem.attributes.shape;
          return {
            shape: whole.map((extent, at) => (at === axis ? end - start : extent)),
            part: [axis, start, whole[axis] as number],
          };
        }),
  tolerance: () => ({ rtol: 0, atol: 0 }),
  kernels: maskKernels,
  cases: [
    { name: "odd", inputs: {}, attributes: { shape: [3, 37], p: 0.3 } },
    { name: "part of a row", inputs: {}, attributes: { shape: [3, 37], p: 0.3, part: [1, 5, 90] } },
    { name: "part of the rows", inputs: {}, attributes: { shape: [3, 5, 8], part: [1, 4, 12] } },
    { name: "another step", inputs: {}, attributes: { shape: [64], step: 3, seed: 7, name: "fc6" } },
    {
      name: "step of the run",
      inputs: { step: i32() },
      attributes: { shape: [5, 13] },
      recipes: { step: { kind: "integers", min: 0, max: 1000 } },
    },
  ],
  random: (draw: Draw) => ({
    inputs: {},
    attributes: {
      shape: [draw.int(1, 9), draw.int(1, 90)],
      p: draw.pick([0, 0.1, 0.5, 0.99]),
      seed: draw.int(0, 1000),
      step: draw.int(0, 1000),
      part: draw.bool() ? [draw.int(0, 1), draw.int(0, 9), draw.int(99, 120)] : null,
    },
  }),
});
