/** The kernels of recurrent layers: gates of all inputs at once, then step after step without the host. */
import cellText from "../../../shaders/lib/cell.wgsl?raw";
import gateSumsText from "../../../shaders/lib/gate_sums.wgsl?raw";
import packText from "../../../shaders/recurrent/pack.wgsl?raw";
import projectQuadsText from "../../../shaders/recurrent/project_quads.wgsl?raw";
import sequenceText from "../../../shaders/recurrent/sequence.wgsl?raw";
import stepText from "../../../shaders/recurrent/step.wgsl?raw";
import stepQuadsText from "../../../shaders/recurrent/step_quads.wgsl?raw";
import { f32, type TensorType } from "../../core/tensor";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib, outerLib, unaryLib } from "../lib";
import { type Dispatch, type Kernel, type Named, type Problem, shader, type Workgroups } from "../op";
import { generalKernel } from "./general";
import { CELLS, type Layer, projectDispatch, projectShader, type Sizes, scratch } from "./layer";
import { isPlain } from "./variant";

const stepShader = shader("recurrent/step.wgsl", stepText, [...gridLib, cellText, ...unaryLib]);
export const packShader = shader("recurrent/pack.wgsl", packText);
export const projectQuadsShader = shader("recurrent/project_quads.wgsl", projectQuadsText, [...gridLib, ...outerLib]);
/** Texts that a shader which works out gates' sums by quads is joined with. */
export const gateSumsLib: readonly string[] = [gateSumsText, cellText, ...outerLib, ...unaryLib];
const stepQuadsShader = shader("recurrent/step_quads.wgsl", stepQuadsText, [...gridLib, ...gateSumsLib]);
const sequenceShader = shader("recurrent/sequence.wgsl", sequenceText, [cellText, ...unaryLib]);

const WORKGROUP = 64;
/** Hidden units up to which a workgroup can take a batch item through a sequence by itself without much waiting. */
export const SEQUENCE_HIDDEN = 512;
export const MAX_WORKGROUPS = 65535;

/** Rows of quads of a batch: an invocation of the quads' shaders takes four rows and four units. */
export const quadGrid = (rows: number, quads: number): Workgroups => grid1d(ceilDiv(rows, 4) * quads, WORKGROUP);

/** Whether hidden units come in fours, as the quads' shaders want them. */
export const inQuads = ({ hidden }: Sizes): true | string =>
  hidden % 4 === 0 || `takes four hidden units at a time, but there are ${hidden}`;

/** The weights transposed, once where they are parameters, and the gates' share of the inputs, for all steps at once. */
export function quadPrelude<A>(
  problem: Problem<A>,
  { steps, batch, inputs, hidden }: Sizes,
  gates: number,
): { readonly scratch: Named<TensorType>; readonly dispatches: readonly Dispatch[] } {
  const rows = gates * hidden;
  const pack = (weight: string, packed: string, columns: number): Dispatch => ({
    shader: packShader,
    constants: { WORKGROUP },
    params: { rows, columns },
    bindings: { weight, packed },
    workgroups: [ceilDiv(rows, WORKGROUP), Math.min(columns, MAX_WORKGROUPS), 1],
    prepare: true,
  });
  return {
    scratch: {
      packedIh: f32(inputs, rows),
      packedHh: f32(hidden, rows),
      projected: f32(steps * batch, rows),
    },
    dispatches: [
      pack("weightIh", "packedIh", inputs),
      pack("weightHh", "packedHh", hidden),
      {
        shader: projectQuadsShader,
        constants: { HAS_BIAS: problem.inputs.biasIh ? 1 : 0, WORKGROUP },
        params: { rows: steps * batch, inputs, quads: rows / 4 },
        bindings: problem.inputs.biasIh ? {} : { biasIh: "weightIh" },
        workgroups: quadGrid(steps * batch, rows / 4),
      },
    ],
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

/** The kernels of an op that reads as `layer` says. */
export function recurrentKernels<A>(layer: Layer<A>): readonly Kernel<A>[] {
  const plain = (problem: Problem<A>): true | string => isPlain(problem, layer.variant);
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
        const isPlainLayer = plain(problem);
        if (isPlainLayer !== true) return isPlainLayer;
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
      name: "quads",
      shaders: [packShader, projectQuadsShader, stepQuadsShader],
      supports: (problem) => {
        const isPlainLayer = plain(problem);
        return isPlainLayer === true ? inQuads(layer.sizes(problem)) : isPlainLayer;
      },
      plan: (problem) => {
        const sizes = layer.sizes(problem);
        const { steps, batch, hidden } = sizes;
        const prelude = quadPrelude(problem, sizes, CELLS[layer.kind(problem.attributes)].gates);
        const step = (index: number): Dispatch => ({
          shader: stepQuadsShader,
          constants: { ...constants(problem), WORKGROUP },
          params: { step: index, steps, batch, quads: hidden / 4 },
          bindings: stepBindings(layer, problem),
          workgroups: quadGrid(batch, hidden / 4),
        });
        return {
          scratch: { ...scratch(layer, problem), ...prelude.scratch },
          dispatches: [...prelude.dispatches, ...Array.from({ length: steps }, (_, index) => step(index))],
        };
      },
    },
    {
      name: "steps",
      shaders: [projectShader, stepShader],
      supports: plain,
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
    generalKernel(layer),
  ];
}
