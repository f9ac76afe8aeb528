/** What a tuner tries: every kernel with every value of its tunables, less what cannot win. */
import type { DeviceFacts } from "../../core/device";
import { TandemError } from "../../core/errors";
import type { Graph } from "../../graph/graph";
import type { AnyOp, Kernel, Problem, Tuned } from "../../ops/op";
import { chooseKernel } from "../../scheduler/choose";
import type { Plan } from "../../scheduler/plan";
import { schedule } from "../../scheduler/schedule";
import type { Candidate } from "../../scheduler/tuning";
import type { Ceilings } from "../ceilings";

/** A candidate with what its plan cannot be faster than. */
export interface Prospect extends Candidate {
  readonly leastNs: number;
}

/** A candidate that is not tried, and why. */
export interface Refused extends Candidate {
  readonly reason: string;
}

/** Every choice of one value a tunable; the first is that of the first values. */
export function combinations(tunables: Kernel<unknown>["tunables"] = {}): readonly Tuned[] {
  return Object.entries(tunables).reduce<readonly Tuned[]>(
    (all, [name, values]) => all.flatMap((tuned) => values.map((value) => ({ ...tuned, [name]: value }))),
    [{}],
  );
}

/** Work beyond which the naive kernel, which loads two numbers for every multiply-add, is not even tried. */
const NAIVE_FLOPS = 5e7;

/** Buffers that fit a cache are read faster than memory; a bound that must hold allows for that. */
const CACHED = 4;

/** The least time that a plan's dispatches can take: starting each, and moving what each is bound to. */
export function leastNs(plan: Plan, { gbps, dispatchUs }: Pick<Ceilings, "gbps" | "dispatchUs">): number {
  const dispatches = plan.steps.flatMap((step) => step.dispatches);
  const bytes = dispatches.flatMap(({ bindings }) => bindings).reduce((sum, { byteLength }) => sum + byteLength, 0);
  return bytes / (gbps * CACHED) + (dispatches.length - 1) * dispatchUs * 500;
}

/**
 * Candidates for the one node of `graph` on a device, the engine's own choice first, then by the kernels' preference.
 * Left out: kernels that do not support it, those that their op puts below the naive one here, the naive one itself where
 * it would take long, and values with which a kernel does not fit the device's limits.
 */
export function candidatesOf(
  op: AnyOp,
  graph: Graph,
  device: DeviceFacts,
  ceilings: Pick<Ceilings, "gbps" | "dispatchUs">,
): { readonly prospects: readonly Prospect[]; readonly refused: readonly Refused[] } {
  const problem = graph.nodes[0]?.problem as Problem<unknown>;
  const kernels: readonly Kernel<unknown>[] = op.kernels;
  const preference = (kernel: Kernel<unknown>): number => kernel.preference?.(problem, device) ?? 0;
  const refused: Refused[] = [];
  const prospects: Prospect[] = [];
  const own = chooseKernel(op, op.name, problem, device);
  const consider = (kernel: Kernel<unknown>, tuned: Tuned): void => {
    const wishes = { kernels: { [op.name]: kernel.name }, tunables: { [op.name]: tuned }, tuning: null };
    try {
      prospects.push({ kernel: kernel.name, tuned, leastNs: leastNs(schedule(graph, device, wishes), ceilings) });
    } catch (error) {
      if (!(error instanceof TandemError)) throw error;
      refused.push({ kernel: kernel.name, tuned, reason: error.message });
    }
  };
  consider(own.kernel, own.tuned);
  for (const kernel of kernels.toSorted((a, b) => preference(b) - preference(a))) {
    const refuse = (reason: string): number => refused.push({ kernel: kernel.name, tuned: {}, reason });
    const supported = kernel.supports?.(problem, device) ?? true;
    if (supported !== true) refuse(supported);
    else if (kernel !== own.kernel && preference(kernel) < 0) refuse("is not meant for a device like this");
    else if (kernel !== own.kernel && kernel === kernels.at(-1) && op.cost(problem).flops > NAIVE_FLOPS)
      refuse("would take long: it is the definition, not meant to be fast");
    else {
      for (const tuned of combinations(kernel.tunables)) {
        const isOwn =
          kernel === own.kernel && Object.entries(tuned).every(([name, value]) => own.tuned[name] === value);
        if (!isOwn) consider(kernel, tuned);
      }
    }
  }
  return { prospects, refused };
}
