/** Measures ops on their own cases, where the GPU is. */
import { type Ceilings, measureCeilings } from "../../bench/ceilings";
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { measure, type OpRow } from "../../bench/measure";
import { DEFAULT_SAMPLING } from "../../bench/sampling";
import { casesOf, workloadOf } from "../../bench/workloads";
import { DeviceLostError, TandemError, UnknownNameError, UnsupportedError } from "../../core/errors";
import { type Device, openDevice } from "../../engine/device";
import { ops } from "../../ops";
import type { AnyOp, Case } from "../../ops/op";
import type { HostFacts, TaskContext } from "../hosts/context";

export interface BenchOpsArgs {
  readonly op: string;
  /** Only cases with this in their name. */
  readonly filter?: string;
  /** A problem of the user's own, instead of the op's cases. */
  readonly problem?: Case;
  /** A kernel's name, or `all`; the chosen one when left out. */
  readonly kernel?: string;
  /** Runs measured of each case at most. */
  readonly runs?: number;
  /** Wall time for each case. */
  readonly budgetMs: number;
}

/** A case that was not measured, and why: a result that was wrong, or a kernel that cannot run it. */
export interface BenchFailure {
  readonly case: string;
  readonly kernel: string;
  readonly reason: string;
  readonly wrong: boolean;
}

export interface BenchOpsReport {
  readonly schema: "tandem-bench-ops-1";
  readonly date: string;
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly op: string;
  readonly ceilings: Ceilings;
  readonly rows: readonly OpRow[];
  readonly failures: readonly BenchFailure[];
}

/** Kernels to measure: the chosen one, a named one, or every one. */
function kernelsOf(op: AnyOp, wish: string | undefined): readonly (string | undefined)[] {
  if (wish === undefined) return [undefined];
  const names = op.kernels.map(({ name }) => name);
  if (wish === "all") return names;
  if (!names.includes(wish)) throw new UnknownNameError(`kernel of ${op.name}`, wish, names);
  return [wish];
}

export async function benchOps(args: BenchOpsArgs, context: TaskContext): Promise<BenchOpsReport> {
  const op = (ops as Readonly<Record<string, AnyOp>>)[args.op];
  if (!op) throw new UnknownNameError("op", args.op, Object.keys(ops));
  if (op.view) throw new TandemError(`${op.name} is a view: no kernel runs, so there is nothing to measure`);
  const cases = args.problem ? [args.problem] : casesOf(op, args.filter);
  const work = cases.flatMap((which) => kernelsOf(op, args.kernel).map((kernel) => ({ which, kernel })));
  const device = await openDevice({ gpu: context.gpu, label: "bench" });
  try {
    context.progress({ done: 0, total: work.length, what: "measuring what this device can do at best" });
    const ceilings = await measureCeilings(device);
    const rows: OpRow[] = [];
    const failures: BenchFailure[] = [];
    for (const [done, { which, kernel }] of work.entries()) {
      context.progress({ done, total: work.length, what: `${op.name} ${which.name}${kernel ? `, ${kernel}` : ""}` });
      const outcome = await attempt(device, op, which, kernel, ceilings, args);
      if ("reason" in outcome) failures.push(outcome);
      else rows.push(outcome);
    }
    return {
      schema: "tandem-bench-ops-1",
      date: new Date().toISOString(),
      host: context.host,
      adapter: adapterFacts(device.facts),
      op: op.name,
      ceilings,
      rows,
      failures,
    };
  } finally {
    device.destroy();
  }
}

async function attempt(
  device: Device,
  op: AnyOp,
  which: Case,
  kernel: string | undefined,
  ceilings: Ceilings,
  { runs, budgetMs }: BenchOpsArgs,
): Promise<OpRow | BenchFailure> {
  const maximum = runs ?? DEFAULT_SAMPLING.maximum;
  const options = { ...DEFAULT_SAMPLING, budgetMs, maximum, minimum: Math.min(maximum, DEFAULT_SAMPLING.minimum) };
  try {
    return await measure(
      device,
      workloadOf(op, which),
      ceilings,
      kernel === undefined ? options : { ...options, kernel },
    );
  } catch (error) {
    if (!(error instanceof TandemError) || error instanceof DeviceLostError) throw error;
    const wrong = !(error instanceof UnsupportedError);
    return { case: which.name, kernel: kernel ?? "chosen", reason: error.message, wrong };
  }
}
