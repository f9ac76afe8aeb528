/** Normalisation, dropout and losses: what a step of training passes forward through. */
import { type Shape, sizeOf } from "../../../core/shape";
import { ops } from "../../../ops";
import type { AnyOp, Named, Problem } from "../../../ops/op";
import { Unsupported } from "../problems";
import {
  type Export,
  type ExportSite,
  type Exports,
  inputOf,
  outputShape,
  type Ref,
  shapeOf,
  type Writer,
} from "./writer";

const perChannel = (w: Writer, ref: Ref, channels: number, rank: number): Ref =>
  w.reshape(ref, [1, channels, ...new Array<number>(rank - 2).fill(1)]);

/** Mean, biased variance, and what is left without the mean; the axes stay as 1. */
function moments(w: Writer, x: Ref, axes: readonly number[]): [mean: Ref, variance: Ref, centred: Ref] {
  const mean = w.reduce("ReduceMean", x, axes, true);
  const centred = w.node("Sub", [x, mean]);
  return [mean, w.reduce("ReduceMean", w.node("Mul", [centred, centred]), axes, true), centred];
}

const moved = (w: Writer, old: Ref, fresh: Ref, momentum: number): Ref =>
  w.node("Add", [w.node("Mul", [old, w.scalar(1 - momentum)]), w.node("Mul", [fresh, w.scalar(momentum)])]);

const inverseDeviation = (w: Writer, variance: Ref, eps: number): Ref =>
  w.node("Reciprocal", [w.node("Sqrt", [w.node("Add", [variance, w.scalar(eps)])])]);

const batchNorm: Export = (site) => {
  const { w, inputs } = site;
  const { training, momentum, eps } = site.attributes as { training: boolean; momentum: number; eps: number };
  const all = ["input", "gamma", "beta", "mean", "variance"].map((name) => inputOf(site, name));
  if (!training) {
    const output = w.node("BatchNormalization", all, { epsilon: { float: eps } });
    const same = (name: string): Ref => w.node("Identity", [inputs[name]]);
    return { output, newMean: same("mean"), newVariance: same("variance") };
  }
  const shape = shapeOf(site);
  const channels = shape[1] as number;
  const count = sizeOf(shape) / channels;
  const [mean, variance, centred] = moments(
    w,
    inputOf(site),
    shape.flatMap((_, i) => (i === 1 ? [] : [i])),
  );
  const each = (name: string): Ref => perChannel(w, inputOf(site, name), channels, shape.length);
  const normal = w.node("Mul", [centred, inverseDeviation(w, variance, eps)]);
  const unbiased = w.node("Mul", [w.reshape(variance, [channels]), w.scalar(count / (count - 1))]);
  return {
    output: w.node("Add", [w.node("Mul", [normal, each("gamma")]), each("beta")]),
    newMean: moved(w, inputOf(site, "mean"), w.reshape(mean, [channels]), momentum),
    newVariance: moved(w, inputOf(site, "variance"), unbiased, momentum),
  };
};

/** Scale and bias, those that are not there as ones and zeros: ONNX wants both. */
const scaleAndBias = ({ w, inputs }: ExportSite, shape: Shape): Ref[] =>
  [inputs.scale, inputs.bias].map((ref, i) => ref ?? w.constant(new Array<number>(sizeOf(shape)).fill(1 - i), shape));

/** x normalised over axes of it seen as `view`, then scaled and shifted by tensors that broadcast over it as it is. */
function normalised(site: ExportSite, view: readonly number[], axes: readonly number[], affine: (ref: Ref) => Ref) {
  const { w, inputs } = site;
  const shape = shapeOf(site);
  const [mean, variance, centred] = moments(w, w.reshape(inputOf(site), view), axes);
  const inverse = inverseDeviation(w, variance, site.attributes.eps as number);
  const normal = w.reshape(w.node("Mul", [centred, inverse]), shape);
  const scaled = inputs.scale ? w.node("Mul", [normal, affine(inputs.scale)]) : normal;
  const output = inputs.bias ? w.node("Add", [scaled, affine(inputs.bias)]) : scaled;
  const told = (ref: Ref, name: string): Ref => w.reshape(ref, outputShape(site, name));
  return { output, mean: told(mean, "mean"), invStd: told(inverse, "invStd") };
}

const layerNorm: Export = (site) => {
  const shape = shapeOf(site);
  const axis = site.attributes.axis as number;
  const from = axis < 0 ? axis + shape.length : axis;
  const inputs = [inputOf(site), ...scaleAndBias(site, shape.slice(from))];
  const attributes = { axis: from, epsilon: { float: site.attributes.eps as number } };
  const [output, mean, invStd] = site.w.several(3, "LayerNormalization", inputs, attributes) as [Ref, Ref, Ref];
  const told = (ref: Ref, name: string): Ref => site.w.reshape(ref, outputShape(site, name));
  return { output, mean: told(mean, "mean"), invStd: told(invStd, "invStd") };
};

function channelwise(site: ExportSite, groups: number): Named<Ref> {
  const shape = shapeOf(site);
  const [batch, channels] = shape as unknown as [number, number];
  const view = [batch, groups, sizeOf(shape) / (batch * groups)];
  return normalised(site, view, [2], (ref) => perChannel(site.w, ref, channels, shape.length));
}

/** ONNX's operators of planes tell no mean: what computes it stays where somebody reads it. They want axes behind the channels. */
const instanceNorm: Export = (site) => {
  const [, channels = 1, ...inner] = shapeOf(site);
  const composed = channelwise(site, channels);
  if (inner.length === 0) return composed;
  const inputs = [inputOf(site), ...scaleAndBias(site, [channels])];
  const output = site.w.node("InstanceNormalization", inputs, { epsilon: { float: site.attributes.eps as number } });
  return { ...composed, output };
};

/** Before version 21 its scale and bias were of a group. */
const groupNorm: Export = (site) => {
  const { groups, eps } = site.attributes as { groups: number; eps: number };
  const [, channels = 1, ...inner] = shapeOf(site);
  const composed = channelwise(site, groups);
  if (inner.length === 0 || site.w.opset < 21) return composed;
  const inputs = [inputOf(site), ...scaleAndBias(site, [channels])];
  const attributes = { num_groups: groups, epsilon: { float: eps } };
  return { ...composed, output: site.w.node("GroupNormalization", inputs, attributes) };
};

const dropout: Export = (site) => {
  const { p, form } = site.attributes as { p: number; form: string };
  const scale = form === "paper_test" ? 1 - p : form === "inverted_train" ? 1 / (1 - p) : 1;
  const masked = form.endsWith("_train") ? site.w.node("Mul", [inputOf(site), inputOf(site, "mask")]) : inputOf(site);
  return scale === 1 && masked !== inputOf(site) ? masked : site.w.node("Mul", [masked, site.w.scalar(scale)]);
};

/** The mask of a step that is known is a constant; one that counts steps as it runs cannot be. */
const dropoutMask: Export = ({ w, inputs, attributes, types, outputs }) => {
  if (inputs.step) throw new Unsupported("its mask is another one in each step; export the graph with a fixed step");
  const op = ops.dropoutMask as AnyOp;
  const problem = { inputs: types, outputs, attributes } as Problem<unknown>;
  const { output } = op.reference({}, problem);
  return w.constant([...(output as Float64Array)], attributes.shape as readonly number[]);
};

const allAxes = (site: ExportSite): number[] => shapeOf(site).map((_, i) => i);

/** The mean or the sum of what each element loses. */
const elementwise =
  (loss: (w: Writer, x: Ref, t: Ref) => Ref): Export =>
  (site) => {
    const each = loss(site.w, inputOf(site), inputOf(site, "target"));
    const type = site.attributes.reduction === "sum" ? "ReduceSum" : "ReduceMean";
    return site.w.reshape(site.w.reduce(type, each, allAxes(site), false), outputShape(site));
  };

const squared = (w: Writer, x: Ref, t: Ref): Ref => {
  const difference = w.node("Sub", [x, t]);
  return w.node("Mul", [difference, difference]);
};

/** softplus(x) − x · t */
const crossed = (w: Writer, x: Ref, t: Ref): Ref => w.node("Sub", [w.node("Softplus", [x]), w.node("Mul", [x, t])]);

const crossEntropy: Export = (site) => {
  const inputs = [inputOf(site), inputOf(site, "labels")];
  const loss = site.w.node("SoftmaxCrossEntropyLoss", inputs, { reduction: site.attributes.reduction as string });
  return site.w.reshape(loss, outputShape(site));
};

/** How many are ahead of the label: those above it, and its equals with a smaller number. */
const inTopK: Export = (site) => {
  const { w } = site;
  const [rows, classes] = shapeOf(site) as unknown as [number, number];
  const x = inputOf(site);
  const labels = w.reshape(inputOf(site, "labels"), [rows, 1]);
  const own = w.node("GatherElements", [x, labels], { axis: 1 });
  const counted = w.constant(
    Array.from({ length: classes }, (_, i) => i),
    [1, classes],
    "int32",
  );
  const equal = w.node("And", [w.node("Equal", [x, own]), w.node("Less", [counted, labels])]);
  const ahead = w.truth(w.node("Or", [w.node("Greater", [x, own]), equal]));
  const few = w.node("Less", [w.reduce("ReduceSum", ahead, [1], false), w.scalar(site.attributes.k as number)]);
  const isNumber = w.reshape(w.node("Not", [w.node("IsNaN", [own])]), [rows]);
  return w.truth(w.node("And", [few, isNumber]));
};

export const training: Exports = {
  batchNorm,
  bceWithLogits: elementwise(crossed),
  crossEntropy,
  dropout,
  dropoutMask,
  groupNorm,
  inTopK,
  instanceNorm,
  layerNorm,
  mse: elementwise(squared),
};
