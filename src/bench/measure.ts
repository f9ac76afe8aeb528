/** Measures one workload: checks its result first, then times it. */
import { errorRatio } from "../core/compare";
import { TandemError } from "../core/errors";
import { formatType, type Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Program } from "../engine/program";
import type { Named, Problem, Tolerance } from "../ops/op";
import type { Profile } from "../runtime/profile";
import type { Ceilings } from "./ceilings";
import { type LayerRow, layerRow } from "./layers";
import { DEFAULT_SAMPLING, type SamplingOptions } from "./sampling";
import { summarize, uncertainty } from "./statistics";
import type { Workload } from "./workloads";

/** What a result was compared with before it was timed. */
export interface Check {
  readonly against: "float64 reference" | "naive kernel";
  readonly passed: boolean;
  /** Largest error as a share of what is allowed; large when infinite, so that JSON can carry it. */
  readonly ratio: number;
}

/** Runs between looks at the clock and at the interval. */
const BATCH = 5;

/** Profiles until the wall time of a run is known well enough, or the budget is spent. */
export async function profileUntil(
  program: Program,
  inputs: Readonly<Record<string, Tensor>>,
  options: SamplingOptions = DEFAULT_SAMPLING,
): Promise<Profile> {
  const start = performance.now();
  let all = await program.profile(inputs, { runs: Math.min(BATCH, options.maximum) });
  for (;;) {
    const taken = all.wallNs.length;
    options.onSample?.(taken, options.maximum);
    const precise = taken > BATCH && uncertainty(summarize(all.wallNs)) <= options.precision;
    if (taken >= options.maximum || performance.now() - start >= options.budgetMs) return all;
    if (precise && taken >= options.minimum) return all;
    all = joined(all, await program.profile(inputs, { runs: Math.min(BATCH, options.maximum - taken) }));
  }
}

/** Two profiles of one program as one. The finer step of the clock is nearer the truth: both are multiples of it. */
const joined = (a: Profile, b: Profile): Profile => ({
  steps: a.steps.map(({ step, ns }, i) => ({ step, ns: [...ns, ...(b.steps[i]?.ns ?? [])] })),
  wallNs: [...a.wallNs, ...b.wallNs],
  method: a.method,
  quantumNs: Math.min(a.quantumNs, b.quantumNs),
});

async function resultOf(
  device: Device,
  workload: Workload,
  kernel: string | undefined,
): Promise<Record<string, Tensor>> {
  const program = await device.compile(
    workload.graph,
    kernel === undefined ? {} : { kernels: { [workload.op.name]: kernel } },
  );
  try {
    await program.setParameters(workload.parameters);
    return await program.run(workload.inputs);
  } finally {
    program.destroy();
  }
}

const problemOf = ({ graph }: Workload): Problem<unknown> => {
  const [node] = graph.nodes;
  if (!node) throw new TandemError(`graph "${graph.name}" has no nodes`);
  return node.problem;
};

/** What small problems are compared with: the formula in float64. */
function referenceOf(workload: Workload): Named<ArrayLike<number>> {
  const all = Object.entries({ ...workload.inputs, ...workload.parameters });
  const wide = Object.fromEntries(all.map(([name, { data }]) => [name, Float64Array.from(data)]));
  return workload.op.reference(wide, problemOf(workload));
}

const dataOf = (tensors: Named<Tensor>): Named<ArrayLike<number>> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));

/** JSON has no infinity. */
const LARGE_RATIO = 1e30;

function judge(
  got: Named<Tensor>,
  wanted: Named<ArrayLike<number>>,
  tolerance: Tolerance,
): { passed: boolean; ratio: number } {
  const ratios = Object.entries(got).map(([name, { data, dtype }]) =>
    errorRatio(data, wanted[name] ?? [], dtype === "f32" ? tolerance : { rtol: 0, atol: 0 }),
  );
  const ratio = Math.max(0, ...ratios);
  return { passed: ratio <= 1, ratio: Math.min(ratio, LARGE_RATIO) };
}

/**
 * Compares a workload's result with the float64 reference, or, where plain loops would take seconds, with the op's naive
 * kernel on the same device. Two float32 results may each be off by the tolerance, so they may differ by twice that.
 */
export async function check(device: Device, workload: Workload, kernel?: string): Promise<Check> {
  const { op } = workload;
  const tolerance = op.tolerance(problemOf(workload));
  const got = await resultOf(device, workload, kernel);
  if (workload.size === "small") {
    return { against: "float64 reference", ...judge(got, referenceOf(workload), tolerance) };
  }
  const naive = await resultOf(device, workload, op.kernels.at(-1)?.name);
  const twice = { rtol: 2 * tolerance.rtol, atol: 2 * tolerance.atol };
  return { against: "naive kernel", ...judge(got, dataOf(naive), twice) };
}

/** One workload with one kernel, measured. */
export interface OpRow extends LayerRow {
  readonly case: string;
  /** Types of the inputs, for people. */
  readonly inputs: string;
  readonly check: Check;
  readonly quantumNs: number;
  readonly method: Profile["method"];
}

export interface MeasureOptions extends SamplingOptions {
  /** The kernel to measure; the one that would be chosen when left out. */
  readonly kernel?: string;
}

/** @throws TandemError when the result is wrong: a wrong answer's time means nothing. */
export async function measure(
  device: Device,
  workload: Workload,
  ceilings: Ceilings,
  options: MeasureOptions,
): Promise<OpRow> {
  const checked = await check(device, workload, options.kernel);
  if (!checked.passed) {
    throw new TandemError(
      `${workload.op.name}, case ${workload.name}: the result differs from the ${checked.against} by ${checked.ratio.toPrecision(3)} times what is allowed`,
    );
  }
  const program = await device.compile(
    workload.graph,
    options.kernel === undefined ? {} : { kernels: { [workload.op.name]: options.kernel } },
  );
  try {
    await program.setParameters(workload.parameters);
    const profile = await profileUntil(program, workload.inputs, options);
    const [samples] = profile.steps;
    if (!samples) throw new TandemError(`${workload.op.name} runs no kernel`);
    const all = { ...workload.inputs, ...workload.parameters };
    return {
      ...layerRow(samples, ceilings),
      case: workload.name,
      inputs: Object.entries(all)
        .map(([name, tensor]) => `${name} ${formatType(tensor)}`)
        .join(", "),
      check: checked,
      quantumNs: profile.quantumNs,
      method: profile.method,
    };
  } finally {
    program.destroy();
  }
}
