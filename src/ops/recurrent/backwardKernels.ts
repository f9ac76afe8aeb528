/** The kernels of back-propagation through time: what the steps knew once more, for all at once, then step after step back. */
import cellText from "../../../shaders/lib/cell.wgsl?raw";
import cellBackText from "../../../shaders/lib/cell_back.wgsl?raw";
import cellsText from "../../../shaders/recurrent/back_cells.wgsl?raw";
import flowText from "../../../shaders/recurrent/back_flow.wgsl?raw";
import recallText from "../../../shaders/recurrent/back_recall.wgsl?raw";
import recallQuadsText from "../../../shaders/recurrent/back_recall_quads.wgsl?raw";
import sequenceText from "../../../shaders/recurrent/back_sequence.wgsl?raw";
import stepText from "../../../shaders/recurrent/back_step.wgsl?raw";
import stepQuadsText from "../../../shaders/recurrent/back_step_quads.wgsl?raw";
import { f32, type TensorType } from "../../core/tensor";
import { grid1d } from "../kernels";
import { gridLib, outerLib, unaryLib } from "../lib";
import { type Dispatch, type Kernel, type Named, type Problem, shader } from "../op";
import {
  gateSumsLib,
  inQuads,
  MAX_WORKGROUPS,
  packShader,
  projectQuadsShader,
  quadGrid,
  quadPrelude,
  SEQUENCE_HIDDEN,
} from "./kernels";
import { CELLS, type CellKind, projectDispatch, projectShader, type Sizes } from "./layer";

/** What a gradient op of this family is to its kernels. */
export interface BackLayer<A> {
  kind(attributes: A): CellKind;
  sizes(problem: Problem<A>): Sizes;
}

const cellLib = [cellText, cellBackText, ...unaryLib];
const recallShader = shader("recurrent/back_recall.wgsl", recallText, [...gridLib, ...cellLib]);
const cellsShader = shader("recurrent/back_cells.wgsl", cellsText, [...gridLib, ...unaryLib]);
const flowShader = shader("recurrent/back_flow.wgsl", flowText, gridLib);
const stepShader = shader("recurrent/back_step.wgsl", stepText, [...gridLib, ...cellLib]);
const recallQuadsShader = shader("recurrent/back_recall_quads.wgsl", recallQuadsText, [
  ...gridLib,
  ...gateSumsLib,
  cellBackText,
]);
const stepQuadsShader = shader("recurrent/back_step_quads.wgsl", stepQuadsText, [...gridLib, ...outerLib, ...cellLib]);
const sequenceShader = shader("recurrent/back_sequence.wgsl", sequenceText, cellLib);

const WORKGROUP = 64;
/** Slots in which the backward steps find what the forward ones knew; `slot_count` in `shaders/lib/cell_back.wgsl`. */
const SLOTS: Readonly<Record<CellKind, number>> = { rnnTanh: 1, rnnRelu: 1, lstm: 6, gru: 5 };

/** What the recalling shaders bind beside tensors of their own names. */
const recallBindings = ({ inputs }: Problem<unknown>): Record<string, string> => ({
  states: inputs.states ? "states" : "h0",
  biasHh: inputs.biasHh ? "biasHh" : "weightHh",
});

/** The LSTM's cell states, and what flows into the layer from outside. */
function cellsAndFlow<A>(layer: BackLayer<A>, problem: Problem<A>): readonly Dispatch[] {
  const kind = layer.kind(problem.attributes);
  const { steps, batch, hidden } = layer.sizes(problem);
  const { inputs } = problem;
  const count = steps * batch * hidden;
  const has = (name: string) => (inputs[name] ? 1 : 0);
  const cells: Dispatch = {
    shader: cellsShader,
    constants: { WORKGROUP },
    params: { steps, batch, hidden },
    workgroups: grid1d(batch * hidden, WORKGROUP),
  };
  const flow: Dispatch = {
    shader: flowShader,
    constants: {
      HAS_OUTPUT: has("ofOutput"),
      HAS_HIDDEN: has("ofHidden"),
      HAS_CELL: has("ofCell"),
      WORKGROUP,
    },
    params: { count, step: batch * hidden },
    bindings: {
      ofOutput: inputs.ofOutput ? "ofOutput" : "h0",
      ofHidden: inputs.ofHidden ? "ofHidden" : "h0",
      ofCell: inputs.ofCell ? "ofCell" : "h0",
      carry: carryOf(kind),
    },
    workgroups: grid1d(count, WORKGROUP),
  };
  return kind === "lstm" ? [cells, flow] : [flow];
}

function prelude<A>(layer: BackLayer<A>, problem: Problem<A>): readonly Dispatch[] {
  const kind = layer.kind(problem.attributes);
  const { steps, batch, hidden } = layer.sizes(problem);
  return [
    projectDispatch(problem, layer.sizes(problem), CELLS[kind].gates),
    {
      shader: recallShader,
      constants: { KIND: CELLS[kind].code, HAS_BIAS: problem.inputs.biasHh ? 1 : 0, WORKGROUP },
      params: { steps, batch, hidden },
      bindings: recallBindings(problem),
      workgroups: grid1d(steps * batch * hidden, WORKGROUP),
    },
    ...cellsAndFlow(layer, problem),
  ];
}

/** What is left of an LSTM's carry after the first step is the gradient of c0; that of the others is spent in h0's. */
const carryOf = (kind: CellKind): string => (kind === "lstm" ? "c0Grad" : "carry");

function bindingsOf(kind: CellKind): Record<string, string> {
  return { carry: carryOf(kind), hiddenGates: kind === "gru" ? "hiddenGates" : "unused" };
}

function scratchOf<A>(layer: BackLayer<A>, problem: Problem<A>): Named<TensorType> {
  const kind = layer.kind(problem.attributes);
  const { steps, batch, hidden } = layer.sizes(problem);
  return {
    projected: f32(steps * batch, CELLS[kind].gates * hidden),
    slots: f32(steps, batch, SLOTS[kind], hidden),
    flow: f32(steps, batch, hidden),
    ...(kind === "lstm" ? {} : { carry: f32(batch, hidden) }),
    ...(kind === "gru" ? {} : { unused: f32(1) }),
  };
}

/** The kernels of a gradient op that reads as `layer` says. */
export function backKernels<A>(layer: BackLayer<A>): readonly Kernel<A>[] {
  return [
    {
      name: "sequence",
      shaders: [projectShader, recallShader, cellsShader, flowShader, sequenceShader],
      tunables: { WIDTH: [64, 32, 128, 256] },
      supports: (problem, { limits }) => {
        const { batch, hidden } = layer.sizes(problem);
        const needs = 2 * 4 * hidden * CELLS[layer.kind(problem.attributes)].gates;
        if (needs > limits.maxComputeWorkgroupStorageSize) {
          return `needs maxComputeWorkgroupStorageSize of ${needs}, but the device offers ${limits.maxComputeWorkgroupStorageSize}`;
        }
        return batch <= MAX_WORKGROUPS || `has ${batch} batch items, more than a dispatch has workgroups`;
      },
      preference: (problem, { software }) => (software || layer.sizes(problem).hidden > SEQUENCE_HIDDEN ? -1 : 1),
      plan: (problem, { WIDTH = 64 }) => {
        const kind = layer.kind(problem.attributes);
        const { steps, batch, hidden } = layer.sizes(problem);
        return {
          scratch: scratchOf(layer, problem),
          dispatches: [
            ...prelude(layer, problem),
            {
              shader: sequenceShader,
              constants: { KIND: CELLS[kind].code, WIDTH, HIDDEN: hidden, GATES: CELLS[kind].gates },
              params: { steps, batch },
              bindings: bindingsOf(kind),
              workgroups: [batch, 1, 1],
            },
          ],
        };
      },
    },
    {
      name: "quads",
      shaders: [packShader, projectQuadsShader, recallQuadsShader, cellsShader, flowShader, stepQuadsShader],
      supports: (problem) => inQuads(layer.sizes(problem)),
      plan: (problem) => {
        const kind = layer.kind(problem.attributes);
        const sizes = layer.sizes(problem);
        const { steps, batch, hidden } = sizes;
        const quads = hidden / 4;
        const { scratch, dispatches } = quadPrelude(problem, sizes, CELLS[kind].gates);
        const back = (step: number, FINAL: 0 | 1): Dispatch => ({
          shader: stepQuadsShader,
          constants: { KIND: CELLS[kind].code, FINAL, WORKGROUP },
          params: { step, steps, batch, quads },
          bindings: bindingsOf(kind),
          workgroups: quadGrid(batch, quads),
        });
        return {
          scratch: { ...scratchOf(layer, problem), ...scratch },
          dispatches: [
            ...dispatches,
            {
              shader: recallQuadsShader,
              constants: { KIND: CELLS[kind].code, HAS_BIAS: problem.inputs.biasHh ? 1 : 0, WORKGROUP },
              params: { rows: steps * batch, batch, quads },
              bindings: recallBindings(problem),
              workgroups: quadGrid(steps * batch, quads),
            },
            ...cellsAndFlow(layer, problem),
            ...Array.from({ length: steps }, (_, i) => back(steps - 1 - i, 0)),
            back(0, 1),
          ],
        };
      },
    },
    {
      name: "steps",
      shaders: [projectShader, recallShader, cellsShader, flowShader, stepShader],
      plan: (problem) => {
        const kind = layer.kind(problem.attributes);
        const { steps, batch, hidden } = layer.sizes(problem);
        const back = (step: number, FINAL: 0 | 1): Dispatch => ({
          shader: stepShader,
          constants: { KIND: CELLS[kind].code, FINAL, WORKGROUP },
          params: { step, steps, batch, hidden },
          bindings: bindingsOf(kind),
          workgroups: grid1d(batch * hidden, WORKGROUP),
        });
        return {
          scratch: scratchOf(layer, problem),
          dispatches: [
            ...prelude(layer, problem),
            ...Array.from({ length: steps }, (_, i) => back(steps - 1 - i, 0)),
            back(0, 1),
          ],
        };
      },
    },
  ];
}
