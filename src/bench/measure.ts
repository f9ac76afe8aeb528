/** Measures the kernels of one problem: results checked first, then every kernel in turn, until the medians are known. */
import { DeviceLostError, TandemError, UnsupportedError } from "../core/errors";
import { formatType } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Program } from "../engine/program";
import type { AnyOp, Kernel } from "../ops/op";
import { type Ceilings, shareOfCeiling } from "./ceilings";
import { type Expected, expectedOf, judge } from "./check";
import type { Flush } from "./flush";
import { kernelHash } from "./hash";
import type { Clock } from "./profiling";
import type { Cache, Check, DispatchTime, Failure, Row } from "./results";
import { interleave, type Series, timed } from "./sampling";
import { outliers, summarize } from "./statistics";
import type { Specimen } from "./suite";
import { type Workload, workloadOf } from "./workloads";

export interface MeasureSettings {
  readonly cache: Cache;
  /** Wall time for each kernel, without its warm-up. */
  readonly budgetMs: number;
  /** Half the interval of the median, as a share, at which a measurement ends. */
  readonly precision: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** The interval of the median is under 2 % when half of it is under 1 %. */
export const DEFAULT_SETTINGS: MeasureSettings = {
  cache: "warm",
  budgetMs: 2000,
  precision: 0.01,
  minimum: 6,
  maximum: 200,
};

/** What all measurements on a device share. */
export interface Bench {
  readonly device: Device;
  readonly ceilings: Ceilings;
  readonly clock: Clock;
  /** There when caches are to be cold. */
  readonly flush: Flush | undefined;
  readonly settings: MeasureSettings;
}

/** A kernel of the user's, beside those of the op. */
export type ExtraKernel = Kernel<unknown>;

/** Kernels to measure: the chosen one (undefined), a named one where the op has it, or every one; and the user's. */
export function kernelsOf(
  op: AnyOp,
  wish: string | undefined,
  extra: readonly ExtraKernel[] = [],
): readonly (string | undefined)[] {
  const own = extra.map(({ name }) => name);
  const names = op.kernels.map(({ name }) => name);
  if (wish === undefined) return [...own, undefined];
  if (wish === "all") return [...own, ...names];
  // Of several ops, those that have it.
  return names.includes(wish) ? [...own, wish] : own;
}

/** A kernel that compiled and computed the right thing. */
interface Ready {
  readonly program: Program;
  readonly kernel: string;
  readonly compileMs: number;
  readonly firstMs: number;
  readonly check: Check;
}

const labelOf = (kernel: string | undefined): string => kernel ?? "chosen";

/** Compiles and runs a kernel once; its result must be the expected one. */
async function prepare(
  { device }: Bench,
  workload: Workload,
  kernel: string | undefined,
  expected: Expected,
): Promise<Ready | Omit<Failure, "workload" | "kernel">> {
  const wishes = kernel === undefined ? {} : { kernels: { [workload.op.name]: kernel } };
  const start = performance.now();
  const program = await device.compile(workload.graph, wishes);
  const compileMs = performance.now() - start;
  try {
    await program.setParameters(workload.parameters);
    program.poison();
    let check: Check | undefined;
    const firstMs = await timed(async () => {
      const outputs = await program.run(workload.inputs);
      check = judge(outputs, expected);
    });
    if (!check?.passed) {
      program.destroy();
      const ratio =
        check && check.ratio < 1e30 ? `${check.ratio.toPrecision(3)} times what is allowed` : "NaN or infinity";
      return { reason: `the result differs from the ${expected.against} by ${ratio}`, wrong: true };
    }
    const [step] = program.plan.steps;
    return { program, kernel: step?.kernel ?? labelOf(kernel), compileMs, firstMs, check };
  } catch (error) {
    program.destroy();
    throw error;
  }
}

/** Times of the dispatches of a kernel that has several, or of the only one. */
async function dispatchTimes(
  program: Program,
  workload: Workload,
  ns: number,
  method: Clock["method"],
): Promise<DispatchTime[]> {
  const dispatches = program.plan.steps.flatMap((step) => step.dispatches);
  const name = ({ shader, workgroups }: (typeof dispatches)[number]) => ({ shader: shader.file, workgroups });
  if (dispatches.length === 1) return dispatches.map((each) => ({ ...name(each), ns: method === "queue" ? null : ns }));
  const { steps } = await program.profile(workload.inputs, { dispatches: true });
  const times = steps.flatMap(({ dispatchNs }) => dispatchNs ?? []);
  return dispatches.map((each, i) => {
    const own = times[i];
    return { ...name(each), ns: own ? summarize(own).median : null };
  });
}

async function rowOf(bench: Bench, specimen: Specimen, workload: Workload, ready: Ready, series: Series): Promise<Row> {
  const { program, kernel, compileMs, firstMs, check } = ready;
  const { clock, ceilings, settings } = bench;
  const [step] = program.plan.steps;
  if (!step) throw new TandemError(`${workload.op.name} runs no kernel`);
  const { flops, bytes } = step.cost;
  const { summary, samples, warmups, steady, stopped, repeat, quantumNs } = series;
  // A time below the clock's step reads as 0: its rates are unknown, not infinite.
  const time = summary.median > 0 ? summary.median : Number.POSITIVE_INFINITY;
  return {
    workload: specimen.name,
    op: specimen.op.name,
    kernel,
    axes: specimen.point,
    dtype: specimen.dtype,
    inputs: Object.entries({ ...workload.inputs, ...workload.parameters })
      .map(([name, tensor]) => `${name} ${formatType(tensor)}`)
      .join(", "),
    cache: settings.cache,
    kernelHash: await kernelHash(step),
    dispatches: await dispatchTimes(program, workload, summary.median, clock.method),
    flops,
    bytes,
    check,
    compileMs,
    firstMs,
    warmups,
    steady,
    stopped,
    method: clock.method,
    repeat,
    quantumNs,
    samples,
    ns: summary,
    outliers: outliers(samples),
    gflops: flops / time,
    gbps: bytes / time,
    ...shareOfCeiling({ flops, bytes }, time, ceilings),
  };
}

/** A refusal that concerns one kernel; a lost device concerns them all. */
function failureOf(error: unknown): Omit<Failure, "workload" | "kernel"> {
  if (error instanceof UnsupportedError) return { reason: Object.values(error.reasons).join("; "), wrong: false };
  if (!(error instanceof TandemError) || error instanceof DeviceLostError) throw error;
  return { reason: error.message, wrong: true };
}

/**
 * Measures kernels of one problem, taken in turn.
 * @param extra kernels of the user's, measured beside those of the op
 * @param tell told what is being done
 */
export async function measureSpecimen(
  bench: Bench,
  specimen: Specimen,
  extra: readonly ExtraKernel[],
  tell: (what: string) => void = () => undefined,
): Promise<{ readonly rows: Row[]; readonly failures: Failure[] }> {
  const op: AnyOp = extra.length > 0 ? { ...specimen.op, kernels: [...extra, ...specimen.op.kernels] } : specimen.op;
  const failures: Failure[] = [];
  const workload = workloadOf(op, specimen.case);
  tell(`${specimen.name}: computing what the result should be`);
  const expected = await expectedOf(bench.device, workload);
  const ready: Ready[] = [];
  try {
    for (const kernel of kernelsOf(specimen.op, specimen.kernel, extra)) {
      tell(`${specimen.name}: checking ${labelOf(kernel)}`);
      const outcome = await prepare(bench, workload, kernel, expected).catch(failureOf);
      if ("reason" in outcome) failures.push({ workload: specimen.name, kernel: labelOf(kernel), ...outcome });
      else if (ready.some((other) => other.kernel === outcome.kernel)) outcome.program.destroy();
      else ready.push(outcome);
    }
    const { flush, settings, clock } = bench;
    const takes = ready.map(({ program }) => async (repeat: number) => {
      await flush?.run();
      const profile = await program.profile(workload.inputs, { runs: 1, repeat, warm: false });
      return { ns: profile.steps.reduce((sum, { ns }) => sum + (ns[0] ?? 0), 0), quantumNs: profile.quantumNs };
    });
    const series = await interleave(takes, {
      ...settings,
      warmup: 0,
      quantumNs: clock.quantumNs,
      ...(flush ? { mostRepeats: 1 } : {}),
      onSample: (done) => tell(`${specimen.name}: round ${done} of ${ready.map(({ kernel }) => kernel).join(", ")}`),
    });
    const rows: Row[] = [];
    for (const [i, each] of ready.entries()) {
      rows.push(await rowOf(bench, specimen, workload, each, series[i] as Series));
    }
    return { rows, failures };
  } finally {
    for (const { program } of ready) program.destroy();
  }
}
