/**
 * Signs of trouble in the norms of gradients, by the field's rules of thumb: gradients vanish or explode geometrically from
 * layer to layer (Bengio, Simard and Frasconi 1994; Pascanu et al. 2013), and weights that learn well change by about a
 * thousandth of their size in a step (A. Karpathy, CS231n, "Babysitting the learning process").
 */
import type { Look } from "./trainer";

export interface Finding {
  readonly kind: "nan" | "vanishing" | "exploding" | "stuck" | "dead";
  /** Parameter, or layer, at which it shows. */
  readonly parameter: string;
  readonly message: string;
}

/** Share of the last layer's gradient below which the first layer's has vanished. */
const VANISHED = 1e-4;
/** Norm above which every layer's gradient is a sign that they explode, and above which a single one has. */
const LARGE = 1;
const EXPLODED = 1e3;
/** Changes of a weight in a step, as a share of it, that are too large and too small. */
const RESTLESS = 0.1;
const STUCK = 1e-7;

/** Share of zeros behind a ReLU from which on its units are taken for dead. */
const DEAD = 0.99;

/**
 * What a look at a step says, first layer first.
 * @param rate the step's, where it multiplies gradients as in gradient descent; null for rules like Adam, whose steps do not
 * grow with the gradient, so that it says nothing of them
 */
export function diagnose({ norms, zeros }: Look, rate: number | null): readonly Finding[] {
  const findings: Finding[] = [];
  const broken = norms.find(({ gradient, weight }) => !Number.isFinite(gradient) || !Number.isFinite(weight));
  if (broken) {
    const which = Number.isFinite(broken.weight) ? "gradient" : "weights";
    return [
      { kind: "nan", parameter: broken.parameter, message: `the ${which} of ${broken.parameter} are not finite` },
    ];
  }
  const weights = norms.filter(({ parameter }) => !/bias|\.b(_|$)/.test(parameter));
  const [first, last] = [weights[0], weights.at(-1)];
  if (first && last && first.gradient < VANISHED * last.gradient) {
    const message = `the gradient of ${first.parameter} is ${(first.gradient / last.gradient).toExponential(1)} of that of ${last.parameter}`;
    findings.push({ kind: "vanishing", parameter: first.parameter, message });
  }
  if (first && last && weights.length > 1 && weights.every(({ gradient }) => gradient > LARGE)) {
    const message = `every layer's gradient has a norm above ${LARGE}, ${first.parameter}'s ${first.gradient.toPrecision(2)}, ${last.parameter}'s ${last.gradient.toPrecision(2)}`;
    findings.push({ kind: "exploding", parameter: first.parameter, message });
  }
  for (const { parameter, weight, gradient } of weights) {
    const change = rate !== null && weight > 0 ? (rate * gradient) / weight : null;
    if (gradient > EXPLODED) {
      const message = `the gradient of ${parameter} has norm ${gradient.toExponential(1)}`;
      findings.push({ kind: "exploding", parameter, message });
    } else if (change !== null && change > RESTLESS) {
      const message = `a step changes ${parameter} by ${(100 * change).toFixed(0)} % of itself; about 0.1 % is usual`;
      findings.push({ kind: "exploding", parameter, message });
    } else if (change !== null && change < STUCK) {
      const message = `a step changes ${parameter} by ${change.toExponential(1)} of itself; about 1e-3 is usual`;
      findings.push({ kind: "stuck", parameter, message });
    }
  }
  for (const { layer, share } of zeros) {
    if (share < DEAD) continue;
    const message = `${(100 * share).toFixed(1)} % of what ${layer} gives is zero, so hardly any gradient passes it`;
    findings.push({ kind: "dead", parameter: layer, message });
  }
  return findings;
}
