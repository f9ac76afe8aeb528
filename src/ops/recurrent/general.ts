/** The kernel of recurrent layers of any form: sums over the state, then the cells, step after step without the host. */
import cellText from "../../../shaders/lib/cell_general.wgsl?raw";
import rowText from "../../../shaders/lib/step_row.wgsl?raw";
import cellsText from "../../../shaders/recurrent/general_cells.wgsl?raw";
import resetText from "../../../shaders/recurrent/general_reset.wgsl?raw";
import startText from "../../../shaders/recurrent/general_start.wgsl?raw";
import sumsText from "../../../shaders/recurrent/general_sums.wgsl?raw";
import { f32 } from "../../core/tensor";
import { grid1d } from "../kernels";
import { gridLib, unaryLib } from "../lib";
import { type Dispatch, type Kernel, type Problem, shader } from "../op";
import { CELLS, type Layer, projectDispatch, projectShader, scratch } from "./layer";
import { variantConstants } from "./variant";

const WORKGROUP = 64;
const lib = [...gridLib, cellText, rowText, ...unaryLib];
const startShader = shader("recurrent/general_start.wgsl", startText, gridLib);
const sumsShader = shader("recurrent/general_sums.wgsl", sumsText, gridLib);
const resetShader = shader("recurrent/general_reset.wgsl", resetText, lib);
const cellsShader = shader("recurrent/general_cells.wgsl", cellsText, lib);

/** Every dispatch of a layer's step works on what the ones before it wrote: running states lie in the layer's last states. */
function dispatchesOf<A>(layer: Layer<A>, problem: Problem<A>): Dispatch[] {
  const { inputs, attributes } = problem;
  const sizes = layer.sizes(problem);
  const { steps, batch, hidden } = sizes;
  const kind = layer.kind(attributes);
  const variant = layer.variant(attributes);
  const { gates } = CELLS[kind];
  const rows = gates * hidden;
  const units = grid1d(batch * hidden, WORKGROUP);
  const { output, lastHidden, lastCell } = layer.bindings;
  const rowConstants = { HAS_LENGTHS: inputs.lengths ? 1 : 0, REVERSE: variant.reverse ? 1 : 0 };
  const cellConstants = { ...variantConstants(kind, variant), ...rowConstants, WORKGROUP };
  // What is not there is not read: something of the right kind stands in for it.
  const lengths = inputs.lengths ? "lengths" : "h0";
  const start = (initial: string, state: string): Dispatch => ({
    shader: startShader,
    constants: { WORKGROUP },
    params: { count: batch * hidden },
    bindings: { initial, state },
    workgroups: units,
  });
  const sums = (state: string, first: number, count: number): Dispatch => ({
    shader: sumsShader,
    constants: { HAS_BIAS: inputs.biasHh ? 1 : 0, WORKGROUP },
    params: { batch, hidden, rows, first, count },
    bindings: { state, ...(inputs.biasHh ? {} : { biasHh: "weightHh" }) },
    workgroups: grid1d(batch * count, WORKGROUP),
  });
  const before = kind === "gru" && !variant.resetAfter;
  const step = (index: number): Dispatch[] => [
    sums(lastHidden, 0, before ? 2 * hidden : rows),
    ...(before
      ? [
          {
            shader: resetShader,
            constants: cellConstants,
            params: { step: index, steps, batch, hidden },
            bindings: { lengths, hiddenState: lastHidden },
            workgroups: units,
          },
          sums("resetState", 2 * hidden, hidden),
        ]
      : []),
    {
      shader: cellsShader,
      constants: {
        ...cellConstants,
        HAS_PEEPHOLE: inputs.peephole ? 1 : 0,
        RESET_AFTER: variant.resetAfter ? 1 : 0,
      },
      params: { step: index, steps, batch, hidden, gates },
      bindings: {
        lengths,
        peephole: inputs.peephole ? "peephole" : "h0",
        output,
        hiddenState: lastHidden,
        cellState: lastCell,
      },
      workgroups: units,
    },
  ];
  return [
    projectDispatch(problem, sizes, gates),
    start("h0", lastHidden),
    ...(inputs.c0 ? [start("c0", lastCell)] : []),
    ...Array.from({ length: steps }, (_, index) => step(index)).flat(),
  ];
}

export const generalKernel = <A>(layer: Layer<A>): Kernel<A> => ({
  name: "general",
  shaders: [projectShader, startShader, sumsShader, resetShader, cellsShader],
  plan: (problem) => {
    const { batch, hidden } = layer.sizes(problem);
    const { gates } = CELLS[layer.kind(problem.attributes)];
    const { resetAfter } = layer.variant(problem.attributes);
    return {
      scratch: {
        ...scratch(layer, problem),
        sums: f32(batch, gates * hidden),
        ...(resetAfter ? {} : { resetState: f32(batch, hidden) }),
      },
      dispatches: dispatchesOf(layer, problem),
    };
  },
});
