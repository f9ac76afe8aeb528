/**
 * Batch normalisation (Ioffe and Szegedy, 2015): output = gamma · (input − mean) / √(variance + eps) + beta for each channel.
 * In training mean and biased variance are the batch's own, and the running ones move towards them (the variance
 * unbiased); otherwise the running ones are used, and come out as they went in.
 */
import givenText from "../../../shaders/batchNorm/given.wgsl?raw";
import normaliseText from "../../../shaders/batchNorm/normalise.wgsl?raw";
import statisticsText from "../../../shaders/batchNorm/statistics.wgsl?raw";
import serialText from "../../../shaders/batchNorm/statistics_serial.wgsl?raw";
import updateText from "../../../shaders/batchNorm/update.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { batchCut, unitCut } from "../cut";
import { grid1d, sumTolerance } from "../kernels";
import { gridLib } from "../lib";
import { type Dispatch, type Draw, defineOp, type Kernel, type Problem, shader } from "../op";

/** Input [N, C, …], gamma, beta, mean, variance [C]; output as input, newMean and newVariance [C]. */
export interface BatchNormAttributes {
  readonly training: boolean;
  /** How far the running statistics move towards the batch's. */
  readonly momentum: number;
  readonly eps: number;
}

const WORKGROUP = 64;
const givenShader = shader("batchNorm/given.wgsl", givenText, gridLib);
const normaliseShader = shader("batchNorm/normalise.wgsl", normaliseText, gridLib);
const statisticsShader = shader("batchNorm/statistics.wgsl", statisticsText);
const serialShader = shader("batchNorm/statistics_serial.wgsl", serialText, gridLib);
const updateShader = shader("batchNorm/update.wgsl", updateText, gridLib);

export function extents({ inputs }: Problem<BatchNormAttributes>) {
  const { shape } = inputs.input as TensorType;
  const [batch, channels] = shape as [number, number];
  return { batch, channels, inner: sizeOf(shape.slice(2)) };
}

type Method = "workgroup" | "serial";

const measuring = (method: Method) => (method === "workgroup" ? statisticsShader : serialShader);

/** Shaders that `statisticsDispatch` uses. */
export const statisticsShaders = (method: Method) => [measuring(method), givenShader];

/** Fills `statistics` with mean and variance of each channel: the batch's own in training, else those given. */
export function statisticsDispatch(method: Method, problem: Problem<BatchNormAttributes>): Dispatch {
  const { batch, channels, inner } = extents(problem);
  const perChannel = grid1d(channels, WORKGROUP);
  if (!problem.attributes.training) {
    return { shader: givenShader, constants: { WORKGROUP }, params: { channels }, workgroups: perChannel };
  }
  return {
    shader: measuring(method),
    constants: { WORKGROUP },
    params: { batch, channels, inner },
    workgroups: method === "workgroup" ? grid1d(channels, 1) : perChannel,
  };
}

function kernel(name: Method): Kernel<BatchNormAttributes> {
  return {
    name,
    shaders: [...statisticsShaders(name), updateShader, normaliseShader],
    preference: (_, { software }) => (software === (name === "serial") ? 1 : 0),
    plan: (problem) => {
      const { batch, channels, inner } = extents(problem);
      const { training, momentum, eps } = problem.attributes;
      const values = batch * inner;
      const update: Dispatch = {
        shader: updateShader,
        constants: { WORKGROUP },
        params: { channels, momentum, unbias: values / (values - 1) },
        workgroups: grid1d(channels, WORKGROUP),
      };
      const count = batch * channels * inner;
      return {
        scratch: { statistics: f32(channels, 2) },
        dispatches: [
          statisticsDispatch(name, problem),
          ...(training ? [update] : []),
          {
            shader: normaliseShader,
            constants: { WORKGROUP },
            params: { count, channels, inner, eps },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  };
}

const POSITIVE = { kind: "range", min: 0.2, max: 2 } as const;
const inputsOf = (...shape: number[]) => {
  const channels = f32(shape[1] as number);
  return { input: f32(...shape), gamma: channels, beta: channels, mean: channels, variance: channels };
};
const caseOf = (name: string, shape: readonly number[], attributes: Record<string, unknown>) => ({
  name,
  inputs: inputsOf(...shape),
  attributes,
  recipes: { variance: POSITIVE },
});

export const batchNorm = defineOp<BatchNormAttributes>({
  name: "batchNorm",
  family: "batchNorm",
  summary: "normalisation of each channel by running statistics, or by the batch's own",
  inputs: ["input", "gamma", "beta", "mean", "variance"].map((name) => ({ name })),
  outputs: ["output", "newMean", "newVariance"],

  attributes: (given) => {
    const read = new AttributeReader("batchNorm", given);
    const attributes = {
      training: read.boolean("training", false),
      momentum: read.number("momentum", 0.1, 0, 1),
      eps: read.custom(
        "eps",
        1e-5,
        (value) => (typeof value === "number" && value > 0 && Number.isFinite(value) ? value : undefined),
        "a number above 0",
      ),
    };
    read.done();
    return attributes;
  },

  infer: (inputs, { training }) => {
    const where = { op: "batchNorm" };
    const { shape } = inputs.input as TensorType;
    if (shape.length < 2) throw new ShapeError(where, "input", formatShape(shape), "[N, C, …]");
    for (const name of ["gamma", "beta", "mean", "variance"]) {
      const own = (inputs[name] as TensorType).shape;
      if (own.length !== 1 || own[0] !== shape[1])
        throw new ShapeError(where, name, formatShape(own), `[${shape[1]}], as input is ${formatShape(shape)}`);
    }
    if (training && sizeOf(shape) === shape[1]) {
      throw new ShapeError(
        where,
        "input",
        formatShape(shape),
        "of more than one value a channel, as a variance is taken in training",
      );
    }
    const channels = f32(shape[1] as number);
    return [inputs.input as TensorType, channels, channels];
  },

  cost: ({ inputs, attributes }) => {
    const input = inputs.input as TensorType;
    return {
      flops: sizeOf(input.shape) * (attributes.training ? 9 : 4),
      bytes: byteLength(input) * (attributes.training ? 4 : 2),
    };
  },

  reference: ({ input, gamma, beta, mean, variance }, problem) => {
    const x = input as Float64Array;
    const { batch, channels, inner } = extents(problem);
    const { training, momentum, eps } = problem.attributes;
    const output = new Float64Array(x.length);
    const newMean = (mean as Float64Array).slice();
    const newVariance = (variance as Float64Array).slice();
    const count = batch * inner;
    for (let c = 0; c < channels; c++) {
      const at = (i: number) => (Math.floor(i / inner) * channels + c) * inner + (i % inner);
      let m = newMean[c] as number;
      let v = newVariance[c] as number;
      if (training) {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += x[at(i)] as number;
        m = sum / count;
        let squares = 0;
        for (let i = 0; i < count; i++) squares += ((x[at(i)] as number) - m) ** 2;
        v = squares / count;
        newMean[c] = (1 - momentum) * (newMean[c] as number) + momentum * m;
        newVariance[c] = (1 - momentum) * (newVariance[c] as number) + (momentum * squares) / (count - 1);
      }
      for (let i = 0; i < count; i++) {
        output[at(i)] =
          ((gamma?.[c] as number) * ((x[at(i)] as number) - m)) / Math.sqrt(v + eps) + (beta?.[c] as number);
      }
    }
    return { output, newMean, newVariance };
  },

  // Running statistics follow the batches, and are not trained.
  detached: ["mean", "variance", "newMean", "newVariance"],
  gradient: (emit, { inputs, problem, cotangents, wants }) => {
    type V = (typeof inputs)[string];
    const { input, gamma, mean, variance } = inputs as Record<string, V>;
    const given = { input, gamma, mean, variance, cotangent: cotangents.output } as Record<string, V>;
    const results = emit("batchNormGrad", given, { ...problem.attributes });
    const names = { input: "output", gamma: "gammaGrad", beta: "betaGrad" };
    return Object.fromEntries(
      Object.entries(names).flatMap(([name, from]) => (wants(name) ? [[name, results[from] as V]] : [])),
    );
  },
  cuts: ({ inputs, attributes: { training } }) => {
    const [batch, channels] = (inputs.input as TensorType).shape as [number, number];
    const perChannel = { gamma: 0, beta: 0, mean: 0, variance: 0 };
    const units = unitCut(channels, { input: 1, ...perChannel }, { output: 1, newMean: 0, newVariance: 0 });
    // In training a channel's statistics are taken over all samples, so these cannot be cut.
    return training ? [units] : [batchCut(batch, ["input"], ["output"]), units];
  },
  tolerance: (problem) => {
    const { batch, inner } = extents(problem);
    const { atol } = sumTolerance(batch * inner);
    return { rtol: 2e-5, atol: 10 * atol };
  },

  golden: {
    op: "batch_norm",
    inputs: ["x", "gamma", "beta", "running_mean", "running_var"],
    outputs: ["y", "new_running_mean", "new_running_var"],
  },

  kernels: [kernel("workgroup"), kernel("serial")],

  cases: [
    caseOf("running", [2, 3, 4, 5], {}),
    caseOf("training", [3, 5, 2, 3], { training: true, momentum: 0.2 }),
    caseOf("rows", [7, 4], { training: true, eps: 1e-3 }),
    caseOf("one value", [1, 2, 1, 1], {}),
  ],

  random: (draw: Draw) => {
    const training = draw.bool();
    const shape = [
      draw.int(training ? 2 : 1, 4),
      draw.int(1, 6),
      ...Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 6)),
    ];
    return {
      inputs: inputsOf(...shape),
      attributes: { training, momentum: draw.pick([0.1, 0.5]), eps: draw.pick([1e-5, 1e-2]) },
      recipes: { variance: POSITIVE },
    };
  },
});
