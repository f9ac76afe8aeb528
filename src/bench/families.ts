/** Axes of ops: what the numbers of a sweep mean for each family, and the problem that they make. */
import { TandemError, UnknownNameError } from "../core/errors";
import type { TensorType } from "../core/tensor";
import { f32 } from "../core/tensor";
import type { AnyOp, Case } from "../ops/op";
import type { Point } from "./axes";

type Made = Pick<Case, "inputs" | "attributes" | "recipes">;

interface Family {
  /** Each axis with its meaning; defaults are in `make`. */
  readonly axes: Readonly<Record<string, string>>;
  make(point: Point, op: AnyOp): Made;
}

const matmul: Family = {
  axes: { m: "rows of the product (512)", n: "columns (m)", k: "length of the sums (m)", batch: "products (1)" },
  make({ m = 512, n = m, k = m, batch = 1 }) {
    const leading = batch === 1 ? [] : [batch];
    return { inputs: { a: f32(...leading, m, k), b: f32(...leading, k, n) } };
  },
};

const linear: Family = {
  axes: { batch: "rows (1)", inputs: "inputs of a unit (4096)", outputs: "units (inputs)" },
  make: ({ batch = 1, inputs = 4096, outputs = inputs }) => ({
    inputs: { input: f32(batch, inputs), weight: f32(outputs, inputs), bias: f32(outputs) },
  }),
};

const PLANES = { batch: "images (1)", channels: "channels (64)", size: "height and width (56)" } as const;
const SIDES = { height: "height (size)", width: "width (size)" } as const;

const planes = ({ batch = 1, channels = 64, size = 56, height = size, width = size }: Point): TensorType =>
  f32(batch, channels, height, width);

const conv2d: Family = {
  axes: {
    ...PLANES,
    ...SIDES,
    filters: "output channels (channels)",
    kernelSize: "height and width of the kernel (3)",
    stride: "stride (1)",
    padding: "padding (0)",
    dilation: "dilation (1)",
    groups: "groups (1)",
  },
  make(point) {
    const {
      channels = 64,
      filters = channels,
      kernelSize = 3,
      stride = 1,
      padding = 0,
      dilation = 1,
      groups = 1,
    } = point;
    if (groups < 1 || channels % groups !== 0)
      throw new TandemError(`conv2d: groups=${groups} should divide channels=${channels}`);
    return {
      inputs: {
        input: planes(point),
        weight: f32(filters, channels / groups, kernelSize, kernelSize),
        bias: f32(filters),
      },
      attributes: { stride, padding, dilation, groups },
    };
  },
};

const pool: Family = {
  axes: {
    ...PLANES,
    ...SIDES,
    kernelSize: "height and width of the window (3)",
    stride: "stride (2)",
    padding: "padding (0)",
  },
  make(point) {
    const { kernelSize = 3, stride = 2, padding = 0 } = point;
    return { inputs: { input: planes(point) }, attributes: { kernel: kernelSize, stride, padding } };
  },
};

const images: Family = { axes: { ...PLANES, ...SIDES }, make: (point) => ({ inputs: { input: planes(point) } }) };

const lrn: Family = {
  axes: { ...PLANES, ...SIDES, window: "channels that one looks at (5)" },
  make: (point) => ({ inputs: { input: planes(point) }, attributes: { size: point.window ?? 5 } }),
};

const lines: Family = {
  axes: { rows: "lines (64)", columns: "numbers in a line (1000)" },
  make: ({ rows = 64, columns = 1000 }) => ({ inputs: { input: f32(rows, columns) } }),
};

/** Lines that are summed along: these ops want their axis named. */
const reduced: Family = {
  ...lines,
  make: (point, op) => ({ ...lines.make(point, op), attributes: op.name === "argmax" ? { axis: 1 } : { axes: [1] } }),
};

const recurrent: Family = {
  axes: {
    batch: "sequences at a time (1)",
    sequence: "steps of a sequence (64)",
    features: "numbers in a step (128)",
    hidden: "hidden units (256)",
  },
  make({ batch = 1, sequence = 64, features = 128, hidden = 256 }, op) {
    const gates = { lstm: 4, gru: 3, rnn: 1 }[op.name.replace("Cell", "")] ?? 1;
    const cell = op.name.endsWith("Cell");
    const has = (name: string): boolean => op.inputs.some((spec) => spec.name === name);
    return {
      inputs: {
        input: cell ? f32(batch, features) : f32(sequence, batch, features),
        h0: f32(batch, hidden),
        ...(has("c0") ? { c0: f32(batch, hidden) } : {}),
        weightIh: f32(gates * hidden, features),
        weightHh: f32(gates * hidden, hidden),
        biasIh: f32(gates * hidden),
        biasHh: f32(gates * hidden),
      },
      recipes: { weightIh: { kind: "uniform", scale: 0.1 }, weightHh: { kind: "uniform", scale: 0.1 } },
    };
  },
};

const elementwise: Family = {
  axes: { count: "elements (1048576)" },
  make({ count = 2 ** 20 }, op) {
    const [first] = op.cases;
    return {
      inputs: Object.fromEntries(op.inputs.map(({ name }) => [name, f32(count)])),
      // What the op's own cases hold: logarithms and roots want numbers above 0.
      ...(first?.recipes ? { recipes: first.recipes } : {}),
      ...(first?.attributes ? { attributes: first.attributes } : {}),
    };
  },
};

const copied: Family = {
  axes: { count: "elements (4194304), a multiple of 4" },
  make: ({ count = 2 ** 22 }) => ({ inputs: { input: f32(count) } }),
};

const transposed: Family = {
  axes: { rows: "rows (1024)", columns: "columns (rows)" },
  make: ({ rows = 1024, columns = rows }) => ({
    inputs: { input: f32(rows, columns) },
    attributes: { perm: [1, 0] },
  }),
};

const UNARY = ["abs", "elu", "exp", "gelu", "leakyRelu", "log", "neg", "relu", "scale", "sigmoid", "sqrt", "tanh"];
const BINARY = ["add", "div", "equal", "maximum", "minimum", "mul", "sub"];

const all = (names: readonly string[], family: Family): Record<string, Family> =>
  Object.fromEntries(names.map((name) => [name, family]));

const FAMILIES: Readonly<Record<string, Family>> = {
  matmul,
  linear,
  conv2d,
  ...all(["maxPool2d", "maxPool2dWithIndices", "avgPool2d"], pool),
  globalAvgPool2d: images,
  lrn,
  lrnSpatial: lrn,
  ...all(["softmax", "logSoftmax"], lines),
  ...all(["sum", "mean", "max", "argmax"], reduced),
  ...all(["lstm", "gru", "rnn", "lstmCell", "gruCell", "rnnCell"], recurrent),
  ...all([...UNARY, ...BINARY], elementwise),
  copy: copied,
  transpose: transposed,
};

/** The axes of an op with what each means, its default in brackets; none for an op that has only its own cases. */
export const axesOf = (op: AnyOp): Readonly<Record<string, string>> =>
  (Object.hasOwn(FAMILIES, op.name) ? FAMILIES[op.name]?.axes : undefined) ?? {};

/** Names of all axes that any op has. */
export const axisNames: readonly string[] = [
  ...new Set(Object.values(FAMILIES).flatMap(({ axes }) => Object.keys(axes))),
];

/** Names of the ops that have axes. */
export const opsWithAxes: readonly string[] = Object.keys(FAMILIES);

/** The problem of `op` at `point`. @throws UnknownNameError for an axis that the op does not have. */
export function problemAt(op: AnyOp, point: Point): Made {
  const family = Object.hasOwn(FAMILIES, op.name) ? FAMILIES[op.name] : undefined;
  if (!family) {
    throw new TandemError(`${op.name} has no axes, only cases of its own; ops with axes: ${opsWithAxes.join(", ")}`);
  }
  for (const name of Object.keys(point)) {
    if (!Object.hasOwn(family.axes, name))
      throw new UnknownNameError(`axis of ${op.name}`, name, Object.keys(family.axes));
  }
  return family.make(point, op);
}
