/** What recurrent layers may have beyond PyTorch's, as ONNX's do; and the layers' reference in float64, with all of it. */
import { activate, asFunction, FUSABLE, parametersOf, unaryRow } from "../activation";
import type { AttributeReader } from "../attributes";
import type { Activation, Named, Problem } from "../op";
import { type Activations, CELLS, type CellKind, type Sizes, type Variant } from "./layer";

export const SIGMOID: Activation = { name: "sigmoid" };
const TANH: Activation = { name: "tanh" };
const STANDARD: Activations = [SIGMOID, TANH, TANH];

export const PLAIN: Variant = {
  reverse: false,
  clip: null,
  activations: STANDARD,
  coupled: false,
  resetAfter: true,
};

export const readReverse = (read: AttributeReader): boolean => read.boolean("reverse", false);

export function readClip(read: AttributeReader): number | null {
  const accept = (value: unknown) =>
    value === null || (typeof value === "number" && Number.isFinite(value) && value > 0)
      ? (value as number | null)
      : undefined;
  return read.custom<number | null>("clip", null, accept, "a number above 0");
}

/** The first `count` of the standard activations, or others in their place. */
export function readActivations(read: AttributeReader, count: number): readonly Activation[] {
  const accept = (value: unknown) => {
    if (!Array.isArray(value) || value.length !== count) return undefined;
    const found = value.map((each) => asFunction(read, "activations", FUSABLE, each));
    return found.every((each) => each !== undefined) ? found : undefined;
  };
  const wanted = `${count} of ${Object.keys(FUSABLE).join(", ")}, or { name, alpha, beta }`;
  return read.custom("activations", STANDARD.slice(0, count), accept, wanted);
}

/** Three activations from those that a layer has. */
export const completed = ([gate = SIGMOID, candidate = TANH, output = TANH]: readonly Activation[]): Activations => [
  gate,
  candidate,
  output,
];

const isStandard = (activations: Activations): boolean =>
  activations.every(({ name }, i) => name === STANDARD[i]?.name);

/** What keeps a layer from being PyTorch's, or undefined. */
export function peculiarity(inputs: Named<unknown>, variant: Variant): string | undefined {
  if (inputs.lengths !== undefined) return "lengths";
  if (inputs.peephole !== undefined) return "peephole";
  if (variant.clip !== null) return "clip";
  if (variant.coupled) return "coupled";
  if (!variant.resetAfter) return "resetAfter";
  return isStandard(variant.activations) ? undefined : "activations";
}

/** True for a layer that PyTorch has, or what it has beyond. */
export function isPlain<A>({ inputs, attributes }: Problem<A>, variantOf: (attributes: A) => Variant): true | string {
  const variant = variantOf(attributes);
  const what = peculiarity(inputs, variant) ?? (variant.reverse ? "reverse" : undefined);
  return what === undefined || `wants a layer without ${what}`;
}

type Gates = readonly number[];

/** One unit's step, from its gates, its peepholes i, f, o, and its states. */
function step(kind: CellKind, variant: Variant, x: Gates, h: Gates, peep: Gates, hidden: number, state: number) {
  const cut = (v: number): number => {
    const { clip } = variant;
    return clip === null ? v : Math.max(-clip, Math.min(clip, v));
  };
  const [f, g, out] = variant.activations;
  const sum = (i: number): number => (x[i] as number) + (h[i] as number);
  const gate = (v: number): number => activate(f, cut(v));
  if (kind === "lstm") {
    const input = gate(sum(0) + (peep[0] as number) * state);
    const forget = variant.coupled ? 1 - input : gate(sum(1) + (peep[1] as number) * state);
    const next = forget * state + input * activate(g, cut(sum(2)));
    return [gate(sum(3) + (peep[2] as number) * next) * activate(out, next), next] as const;
  }
  if (kind === "gru") {
    const update = gate(sum(1));
    const share = variant.resetAfter ? gate(sum(0)) * (h[2] as number) : (h[2] as number);
    return [(1 - update) * activate(g, cut((x[2] as number) + share)) + update * hidden, 0] as const;
  }
  const candidate = kind === "rnnRelu" ? ({ name: "relu" } as const) : g;
  return [activate(candidate, cut(sum(0))), 0] as const;
}

/** Runs a layer in float64. */
export function runReference(kind: CellKind, variant: Variant, inputs: Named<Float64Array>, sizes: Sizes) {
  const { steps, batch, inputs: width, hidden } = sizes;
  const { gates } = CELLS[kind];
  const { input, weightIh, weightHh, biasIh, biasHh, lengths, peephole } = inputs as Record<string, Float64Array>;
  const h = (inputs.h0 as Float64Array).slice();
  const c = (inputs.c0 ?? new Float64Array(batch * hidden)).slice();
  const output = new Float64Array(steps * batch * hidden);
  const product = (
    row: number,
    weight: Float64Array | undefined,
    at: (k: number) => number,
    length: number,
  ): number => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += at(k) * (weight?.[row * length + k] as number);
    return sum;
  };
  for (let b = 0; b < batch; b++) {
    const length = Math.max(0, Math.min(steps, lengths?.[b] ?? steps));
    for (let s = 0; s < length; s++) {
      const t = variant.reverse ? length - 1 - s : s;
      const state = h.slice(b * hidden, (b + 1) * hidden);
      const x = Array.from({ length: gates * hidden }, (_, row) => {
        const from = (t * batch + b) * width;
        return (biasIh?.[row] ?? 0) + product(row, weightIh, (k) => input?.[from + k] as number, width);
      });
      const overState = (row: number, from: readonly number[] | Float64Array): number =>
        (biasHh?.[row] ?? 0) + product(row, weightHh, (k) => from[k] as number, hidden);
      const r = x.map((_, row) => overState(row, state));
      if (kind === "gru" && !variant.resetAfter) {
        const [f] = variant.activations;
        const limit = variant.clip ?? Infinity;
        const reset = Array.from(state, (value, j) => {
          const sum = (x[j] as number) + (r[j] as number);
          return value * activate(f, Number.isNaN(sum) ? sum : Math.max(-limit, Math.min(limit, sum)));
        });
        for (let j = 0; j < hidden; j++) r[2 * hidden + j] = overState(2 * hidden + j, reset);
      }
      for (let j = 0; j < hidden; j++) {
        const at = b * hidden + j;
        const rows = Array.from({ length: gates }, (_, g) => g * hidden + j);
        const peep = [0, 1, 2].map((g) => peephole?.[g * hidden + j] ?? 0);
        const own = (from: readonly number[]) => rows.map((row) => from[row] as number);
        const [hiddenAfter, cellAfter] = step(kind, variant, own(x), own(r), peep, state[j] as number, c[at] as number);
        h[at] = hiddenAfter;
        c[at] = cellAfter;
        output[(t * batch + b) * hidden + j] = hiddenAfter;
      }
    }
  }
  return { output, h, c };
}

/** Values of the overrides of `shaders/lib/cell_general.wgsl`. */
export function variantConstants(kind: CellKind, variant: Variant): Record<string, number> {
  const [gate, candidate, output] = variant.activations;
  const code = (prefix: string, activation: Activation) => {
    const { alpha, beta } = parametersOf(activation);
    return { [prefix]: unaryRow(activation.name).code, [`${prefix}_ALPHA`]: alpha, [`${prefix}_BETA`]: beta };
  };
  return {
    KIND: CELLS[kind].code,
    CLIP: variant.clip ?? 0,
    COUPLED: Number(variant.coupled),
    ...code("GATE", gate),
    ...code("CANDIDATE", kind === "rnnRelu" ? { name: "relu" } : candidate),
    ...code("OUTPUT", output),
  };
}
