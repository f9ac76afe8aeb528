/** How weights follow their gradients: the rule, its constants, and what is done to gradients first. */
import { UnknownNameError, ValueError } from "../core/errors";
import { f32, Tensor } from "../core/tensor";
import type { Graph, Value } from "../graph/graph";
import type { Named } from "../ops/op";
import { adamCorrections } from "../ops/optimizers";

/** Parameters whose rate or decay differs from the others'. */
export interface ParameterGroup {
  /** Parameters whose names end so: `".bias"`. */
  readonly suffix: string;
  /** Times the optimiser's rate; 1 unless told. */
  readonly rate?: number;
  /** In place of the optimiser's weight decay. */
  readonly weightDecay?: number;
}

export interface OptimizerSettings {
  /** `sgd` is momentum by the 2012 paper's rule, decay inside the velocity; `nesterov` looks ahead. */
  readonly rule: "sgd" | "nesterov" | "adam" | "adamw";
  readonly rate: number;
  /** Of sgd and nesterov. */
  readonly momentum: number;
  readonly weightDecay: number;
  /** Of adam and adamw. */
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Each element of a gradient is cut to ± this. */
  readonly clipValue: number | null;
  /** All gradients together are scaled down to this Euclidean norm where theirs is larger (Pascanu et al. 2013). */
  readonly clipNorm: number | null;
  /** After each step the weights that lead to a unit are scaled down to this norm where theirs is larger (Hinton et al. 2012). */
  readonly maxNorm: number | null;
  /** Whether a step whose gradients are not all finite numbers is left out: weights and state stay as they are. */
  readonly guard: boolean;
  /** The first group that fits a parameter counts. */
  readonly groups: readonly ParameterGroup[];
}

/** The constants of the 2012 paper (section 5), biases as its released code had them: twice the rate, no decay. */
export const RECIPE_2012: OptimizerSettings = {
  rule: "sgd",
  rate: 0.01,
  momentum: 0.9,
  weightDecay: 0.0005,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  clipValue: null,
  clipNorm: null,
  maxNorm: null,
  guard: false,
  groups: [{ suffix: ".bias", rate: 2, weightDecay: 0 }],
};

const RULES = ["sgd", "nesterov", "adam", "adamw"] as const;

/** Settings with what was left out filled from the 2012 recipe. @throws UnknownNameError, ValueError. */
export function optimizerSettings(given: Partial<OptimizerSettings> = {}): OptimizerSettings {
  const settings = { ...RECIPE_2012, ...given };
  if (!RULES.includes(settings.rule)) throw new UnknownNameError("optimiser", settings.rule, RULES);
  const where = { op: "optimizer" };
  for (const name of ["rate", "momentum", "weightDecay", "beta1", "beta2", "eps"] as const) {
    if (!(settings[name] >= 0 && Number.isFinite(settings[name]))) {
      throw new ValueError(where, name, String(settings[name]), "a number of 0 or more");
    }
  }
  for (const name of ["clipValue", "clipNorm", "maxNorm"] as const) {
    const value = settings[name];
    if (value !== null && !(value > 0 && Number.isFinite(value))) {
      throw new ValueError(where, name, String(value), "a number above 0, or null");
    }
  }
  return settings;
}

/** Name of a tensor that the optimiser keeps for a parameter. */
const stateName = (which: string, parameter: string): string => `optimizer/${which}/${parameter}`;

const isAdam = ({ rule }: OptimizerSettings): boolean => rule === "adam" || rule === "adamw";

/** Inputs of the op that does a step, by what they are called in a checkpoint, with the output that follows each. */
const STATE = {
  sgd: { velocity: "newVelocity" },
  adam: { firstMoment: "newFirstMoment", secondMoment: "newSecondMoment" },
} as const;

/**
 * Adds to `graph` what follows its gradients: clipping, a step of the rule for each parameter, and the update of weights and
 * state. The graph gets an input `schedule` (see `scheduleTensor`) and a parameter for each tensor of state, which starts at
 * zero.
 * @param gradients of each parameter that is trained
 * @returns names of the state's parameters
 */
export function addOptimizer(
  graph: Graph,
  gradients: ReadonlyMap<Value, Value>,
  settings: OptimizerSettings,
): readonly string[] {
  const schedule = graph.input("schedule", f32(3));
  const all = [...gradients.values()];
  const squares = settings.clipNorm === null && !settings.guard ? undefined : sumOfAllSquares(graph, all);
  const control = {
    schedule,
    ...(squares && settings.clipNorm !== null ? { scale: clipScale(graph, squares, settings.clipNorm) } : {}),
    ...(squares && settings.guard ? { guard: squares } : {}),
  };
  const names: string[] = [];
  for (const [parameter, gradient] of gradients) {
    const group = settings.groups.find(({ suffix }) => parameter.name.endsWith(suffix));
    const state: Record<string, Value> = {};
    const kinds: Named<string> = isAdam(settings) ? STATE.adam : STATE.sgd;
    for (const kind of Object.keys(kinds)) {
      state[kind] = graph.parameter(stateName(kind, parameter.name), parameter.type);
      names.push(stateName(kind, parameter.name));
    }
    const attributes = {
      rate: settings.rate * (group?.rate ?? 1),
      weightDecay: group?.weightDecay ?? settings.weightDecay,
      clip: settings.clipValue,
    };
    const inputs = { weight: parameter, gradient, ...state, ...control };
    const node = `update ${parameter.name}`;
    const { beta1, beta2, eps, momentum, rule } = settings;
    const outputs = isAdam(settings)
      ? graph.applyAll("adam", inputs, { ...attributes, beta1, beta2, eps, decoupled: rule === "adamw" }, node)
      : graph.applyAll("momentumSgd", inputs, { ...attributes, momentum, nesterov: rule === "nesterov" }, node);
    const weight = outputs.newWeight as Value;
    const unlimited = settings.maxNorm === null || weight.shape.length < 2;
    graph.update(parameter, unlimited ? weight : limited(graph, weight));
    for (const [kind, output] of Object.entries(kinds)) graph.update(state[kind] as Value, outputs[output] as Value);
  }
  return names;
}

function sumOfAllSquares(graph: Graph, gradients: readonly Value[]): Value {
  const squares = gradients.map((input) => graph.apply("sumOfSquares", { input }));
  return squares.reduce((a, b) => graph.apply("add", { a, b }));
}

/** min(1, limit / norm) over all gradients: limit / max(norm, limit), which needs no constant but the limit. */
function clipScale(graph: Graph, squares: Value, limit: number): Value {
  const norm = graph.apply("sqrt", { input: squares });
  const cap = graph.input("clipNorm", f32());
  return graph.apply("div", { a: cap, b: graph.apply("maximum", { a: norm, b: cap }) }, {}, `clip to norm ${limit}`);
}

/** Each row (what leads to one unit, or one filter) scaled by min(1, limit / its norm). */
function limited(graph: Graph, weight: Value): Value {
  const cap = graph.inputs.get("maxNorm") ?? graph.input("maxNorm", f32());
  const squares = graph.apply("mul", { a: weight, b: weight });
  const axes = weight.shape.map((_, axis) => axis).slice(1);
  const sums = graph.apply("sum", { input: squares }, { axes, keepDims: true });
  const norms = graph.apply("maximum", { a: graph.apply("sqrt", { input: sums }), b: cap });
  return graph.apply("mul", { a: weight, b: graph.apply("div", { a: cap, b: norms }) });
}

/** What a step is fed beside its data: the rate's factor, and Adam's corrections for its `step`th step (the first is 1). */
export function controls(settings: OptimizerSettings, factor: number, step: number): Record<string, Tensor> {
  const [first, root] = adamCorrections(settings.beta1, settings.beta2, step);
  return {
    schedule: Tensor.f32([3], [factor, first, root]),
    ...(settings.clipNorm === null ? {} : { clipNorm: Tensor.f32([], [settings.clipNorm]) }),
    ...(settings.maxNorm === null ? {} : { maxNorm: Tensor.f32([], [settings.maxNorm]) }),
  };
}
