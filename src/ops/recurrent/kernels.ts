/** The kernels of recurrent layers: gates of all inputs at once, then step after step without the host. */
import cellText from "../../../shaders/lib/cell.wgsl?raw";
import projectText from "../../../shaders/recurrent/project.wgsl?raw";
import sequenceText from "../../../shaders/recurrent/sequence.wgsl?raw";
import stepText from "../../../shaders/recurrent/step.wgsl?raw";
import { f32, type TensorType } from "../../core/tensor";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib, unaryLib } from "../lib";
import { type Dispatch, type Kernel, type Named, type Problem, shader } from "../op";

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

/** What an op of this family is to its kernels. */
export interface Layer<A> {
  kind(attributes: A): CellKind;
  sizes(problem: Problem<A>): Sizes;
  /** Where the shaders' `output`, `lastHidden` and `lastCell` go: outputs of the op, or else scratch of these names. */
  readonly bindings: Readonly<Record<"output" | "lastHidden" | "lastCell", string>>;
}

export const projectShader = shader("recurrent/project.wgsl", projectText, gridLib);
const stepShader = shader("recurrent/step.wgsl", stepText, [...gridLib, cellText, ...unaryLib]);
const sequenceShader = shader("recurrent/sequence.wgsl", sequenceText, [cellText, ...unaryLib]);

const WORKGROUP = 64;
/** Hidden units up to which a workgroup can take a batch item through a sequence by itself without much waiting. */
export const SEQUENCE_HIDDEN = 512;
export const MAX_WORKGROUPS = 65535;

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

const project = <A>(layer: Layer<A>, problem: Problem<A>): Dispatch =>
  projectDispatch(problem, layer.sizes(problem), CELLS[layer.kind(problem.attributes)].gates);

/** What the steps bind beside tensors of their own names: biases and cell states that are not there are not read. */
function stepBindings<A>(layer: Layer<A>, problem: Problem<A>): Record<string, string> {
  return {
    ...layer.bindings,
    ...(problem.inputs.biasHh ? {} : { biasHh: "weightHh" }),
    ...(problem.inputs.c0 ? {} : { c0: "h0" }),
  };
}

function scratch<A>(layer: Layer<A>, problem: Problem<A>): Named<TensorType> {
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

/** The kernels of an op that reads as `layer` says. */
export function recurrentKernels<A>(layer: Layer<A>): readonly Kernel<A>[] {
  const constants = (problem: Problem<A>) => ({
    KIND: CELLS[layer.kind(problem.attributes)].code,
    HAS_BIAS: problem.inputs.biasHh ? 1 : 0,
  });
  return [
    {
      name: "sequence",
      shaders: [projectShader, sequenceShader],
      tunables: { WIDTH: [64, 32, 128, 256] },
      supports: (problem, { limits }) => {
        const { batch, hidden } = layer.sizes(problem);
        const needs = 2 * 4 * hidden;
        if (needs > limits.maxComputeWorkgroupStorageSize) {
          return `needs maxComputeWorkgroupStorageSize of ${needs}, but the device offers ${limits.maxComputeWorkgroupStorageSize}`;
        }
        return batch <= MAX_WORKGROUPS || `has ${batch} batch items, more than a dispatch has workgroups`;
      },
      preference: (problem, { software }) => (software || layer.sizes(problem).hidden > SEQUENCE_HIDDEN ? -1 : 1),
      plan: (problem, { WIDTH = 64 }) => {
        const { steps, batch, hidden } = layer.sizes(problem);
        return {
          scratch: scratch(layer, problem),
          dispatches: [
            project(layer, problem),
            {
              shader: sequenceShader,
              constants: { ...constants(problem), WIDTH, HIDDEN: hidden },
              params: { steps, batch },
              bindings: stepBindings(layer, problem),
              workgroups: [batch, 1, 1],
            },
          ],
        };
      },
    },
    {
      name: "steps",
      shaders: [projectShader, stepShader],
      plan: (problem) => {
        const { steps, batch, hidden } = layer.sizes(problem);
        const step = (index: number): Dispatch => ({
          shader: stepShader,
          constants: { ...constants(problem), WORKGROUP },
          params: { step: index, steps, batch, hidden },
          bindings: stepBindings(layer, problem),
          workgroups: grid1d(batch * hidden, WORKGROUP),
        });
        return {
          scratch: scratch(layer, problem),
          dispatches: [project(layer, problem), ...Array.from({ length: steps }, (_, index) => step(index))],
        };
      },
    },
  ];
}
