/**
 * The gradient of batch normalisation (Ioffe and Szegedy 2015, section 3) by its input, gamma and beta. In training the
 * statistics are the batch's own, and depend on the input; otherwise they are given, and constant.
 */
import inputText from "../../../shaders/batchNorm/grad_input.wgsl?raw";
import sumsText from "../../../shaders/batchNorm/grad_sums.wgsl?raw";
import sumsSerialText from "../../../shaders/batchNorm/grad_sums_serial.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, sameShape } from "../../core/shape";
import { f32, type TensorType } from "../../core/tensor";
import { unitCut } from "../cut";
import { grid1d, sumTolerance } from "../kernels";
import { gridLib } from "../lib";
import { type Case, defineOp, type Kernel, type Named, shader } from "../op";
import { type BatchNormAttributes, batchNorm, extents, statisticsDispatch, statisticsShaders } from "./batchNorm";

const WORKGROUP = 64;
const sumsShader = shader("batchNorm/grad_sums.wgsl", sumsText);
const sumsSerialShader = shader("batchNorm/grad_sums_serial.wgsl", sumsSerialText, gridLib);
const inputShader = shader("batchNorm/grad_input.wgsl", inputText, gridLib);

function kernel(name: "workgroup" | "serial"): Kernel<BatchNormAttributes> {
  const sums = name === "workgroup" ? sumsShader : sumsSerialShader;
  return {
    name,
    shaders: [...statisticsShaders(name), sums, inputShader],
    preference: (_, { software }) => (software === (name === "serial") ? 1 : 0),
    plan: (problem) => {
      const { batch, channels, inner } = extents(problem);
      const { training, eps } = problem.attributes;
      const count = batch * channels * inner;
      const perChannel = f32(channels);
      return {
        // The forward kernels write running statistics too, which nobody wants here.
        scratch: {
          statistics: f32(channels, 2),
          ...(training ? {} : { newMean: perChannel, newVariance: perChannel }),
        },
        dispatches: [
          statisticsDispatch(name, problem),
          {
            shader: sums,
            constants: { WORKGROUP },
            params: { batch, channels, inner, eps },
            workgroups: name === "workgroup" ? grid1d(channels, 1) : grid1d(channels, WORKGROUP),
          },
          {
            shader: inputShader,
            constants: { WORKGROUP },
            params: { count, channels, inner, eps, share: training ? 1 / (batch * inner) : 0 },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  };
}

/** The forward op's inputs but beta; the gradient does not depend on it. */
const FORWARD_INPUTS = ["input", "gamma", "mean", "variance"];

const forwardInputs = (inputs: Named<TensorType>): Named<TensorType> => ({
  ...inputs,
  beta: inputs.gamma as TensorType,
});

const withCotangent = ({ inputs, ...rest }: Omit<Case, "name">) => ({
  ...rest,
  inputs: {
    ...Object.fromEntries(FORWARD_INPUTS.map((name) => [name, inputs[name] as TensorType])),
    cotangent: inputs.input as TensorType,
  },
});

export const batchNormGrad = defineOp<BatchNormAttributes>({
  name: "batchNormGrad",
  family: "batchNorm",
  summary: "gradients of batch normalisation by input, gamma and beta",
  inputs: [...FORWARD_INPUTS, "cotangent"].map((name) => ({ name })),
  outputs: ["output", "gammaGrad", "betaGrad"],
  attributes: batchNorm.attributes,

  infer: ({ cotangent, ...inputs }, attributes) => {
    batchNorm.infer(forwardInputs(inputs), attributes);
    const input = inputs.input as TensorType;
    const { shape } = cotangent as TensorType;
    if (!sameShape(shape, input.shape)) {
      const wanted = `${formatShape(input.shape)}, as input is`;
      throw new ShapeError({ op: "batchNormGrad" }, "cotangent", formatShape(shape), wanted);
    }
    return [input, inputs.gamma as TensorType, inputs.gamma as TensorType];
  },

  cost: (problem) => {
    const { flops, bytes } = batchNorm.cost(problem);
    return { flops: 2 * flops, bytes: 2 * bytes };
  },

  reference: ({ input, gamma, mean, variance, cotangent }, problem) => {
    const x = input as Float64Array;
    const ct = cotangent as Float64Array;
    const { batch, channels, inner } = extents(problem);
    const { training, eps } = problem.attributes;
    const output = new Float64Array(x.length);
    const gammaGrad = new Float64Array(channels);
    const betaGrad = new Float64Array(channels);
    const count = batch * inner;
    for (let c = 0; c < channels; c++) {
      const at = (i: number) => (Math.floor(i / inner) * channels + c) * inner + (i % inner);
      const places = Array.from({ length: count }, (_, i) => at(i));
      const average = (of: (place: number) => number) => places.reduce((sum, place) => sum + of(place), 0) / count;
      const m = training ? average((i) => x[i] as number) : (mean?.[c] as number);
      const v = training ? average((i) => ((x[i] as number) - m) ** 2) : (variance?.[c] as number);
      const deviation = Math.sqrt(v + eps);
      const normal = (i: number) => ((x[i] as number) - m) / deviation;
      const meanFlow = average((i) => ct[i] as number);
      const meanTerm = average((i) => (ct[i] as number) * normal(i));
      for (const i of places) {
        const inner = training ? (ct[i] as number) - meanFlow - normal(i) * meanTerm : (ct[i] as number);
        output[i] = ((gamma?.[c] as number) / deviation) * inner;
      }
      betaGrad[c] = meanFlow * count;
      gammaGrad[c] = meanTerm * count;
    }
    return { output, gammaGrad, betaGrad };
  },

  cuts: ({ inputs }) => [
    unitCut(
      (inputs.input as TensorType).shape[1] as number,
      { input: 1, cotangent: 1, gamma: 0, beta: 0, mean: 0, variance: 0 },
      { output: 1, gammaGrad: 0, betaGrad: 0 },
    ),
  ],
  // A channel of nearly equal values divides rounding errors by a small deviation.
  tolerance: (problem) => {
    const { batch, inner } = extents(problem);
    const { atol } = sumTolerance(batch * inner);
    return { rtol: 5e-5, atol: 40 * atol };
  },
  kernels: [kernel("workgroup"), kernel("serial")],
  cases: batchNorm.cases.map((one) => ({ name: one.name, ...withCotangent(one) })),
  random: (draw) => withCotangent(batchNorm.random(draw)),
});
