/** The network's layers as rows of a table: what each computes, how large it is, how long it took. */
import type { Program, Step, Tensor } from "../../../src/index";

export interface Row {
  /** The step's last node: what is looked at. */
  readonly name: string;
  /** All nodes of the step, in order. */
  readonly nodes: readonly string[];
  readonly op: string;
  readonly kernel: string;
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly flops: number;
  /** Milliseconds; undefined until it has been measured. */
  readonly ms: number | undefined;
}

const RUNS = 3;

function rowOf(program: Program, step: Step, ms: number | undefined): Row {
  const nodes = [step.node, ...step.fused];
  const parameters = [...program.graph.parameters]
    .filter(([name]) => nodes.some((node) => name.startsWith(`${node}.`)))
    .reduce((sum, [, { type }]) => sum + type.shape.reduce((a, b) => a * b, 1), 0);
  return {
    name: nodes.at(-1) ?? step.node,
    nodes,
    op: step.op,
    kernel: step.kernel,
    shape: step.output.shape.slice(1),
    parameters,
    flops: step.cost.flops,
    ms,
  };
}

export const plannedRows = (program: Program): readonly Row[] =>
  program.plan.steps.map((step) => rowOf(program, step, undefined));

/** The rows with times: the median of a few runs of each step. */
export async function timedRows(program: Program, image: Tensor): Promise<readonly Row[]> {
  const { steps } = await program.profile({ image }, { runs: RUNS });
  return steps.map(({ step, ns }) => {
    const sorted = [...ns].sort((a, b) => a - b);
    return rowOf(program, step, (sorted[sorted.length >> 1] ?? 0) / 1e6);
  });
}
