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
 */
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, type Shape, sameShape } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { type Case, type Draw, defineOp, type Golden, type Named, type Op, type Problem } from "../op";
import { recurrentGradient } from "./backward";
import { CELLS, type CellKind, type Layer, recurrentKernels, type Sizes } from "./kernels";

export interface RecurrentAttributes {
  /** Hidden units, where it is to be checked against the weights. */
  readonly hidden: number | null;
}

export interface RnnAttributes extends RecurrentAttributes {
  readonly nonlinearity: "tanh" | "relu";
}

const shapeOf = (inputs: Named<TensorType>, name: string): Shape => (inputs[name] as TensorType).shape;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** One unit's step in float64, from its gates. */
const STEP: Readonly<
  Record<CellKind, (x: readonly number[], h: readonly number[], hidden: number, state: number) => [number, number]>
> = {
  rnnTanh: ([x = 0], [h = 0]) => [Math.tanh(x + h), 0],
  rnnRelu: ([x = 0], [h = 0]) => [x + h < 0 ? 0 : x + h, 0],
  lstm: ([xi = 0, xf = 0, xg = 0, xo = 0], [hi = 0, hf = 0, hg = 0, ho = 0], _, state) => {
    const next = sigmoid(xf + hf) * state + sigmoid(xi + hi) * Math.tanh(xg + hg);
    return [sigmoid(xo + ho) * Math.tanh(next), next];
  },
  gru: ([xr = 0, xz = 0, xn = 0], [hr = 0, hz = 0, hn = 0], hidden) => {
    const update = sigmoid(xz + hz);
    return [(1 - update) * Math.tanh(xn + sigmoid(xr + hr) * hn) + update * hidden, 0];
  },
};

function runReference(kind: CellKind, inputs: Named<Float64Array>, { steps, batch, inputs: width, hidden }: Sizes) {
  const { gates } = CELLS[kind];
  let h = (inputs.h0 as Float64Array).slice();
  let c = (inputs.c0 ?? new Float64Array(batch * hidden)).slice();
  const output = new Float64Array(steps * batch * hidden);
  const gate = (
    bias: Float64Array | undefined,
    weight: Float64Array,
    row: number,
    from: Float64Array,
    start: number,
    length: number,
  ) => {
    let sum = bias?.[row] ?? 0;
    for (let k = 0; k < length; k++) sum += (from[start + k] as number) * (weight[row * length + k] as number);
    return sum;
  };
  for (let t = 0; t < steps; t++) {
    const nextH = new Float64Array(batch * hidden);
    const nextC = new Float64Array(batch * hidden);
    for (let b = 0; b < batch; b++) {
      for (let j = 0; j < hidden; j++) {
        const rows = Array.from({ length: gates }, (_, g) => g * hidden + j);
        const x = rows.map((row) =>
          gate(
            inputs.biasIh,
            inputs.weightIh as Float64Array,
            row,
            inputs.input as Float64Array,
            (t * batch + b) * width,
            width,
          ),
        );
        const r = rows.map((row) => gate(inputs.biasHh, inputs.weightHh as Float64Array, row, h, b * hidden, hidden));
        const at = b * hidden + j;
        [nextH[at], nextC[at]] = STEP[kind](x, r, h[at] as number, c[at] as number);
      }
    }
    output.set(nextH, t * batch * hidden);
    h = nextH;
    c = nextC;
  }
  return { output, h, c };
}

/** What tells the ops of this file apart. */
interface Declaration<A extends RecurrentAttributes> {
  readonly name: string;
  readonly summary: string;
  readonly single: boolean;
  readonly lstm: boolean;
  kind(attributes: A): CellKind;
  attributes(read: AttributeReader): A;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
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
      const { output, h, c } = runReference(d.kind(it.attributes), inputs, sizes(it));
      const states = d.lstm ? [h, c] : [h];
      const values = d.single ? states : [output, ...states];
      return Object.fromEntries(outputs.map((name, i) => [name, values[i] as Float64Array]));
    },

    gradient: (emit, site) =>
      recurrentGradient(emit, site, sizes(site.problem), d.kind(site.problem.attributes), d.single),
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
    ],
    random: (draw: Draw) =>
      problem(draw.int(1, 5), draw.int(1, 3), draw.int(1, 9), draw.int(1, 20), draw.pick(d.examples), draw.bool()),
  });
}

const readHidden = (read: AttributeReader): number | null => {
  const accept = (value: unknown) =>
    value === null || (Number.isInteger(value) && (value as number) >= 1) ? (value as number | null) : undefined;
  return read.custom<number | null>("hidden", null, accept, "a whole number of 1 or more");
};

const plain = {
  attributes: (read: AttributeReader): RecurrentAttributes => ({ hidden: readHidden(read) }),
  examples: [{}],
};
const rnnAttributes = {
  attributes: (read: AttributeReader): RnnAttributes => ({
    hidden: readHidden(read),
    nonlinearity: read.choice("nonlinearity", ["tanh", "relu"], "tanh"),
  }),
  examples: [{}, { nonlinearity: "relu" }],
  kind: ({ nonlinearity }: RnnAttributes): CellKind => (nonlinearity === "relu" ? "rnnRelu" : "rnnTanh"),
};

const lstmInputs = ["x", "h0", "c0", "w_ih", "w_hh", "b_ih", "b_hh"];
const otherInputs = lstmInputs.filter((name) => name !== "c0");

export const lstm = declare<RecurrentAttributes>({
  ...plain,
  name: "lstm",
  summary: "long short-term memory over a sequence",
  single: false,
  lstm: true,
  kind: () => "lstm",
  golden: { op: "lstm", inputs: lstmInputs, outputs: ["y", "hT", "cT"] },
});

export const lstmCell = declare<RecurrentAttributes>({
  ...plain,
  name: "lstmCell",
  summary: "one step of a long short-term memory",
  single: true,
  lstm: true,
  kind: () => "lstm",
  golden: { op: "lstm_cell", inputs: lstmInputs, outputs: ["h1", "c1"] },
});

export const gru = declare<RecurrentAttributes>({
  ...plain,
  name: "gru",
  summary: "gated recurrent unit over a sequence",
  single: false,
  lstm: false,
  kind: () => "gru",
  golden: { op: "gru", inputs: otherInputs, outputs: ["y", "hT"] },
});

export const gruCell = declare<RecurrentAttributes>({
  ...plain,
  name: "gruCell",
  summary: "one step of a gated recurrent unit",
  single: true,
  lstm: false,
  kind: () => "gru",
});

export const rnn = declare<RnnAttributes>({
  ...rnnAttributes,
  name: "rnn",
  summary: "plain recurrent layer over a sequence",
  single: false,
  lstm: false,
  golden: { op: "rnn_tanh", inputs: otherInputs, outputs: ["y", "hT"] },
});

export const rnnCell = declare<RnnAttributes>({
  ...rnnAttributes,
  name: "rnnCell",
  summary: "one step of a plain recurrent layer",
  single: true,
  lstm: false,
});
