/** Runs a suite's workloads on a device: browser-safe, one row at a time. */
import { DeviceLostError, ShaderError, TandemError } from "../core/errors";
import type { Device } from "../engine/device";
import type { ShaderMessage } from "../runtime/pipelines";
import { type Ceilings, measureCeilings } from "./ceilings";
import { excerpt } from "./diagnostics";
import { type AdapterFacts, adapterFacts, type Place } from "./facts";
import { openFlush } from "./flush";
import { type Bench, DEFAULT_SETTINGS, type MeasureSettings, measureSpecimen } from "./measure";
import { type OwnText, ownCode, ownKernel, planOwn } from "./ownKernel";
import { clockOf } from "./profiling";
import { type Failure, RESULTS_SCHEMA, type Results, type Row } from "./results";
import { type Entry, expand } from "./suite";

export interface BenchRequest {
  readonly entries: readonly Entry[];
  readonly settings?: Partial<MeasureSettings>;
  /** Kernels of the user's, measured beside ours on every problem. */
  readonly own?: readonly OwnText[];
  /** Measured before on this device, and not again. */
  readonly ceilings?: Ceilings;
}

export interface BenchHooks {
  readonly progress?: (progress: { readonly done: number; readonly total: number; readonly what: string }) => void;
  /** Told what the device can do, before the first problem. */
  readonly begun?: (ceilings: Ceilings, adapter: AdapterFacts) => void;
  /** Told of every problem as soon as it is measured. */
  readonly measured?: (rows: readonly Row[], failures: readonly Failure[]) => void;
  /** Asked before every problem; true ends the run with what there is. */
  readonly stopping?: () => boolean;
}

/**
 * What is wrong with a text of the user's as a kernel of `entry`'s op: what the compiler says, with its places, and if that
 * is nothing, what its bindings, fields or workgroups have wrong.
 */
export async function diagnoseOwn(device: Device, entry: Entry, text: OwnText): Promise<readonly ShaderMessage[]> {
  const [first] = expand(entry).specimens;
  if (!first) return [];
  try {
    const code = ownCode(first.op, text, first.case, device.facts);
    const messages = await device.diagnose(code);
    if (messages.some(({ type }) => type === "error")) return messages;
    planOwn(first.op, text, first.case, device.facts);
    return messages;
  } catch (error) {
    if (!(error instanceof TandemError) || error instanceof DeviceLostError) throw error;
    return [{ type: "error", message: error.message, line: 0, column: 0, length: 0 }];
  }
}

/** @throws ShaderError with an excerpt when a text of the user's does not compile, or cannot be a kernel of the op. */
async function compileOwn(device: Device, entries: readonly Entry[], own: readonly OwnText[]): Promise<void> {
  const [entry] = entries;
  if (!entry) return;
  for (const text of own) {
    const errors = (await diagnoseOwn(device, entry, text)).filter(({ type }) => type === "error");
    if (errors.length === 0) continue;
    const detail = errors.map((each) => excerpt(text.file, text.code, each)).join("\n");
    throw new ShaderError(text.file, `cannot be used:\n${detail}`);
  }
}

/**
 * Measures every problem of the entries.
 * @param place where it runs, for the report
 * @throws what the entries and the user's kernels have wrong: TandemError, UnknownNameError, ShaderError; DeviceLostError.
 */
export async function runBench(
  device: Device,
  place: Place,
  request: BenchRequest,
  hooks: BenchHooks = {},
): Promise<Omit<Results, "tandem">> {
  const settings = { ...DEFAULT_SETTINGS, ...request.settings };
  const specimens = request.entries.flatMap((entry) => expand(entry).specimens);
  const own = request.own ?? [];
  const total = specimens.length;
  const tell = (done: number, what: string): void => hooks.progress?.({ done, total, what });
  await compileOwn(device, request.entries, own);
  tell(0, "measuring what this device can do at best");
  const ceilings = request.ceilings ?? (await measureCeilings(device));
  hooks.begun?.(ceilings, adapterFacts(device.facts));
  const clock = await clockOf(device);
  const flush = settings.cache === "cold" ? await openFlush(device) : undefined;
  const rows: Row[] = [];
  const failures: Failure[] = [];
  try {
    const bench: Bench = { device, ceilings, clock, flush, settings };
    for (const [done, specimen] of specimens.entries()) {
      if (hooks.stopping?.()) break;
      const extra = own.map((text) => ownKernel(specimen.op, text));
      const outcome = await measureSpecimen(bench, specimen, extra, (what) => tell(done, what));
      rows.push(...outcome.rows);
      failures.push(...outcome.failures);
      hooks.measured?.(outcome.rows, outcome.failures);
    }
  } finally {
    flush?.destroy();
  }
  return {
    schema: RESULTS_SCHEMA,
    date: new Date().toISOString(),
    host: place,
    adapter: adapterFacts(device.facts),
    settings,
    ceilings,
    rows,
    failures,
  };
}
