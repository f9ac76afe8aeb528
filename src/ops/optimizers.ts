/** One step of an optimiser, as an op: weights, state and gradient in, new weights and state out. */
import adamText from "../../shaders/optimizers/adam.wgsl?raw";
import momentumText from "../../shaders/optimizers/momentum.wgsl?raw";
import { ShapeError } from "../core/errors";
import { formatShape, sameShape, sizeOf } from "../core/shape";
import { byteLength, f32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { grid1d } from "./kernels";
import { gridLib } from "./lib";
import { type Draw, defineOp, type Kernel, type Named, type Problem, type Shader, shader } from "./op";

const WORKGROUP = 64;
const momentumShader = shader("optimizers/momentum.wgsl", momentumText, gridLib);
const adamShader = shader("optimizers/adam.wgsl", adamText, gridLib);

const countOf = ({ inputs }: Problem<unknown>): number => sizeOf((inputs.weight as TensorType).shape);

/** Several elements an invocation, or one. */
function kernelsOf<A>(rule: Shader, params: (problem: Problem<A>) => Record<string, number>): readonly Kernel<A>[] {
  const kernel = (name: string, PER: number): Kernel<A> => ({
    name,
    shaders: [rule],
    plan: (problem) => ({
      dispatches: [
        {
          shader: rule,
          constants: { PER, WORKGROUP },
          params: { count: countOf(problem), ...params(problem) },
          workgroups: grid1d(countOf(problem), PER * WORKGROUP),
        },
      ],
    }),
  });
  return [kernel("several", 4), kernel("naive", 1)];
}

/** Every tensor of a step has the shape of the weight. */
function sameAsWeight(op: string, inputs: Named<TensorType>, outputs: number): TensorType[] {
  const weight = inputs.weight as TensorType;
  for (const [name, { shape }] of Object.entries(inputs)) {
    if (!sameShape(shape, weight.shape))
      throw new ShapeError({ op }, name, formatShape(shape), `${formatShape(weight.shape)}, as weight is`);
  }
  return new Array<TensorType>(outputs).fill(weight);
}

const bytesOf = ({ inputs, outputs }: Problem<unknown>): number =>
  [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0);

const inputsOf = (names: readonly string[], ...shape: number[]) =>
  Object.fromEntries(names.map((name) => [name, f32(...shape)]));
const randomShape = (draw: Draw) => Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 9));

export interface MomentumSgdAttributes {
  readonly rate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

const MOMENTUM_INPUTS = ["weight", "velocity", "gradient"];

/** Momentum with weight decay inside the velocity, as in the paper of 2012, section 5. */
export const momentumSgd = defineOp<MomentumSgdAttributes>({
  name: "momentumSgd",
  family: "optimizers",
  summary: "a step of gradient descent with momentum, by the paper's rule",
  inputs: MOMENTUM_INPUTS.map((name) => ({ name })),
  outputs: ["newWeight", "newVelocity"],
  attributes: (given) => {
    const read = new AttributeReader("momentumSgd", given);
    const attributes = {
      rate: read.number("rate", 0.01, 0),
      momentum: read.number("momentum", 0.9, 0, 1),
      weightDecay: read.number("weightDecay", 0.0005, 0),
    };
    read.done();
    return attributes;
  },
  infer: (inputs) => sameAsWeight("momentumSgd", inputs, 2),
  cost: (problem) => ({ flops: 6 * countOf(problem), bytes: bytesOf(problem) }),
  reference: ({ weight, velocity, gradient }, { attributes: { rate, momentum, weightDecay } }) => {
    const w = weight as Float64Array;
    const newVelocity = w.map(
      (x, i) => momentum * (velocity?.[i] as number) - weightDecay * rate * x - rate * (gradient?.[i] as number),
    );
    return { newWeight: w.map((x, i) => x + (newVelocity[i] as number)), newVelocity };
  },
  tolerance: () => ({ rtol: 1e-6, atol: 1e-6 }),
  kernels: kernelsOf(momentumShader, ({ attributes }) => ({ ...attributes })),
  cases: [
    { name: "odd", inputs: inputsOf(MOMENTUM_INPUTS, 7, 5) },
    { name: "without decay", inputs: inputsOf(MOMENTUM_INPUTS, 3), attributes: { weightDecay: 0, rate: 0.1 } },
  ],
  random: (draw) => ({
    inputs: inputsOf(MOMENTUM_INPUTS, ...randomShape(draw)),
    attributes: { rate: draw.pick([0.1, 0.001]), momentum: draw.pick([0, 0.9]), weightDecay: draw.pick([0, 0.05]) },
  }),
});

export interface AdamAttributes {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Takes weight decay off the weight (AdamW) instead of adding it to the gradient. */
  readonly decoupled: boolean;
  /** Which step this is, the first being 1. */
  readonly step: number;
}

const ADAM_INPUTS = ["weight", "firstMoment", "secondMoment", "gradient"];

function adamNumbers({ rate, beta1, beta2, weightDecay, decoupled, step }: AdamAttributes) {
  return {
    stepSize: rate / (1 - beta1 ** step),
    rootCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    decay: decoupled ? 0 : weightDecay,
    shrink: decoupled ? 1 - rate * weightDecay : 1,
  };
}

export const adam = defineOp<AdamAttributes>({
  name: "adam",
  family: "optimizers",
  summary: "a step of Adam, or of AdamW",
  inputs: ADAM_INPUTS.map((name) => ({ name })),
  outputs: ["newWeight", "newFirstMoment", "newSecondMoment"],
  attributes: (given) => {
    const read = new AttributeReader("adam", given);
    const below1 = (name: string, fallback: number) =>
      read.custom(
        name,
        fallback,
        (value) => (typeof value === "number" && value >= 0 && value < 1 ? value : undefined),
        "a number of 0 or more and below 1",
      );
    const attributes = {
      rate: read.number("rate", 0.001, 0),
      beta1: below1("beta1", 0.9),
      beta2: below1("beta2", 0.999),
      eps: read.number("eps", 1e-8, 0),
      weightDecay: read.number("weightDecay", 0, 0),
      decoupled: read.boolean("decoupled", false),
      step: read.int("step", 1, 1),
    };
    read.done();
    return attributes;
  },
  infer: (inputs) => sameAsWeight("adam", inputs, 3),
  cost: (problem) => ({ flops: 14 * countOf(problem), bytes: bytesOf(problem) }),
  reference: ({ weight, firstMoment, secondMoment, gradient }, { attributes }) => {
    const { stepSize, rootCorrection, decay, shrink } = adamNumbers(attributes);
    const { beta1, beta2, eps } = attributes;
    const w = weight as Float64Array;
    const g = w.map((x, i) => (gradient?.[i] as number) + decay * x);
    const newFirstMoment = g.map((x, i) => beta1 * (firstMoment?.[i] as number) + (1 - beta1) * x);
    const newSecondMoment = g.map((x, i) => beta2 * (secondMoment?.[i] as number) + (1 - beta2) * x * x);
    const newWeight = w.map(
      (x, i) =>
        x * shrink -
        (stepSize * (newFirstMoment[i] as number)) / (Math.sqrt(newSecondMoment[i] as number) * rootCorrection + eps),
    );
    return { newWeight, newFirstMoment, newSecondMoment };
  },
  tolerance: () => ({ rtol: 1e-5, atol: 2e-6 }),
  kernels: kernelsOf(adamShader, ({ attributes }) => {
    const { beta1, beta2, eps } = attributes;
    return { beta1, beta2, eps, ...adamNumbers(attributes) };
  }),
  cases: [
    {
      name: "odd",
      inputs: inputsOf(ADAM_INPUTS, 7, 5),
      recipes: { secondMoment: { kind: "range", min: 0.1, max: 1 } },
    },
    {
      name: "decoupled",
      inputs: inputsOf(ADAM_INPUTS, 9),
      attributes: { decoupled: true, weightDecay: 0.05, rate: 0.01, step: 3 },
      recipes: { secondMoment: { kind: "range", min: 0.1, max: 1 } },
    },
  ],
  random: (draw) => ({
    inputs: inputsOf(ADAM_INPUTS, ...randomShape(draw)),
    attributes: {
      rate: draw.pick([0.01, 0.001]),
      weightDecay: draw.pick([0, 0.05]),
      decoupled: draw.bool(),
      step: draw.int(1, 100),
    },
    recipes: { secondMoment: { kind: "range", min: 0.1, max: 1 } },
  }),
});
