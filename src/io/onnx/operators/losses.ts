/** Losses of classifiers. */
import { cast, compared, div, gather, mul, reduced, reshape, unary, where } from "../forms";
import { type Held, scalar } from "../held";
import type { Site, Translate, Translations } from "../site";

/** −log p of each label, times its class's weight; labels to be ignored count nothing. */
function likelihood(site: Site, logs: Held, labels: Held, weight: Held | undefined): Held {
  const reduction = site.choice("reduction", ["none", "sum", "mean"], "mean");
  const ignored = site.has("ignore_index") ? site.int("ignore_index", 0) : undefined;
  const skip = ignored === undefined ? undefined : compared(site.b, "equal", labels, scalar(ignored, labels.type));
  const safe = skip ? where(site.b, skip, scalar(0, labels.type), labels) : labels;
  const places = reshape(site.b, safe, [safe.shape[0] as number, 1, ...safe.shape.slice(1)]);
  const picked = site.b.apply("gatherElements", { input: logs, indices: places }, { axis: 1 }, logs.type);
  const negative = unary(site.b, "neg", reshape(site.b, picked, safe.shape));
  const weights = weight && gather(site.b, weight, safe, 0);
  const one = skip && cast(site.b, site.b.apply("not", { input: skip }, {}, "bool"), logs.type);
  const share = weights && one ? mul(site.b, weights, one) : (weights ?? one);
  const losses = share ? mul(site.b, negative, share) : negative;
  const axes = losses.shape.map((_, axis) => axis);
  if (reduction === "none") return losses;
  if (reduction === "mean" && !share) return reduced(site.b, "mean", losses, axes, false);
  const total = reduced(site.b, "sum", losses, axes, false);
  return reduction === "sum" || !share ? total : div(site.b, total, reduced(site.b, "sum", share, axes, false));
}

const crossEntropy: Translate = (site) => {
  const logs = site.b.apply("logSoftmax", { input: site.need(0) }, { axis: 1 });
  const loss = likelihood(site, logs, site.need(1), site.input(2));
  return site.wants(1) ? [loss, logs] : [loss];
};

export const losses: Translations = {
  NegativeLogLikelihoodLoss: (site) => likelihood(site, site.need(0), site.need(1), site.input(2)),
  SoftmaxCrossEntropyLoss: crossEntropy,
};
