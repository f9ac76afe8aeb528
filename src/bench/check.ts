/** Whether a kernel's result is right: a wrong answer's time means nothing. */
import { errorRatio } from "../core/compare";
import { TandemError } from "../core/errors";
import type { Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Named, Problem, Tolerance } from "../ops/op";
import type { Check } from "./results";
import type { Workload } from "./workloads";

/** JSON has no infinity. */
const LARGE_RATIO = 1e30;

export const problemOf = ({ graph }: Workload): Problem<unknown> => {
  const [node] = graph.nodes;
  if (!node) throw new TandemError(`graph "${graph.name}" has no nodes`);
  return node.problem;
};

/** What results are compared with. */
export interface Expected {
  readonly against: Check["against"];
  readonly values: Named<ArrayLike<number>>;
  readonly tolerance: Tolerance;
}

/** The formula in float64, which plain loops compute: for problems that take them little time. */
function byReference(workload: Workload): Expected {
  const problem = problemOf(workload);
  const all = Object.entries({ ...workload.inputs, ...workload.parameters });
  const wide = Object.fromEntries(all.map(([name, { data }]) => [name, Float64Array.from(data)]));
  const values = workload.op.reference(wide, problem);
  return { against: "float64 reference", values, tolerance: workload.op.tolerance(problem) };
}

/**
 * What `workload` should give: by the float64 reference, or, where plain loops would take many seconds, by the op's naive
 * kernel on the same device. Two float32 results may each be off by the tolerance, so they may differ by twice that.
 */
export async function expectedOf(device: Device, workload: Workload): Promise<Expected> {
  if (workload.size === "small") return byReference(workload);
  const naive = workload.op.kernels.at(-1)?.name;
  const kernels = naive === undefined ? {} : { kernels: { [workload.op.name]: naive } };
  const program = await device.compile(workload.graph, kernels);
  try {
    await program.setParameters(workload.parameters);
    const outputs = await program.run(workload.inputs);
    const { rtol, atol } = workload.op.tolerance(problemOf(workload));
    return {
      against: "naive kernel",
      values: Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data])),
      tolerance: { rtol: 2 * rtol, atol: 2 * atol },
    };
  } finally {
    program.destroy();
  }
}

/** How far `got` is from what was expected. Integers must be equal. */
export function judge(got: Named<Tensor>, { against, values, tolerance }: Expected): Check {
  const ratios = Object.entries(got).map(([name, { data, dtype }]) =>
    errorRatio(data, values[name] ?? [], dtype === "f32" ? tolerance : { rtol: 0, atol: 0 }),
  );
  const ratio = Math.max(0, ...ratios);
  return { against, passed: ratio <= 1, ratio: Math.min(ratio, LARGE_RATIO) };
}
