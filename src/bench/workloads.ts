/** Problems to measure: an op's own cases, or others, made into graphs of one node. */
import { TandemError, UnknownNameError } from "../core/errors";
import type { Tensor } from "../core/tensor";
import type { Graph } from "../graph/graph";
import { singleOpGraph } from "../graph/single";
import { makeInputs } from "../ops/inputs";
import type { AnyOp, Case, Named } from "../ops/op";

/** One op on one problem: a graph, what is fed to it in each run, and its weights. */
export interface Workload {
  readonly op: AnyOp;
  readonly name: string;
  readonly graph: Graph;
  readonly inputs: Named<Tensor>;
  readonly parameters: Named<Tensor>;
  /** Whether plain loops compute it in a second or two. */
  readonly size: "small" | "large";
}

/** Arguments that are weights wherever an op has them: set once, as in a network, and not uploaded in every run. */
const WEIGHTS = /^(weight|bias|gamma|beta|scale|mean|variance|running)/i;

/** Operations and bytes up to which the float64 reference is quick. */
const SMALL = { flops: 3e7, bytes: 3e7 };

/** The workload of one case. @throws what posing the op throws. */
export function workloadOf(op: AnyOp, which: Case): Workload {
  const weights = Object.keys(which.inputs).filter((name, position) => position > 0 && WEIGHTS.test(name));
  const graph = singleOpGraph(op, which.inputs, which.attributes, weights);
  const all = Object.entries(makeInputs(which));
  const problem = graph.nodes[0]?.problem;
  const { flops, bytes } = problem ? op.cost(problem) : { flops: Infinity, bytes: Infinity };
  return {
    op,
    name: which.name,
    graph,
    inputs: Object.fromEntries(all.filter(([name]) => !weights.includes(name))),
    parameters: Object.fromEntries(all.filter(([name]) => weights.includes(name))),
    size: flops <= SMALL.flops && bytes <= SMALL.bytes ? "small" : "large",
  };
}

/** The op's cases whose name contains `filter`; all when it is left out. */
export function casesOf(op: AnyOp, filter?: string): readonly Case[] {
  const found = filter === undefined ? op.cases : op.cases.filter((each) => each.name.includes(filter));
  if (found.length > 0) return found;
  if (filter === undefined) throw new TandemError(`${op.name} has no cases to measure`);
  throw new UnknownNameError(
    `case of ${op.name}`,
    filter,
    op.cases.map((each) => each.name),
  );
}
