/** Recurrent layers. ONNX's weights are [directions, gates · H, …] with gates in an order of its own. */
import { cast, concat, reshape, slice, transpose } from "../forms";
import { type Held, known } from "../held";
import type { Site, Translate, Translations } from "../site";

interface Kind {
  readonly op: "rnn" | "lstm" | "gru";
  /** Where each of our gates stands among ONNX's. */
  readonly gates: readonly number[];
  /** Activations of the standard, in its order. */
  readonly activations: readonly string[];
  /** Our attributes of activations that are others. */
  own(activations: readonly unknown[]): Record<string, unknown>;
}

const RNN: Kind = {
  op: "rnn",
  gates: [0],
  activations: ["tanh"],
  own: ([only]) => (only === "tanh" || only === "relu" ? { nonlinearity: only } : { activation: only }),
};
const LSTM: Kind = {
  op: "lstm",
  gates: [0, 2, 3, 1],
  activations: ["sigmoid", "tanh", "tanh"],
  own: (activations) => ({ activations }),
};
const GRU: Kind = {
  op: "gru",
  gates: [1, 0, 2],
  activations: ["sigmoid", "tanh"],
  own: (activations) => ({ activations }),
};

/** ONNX's activations as ours, with the name of our parameters and their defaults. */
const ACTIVATIONS: Readonly<
  Record<string, { readonly name: string; readonly alpha?: number; readonly beta?: number }>
> = {
  relu: { name: "relu" },
  tanh: { name: "tanh" },
  sigmoid: { name: "sigmoid" },
  leakyrelu: { name: "leakyRelu", alpha: 0.01 },
  thresholdedrelu: { name: "thresholdedRelu", alpha: 1 },
  hardsigmoid: { name: "hardSigmoid", alpha: 0.2, beta: 0.5 },
  elu: { name: "elu", alpha: 1 },
  softsign: { name: "softsign" },
  softplus: { name: "softplus" },
  affine: { name: "affine", alpha: 1, beta: 0 },
  scaledtanh: { name: "scaledTanh", alpha: 1, beta: 1 },
};

/** The activations of one direction, or undefined where they are the standard ones. */
function activationsOf(site: Site, { activations }: Kind, direction: number): readonly unknown[] | undefined {
  const names = site.strings("activations");
  const alphas = [...(site.floats("activation_alpha") ?? [])];
  const betas = [...(site.floats("activation_beta") ?? [])];
  if (!names) return undefined;
  // Parameters are listed for those activations that take them, one after the other.
  const all = names.map((name) => {
    const row = ACTIVATIONS[name.toLowerCase()] ?? site.refuse(`its activation ${name} is none that we have`);
    const alpha = row.alpha === undefined ? undefined : (alphas.shift() ?? row.alpha);
    const beta = row.beta === undefined ? undefined : (betas.shift() ?? row.beta);
    return alpha === undefined ? row.name : { name: row.name, alpha, ...(beta === undefined ? {} : { beta }) };
  });
  const own = all.slice(direction * activations.length, (direction + 1) * activations.length);
  return own.every((each, i) => each === activations[i]) ? undefined : own;
}

/** Rows of gates in our order, of one direction. */
const gatesOf = (
  site: Site,
  held: Held | undefined,
  direction: number,
  order: readonly number[],
  part = 0,
): Held | undefined => {
  if (!held) return undefined;
  const own = slice(site.b, held, 0, direction, direction + 1);
  const flat = reshape(site.b, own, held.shape.slice(1));
  const hidden = site.int("hidden_size", 0);
  const rows = order.map((gate) => slice(site.b, flat, 0, (part + gate) * hidden, (part + gate + 1) * hidden));
  return concat(site.b, rows, 0);
};

/** Lengths of sequences, unless all are as long as the input. */
function lengthsOf(site: Site, steps: number): Held | undefined {
  const given = site.input(4);
  return given && !given.known?.every((length: number) => length === steps) ? cast(site.b, given, "int32") : undefined;
}

interface States {
  readonly input: Held;
  readonly h0: Held;
  readonly c0: Held | undefined;
  readonly lengths: Held | undefined;
}

function layer(site: Site, kind: Kind, { input, h0, c0, lengths }: States, direction: number, reverse: boolean) {
  const { gates, op } = kind;
  const of = (i: number, part = 0): Held | undefined => gatesOf(site, site.input(i), direction, gates, part);
  const state = (held: Held | undefined): Held | undefined =>
    held && reshape(site.b, slice(site.b, held, 0, direction, direction + 1), held.shape.slice(1));
  const activations = activationsOf(site, kind, direction);
  const clip = site.float("clip", 0);
  const attributes = {
    ...(activations ? kind.own(activations) : {}),
    ...(reverse ? { reverse } : {}),
    ...(clip > 0 ? { clip } : {}),
    ...(op === "lstm" && site.flag("input_forget") ? { coupled: true } : {}),
    ...(op === "gru" && !site.flag("linear_before_reset") ? { resetAfter: false } : {}),
  };
  const peephole = op === "lstm" ? gatesOf(site, site.input(7), direction, [0, 2, 1]) : undefined;
  const inputs = {
    input,
    h0: state(h0),
    c0: state(c0),
    weightIh: of(1),
    weightHh: of(2),
    biasIh: of(3),
    biasHh: of(3, gates.length),
    lengths,
    peephole,
  };
  return site.b.applyAll(op, inputs, attributes);
}

/** States [directions, B, H]; with layout 1 the batch stands first. */
const batchFirst = (site: Site, held: Held): Held =>
  transpose(site.b, held, [1, 0, ...held.shape.slice(2).map((_, i) => i + 2)]);

const recurrent =
  (kind: Kind): Translate =>
  (site) => {
    const layout = site.int("layout", 0) === 1;
    const given = site.need(0);
    const input = layout ? batchFirst(site, given) : given;
    const [steps, batch] = input.shape as unknown as [number, number];
    const direction = site.choice("direction", ["forward", "reverse", "bidirectional"], "forward");
    const hidden = site.int("hidden_size", site.need(2).shape[2] as number);
    const count = direction === "bidirectional" ? 2 : 1;
    if (site.opset < 7) site.ignore("output_sequence");
    const initial = (i: number): Held => {
      const state = site.input(i);
      if (state) return layout ? batchFirst(site, state) : state;
      return known({ type: input.type, shape: [count, batch, hidden], data: new Float32Array(count * batch * hidden) });
    };
    const states = {
      input,
      h0: initial(5),
      c0: kind.op === "lstm" ? initial(6) : undefined,
      lengths: lengthsOf(site, steps),
    };
    const runs = Array.from({ length: count }, (_, d) =>
      layer(site, kind, states, d, direction === "reverse" || d === 1),
    );
    const joined = (name: string, shape: readonly number[], axis: number): Held =>
      concat(
        site.b,
        runs.map((run) => reshape(site.b, run[name] as Held, shape)),
        axis,
      );
    const outputs = joined("output", [steps, 1, batch, hidden], 1);
    const last = (name: string): Held => {
      const state = joined(name, [1, batch, hidden], 0);
      return layout ? batchFirst(site, state) : state;
    };
    const sequence = layout ? transpose(site.b, outputs, [2, 0, 1, 3]) : outputs;
    return [sequence, last("lastHidden"), ...(kind.op === "lstm" ? [last("lastCell")] : [])];
  };

export const recurrents: Translations = { GRU: recurrent(GRU), LSTM: recurrent(LSTM), RNN: recurrent(RNN) };
