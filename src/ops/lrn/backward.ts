/**
 * The gradient of response normalisation. With s(i) = k + coefficient · Σ input² over the window of i,
 *
 *   output[j] = cotangent[j] · s(j)^(−β) − 2β · coefficient · input[j] · Σ cotangent[i] · input[i] · s(i)^(−β − 1)
 *
 * where the last sum goes over all i whose window holds j: the window the other way round.
 */
import powerText from "../../../shaders/lib/power.wgsl?raw";
import gatherText from "../../../shaders/lrn/grad_gather.wgsl?raw";
import naiveText from "../../../shaders/lrn/grad_naive.wgsl?raw";
import termsText from "../../../shaders/lrn/grad_terms.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, sameShape, sizeOf } from "../../core/shape";
import { byteLength, type TensorType } from "../../core/tensor";
import { planeCuts } from "../cut";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib } from "../lib";
import { type Case, defineOp, type Op, type Problem, shader } from "../op";
import { lrnCuts } from "./cuts";
import { type LrnSpatialAttributes, lrn, lrnSpatial, lrnWindow, type Window } from "./lrn";

const lib = [...gridLib, powerText];
const termsShader = shader("lrn/grad_terms.wgsl", termsText, lib);
const gatherShader = shader("lrn/grad_gather.wgsl", gatherText, lib);
const naiveShader = shader("lrn/grad_naive.wgsl", naiveText, lib);
const WORKGROUP = 64;

/** The window of the forward op, read the other way round. */
const reversed = ({ before, after, beforeColumn, afterColumn, ...rest }: Window): Window => ({
  ...rest,
  before: after,
  after: before,
  beforeColumn: afterColumn,
  afterColumn: beforeColumn,
});

/** Elements in the window around element `i`. */
function around(i: number, { rows, columns, before, after, beforeColumn, afterColumn }: Window): number[] {
  const column = i % columns;
  const row = Math.floor(i / columns) % rows;
  const found: number[] = [];
  for (let v = Math.max(0, row - before); v <= Math.min(rows - 1, row + after); v++) {
    for (let u = Math.max(0, column - beforeColumn); u <= Math.min(columns - 1, column + afterColumn); u++) {
      found.push(i + (v - row) * columns + u - column);
    }
  }
  return found;
}

/** Input and cotangent as the output: [N, C, …], or [N, C, H, W] within maps. Attributes as the forward op has them. */
function gradOf<A extends LrnSpatialAttributes>(name: string, forward: Op<A>, summary: string): Op<A> {
  const asForward = ({ inputs, outputs, attributes }: Problem<A>): Problem<A> => ({
    inputs: { input: inputs.input as TensorType },
    outputs,
    attributes,
  });
  const windowOf = (problem: Problem<A>): Window => lrnWindow(asForward(problem));
  const withCotangent = ({ inputs, ...rest }: Omit<Case, "name">) => ({
    ...rest,
    inputs: { input: inputs.input as TensorType, cotangent: inputs.input as TensorType },
  });
  return defineOp<A>({
    name,
    family: "lrn",
    summary,
    inputs: [{ name: "input" }, { name: "cotangent" }],
    outputs: ["output"],
    attributes: forward.attributes,
    infer: ({ input, cotangent }, attributes) => {
      const [output] = forward.infer({ input: input as TensorType }, attributes) as [TensorType];
      const { shape } = cotangent as TensorType;
      if (!sameShape(shape, output.shape)) {
        const wanted = `${formatShape(output.shape)}, as input is`;
        throw new ShapeError({ op: name }, "cotangent", formatShape(shape), wanted);
      }
      return [output];
    },
    cost: (problem) => ({
      flops: 2 * forward.cost(asForward(problem)).flops,
      bytes: 3 * byteLength(problem.inputs.input as TensorType),
    }),
    reference: ({ input, cotangent }, problem) => {
      const x = input as Float64Array;
      const { beta } = problem.attributes;
      const window = windowOf(problem);
      const back = reversed(window);
      const bases = x.map(
        (_, i) => window.k + window.coefficient * around(i, window).reduce((sum, j) => sum + (x[j] as number) ** 2, 0),
      );
      const terms = x.map((v, i) => (cotangent?.[i] as number) * v * (bases[i] as number) ** (-beta - 1));
      const output = x.map((v, j) => {
        const sum = around(j, back).reduce((total, i) => total + (terms[i] as number), 0);
        return (cotangent?.[j] as number) * (bases[j] as number) ** -beta - 2 * beta * window.coefficient * v * sum;
      });
      return { output };
    },
    cuts: (problem) => {
      if (!("groups" in problem.attributes)) return planeCuts(problem);
      // What flows back to a channel comes from windows that hold it, whose own sums reach as far again.
      const { size } = problem.attributes;
      return lrnCuts(problem as Problem<A & { readonly groups: number }>, { before: size - 1, after: size - 1 });
    },
    tolerance: forward.tolerance,
    kernels: [
      {
        name: "passes",
        shaders: [termsShader, gatherShader],
        plan: (problem) => {
          const window = windowOf(problem);
          const { k: _, ...back } = reversed(window);
          const type = problem.inputs.input as TensorType;
          const quadsPerPlane = ceilDiv(window.rows, 4);
          const quads = (sizeOf(type.shape) / window.rows) * quadsPerPlane;
          const constants = { BETA: problem.attributes.beta, WORKGROUP };
          const workgroups = grid1d(quads, WORKGROUP);
          return {
            scratch: { flow: type, term: type },
            dispatches: [
              { shader: termsShader, constants, params: { quads, quadsPerPlane, ...window }, workgroups },
              { shader: gatherShader, constants, params: { quads, quadsPerPlane, ...back }, workgroups },
            ],
          };
        },
      },
      {
        name: "naive",
        shaders: [naiveShader],
        plan: (problem) => {
          const count = sizeOf((problem.inputs.input as TensorType).shape);
          return {
            dispatches: [
              {
                shader: naiveShader,
                constants: { BETA: problem.attributes.beta, WORKGROUP },
                params: { count, ...windowOf(problem) },
                workgroups: grid1d(count, WORKGROUP),
              },
            ],
          };
        },
      },
    ],
    cases: forward.cases.map((one) => ({ name: one.name, ...withCotangent(one) })),
    random: (draw) => withCotangent(forward.random(draw)),
  });
}

export const lrnGrad = gradOf("lrnGrad", lrn, "gradient of response normalisation across channels");
export const lrnSpatialGrad = gradOf(
  "lrnSpatialGrad",
  lrnSpatial,
  "gradient of response normalisation within each map",
);
