/**
 * Back-propagation through time (Werbos 1990) for the recurrent layers: from what flows into a layer's outputs, what flows
 * into its gates' sums at every step, and into its first states. The gradients of weights, biases and input are matrix
 * products and sums of the gates', which `recurrentGradient` writes down.
 *
 * Inputs as the layer has them, and `states`, its output [T, B, H] (wanted for more than one step); cotangents `ofOutput`
 * [T, B, H], `ofHidden` [B, H] and for the LSTM `ofCell` [B, H], zeros where left out. Outputs `gates` [T, B, G·H], for the GRU
 * `hiddenGates` [T, B, G·H] (n's share of the hidden state is multiplied by r), `h0Grad` and `c0Grad` [B, H].
 */
import { ShapeError } from "../../core/errors";
import { formatShape, sameShape } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { product, reshaped } from "../gradients";
import { type Case, type Draw, defineOp, type Emit, type GradientSite, type Named, type Op, type Problem } from "../op";
import { backKernels } from "./backwardKernels";
import { sequenceCuts } from "./cuts";
import { CELLS, type CellKind, type Sizes } from "./layer";

type Empty = Record<never, never>;

export interface RnnGradAttributes {
  readonly nonlinearity: "tanh" | "relu";
}

const shapeOf = (inputs: Named<TensorType>, name: string) => (inputs[name] as TensorType).shape;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What one unit's step sends back, in float64. */
interface Back {
  /** Into the gates' sums on the side of the input, and of the hidden state. */
  readonly input: readonly number[];
  readonly hidden: readonly number[];
  /** Past the gates: into the cell before (LSTM), into the hidden value before (GRU). */
  readonly carry: number;
}

/** Gate sums x and h, hidden value and cell before; then what flows into the hidden value and the cell after. */
type StepBack = (x: number[], h: number[], hidden: number, cell: number, flow: number, carry: number) => Back;

const both = (gates: readonly number[], carry = 0): Back => ({ input: gates, hidden: gates, carry });

const STEP_BACK: Readonly<Record<CellKind, StepBack>> = {
  rnnTanh: ([x = 0], [h = 0], _, __, flow) => both([flow * (1 - Math.tanh(x + h) ** 2)]),
  rnnRelu: ([x = 0], [h = 0], _, __, flow) => both([x + h <= 0 ? 0 : flow]),
  lstm: ([xi = 0, xf = 0, xg = 0, xo = 0], [hi = 0, hf = 0, hg = 0, ho = 0], _, cell, flow, carry) => {
    const [i, f, g, o] = [sigmoid(xi + hi), sigmoid(xf + hf), Math.tanh(xg + hg), sigmoid(xo + ho)];
    const after = Math.tanh(f * cell + i * g);
    const into = carry + flow * o * (1 - after * after);
    const gates = [
      into * g * i * (1 - i),
      into * cell * f * (1 - f),
      into * i * (1 - g * g),
      flow * after * o * (1 - o),
    ];
    return both(gates, into * f);
  },
  gru: ([xr = 0, xz = 0, xn = 0], [hr = 0, hz = 0, hn = 0], hidden, _, flow) => {
    const [r, z] = [sigmoid(xr + hr), sigmoid(xz + hz)];
    const n = Math.tanh(xn + r * hn);
    const candidate = flow * (1 - z) * (1 - n * n);
    const reset = candidate * hn * r * (1 - r);
    const update = flow * (hidden - n) * z * (1 - z);
    return { input: [reset, update, candidate], hidden: [reset, update, candidate * r], carry: flow * z };
  },
};

function reference(kind: CellKind, inputs: Named<Float64Array>, { steps, batch, inputs: width, hidden }: Sizes) {
  const { gates } = CELLS[kind];
  const { input, h0, c0, states, weightIh, weightHh, biasIh, biasHh } = inputs as Record<string, Float64Array>;
  const item = batch * hidden;
  const dot = (row: number, weight: Float64Array, values: (k: number) => number, length: number): number => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += (weight[row * length + k] as number) * values(k);
    return sum;
  };
  const before = (t: number, b: number, k: number): number =>
    (t === 0 ? h0?.[b * hidden + k] : states?.[(t - 1) * item + b * hidden + k]) as number;
  const sums = (t: number, b: number, j: number): { x: number[]; h: number[] } => {
    const rows = Array.from({ length: gates }, (_, g) => g * hidden + j);
    return {
      x: rows.map((row) => {
        const from = (t * batch + b) * width;
        return (biasIh?.[row] ?? 0) + dot(row, weightIh as Float64Array, (k) => input?.[from + k] as number, width);
      }),
      h: rows.map((row) => (biasHh?.[row] ?? 0) + dot(row, weightHh as Float64Array, (k) => before(t, b, k), hidden)),
    };
  };
  // Cells before each step, for the LSTM.
  const cells = [(c0 ?? new Float64Array(item)).slice()];
  for (let t = 0; kind === "lstm" && t < steps; t++) {
    cells.push(
      (cells[t] as Float64Array).map((cell, i) => {
        const { x, h } = sums(t, Math.floor(i / hidden), i % hidden);
        const at = (g: number) => (x[g] as number) + (h[g] as number);
        return sigmoid(at(1)) * cell + sigmoid(at(0)) * Math.tanh(at(2));
      }),
    );
  }
  const gateGrad = new Float64Array(steps * item * gates);
  const hiddenGrad = new Float64Array(steps * item * gates);
  let carry = (inputs.ofCell ?? new Float64Array(item)).slice();
  let flowing = (inputs.ofHidden ?? new Float64Array(item)).slice();
  for (let t = steps - 1; t >= 0; t--) {
    const next = new Float64Array(item);
    const sent = new Float64Array(item);
    for (let i = 0; i < item; i++) {
      const [b, j] = [Math.floor(i / hidden), i % hidden];
      const { x, h } = sums(t, b, j);
      const flow = (flowing[i] as number) + (inputs.ofOutput?.[t * item + i] ?? 0);
      const back = STEP_BACK[kind](x, h, before(t, b, j), cells[t]?.[i] ?? 0, flow, carry[i] as number);
      next[i] = back.carry;
      for (let g = 0; g < gates; g++) {
        const at = ((t * batch + b) * gates + g) * hidden + j;
        gateGrad[at] = back.input[g] as number;
        hiddenGrad[at] = back.hidden[g] as number;
        for (let k = 0; k < hidden; k++) {
          const through = (back.hidden[g] as number) * (weightHh?.[(g * hidden + j) * hidden + k] as number);
          sent[b * hidden + k] = (sent[b * hidden + k] as number) + through;
        }
      }
    }
    if (kind === "gru")
      next.forEach((value, i) => {
        sent[i] = (sent[i] as number) + value;
      });
    carry = kind === "lstm" ? next : new Float64Array(item);
    flowing = sent;
  }
  return { gates: gateGrad, hiddenGates: hiddenGrad, h0Grad: flowing, c0Grad: carry };
}

interface Declaration<A> {
  readonly name: string;
  readonly summary: string;
  attributes(read: AttributeReader): A;
  kind(attributes: A): CellKind;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const sizesOf = ({ inputs }: Problem<unknown>): Sizes => {
  const [steps, batch, width] = shapeOf(inputs, "input") as [number, number, number];
  return { steps, batch, inputs: width, hidden: shapeOf(inputs, "h0")[1] as number };
};

function declare<A>(d: Declaration<A>, lstm: boolean, separate: boolean): Op<A> {
  const outputs = ["gates", ...(separate ? ["hiddenGates"] : []), "h0Grad", ...(lstm ? ["c0Grad"] : [])];
  const problem = (
    [steps, batch, width, hidden]: readonly [number, number, number, number],
    attributes: Readonly<Record<string, unknown>>,
    given: { biases: boolean; output: boolean; last: boolean },
  ): Omit<Case, "name"> => {
    const rows = CELLS[d.kind(d.attributes(new AttributeReader(d.name, attributes)))].gates * hidden;
    const state = f32(batch, hidden);
    return {
      inputs: {
        input: f32(steps, batch, width),
        h0: state,
        ...(lstm ? { c0: state } : {}),
        weightIh: f32(rows, width),
        weightHh: f32(rows, hidden),
        ...(given.biases ? { biasIh: f32(rows), biasHh: f32(rows) } : {}),
        ...(steps > 1 ? { states: f32(steps, batch, hidden) } : {}),
        ...(given.output ? { ofOutput: f32(steps, batch, hidden) } : {}),
        ...(given.last ? { ofHidden: state, ...(lstm ? { ofCell: state } : {}) } : {}),
      },
      attributes,
      recipes: { weightHh: { kind: "uniform", scale: 1 / Math.sqrt(hidden) } },
    };
  };
  const all = { biases: true, output: true, last: true };
  const first = d.examples[0] ?? {};
  return defineOp<A>({
    name: d.name,
    family: "recurrent",
    summary: d.summary,
    inputs: [
      { name: "input" },
      { name: "h0" },
      ...(lstm ? [{ name: "c0" }] : []),
      { name: "weightIh" },
      { name: "weightHh" },
      ...["biasIh", "biasHh", "states", "ofOutput", "ofHidden", ...(lstm ? ["ofCell"] : [])].map((name) => ({
        name,
        optional: true as const,
      })),
    ],
    outputs,
    attributes: (given) => {
      const read = new AttributeReader(d.name, given);
      const attributes = d.attributes(read);
      read.done();
      return attributes;
    },
    infer: (inputs, attributes) => {
      const where = { op: d.name };
      const input = shapeOf(inputs, "input");
      const h0 = shapeOf(inputs, "h0");
      if (input.length !== 3) throw new ShapeError(where, "input", formatShape(input), "[T, B, I]");
      const [steps, batch, width] = input as [number, number, number];
      if (h0.length !== 2 || h0[0] !== batch) {
        throw new ShapeError(where, "h0", formatShape(h0), `[${batch}, H], as input is ${formatShape(input)}`);
      }
      const hidden = h0[1] as number;
      const rows = CELLS[d.kind(attributes)].gates * hidden;
      const sequence = [steps, batch, hidden];
      const wanted: Record<string, readonly number[]> = {
        c0: h0,
        weightIh: [rows, width],
        weightHh: [rows, hidden],
        biasIh: [rows],
        biasHh: [rows],
        states: sequence,
        ofOutput: sequence,
        ofHidden: h0,
        ofCell: h0,
      };
      for (const [name, shape] of Object.entries(wanted)) {
        const given = inputs[name];
        if (!given || sameShape(given.shape, shape)) continue;
        const why = `${formatShape(shape)}, as input is ${formatShape(input)} and h0 ${formatShape(h0)}`;
        throw new ShapeError(where, name, formatShape(given.shape), why);
      }
      if (steps > 1 && !inputs.states) throw new ShapeError(where, "states", "missing", formatShape(sequence));
      const gates = f32(steps, batch, rows);
      const state = f32(batch, hidden);
      return [gates, ...(separate ? [gates] : []), state, ...(lstm ? [state] : [])];
    },
    cost: (it) => {
      const { steps, batch, inputs: width, hidden } = sizesOf(it);
      const rows = CELLS[d.kind(it.attributes)].gates * hidden;
      const tensors = [...Object.values(it.inputs), ...Object.values(it.outputs)];
      return {
        // The gates' sums once more, and one product with weightHh backwards.
        flops: steps * batch * rows * (2 * (width + 2 * hidden) + 12),
        bytes: tensors.reduce((sum, type) => sum + byteLength(type), 0),
      };
    },
    reference: (inputs, it) => {
      const results: Named<Float64Array> = reference(d.kind(it.attributes), inputs, sizesOf(it));
      return Object.fromEntries(outputs.map((name) => [name, results[name] as Float64Array]));
    },
    cuts: sequenceCuts,
    // As the forward op's; a step back sums over all gates, too.
    tolerance: (it) => {
      const { inputs: width, hidden, steps } = sizesOf(it);
      const gates = CELLS[d.kind(it.attributes)].gates;
      return { rtol: 1e-5, atol: 4e-6 * Math.sqrt(width + (1 + gates) * hidden) * Math.sqrt(steps) };
    },
    kernels: backKernels({ kind: d.kind, sizes: sizesOf }),
    cases: [
      ...d.examples.map((attributes, i) => ({
        name: i === 0 ? "odd" : `odd, attributes ${i + 1}`,
        ...problem([3, 2, 5, 7], attributes, all),
      })),
      { name: "one", ...problem([1, 1, 1, 1], first, all) },
      { name: "without biases", ...problem([2, 3, 4, 4], first, { ...all, biases: false }) },
      { name: "only the last state", ...problem([4, 2, 3, 5], first, { ...all, output: false }) },
      { name: "only the output", ...problem([4, 2, 3, 5], first, { ...all, last: false }) },
      { name: "in fours", ...problem([3, 6, 5, 8], first, all) },
      { name: "wider than a workgroup", ...problem([2, 1, 9, 70], first, all) },
      { name: "long", ...problem([32, 16, 128, 256], first, all), size: "large" },
    ],
    random: (draw: Draw) =>
      problem([draw.int(1, 5), draw.int(1, 3), draw.int(1, 9), draw.int(1, 20)], draw.pick(d.examples), {
        biases: draw.bool(),
        output: draw.bool(),
        last: draw.bool(),
      }),
  });
}

const plain = { attributes: (): Empty => ({}), examples: [{}] };

export const lstmGrad = declare<Empty>(
  { ...plain, name: "lstmGrad", summary: "an LSTM backwards through time", kind: () => "lstm" },
  true,
  false,
);

export const gruGrad = declare<Empty>(
  { ...plain, name: "gruGrad", summary: "a GRU backwards through time", kind: () => "gru" },
  false,
  true,
);

export const rnnGrad = declare<RnnGradAttributes>(
  {
    name: "rnnGrad",
    summary: "a plain recurrent layer backwards through time",
    attributes: (read) => ({ nonlinearity: read.choice("nonlinearity", ["tanh", "relu"], "tanh") }),
    examples: [{}, { nonlinearity: "relu" }],
    kind: ({ nonlinearity }) => (nonlinearity === "relu" ? "rnnRelu" : "rnnTanh"),
  },
  false,
  false,
);

/** The gradient rule of every op of this family; a cell is a layer of one step. */
export function recurrentGradient<V>(
  emit: Emit<V>,
  { inputs, outputs, cotangents, wants }: GradientSite<V, unknown>,
  { steps, batch, inputs: width, hidden }: Sizes,
  kind: CellKind,
  single: boolean,
): Named<V> {
  const { gates: count } = CELLS[kind];
  const sequence = [steps, batch, width];
  const input = single ? reshaped(emit, inputs.input as V, sequence) : (inputs.input as V);
  const last = single ? "hidden" : "lastHidden";
  const lastCell = single ? "cell" : "lastCell";
  const given: Record<string, V | undefined> = {
    ...inputs,
    input,
    ...(steps > 1 ? { states: outputs.output } : {}),
    ofOutput: cotangents.output,
    ofHidden: cotangents[last],
    ...(kind === "lstm" ? { ofCell: cotangents[lastCell] } : {}),
  };
  const attributes =
    kind === "rnnTanh" || kind === "rnnRelu" ? { nonlinearity: kind === "rnnRelu" ? "relu" : "tanh" } : {};
  const op = { lstm: "lstmGrad", gru: "gruGrad", rnnTanh: "rnnGrad", rnnRelu: "rnnGrad" }[kind];
  const back = emit(op, given as Named<V>, attributes);
  const rows = steps * batch;
  const asRows = (value: V, columns: number): V => reshaped(emit, value, [rows, columns]);
  const gates = asRows(back.gates as V, count * hidden);
  const hiddenGates = back.hiddenGates === undefined ? gates : asRows(back.hiddenGates, count * hidden);
  const total = (value: V): V => emit("sum", { input: value }, { axes: [0], keepDims: false }).output as V;
  const gradients: Record<string, V> = { h0: back.h0Grad as V };
  if (back.c0Grad !== undefined) gradients.c0 = back.c0Grad;
  if (wants("input")) {
    const flow = product(emit, gates, inputs.weightIh as V, false, false);
    gradients.input = reshaped(emit, flow, single ? [batch, width] : sequence);
  }
  if (wants("weightIh")) gradients.weightIh = product(emit, gates, asRows(input, width), true, false);
  if (wants("biasIh")) gradients.biasIh = total(gates);
  if (wants("biasHh")) gradients.biasHh = total(hiddenGates);
  if (wants("weightHh")) {
    let before = inputs.h0 as V;
    if (steps > 1) {
      const earlier = { starts: [0], ends: [steps - 1], axes: [0] };
      const input0 = reshaped(emit, before, [1, batch, hidden]);
      const input1 = emit("slice", { input: outputs.output as V }, earlier).output as V;
      before = asRows(emit("concat", { input0, input1 }, { axis: 0 }).output as V, hidden);
    }
    gradients.weightHh = product(emit, hiddenGates, before, true, false);
  }
  return gradients;
}

/** A sequence [T, …] from its end. */
export const turned = <V>(emit: Emit<V>, input: V): V =>
  emit("slice", { input }, { starts: [-1], ends: [Number.MIN_SAFE_INTEGER], axes: [0], steps: [-1] }).output as V;

/** A layer that walks backwards, as one that walks forwards over everything turned around. */
export function turnedSite<V, A>(emit: Emit<V>, site: GradientSite<V, A>): GradientSite<V, A> {
  const around = (values: Named<V>, name: string): Named<V> => {
    const value = values[name];
    return value === undefined ? values : { ...values, [name]: turned(emit, value) };
  };
  return {
    ...site,
    inputs: around(site.inputs, "input"),
    outputs: around(site.outputs, "output"),
    cotangents: around(site.cotangents, "output"),
  };
}
