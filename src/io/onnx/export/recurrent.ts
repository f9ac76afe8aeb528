/** Recurrent layers and cells. ONNX has a leading axis of directions everywhere, and gates in an order of its own. */
import { type Export, type ExportSite, type Exports, inputOf, type Ref, shapeOf } from "./writer";

interface Kind {
  readonly type: "RNN" | "LSTM" | "GRU";
  /** Where each of ONNX's gates stands among ours. */
  readonly gates: readonly number[];
  attributes(site: ExportSite): Record<string, number>;
}

const RNN: Kind = { type: "RNN", gates: [0], attributes: () => ({}) };
const LSTM: Kind = { type: "LSTM", gates: [0, 3, 1, 2], attributes: () => ({}) };
/** Our reset gate works on what the hidden state's own matrix gives. */
const GRU: Kind = { type: "GRU", gates: [1, 0, 2], attributes: () => ({ linear_before_reset: 1 }) };

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
    const nonlinearity = site.attributes.nonlinearity as string | undefined;
    const [y, lastHidden, lastCell] = w.several(
      kind.type === "LSTM" ? 3 : 2,
      kind.type,
      [
        w.reshape(inputOf(site), [steps, batch, width]),
        weight("weightIh", width),
        weight("weightHh", hidden),
        biases(site, kind.gates),
        undefined,
        state("h0"),
        state("c0"),
      ],
      {
        hidden_size: hidden,
        ...kind.attributes(site),
        ...(nonlinearity ? { activations: [nonlinearity === "relu" ? "Relu" : "Tanh"] } : {}),
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
