/** Runs the cases of a folder in the golden format, where the GPU is. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { type GoldenCase, type Outcome, readIndex, runCase, type TensorOutcome } from "../../bench/golden";
import { goldenNetworks } from "../../bench/goldenNetworks";
import { goldenOptimizers } from "../../bench/goldenOptimizers";
import { TandemError } from "../../core/errors";
import { openDevice } from "../../engine/device";
import type { HostFacts, TaskContext } from "../hosts/context";

export interface VerifyArgs {
  readonly folder: string;
  readonly gradients: boolean;
  /** Only cases whose name or op contains this; the others count as skipped. */
  readonly filter?: string;
}

/** How one tensor came out, as JSON can carry it: numbers that JSON has no words for are strings. */
export interface VerifyTensor {
  readonly tensor: string;
  readonly passed: boolean;
  readonly reason?: string;
  /** Largest error as a share of what is allowed. */
  readonly ratio?: number | string;
  /** The worst element, and how many elements are beyond the tolerance. */
  readonly worst?: {
    readonly index: readonly number[];
    readonly got: number | string;
    readonly wanted: number | string;
    readonly allowed: number | string;
    readonly failed: number;
    readonly total: number;
  };
}

export interface VerifyRow {
  readonly name: string;
  readonly op: string;
  readonly status: Outcome["status"];
  readonly reason?: string;
  readonly tensors: readonly VerifyTensor[];
}

export interface VerifyResult {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly rows: readonly VerifyRow[];
  readonly seconds: number;
}

/** Cases that are more than one use of an op. */
const RUNNERS = { ...goldenNetworks, ...goldenOptimizers };

const plain = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function tensorRow({ tensor, passed, reason, ratio, mismatch, at }: TensorOutcome): VerifyTensor {
  return {
    tensor,
    passed,
    ...(reason === undefined ? {} : { reason }),
    ...(ratio === undefined ? {} : { ratio: plain(ratio) }),
    ...(mismatch
      ? {
          worst: {
            index: at ?? [mismatch.index],
            got: plain(mismatch.got),
            wanted: plain(mismatch.want),
            allowed: plain(mismatch.allowed),
            failed: mismatch.failed,
            total: mismatch.total,
          },
        }
      : {}),
  };
}

const row = (outcome: Outcome): VerifyRow => ({ ...outcome, tensors: outcome.tensors.map(tensorRow) });

const join = (folder: string, path: string): string => `${folder.replace(/[/\\]+$/, "")}/${path}`;

export async function verify({ folder, gradients, filter }: VerifyArgs, context: TaskContext): Promise<VerifyResult> {
  const index = join(folder, "index.json");
  const cases = readIndex(await context.read(index), index);
  const chosen = (each: GoldenCase): boolean =>
    filter === undefined || each.name.includes(filter) || each.op.includes(filter);
  if (!cases.some(chosen)) {
    throw new TandemError(
      `no case of ${folder} has "${filter}" in its name or its op; there are ${cases.length} cases`,
    );
  }
  const start = performance.now();
  const device = await openDevice({ gpu: context.gpu, label: "verify" });
  try {
    const rows: VerifyRow[] = [];
    for (const [done, each] of cases.entries()) {
      context.progress({ done, total: cases.length, what: each.name });
      if (!chosen(each)) {
        rows.push({ name: each.name, op: each.op, status: "skipped", reason: "not chosen by the filter", tensors: [] });
        continue;
      }
      const golden = { device, gradients, read: (path: string) => context.read(join(folder, path)) };
      rows.push(row(await runCase(each, golden, RUNNERS)));
    }
    context.progress({ done: cases.length, total: cases.length, what: "done" });
    return {
      host: context.host,
      adapter: adapterFacts(device.facts),
      rows,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    device.destroy();
  }
}
