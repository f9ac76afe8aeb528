/** What an op of this family is to its kernels, and the dispatch that all of them begin with. */
import projectText from "../../../shaders/recurrent/project.wgsl?raw";
import { f32, type TensorType } from "../../core/tensor";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib } from "../lib";
import { type Activation, type Dispatch, type Named, type Problem, shader } from "../op";

const WORKGROUP = 64;
export const projectShader = shader("recurrent/project.wgsl", projectText, gridLib);

/** The cells, by the codes of `shaders/lib/cell.wgsl`, with their gates. */
export const CELLS = {
  rnnTanh: { code: 0, gates: 1 },
  rnnRelu: { code: 1, gates: 1 },
  lstm: { code: 2, gates: 4 },
  gru: { code: 3, gates: 3 },
} as const;

export type CellKind = keyof typeof CELLS;

/** Sizes of a layer; a cell op is a layer of one step. */
export interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
}

/** Activations of gates, of the candidate, and of the cell on its way out; a layer that has not all uses the first ones. */
export type Activations = readonly [gate: Activation, candidate: Activation, output: Activation];

export interface Variant {
  /** Steps are taken from the last to the first; outputs stand where their inputs do. */
  readonly reverse: boolean;
  /** Sums are cut to ±clip before their activations. */
  readonly clip: number | null;
  readonly activations: Activations;
  /** The LSTM's forget gate is 1 less its input gate. */
  readonly coupled: boolean;
  /** The GRU's reset gate multiplies the product of state and weights, as in PyTorch; else the state before the product. */
  readonly resetAfter: boolean;
}

/** What an op of this family is to its kernels. */
export interface Layer<A> {
  kind(attributes: A): CellKind;
  sizes(problem: Problem<A>): Sizes;
  variant(attributes: A): Variant;
  /** Where the shaders' `output`, `lastHidden` and `lastCell` go: outputs of the op, or else scratch of these names. */
  readonly bindings: Readonly<Record<"output" | "lastHidden" | "lastCell", string>>;
}

/** The gates' share of the inputs, for all steps at once. */
export function projectDispatch<A>(
  problem: Problem<A>,
  { steps, batch, inputs, hidden }: Sizes,
  gates: number,
): Dispatch {
  const columns = gates * hidden;
  const rows = steps * batch;
  return {
    shader: projectShader,
    constants: { HAS_BIAS: problem.inputs.biasIh ? 1 : 0, WORKGROUP },
    params: { rows, inputs, columns },
    bindings: problem.inputs.biasIh ? {} : { biasIh: "weightIh" },
    workgroups: grid1d(rows * ceilDiv(columns, 4), WORKGROUP),
  };
}

/** Scratch tensors: the gates' share of the inputs, and what the shaders write that is no output of the op. */
export function scratch<A>(layer: Layer<A>, problem: Problem<A>): Named<TensorType> {
  const { steps, batch, hidden } = layer.sizes(problem);
  const all: Record<string, TensorType> = {
    output: f32(steps, batch, hidden),
    lastHidden: f32(batch, hidden),
    lastCell: f32(batch, hidden),
  };
  const missing = Object.entries(layer.bindings).filter(([, to]) => problem.outputs[to] === undefined);
  return {
    projected: f32(steps * batch, CELLS[layer.kind(problem.attributes)].gates * hidden),
    ...Object.fromEntries(missing.map(([from, to]) => [to, all[from] as TensorType])),
  };
}
