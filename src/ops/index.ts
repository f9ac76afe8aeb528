/**
 * The registry: every op the engine has. Graphs, tests, benchmarks, `verify`, importers and the README's table walk it;
 * nothing else lists ops.
 */

import { crop } from "./augment";
import { batchNormGrad } from "./batchNorm/backward";
import { batchNorm } from "./batchNorm/batchNorm";
import { conv2dInputGrad, conv2dWeightGrad } from "./conv2d/backward";
import { conv2d } from "./conv2d/conv2d";
import { convTranspose2d } from "./conv2d/transpose";
import { dropout, dropoutMask } from "./dropout";
import {
  add,
  div,
  equal,
  fmod,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  maximum,
  minimum,
  mod,
  mul,
  notEqual,
  pow,
  prelu,
  sub,
} from "./elementwise/binary";
import { cast } from "./elementwise/cast";
import { chain } from "./elementwise/chain";
import {
  abs,
  acos,
  acosh,
  affine,
  asin,
  asinh,
  atan,
  atanh,
  ceil,
  celu,
  clip,
  cos,
  cosh,
  elu,
  erf,
  exp,
  floor,
  gelu,
  hardSigmoid,
  hardSwish,
  isInf,
  isNan,
  leakyRelu,
  log,
  mish,
  neg,
  not,
  reciprocal,
  relu,
  round,
  scale,
  scaledTanh,
  selu,
  shrink,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  softsign,
  sqrt,
  swish,
  tan,
  tanh,
  thresholdedRelu,
} from "./elementwise/unary";
import { unaryGrad } from "./elementwise/unaryGrad";
import { where } from "./elementwise/where";
import { embedding, oneHot } from "./embedding";
import { packHalf, unpackHalf } from "./half";
import { bceWithLogits, crossEntropy, crossEntropyGrad, inTopK, mse } from "./losses";
import { lrnGrad, lrnSpatialGrad } from "./lrn/backward";
import { lrn, lrnSpatial } from "./lrn/lrn";
import { mapTiles } from "./mapTiles";
import { linear } from "./matmul/linear";
import { matmul } from "./matmul/matmul";
import { fill } from "./movement/fill";
import { concat, flatten, reshape, transpose } from "./movement/movement";
import { pad } from "./movement/pad";
import { scatterElements, scatterND } from "./movement/scatter";
import { reverseSequence } from "./movement/sequence";
import { slice } from "./movement/slice";
import { broadcastTo, place } from "./movement/spread";
import { gather, gatherElements, gatherND } from "./movement/take";
import { groupNorm, instanceNorm, layerNorm } from "./norm";
import type { Activation, AnyOp, Op } from "./op";
import { adam, momentumSgd } from "./optimizers";
import { avgPool2dGrad, maxPool2dGrad, maxPool2dTiesGrad } from "./pool/backward";
import { avgPool2d, globalAvgPool2d, maxPool2d, maxPool2dWithIndices } from "./pool/pool";
import { gruGrad, lstmGrad, rnnGrad } from "./recurrent/backward";
import { gru, gruCell, lstm, lstmCell, rnn, rnnCell } from "./recurrent/recurrent";
import {
  argmax,
  argmin,
  logSum,
  logSumExp,
  max,
  mean,
  min,
  normL1,
  normL2,
  prod,
  sum,
  sumOfSquares,
} from "./reduce/reduce";
import { resize, resizeGrad } from "./resize/resize";
import { cumProd, cumSum } from "./scan";
import { logSoftmax, softmax } from "./softmax";
import { topK } from "./topK";

export const ops = {
  abs,
  acos,
  acosh,
  adam,
  add,
  affine,
  argmax,
  argmin,
  asin,
  asinh,
  atan,
  atanh,
  avgPool2d,
  avgPool2dGrad,
  batchNorm,
  batchNormGrad,
  bceWithLogits,
  broadcastTo,
  cast,
  ceil,
  celu,
  chain,
  clip,
  concat,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  convTranspose2d,
  cos,
  cosh,
  crop,
  crossEntropy,
  crossEntropyGrad,
  cumProd,
  cumSum,
  div,
  dropout,
  dropoutMask,
  elu,
  embedding,
  equal,
  erf,
  exp,
  fill,
  flatten,
  floor,
  fmod,
  gather,
  gatherElements,
  gatherND,
  gelu,
  globalAvgPool2d,
  greater,
  greaterOrEqual,
  groupNorm,
  gru,
  gruCell,
  gruGrad,
  hardSigmoid,
  hardSwish,
  inTopK,
  instanceNorm,
  isInf,
  isNan,
  layerNorm,
  leakyRelu,
  less,
  lessOrEqual,
  linear,
  log,
  logSoftmax,
  logSum,
  logSumExp,
  lrn,
  lrnGrad,
  lrnSpatial,
  lrnSpatialGrad,
  lstm,
  lstmCell,
  lstmGrad,
  mapTiles,
  matmul,
  max,
  maxPool2d,
  maxPool2dGrad,
  maxPool2dTiesGrad,
  maxPool2dWithIndices,
  maximum,
  mean,
  min,
  minimum,
  mish,
  mod,
  momentumSgd,
  mse,
  mul,
  neg,
  normL1,
  normL2,
  not,
  notEqual,
  oneHot,
  packHalf,
  pad,
  place,
  pow,
  prelu,
  prod,
  reciprocal,
  relu,
  reshape,
  resize,
  resizeGrad,
  reverseSequence,
  rnn,
  rnnCell,
  rnnGrad,
  round,
  scale,
  scaledTanh,
  scatterElements,
  scatterND,
  selu,
  shrink,
  sigmoid,
  sign,
  sin,
  sinh,
  slice,
  softmax,
  softplus,
  softsign,
  sqrt,
  sub,
  sum,
  sumOfSquares,
  swish,
  tan,
  tanh,
  thresholdedRelu,
  topK,
  transpose,
  unaryGrad,
  unpackHalf,
  where,
} as const satisfies Readonly<Record<string, AnyOp>>;

export type OpName = keyof typeof ops;

/** An attribute's value as a caller may write it: one number for a pair, a function's name for an activation. */
type Given<V> = V extends readonly number[]
  ? number | readonly number[]
  : Activation extends V
    ? V | string | { readonly name: string; readonly alpha?: number; readonly beta?: number }
    : V;

/** Attributes that a caller may give to op `K`; all have defaults but those whose op says otherwise. */
export type AttributesOf<K extends OpName> =
  (typeof ops)[K] extends Op<infer A> ? { readonly [P in keyof A]?: Given<A[P]> } : never;
