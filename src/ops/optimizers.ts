/**
 * One step of an optimiser, as an op: weights, state and gradient in, new weights and state out, in place where the graph
 * updates its parameters with them.
 *
 * What changes from step to step may come as tensors: `schedule` [3] holds a factor of the rate and Adam's two corrections
 * 1 / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ), which a host computes in float64; `scale` [] multiplies the gradient (clipping by norm);
 * where `guard` [] is no finite number, the step is not taken and everything stays as it was.
 */

import takenText from "../../shaders/lib/gradient_taken.wgsl?raw";
import takenVec4Text from "../../shaders/lib/gradient_taken_vec4.wgsl?raw";
import adamText from "../../shaders/optimizers/adam.wgsl?raw";
import adamVec4Text from "../../shaders/optimizers/adam_vec4.wgsl?raw";
import momentumText from "../../shaders/optimizers/momentum.wgsl?raw";
import momentumVec4Text from "../../shaders/optimizers/momentum_vec4.wgsl?raw";
import { ShapeError } from "../core/errors";
import { formatShape, sameShape, sizeOf } from "../core/shape";
import { byteLength, f32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { elementCuts } from "./cut";
import { ceilDiv, grid1d } from "./kernels";
import { gridLib } from "./lib";
import { type Draw, defineOp, type Kernel, type Named, type Problem, type Shader, shader } from "./op";

const WORKGROUP = 64;
const lib = [...gridLib, takenText];
const vec4Lib = [...gridLib, takenVec4Text];
const momentumShaders = [
  shader("optimizers/momentum_vec4.wgsl", momentumVec4Text, vec4Lib),
  shader("optimizers/momentum.wgsl", momentumText, lib),
] as const;
const adamShaders = [
  shader("optimizers/adam_vec4.wgsl", adamVec4Text, vec4Lib),
  shader("optimizers/adam.wgsl", adamText, lib),
] as const;

const countOf = ({ inputs }: Problem<unknown>): number => sizeOf((inputs.weight as TensorType).shape);

/** What every optimiser has. */
interface CommonAttributes {
  readonly rate: number;
  readonly weightDecay: number;
  /** Gradients are cut to ±clip first, each element by itself; null for not at all. */
  readonly clip: number | null;
}

const CONTROLS = [
  { name: "schedule", optional: true },
  { name: "scale", optional: true },
  { name: "guard", optional: true },
] as const;

function readCommon(read: AttributeReader, rate: number, weightDecay: number): CommonAttributes {
  const limit = (value: unknown) =>
    value === null || (typeof value === "number" && value > 0 && Number.isFinite(value))
      ? (value as number | null)
      : undefined;
  return {
    rate: read.number("rate", rate, 0),
    weightDecay: read.number("weightDecay", weightDecay, 0),
    clip: read.custom<number | null>("clip", null, limit, "a number above 0, or null"),
  };
}

/** Four elements an invocation, or one. */
function kernelsOf<A extends CommonAttributes>(
  [vec4, scalar]: readonly [Shader, Shader],
  own: (problem: Problem<A>) => { params: Record<string, number>; constants?: Record<string, number> },
): readonly Kernel<A>[] {
  const kernel = (name: string, rule: Shader, per: 1 | 4): Kernel<A> => ({
    name,
    shaders: [rule],
    plan: (problem) => {
      const { inputs, attributes } = problem;
      const { params, constants } = own(problem);
      const count = ceilDiv(countOf(problem), per);
      return {
        dispatches: [
          {
            shader: rule,
            constants: {
              WORKGROUP,
              HAS_SCHEDULE: inputs.schedule ? 1 : 0,
              HAS_SCALE: inputs.scale ? 1 : 0,
              HAS_GUARD: inputs.guard ? 1 : 0,
              ...constants,
            },
            params: { [per === 4 ? "count4" : "count"]: count, clip: attributes.clip ?? 0, ...params },
            bindings: {
              schedule: inputs.schedule ? "schedule" : "gradient",
              scale: inputs.scale ? "scale" : "gradient",
              guard: inputs.guard ? "guard" : "gradient",
            },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  });
  return [kernel("vec4", vec4, 4), kernel("naive", scalar, 1)];
}

/** Every tensor of a step has the shape of the weight, but for what controls it. */
function sameAsWeight(op: string, inputs: Named<TensorType>, outputs: number): TensorType[] {
  const weight = inputs.weight as TensorType;
  const special: Record<string, readonly number[]> = { schedule: [3], scale: [], guard: [] };
  for (const [name, { shape }] of Object.entries(inputs)) {
    const wanted = special[name] ?? weight.shape;
    if (!sameShape(shape, wanted)) {
      const why = special[name] ? formatShape(wanted) : `${formatShape(wanted)}, as weight is`;
      throw new ShapeError({ op }, name, formatShape(shape), why);
    }
  }
  return new Array<TensorType>(outputs).fill(weight);
}

const bytesOf = ({ inputs, outputs }: Problem<unknown>): number =>
  [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0);

const inputsOf = (names: readonly string[], ...shape: number[]) =>
  Object.fromEntries(names.map((name) => [name, f32(...shape)]));
const randomShape = (draw: Draw) => Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 9));
const controlled = { schedule: f32(3), scale: f32(), guard: f32() };
const POSITIVE = { kind: "range", min: 0.5, max: 1.5 } as const;
const CONTROL_RECIPES = { schedule: POSITIVE, scale: POSITIVE, guard: POSITIVE };

const stands = ({ guard }: Named<Float64Array>): boolean => guard !== undefined && !Number.isFinite(guard[0]);

/** The gradient as a step takes it: scaled, then cut. */
function taken({ gradient, scale }: Named<Float64Array>, { clip }: CommonAttributes): Float64Array {
  const factor = scale?.[0] ?? 1;
  return (gradient as Float64Array).map((g) => {
    const scaled = g * factor;
    return clip === null ? scaled : Math.max(-clip, Math.min(clip, scaled));
  });
}

export interface MomentumSgdAttributes extends CommonAttributes {
  readonly momentum: number;
  /** Looks ahead: w' = w + momentum · v' − rate · (weightDecay · w + g) (Sutskever et al. 2013). */
  readonly nesterov: boolean;
}

const MOMENTUM_INPUTS = ["weight", "velocity", "gradient"];

/** Momentum with weight decay inside the velocity, as in the paper of 2012, section 5. */
export const momentumSgd = defineOp<MomentumSgdAttributes>({
  name: "momentumSgd",
  family: "optimizers",
  summary: "a step of gradient descent with momentum, by the paper's rule",
  inputs: [...MOMENTUM_INPUTS.map((name) => ({ name })), ...CONTROLS],
  outputs: ["newWeight", "newVelocity"],
  overwrites: { newWeight: "weight", newVelocity: "velocity" },
  attributes: (given) => {
    const read = new AttributeReader("momentumSgd", given);
    const attributes = {
      ...readCommon(read, 0.01, 0.0005),
      momentum: read.number("momentum", 0.9, 0, 1),
      nesterov: read.boolean("nesterov", false),
    };
    read.done();
    return attributes;
  },
  infer: (inputs) => sameAsWeight("momentumSgd", inputs, 2),
  cost: (problem) => ({ flops: 6 * countOf(problem), bytes: bytesOf(problem) }),
  reference: (inputs, { attributes }) => {
    const { momentum, weightDecay, nesterov } = attributes;
    if (stands(inputs)) return { newWeight: inputs.weight, newVelocity: inputs.velocity } as Named<Float64Array>;
    const rate = attributes.rate * (inputs.schedule?.[0] ?? 1);
    const w = inputs.weight as Float64Array;
    const g = taken(inputs, attributes);
    const pull = w.map((x, i) => rate * (weightDecay * x + (g[i] as number)));
    const newVelocity = pull.map((p, i) => momentum * (inputs.velocity?.[i] as number) - p);
    const newWeight = w.map((x, i) => {
      const v = newVelocity[i] as number;
      return nesterov ? x + momentum * v - (pull[i] as number) : x + v;
    });
    return { newWeight, newVelocity };
  },
  cuts: elementCuts(CONTROLS.map(({ name }) => name)),
  tolerance: () => ({ rtol: 1e-6, atol: 1e-6 }),
  kernels: kernelsOf(momentumShaders, ({ attributes: { rate, momentum, weightDecay, nesterov } }) => ({
    params: { rate, momentum, weightDecay },
    constants: { NESTEROV: nesterov ? 1 : 0 },
  })),
  cases: [
    { name: "odd", inputs: inputsOf(MOMENTUM_INPUTS, 7, 5) },
    { name: "without decay", inputs: inputsOf(MOMENTUM_INPUTS, 3), attributes: { weightDecay: 0, rate: 0.1 } },
    { name: "nesterov", inputs: inputsOf(MOMENTUM_INPUTS, 6), attributes: { nesterov: true, rate: 0.1 } },
    {
      name: "scheduled and clipped",
      inputs: { ...inputsOf(MOMENTUM_INPUTS, 9), ...controlled },
      attributes: { rate: 0.1, clip: 0.5 },
      recipes: CONTROL_RECIPES,
    },
    {
      name: "guarded",
      inputs: { ...inputsOf(MOMENTUM_INPUTS, 6), guard: f32() },
      recipes: { guard: { kind: "values", values: [Number.NaN] } },
    },
  ],
  random: (draw) => ({
    inputs: { ...inputsOf(MOMENTUM_INPUTS, ...randomShape(draw)), ...(draw.bool() ? controlled : {}) },
    attributes: {
      rate: draw.pick([0.1, 0.001]),
      momentum: draw.pick([0, 0.9]),
      weightDecay: draw.pick([0, 0.05]),
      clip: draw.pick([null, 0.3]),
      nesterov: draw.bool(),
    },
    recipes: CONTROL_RECIPES,
  }),
});

export interface AdamAttributes extends CommonAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Takes weight decay off the weight (AdamW) instead of adding it to the gradient. */
  readonly decoupled: boolean;
  /** Which step this is, the first being 1; `schedule` goes before. */
  readonly step: number;
}

const ADAM_INPUTS = ["weight", "firstMoment", "secondMoment", "gradient"];

/** Adam's corrections for the moments' beginning at zero, after `step` steps. */
export const adamCorrections = (beta1: number, beta2: number, step: number): readonly [first: number, root: number] => [
  1 / (1 - beta1 ** step),
  1 / Math.sqrt(1 - beta2 ** step),
];

export const adam = defineOp<AdamAttributes>({
  name: "adam",
  family: "optimizers",
  summary: "a step of Adam, or of AdamW",
  inputs: [...ADAM_INPUTS.map((name) => ({ name })), ...CONTROLS],
  outputs: ["newWeight", "newFirstMoment", "newSecondMoment"],
  overwrites: { newWeight: "weight", newFirstMoment: "firstMoment", newSecondMoment: "secondMoment" },
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
      ...readCommon(read, 0.001, 0),
      beta1: below1("beta1", 0.9),
      beta2: below1("beta2", 0.999),
      eps: read.number("eps", 1e-8, 0),
      decoupled: read.boolean("decoupled", false),
      step: read.int("step", 1, 1),
    };
    read.done();
    return attributes;
  },
  infer: (inputs) => sameAsWeight("adam", inputs, 3),
  cost: (problem) => ({ flops: 14 * countOf(problem), bytes: bytesOf(problem) }),
  reference: (inputs, { attributes }) => {
    const { beta1, beta2, eps, weightDecay, decoupled, step } = attributes;
    if (stands(inputs)) {
      const { weight, firstMoment, secondMoment } = inputs as Named<Float64Array> & Record<string, Float64Array>;
      return { newWeight: weight, newFirstMoment: firstMoment, newSecondMoment: secondMoment } as Named<Float64Array>;
    }
    const rate = attributes.rate * (inputs.schedule?.[0] ?? 1);
    const own = adamCorrections(beta1, beta2, step);
    const [first, root] = inputs.schedule ? [inputs.schedule[1] as number, inputs.schedule[2] as number] : own;
    const w = inputs.weight as Float64Array;
    const g = taken(inputs, attributes).map((x, i) => x + (decoupled ? 0 : weightDecay * (w[i] as number)));
    const newFirstMoment = g.map((x, i) => beta1 * (inputs.firstMoment?.[i] as number) + (1 - beta1) * x);
    const newSecondMoment = g.map((x, i) => beta2 * (inputs.secondMoment?.[i] as number) + (1 - beta2) * x * x);
    const newWeight = w.map(
      (x, i) =>
        x * (decoupled ? 1 - rate * weightDecay : 1) -
        (rate * first * (newFirstMoment[i] as number)) / (Math.sqrt(newSecondMoment[i] as number) * root + eps),
    );
    return { newWeight, newFirstMoment, newSecondMoment };
  },
  cuts: elementCuts(CONTROLS.map(({ name }) => name)),
  tolerance: () => ({ rtol: 1e-5, atol: 2e-6 }),
  kernels: kernelsOf(adamShaders, ({ attributes: { rate, beta1, beta2, eps, weightDecay, decoupled, step } }) => {
    const [firstCorrection, rootCorrection] = adamCorrections(beta1, beta2, step);
    return {
      params: { rate, beta1, beta2, eps, weightDecay, firstCorrection, rootCorrection },
      constants: { DECOUPLED: decoupled ? 1 : 0 },
    };
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
    {
      name: "scheduled and clipped",
      inputs: { ...inputsOf(ADAM_INPUTS, 9), ...controlled },
      attributes: { rate: 0.1, clip: 0.5, decoupled: true, weightDecay: 0.01 },
      recipes: { ...CONTROL_RECIPES, secondMoment: { kind: "range", min: 0.1, max: 1 } },
    },
    {
      name: "guarded",
      inputs: { ...inputsOf(ADAM_INPUTS, 6), guard: f32() },
      recipes: { guard: { kind: "values", values: [Number.NaN] }, secondMoment: { kind: "range", min: 0.1, max: 1 } },
    },
  ],
  random: (draw) => ({
    inputs: { ...inputsOf(ADAM_INPUTS, ...randomShape(draw)), ...(draw.bool() ? controlled : {}) },
    attributes: {
      rate: draw.pick([0.01, 0.001]),
      weightDecay: draw.pick([0, 0.05]),
      clip: draw.pick([null, 0.3]),
      decoupled: draw.bool(),
      step: draw.int(1, 100),
    },
    recipes: { ...CONTROL_RECIPES, secondMoment: { kind: "range", min: 0.1, max: 1 } },
  }),
});
