/**
 * Recurrent layers and cells, with PyTorch's conventions.
 *
 *   RNN   h' = f(W_ih x + b_ih + W_hh h + b_hh), f tanh or ReLU
 *   LSTM  i, f, o = σ(…), g = tanh(…), c' = f·c + i·g, h' = o·tanh(c')        gate rows i, f, g, o
 *         (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000)
 *   GRU   r, z = σ(…), n = tanh(W_in x + b_in + r·(W_hn h + b_hn)), h' = (1 − z)·n + z·h        gate rows r, z, n
 *         (Cho et al., 2014)
 *
 * Input [T, B, I] (a cell: [B, I]), h0 and c0 [B, H], weightIh [G·H, I], weightHh [G·H, H], biases [G·H]; outputs [T, B, H],
 * the last hidden state [B, H], and for the LSTM the last cell state [B, H].
 *
 * Layers over sequences may also have what ONNX's have: lengths [B] (an item's outputs beyond its length are 0, and its last
 * states those at its end), steps in reverse, sums that are cut, activations of one's own, for the LSTM peepholes [3·H] (rows i,
 * f, o: gates that look at the cell) and a coupled forget gate, for the GRU a reset before the product.
 */
import { AttributeError, ShapeError, ValueError } from "../../core/errors";
import { formatShape, type Shape, sameShape } from "../../core/shape";
import { byteLength, f32, i32, type TensorType } from "../../core/tensor";
import { readActivation } from "../activation";
import { AttributeReader } from "../attributes";
import { type Activation, type Case, type Draw, defineOp, type Golden, type Named, type Op, type Problem } from "../op";
import { recurrentGradient, turned, turnedSite } from "./backward";
import { sequenceCuts } from "./cuts";
import { recurrentKernels } from "./kernels";
import { CELLS, type CellKind, type Layer, type Sizes, type Variant } from "./layer";
import {
  completed,
  PLAIN,
  peculiarity,
  readActivations,
  readClip,
  readReverse,
  runReference,
  SIGMOID,
} from "./variant";

export interface RecurrentAttributes {
  /** Hidden units, where it is to be checked against the weights. */
  readonly hidden: number | null;
}

export interface RnnCellAttributes extends RecurrentAttributes {
  readonly nonlinearity: "tanh" | "relu";
}

/** Of a layer over a sequence; see `Variant`. */
export interface LayerAttributes extends RecurrentAttributes {
  readonly reverse: boolean;
  readonly clip: number | null;
}

export interface RnnAttributes extends LayerAttributes, RnnCellAttributes {
  /** In place of the nonlinearity. */
  readonly activation: Activation | null;
}

export interface LstmAttributes extends LayerAttributes {
  /** Of gates, candidate and cell. */
  readonly activations: readonly Activation[];
  readonly coupled: boolean;
}

export interface GruAttributes extends LayerAttributes {
  /** Of gates and candidate. */
  readonly activations: readonly Activation[];
  readonly resetAfter: boolean;
}

const shapeOf = (inputs: Named<TensorType>, name: string): Shape => (inputs[name] as TensorType).shape;

/** What tells the ops of this file apart. */
interface Declaration<A extends RecurrentAttributes> {
  readonly name: string;
  readonly summary: string;
  readonly single: boolean;
  readonly lstm: boolean;
  kind(attributes: A): CellKind;
  attributes(read: AttributeReader): A;
  variant(attributes: A): Variant;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  /** Attributes that no gradient is known with. */
  readonly peculiar?: readonly Readonly<Record<string, unknown>>[];
  readonly golden?: Golden<A>;
}

function inferShapes<A extends RecurrentAttributes>(
  { name, single, lstm, kind }: Declaration<A>,
  inputs: Named<TensorType>,
  attributes: A,
): TensorType[] {
  const where = { op: name };
  const input = shapeOf(inputs, "input");
  if (input.length !== (single ? 2 : 3))
    throw new ShapeError(where, "input", formatShape(input), single ? "[B, I]" : "[T, B, I]");
  const [batch, width] = input.slice(-2) as [number, number];
  const h0 = shapeOf(inputs, "h0");
  if (h0.length !== 2 || h0[0] !== batch)
    throw new ShapeError(where, "h0", formatShape(h0), `[${batch}, H], as input is ${formatShape(input)}`);
  const hidden = h0[1] as number;
  if (attributes.hidden !== null && attributes.hidden !== hidden) {
    throw new AttributeError(where, "hidden", String(attributes.hidden), `${hidden}, as h0 is ${formatShape(h0)}`);
  }
  const rows = CELLS[kind(attributes)].gates * hidden;
  const wanted: Record<string, Shape> = {
    weightIh: [rows, width],
    weightHh: [rows, hidden],
    biasIh: [rows],
    biasHh: [rows],
    lengths: [batch],
    peephole: [3 * hidden],
    ...(lstm ? { c0: h0 } : {}),
  };
  for (const [argument, shape] of Object.entries(wanted)) {
    const given = inputs[argument];
    if (given && !sameShape(given.shape, shape)) {
      throw new ShapeError(
        where,
        argument,
        formatShape(given.shape),
        `${formatShape(shape)}, as input is ${formatShape(input)} and h0 ${formatShape(h0)}`,
      );
    }
  }
  const state = f32(batch, hidden);
  const states = lstm ? [state, state] : [state];
  return single ? states : [f32(input[0] as number, batch, hidden), ...states];
}

function declare<A extends RecurrentAttributes>(d: Declaration<A>): Op<A> {
  const sizes = ({ inputs }: Problem<A>): Sizes => {
    const input = shapeOf(inputs, "input");
    const [batch, width] = input.slice(-2) as [number, number];
    return {
      steps: d.single ? 1 : (input[0] as number),
      batch,
      inputs: width,
      hidden: shapeOf(inputs, "h0")[1] as number,
    };
  };
  const outputs = d.single
    ? ["hidden", ...(d.lstm ? ["cell"] : [])]
    : ["output", "lastHidden", ...(d.lstm ? ["lastCell"] : [])];
  const layer: Layer<A> = {
    kind: d.kind,
    sizes,
    variant: d.variant,
    bindings: d.single
      ? { output: "steps", lastHidden: "hidden", lastCell: "cell" }
      : { output: "output", lastHidden: "lastHidden", lastCell: "lastCell" },
  };
  const problem = (
    steps: number,
    batch: number,
    width: number,
    hidden: number,
    attributes: Readonly<Record<string, unknown>>,
    biases = true,
  ): Omit<Case, "name"> => {
    const { gates } = CELLS[d.kind(d.attributes(new AttributeReader(d.name, attributes)))];
    const rows = gates * hidden;
    return {
      inputs: {
        input: d.single ? f32(batch, width) : f32(steps, batch, width),
        h0: f32(batch, hidden),
        ...(d.lstm ? { c0: f32(batch, hidden) } : {}),
        weightIh: f32(rows, width),
        weightHh: f32(rows, hidden),
        ...(biases ? { biasIh: f32(rows), biasHh: f32(rows) } : {}),
      },
      attributes,
      // Weights as a layer is initialised with, so that states neither vanish nor saturate.
      recipes: { weightHh: { kind: "uniform", scale: 1 / Math.sqrt(hidden) } },
    };
  };
  const first = d.examples[0] ?? {};
  return defineOp<A>({
    name: d.name,
    family: "recurrent",
    summary: d.summary,
    inputs: [
      { name: "input" },
      { name: "h0" },
      ...(d.lstm ? [{ name: "c0" }] : []),
      { name: "weightIh" },
      { name: "weightHh" },
      { name: "biasIh", optional: true },
      { name: "biasHh", optional: true },
      ...(d.single ? [] : [{ name: "lengths", dtype: "i32", optional: true } as const]),
      ...(d.lstm && !d.single ? [{ name: "peephole", optional: true } as const] : []),
    ],
    outputs,

    attributes: (given) => {
      const read = new AttributeReader(d.name, given);
      const attributes = d.attributes(read);
      read.done();
      return attributes;
    },
    infer: (inputs, attributes) => inferShapes(d, inputs, attributes),

    cost: (it) => {
      const { steps, batch, inputs: width, hidden } = sizes(it);
      const { gates } = CELLS[d.kind(it.attributes)];
      const tensors = [...Object.values(it.inputs), ...Object.values(it.outputs)];
      return {
        flops: steps * batch * gates * hidden * (2 * (width + hidden) + 6),
        bytes: tensors.reduce((sum, type) => sum + byteLength(type), 0),
      };
    },

    reference: (inputs, it) => {
      const { output, h, c } = runReference(d.kind(it.attributes), d.variant(it.attributes), inputs, sizes(it));
      const states = d.lstm ? [h, c] : [h];
      const values = d.single ? states : [output, ...states];
      return Object.fromEntries(outputs.map((name, i) => [name, values[i] as Float64Array]));
    },

    gradient: (emit, site) => {
      const { inputs, attributes } = site.problem;
      const variant = d.variant(attributes);
      const what = peculiarity(inputs, variant);
      if (what !== undefined) {
        throw new AttributeError({ op: d.name }, what, "given", "left out where a gradient is wanted");
      }
      const plain: typeof site = variant.reverse ? turnedSite(emit, site) : site;
      const gradients = recurrentGradient(emit, plain, sizes(site.problem), d.kind(attributes), d.single);
      const { input } = gradients;
      return variant.reverse && input !== undefined ? { ...gradients, input: turned(emit, input) } : gradients;
    },
    check: ({ lengths }, it) => {
      const { steps } = sizes(it);
      lengths?.forEach((length, at) => {
        if (length >= 0 && length <= steps) return;
        throw new ValueError(
          { op: d.name },
          "lengths",
          `${length} at element ${at}`,
          `whole numbers from 0 to ${steps}`,
        );
      });
    },
    cuts: sequenceCuts,
    // Errors of one step are carried on by a map that does not enlarge them.
    tolerance: (it) => {
      const { inputs: width, hidden, steps } = sizes(it);
      return { rtol: 1e-5, atol: 2e-6 * Math.sqrt(width + hidden) * Math.sqrt(steps) };
    },
    ...(d.golden ? { golden: d.golden } : {}),
    kernels: recurrentKernels(layer),

    cases: [
      ...d.examples.map((attributes, i) => ({
        name: i === 0 ? "odd" : `odd, attributes ${i + 1}`,
        ...problem(3, 2, 5, 7, attributes),
      })),
      { name: "one", ...problem(1, 1, 1, 1, first) },
      { name: "without biases", ...problem(2, 3, 4, 4, first, false) },
      {
        name: "nonfinite",
        ...problem(2, 3, 2, 3, first),
        recipes: { input: { kind: "values", values: [0.5, Number.NaN, 1, Infinity, -Infinity, 2, 0, 1] } },
      },
      { name: "in fours", ...problem(3, 6, 5, 8, first) },
      { name: "wider than a workgroup", ...problem(2, 1, 9, 70, first) },
      { name: "long", ...problem(32, 16, 128, 256, first), size: "large" },
      ...(d.single ? [] : peculiarCases(d, problem)),
    ],
    random: (draw: Draw) => {
      const attributes = draw.pick([...d.examples, ...(d.peculiar ?? [])]);
      return problem(draw.int(1, 5), draw.int(1, 3), draw.int(1, 9), draw.int(1, 20), attributes, draw.bool());
    },
  });
}

/** Layers that PyTorch does not have. Values that are given keep those from differentiation which have no gradient. */
function peculiarCases<A extends RecurrentAttributes>(
  { lstm, examples, peculiar = [] }: Declaration<A>,
  problem: (
    steps: number,
    batch: number,
    width: number,
    hidden: number,
    attributes: Readonly<Record<string, unknown>>,
  ) => Omit<Case, "name">,
): Case[] {
  const first = examples[0] ?? {};
  const given = { kind: "values", values: [0.4, -0.7, 0.1, 0.9, -0.2] } as const;
  const lengths = { kind: "values", values: [2, 4, 0, 1] } as const;
  const cases = [{ reverse: true }, {}].map((attributes, i): Case => {
    const one = problem(4, 4, 3, 5, { ...first, ...attributes });
    return {
      ...one,
      name: i === 0 ? "lengths, in reverse" : "lengths",
      inputs: { ...one.inputs, lengths: i32(4), ...(lstm ? { peephole: f32(15) } : {}) },
      recipes: { ...one.recipes, lengths },
    };
  });
  return [
    { name: "in reverse", ...problem(3, 2, 4, 5, { ...first, reverse: true }) },
    ...cases,
    ...peculiar.map((attributes, i): Case => {
      const one = problem(3, 2, 4, 5, attributes);
      return { ...one, name: `peculiar ${i + 1}`, recipes: { ...one.recipes, h0: given } };
    }),
  ];
}

const readHidden = (read: AttributeReader): number | null => {
  const accept = (value: unknown) =>
    value === null || (Number.isInteger(value) && (value as number) >= 1) ? (value as number | null) : undefined;
  return read.custom<number | null>("hidden", null, accept, "a whole number of 1 or more");
};

const cell = {
  attributes: (read: AttributeReader): RecurrentAttributes => ({ hidden: readHidden(read) }),
  variant: () => PLAIN,
  examples: [{}],
};

const layerAttributes = (read: AttributeReader): LayerAttributes => ({
  hidden: readHidden(read),
  reverse: readReverse(read),
  clip: readClip(read),
});

const readNonlinearity = (read: AttributeReader): "tanh" | "relu" =>
  read.choice("nonlinearity", ["tanh", "relu"], "tanh");

const rnnKind = ({ nonlinearity }: RnnCellAttributes): CellKind => (nonlinearity === "relu" ? "rnnRelu" : "rnnTanh");

const lstmInputs = ["x", "h0", "c0", "w_ih", "w_hh", "b_ih", "b_hh"];
const otherInputs = lstmInputs.filter((name) => name !== "c0");
const STEEP = { name: "hardSigmoid", alpha: 0.5, beta: 0.4 };

export const lstm = declare<LstmAttributes>({
  name: "lstm",
  summary: "long short-term memory over a sequence",
  single: false,
  lstm: true,
  kind: () => "lstm",
  attributes: (read) => ({
    ...layerAttributes(read),
    activations: readActivations(read, 3),
    coupled: read.boolean("coupled", false),
  }),
  variant: ({ reverse, clip, activations, coupled }) => ({
    ...PLAIN,
    reverse,
    clip,
    activations: completed(activations),
    coupled,
  }),
  examples: [{}],
  peculiar: [{ clip: 0.3, coupled: true }, { activations: [STEEP, "softsign", "relu"] }],
  golden: { op: "lstm", inputs: lstmInputs, outputs: ["y", "hT", "cT"] },
});

export const lstmCell = declare<RecurrentAttributes>({
  ...cell,
  name: "lstmCell",
  summary: "one step of a long short-term memory",
  single: true,
  lstm: true,
  kind: () => "lstm",
  golden: { op: "lstm_cell", inputs: lstmInputs, outputs: ["h1", "c1"] },
});

export const gru = declare<GruAttributes>({
  name: "gru",
  summary: "gated recurrent unit over a sequence",
  single: false,
  lstm: false,
  kind: () => "gru",
  attributes: (read) => ({
    ...layerAttributes(read),
    activations: readActivations(read, 2),
    resetAfter: read.boolean("resetAfter", true),
  }),
  variant: ({ reverse, clip, activations, resetAfter }) => ({
    ...PLAIN,
    reverse,
    clip,
    activations: completed(activations),
    resetAfter,
  }),
  examples: [{}],
  peculiar: [
    { resetAfter: false },
    { resetAfter: false, clip: 0.3, reverse: true, activations: [STEEP, "softsign"] },
    { clip: 0.2 },
  ],
  golden: { op: "gru", inputs: otherInputs, outputs: ["y", "hT"] },
});

export const gruCell = declare<RecurrentAttributes>({
  ...cell,
  name: "gruCell",
  summary: "one step of a gated recurrent unit",
  single: true,
  lstm: false,
  kind: () => "gru",
});

export const rnn = declare<RnnAttributes>({
  name: "rnn",
  summary: "plain recurrent layer over a sequence",
  single: false,
  lstm: false,
  kind: ({ nonlinearity, activation }) => (activation ? "rnnTanh" : rnnKind({ hidden: null, nonlinearity })),
  attributes: (read) => ({
    ...layerAttributes(read),
    nonlinearity: readNonlinearity(read),
    activation: readActivation(read),
  }),
  variant: ({ reverse, clip, activation }) => ({
    ...PLAIN,
    reverse,
    clip,
    activations: completed(activation ? [SIGMOID, activation] : []),
  }),
  examples: [{}, { nonlinearity: "relu" }],
  peculiar: [{ activation: "softsign" }, { nonlinearity: "relu", clip: 0.3 }],
  golden: { op: "rnn_tanh", inputs: otherInputs, outputs: ["y", "hT"] },
});

export const rnnCell = declare<RnnCellAttributes>({
  name: "rnnCell",
  summary: "one step of a plain recurrent layer",
  single: true,
  lstm: false,
  kind: rnnKind,
  attributes: (read) => ({ hidden: readHidden(read), nonlinearity: readNonlinearity(read) }),
  variant: () => PLAIN,
  examples: [{}, { nonlinearity: "relu" }],
});
