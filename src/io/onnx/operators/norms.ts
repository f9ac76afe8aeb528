/** Normalisation: by batch, instance, layer or group, across channels, and softmax. */
import { type Shape, sameShape, sizeOf } from "../../../core/shape";
import { add, broadcastTo, cast, compared, div, mul, reduced, reshape, sub, unary, where } from "../forms";
import { type Held, known } from "../held";
import type { Site, Translate, Translations } from "../site";
import { number } from "./functions";

const batchNorm: Translate = (site) => {
  const [input, gamma, beta, mean, variance] = [0, 1, 2, 3, 4].map((i) => site.need(i)) as [
    Held,
    Held,
    Held,
    Held,
    Held,
  ];
  const eps = site.float("epsilon", 1e-5);
  // Before version 9 the statistics of each place of the image could be its own.
  if (site.opset < 9 && site.int("spatial", 1) !== 1) site.refuse("its spatial is 0; we normalise whole channels");
  const training = site.opset >= 14 ? site.flag("training_mode") : site.opset < 7 ? !site.flag("is_test", true) : false;
  const momentum = site.float("momentum", 0.9);
  site.ignore("consumed_inputs");
  if (!training) return site.b.apply("batchNorm", { input, gamma, beta, mean, variance }, { eps });
  return trained(site, input, { gamma, beta, mean, variance, eps, momentum });
};

interface Trained {
  readonly gamma: Held;
  readonly beta: Held;
  readonly mean: Held;
  readonly variance: Held;
  readonly eps: number;
  readonly momentum: number;
}

/** By the batch's own statistics. ONNX moves the running ones by 1 − momentum, and towards the biased variance. */
function trained(site: Site, input: Held, { gamma, beta, mean, variance, eps, momentum }: Trained): readonly Held[] {
  const axes = input.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const [own, spread, centred] = moments(site, input, axes);
  const channels = [1, input.shape[1] as number, ...input.shape.slice(2).map(() => 1)];
  const normal = div(site.b, centred, unary(site.b, "sqrt", add(site.b, spread, number(eps, input))));
  const output = add(site.b, mul(site.b, normal, reshape(site.b, gamma, channels)), reshape(site.b, beta, channels));
  const moved = (old: Held, fresh: Held): Held =>
    add(
      site.b,
      unary(site.b, "scale", old, { factor: momentum }),
      unary(site.b, "scale", reshape(site.b, fresh, old.shape), { factor: 1 - momentum }),
    );
  return [output, moved(mean, own), moved(variance, spread)];
}

/** Mean and biased variance over axes, which stay as 1, and what is left when the mean is taken away. */
export function moments(
  site: Site,
  input: Held,
  axes: readonly number[],
): readonly [mean: Held, variance: Held, centred: Held] {
  const mean = reduced(site.b, "mean", input, axes, true);
  const centred = sub(site.b, input, mean);
  return [mean, reduced(site.b, "mean", mul(site.b, centred, centred), axes, true), centred];
}

const standardised = (site: Site, input: Held, axes: readonly number[], eps: number): Held => {
  const [, variance, centred] = moments(site, input, axes);
  return div(site.b, centred, unary(site.b, "sqrt", add(site.b, variance, number(eps, input))));
};

const perChannel = (site: Site, held: Held, rank: number): Held =>
  reshape(site.b, held, [1, sizeOf(held.shape), ...new Array<number>(rank - 2).fill(1)]);

interface Planes {
  readonly scale: Held;
  readonly bias: Held;
  readonly eps: number;
}

/** Groups of planes by their own statistics. Our ops want an epsilon above 0. */
function planes(site: Site, input: Held, groups: number, { scale, bias, eps }: Planes): Held {
  const [n, c] = input.shape as unknown as [number, number];
  if (eps > 0) {
    const inputs = { input, scale, bias };
    return groups === c
      ? site.b.apply("instanceNorm", inputs, { eps })
      : site.b.apply("groupNorm", inputs, { groups, eps });
  }
  const grouped = reshape(site.b, input, [n, groups, sizeOf(input.shape) / (n * groups)]);
  const normal = reshape(site.b, standardised(site, grouped, [2], eps), input.shape);
  const rank = input.shape.length;
  return add(site.b, mul(site.b, normal, perChannel(site, scale, rank)), perChannel(site, bias, rank));
}

const instanceNorm: Translate = (site) => {
  const [input, scale, bias] = [site.need(0), site.need(1), site.need(2)];
  site.ignore("consumed_inputs");
  return planes(site, input, input.shape[1] as number, { scale, bias, eps: site.float("epsilon", 1e-5) });
};

/** Over the last axes. Its second and third outputs are the mean and one over the deviation. */
const layerNorm: Translate = (site) => {
  const [input, scale, bias] = [site.need(0), site.need(1), site.input(2)];
  const from = site.axis(site.int("axis", -1), input.shape);
  const eps = site.float("epsilon", 1e-5);
  site.int("stash_type", 1);
  const own = input.shape.slice(from);
  // ONNX lets scale and bias broadcast over the input; our op wants them of the shape of the axes.
  if (eps > 0 && [scale, bias].every((held) => !held || sameShape(held.shape, own))) {
    const { output, mean, invStd } = site.b.applyAll("layerNorm", { input, scale, bias }, { axis: from, eps });
    const told = input.shape.map((extent, axis) => (axis < from ? extent : 1));
    return [output as Held, reshape(site.b, mean as Held, told), reshape(site.b, invStd as Held, told)];
  }
  const axes = own.map((_, i) => from + i);
  const [mean, variance, centred] = moments(site, input, axes);
  const inverse = div(site.b, number(1, input), unary(site.b, "sqrt", add(site.b, variance, number(eps, input))));
  const scaled = mul(site.b, mul(site.b, centred, inverse), scale);
  return [bias ? add(site.b, scaled, bias) : scaled, mean, inverse];
};

const rmsNorm: Translate = (site) => {
  const [input, gamma] = [site.need(0), site.need(1)];
  const from = site.axis(site.int("axis", -1), input.shape);
  const eps = site.float("epsilon", 1e-5);
  site.int("stash_type", 1);
  const square = reduced(
    site.b,
    "mean",
    mul(site.b, input, input),
    input.shape.map((_, axis) => axis).slice(from),
    true,
  );
  return mul(site.b, div(site.b, input, unary(site.b, "sqrt", add(site.b, square, number(eps, input)))), gamma);
};

/** Channels in groups. Until version 20 scale and bias were of a group, since 21 of a channel. */
const groupNorm: Translate = (site) => {
  const input = site.need(0);
  const groups = site.int("num_groups", 1);
  const eps = site.float("epsilon", 1e-5);
  site.int("stash_type", 1);
  const channels = input.shape[1] as number;
  if (channels % groups !== 0) site.refuse(`${channels} channels do not divide into ${groups} groups`);
  const each = (held: Held): Held =>
    sizeOf(held.shape) === channels
      ? held
      : reshape(
          site.b,
          broadcastTo(site.b, reshape(site.b, held, [sizeOf(held.shape), 1]), [groups, channels / groups]),
          [channels],
        );
  return planes(site, input, groups, { scale: each(site.need(1)), bias: each(site.need(2)), eps });
};

/** Alpha is divided by the size; an odd member of the window lies after the centre. */
const lrn: Translate = (site) => {
  const attributes = {
    size: site.int("size", 1),
    alpha: site.float("alpha", 1e-4),
    beta: site.float("beta", 0.75),
    k: site.float("bias", 1),
  };
  return site.b.apply("lrn", { input: site.need(0) }, attributes);
};

/** Over one axis since version 13; before, over all from an axis on. */
const overAxis =
  (compute: (site: Site, input: Held, axis: number) => Held): Translate =>
  (site) => {
    const input = site.need(0);
    if (site.opset >= 13) return compute(site, input, site.axis(site.int("axis", -1), input.shape));
    const from = site.axis(site.int("axis", 1), input.shape);
    const flat: Shape = [sizeOf(input.shape.slice(0, from)), sizeOf(input.shape.slice(from))];
    return reshape(site.b, compute(site, reshape(site.b, input, flat), 1), input.shape);
  };

const ofAxis = (op: string): Translate => overAxis((site, input, axis) => site.b.apply(op, { input }, { axis }));

/** 1 at the first of the largest elements, 0 elsewhere. */
const hardmax = overAxis((site, input, axis) => {
  const place = site.b.apply("argmax", { input }, { axis, keepDims: true }, "int64");
  const extent = input.shape[axis] as number;
  const shape = input.shape.map((_, i) => (i === axis ? extent : 1));
  const counted = known({ type: "int64", shape, data: Float64Array.from({ length: extent }, (_, i) => i) });
  return cast(site.b, compared(site.b, "equal", place, counted), input.type);
});

const meanVariance: Translate = (site) => {
  const input = site.need(0);
  const [, variance, centred] = moments(site, input, site.axes(site.ints("axes") ?? [0, 2, 3], input.shape));
  return div(site.b, centred, add(site.b, unary(site.b, "sqrt", variance), number(1e-9, input)));
};

const lpNorm: Translate = (site) => {
  const input = site.need(0);
  const axis = site.axis(site.int("axis", -1), input.shape);
  const p = site.int("p", 2);
  const size =
    p === 1
      ? reduced(site.b, "sum", unary(site.b, "abs", input), [axis], true)
      : unary(site.b, "sqrt", reduced(site.b, "sum", mul(site.b, input, input), [axis], true));
  return where(site.b, compared(site.b, "equal", size, number(0, size)), number(0, input), div(site.b, input, size));
};

export const norms: Translations = {
  BatchNormalization: batchNorm,
  GroupNormalization: groupNorm,
  Hardmax: hardmax,
  InstanceNormalization: instanceNorm,
  LRN: lrn,
  LayerNormalization: layerNorm,
  LogSoftmax: ofAxis("logSoftmax"),
  LpNormalization: lpNorm,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rmsNorm,
  Softmax: ofAxis("softmax"),
};
