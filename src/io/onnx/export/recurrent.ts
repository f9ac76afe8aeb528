/** Recurrent layers and cells. ONNX has a leading axis of directions everywhere, and gates in an order of its own. */
import type { Activation } from "../../../ops/op";
import { Unsupported } from "../problems";
import { type Attribute, type Export, type ExportSite, type Exports, inputOf, type Ref, shapeOf } from "./writer";

interface Kind {
  readonly type: "RNN" | "LSTM" | "GRU";
  /** Where each of ONNX's gates stands among ours. */
  readonly gates: readonly number[];
  /** A GRU of ours has its reset gate after the product of the hidden state, unless told. */
  attributes(site: ExportSite): Record<string, number>;
}

const RNN: Kind = { type: "RNN", gates: [0], attributes: () => ({}) };
const LSTM: Kind = {
  type: "LSTM",
  gates: [0, 3, 1, 2],
  attributes: ({ attributes }) => (attributes.coupled ? { input_forget: 1 } : {}),
};
const GRU: Kind = {
  type: "GRU",
  gates: [1, 0, 2],
  attributes: ({ attributes }) => ({ linear_before_reset: attributes.resetAfter === false ? 0 : 1 }),
};

/** Activations that ONNX's layers may have, by our names, and how many parameters each takes. */
const ACTIVATIONS: Readonly<Record<string, readonly [name: string, parameters: 0 | 1 | 2]>> = {
  relu: ["Relu", 0],
  tanh: ["Tanh", 0],
  sigmoid: ["Sigmoid", 0],
  affine: ["Affine", 2],
  leakyRelu: ["LeakyRelu", 1],
  thresholdedRelu: ["ThresholdedRelu", 1],
  scaledTanh: ["ScaledTanh", 2],
  hardSigmoid: ["HardSigmoid", 2],
  elu: ["Elu", 1],
  softsign: ["Softsign", 0],
  softplus: ["Softplus", 0],
};

type Parametric = Activation & { readonly beta?: number };

/** What a layer's activations are in ONNX: names, and the parameters of those that take any, one after the other. */
function activationAttributes({ attributes }: ExportSite): Record<string, Attribute> {
  const { activations, activation, nonlinearity } = attributes as {
    activations?: readonly Parametric[];
    activation?: Parametric | null;
    nonlinearity?: string;
  };
  const own = activations ?? (activation ? [activation] : nonlinearity ? [{ name: nonlinearity }] : []);
  if (own.length === 0) return {};
  const rows = own.map(({ name }) => ACTIVATIONS[name]);
  const strange = own.find((_, i) => !rows[i]);
  if (strange) throw new Unsupported(`ONNX's recurrent layers do not know the activation ${strange.name}`);
  const taking = (count: number): readonly Parametric[] => own.filter((_, i) => (rows[i]?.[1] ?? 0) >= count);
  const alphas = taking(1).map(({ alpha }) => alpha ?? 0);
  const betas = taking(2).map(({ beta }) => beta ?? 0);
  return {
    activations: rows.map((row) => row?.[0] as string),
    ...(alphas.length > 0 ? { activation_alpha: { floats: alphas } } : {}),
    ...(betas.length > 0 ? { activation_beta: { floats: betas } } : {}),
  };
}

/** A weight or bias [gates · H, …] with its gates in ONNX's order, without the axis of directions. */
function ordered({ w }: ExportSite, ref: Ref, shape: readonly number[], gates: readonly number[]): Ref {
  if (gates.length === 1) return ref;
  const hidden = (shape[0] as number) / gates.length;
  const parts = gates.map((gate) => w.slice(ref, 0, gate * hidden, (gate + 1) * hidden));
  return w.node("Concat", parts, { axis: 0 });
}

function biases(site: ExportSite, gates: readonly number[]): Ref | undefined {
  const { inputs, w } = site;
  const rows = shapeOf(site, "weightHh")[0] as number;
  if (!inputs.biasIh && !inputs.biasHh) return undefined;
  const part = (ref: Ref | undefined): Ref =>
    ref ? ordered(site, ref, [rows], gates) : w.constant(new Array<number>(rows).fill(0));
  return w.reshape(w.node("Concat", [part(inputs.biasIh), part(inputs.biasHh)], { axis: 0 }), [1, 2 * rows]);
}

const layer =
  (kind: Kind, single: boolean): Export =>
  (site) => {
    const { w, inputs } = site;
    const given = shapeOf(site);
    const [batch, width] = given.slice(-2) as [number, number];
    const hidden = shapeOf(site, "h0")[1] as number;
    const [steps, rows] = [single ? 1 : (given[0] as number), hidden * kind.gates.length];
    const state = (name: string): Ref | undefined => inputs[name] && w.reshape(inputs[name], [1, batch, hidden]);
    const weight = (name: string, columns: number): Ref =>
      w.reshape(ordered(site, inputOf(site, name), [rows, columns], kind.gates), [1, rows, columns]);
    const { reverse, clip } = site.attributes as { reverse?: boolean; clip?: number | null };
    const peephole = inputs.peephole && ordered(site, inputs.peephole, [3 * hidden], [0, 2, 1]);
    const [y, lastHidden, lastCell] = w.several(
      kind.type === "LSTM" ? 3 : 2,
      kind.type,
      [
        w.reshape(inputOf(site), [steps, batch, width]),
        weight("weightIh", width),
        weight("weightHh", hidden),
        biases(site, kind.gates),
        inputs.lengths,
        state("h0"),
        state("c0"),
        peephole && w.reshape(peephole, [1, 3 * hidden]),
      ],
      {
        hidden_size: hidden,
        ...kind.attributes(site),
        ...activationAttributes(site),
        ...(reverse ? { direction: "reverse" } : {}),
        ...(clip ? { clip: { float: clip } } : {}),
      },
    ) as [Ref, Ref, Ref | undefined];
    const flat = (ref: Ref): Ref => w.reshape(ref, [batch, hidden]);
    const cell = lastCell ? { [single ? "cell" : "lastCell"]: flat(lastCell) } : {};
    if (single) return { hidden: flat(lastHidden), ...cell };
    return { output: w.reshape(y, [steps, batch, hidden]), lastHidden: flat(lastHidden), ...cell };
  };

export const recurrent: Exports = {
  gru: layer(GRU, false),
  gruCell: layer(GRU, true),
  lstm: layer(LSTM, false),
  lstmCell: layer(LSTM, true),
  rnn: layer(RNN, false),
  rnnCell: layer(RNN, true),
};
