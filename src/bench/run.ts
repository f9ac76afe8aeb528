/** Runs a suite's workloads on a device: browser-safe, one row at a time. */
import { ShaderError } from "../core/errors";
import type { Device } from "../engine/device";
import { type Ceilings, measureCeilings } from "./ceilings";
import { excerpt } from "./diagnostics";
import { adapterFacts, type Place } from "./facts";
import { openFlush } from "./flush";
import { type Bench, DEFAULT_SETTINGS, type MeasureSettings, measureSpecimen } from "./measure";
import { type OwnText, ownCode, ownKernel } from "./ownKernel";
import { clockOf } from "./profiling";
import { type Failure, RESULTS_SCHEMA, type Results, type Row } from "./results";
import { type Entry, expand, type Specimen } from "./suite";

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
  /** Told of every problem as soon as it is measured. */
  readonly measured?: (rows: readonly Row[], failures: readonly Failure[]) => void;
  /** Asked before every problem; true ends the run with what there is. */
  readonly stopping?: () => boolean;
}

/** @throws ShaderError with an excerpt when a text of the user's does not compile. */
async function compileOwn(device: Device, specimens: readonly Specimen[], own: readonly OwnText[]): Promise<void> {
  const [first] = specimens;
  if (!first) return;
  for (const text of own) {
    const messages = await device.diagnose(ownCode(first.op, text, first.case, device.facts));
    const errors = messages.filter(({ type }) => type === "error");
    if (errors.length === 0) continue;
    const detail = errors.map((each) => excerpt(text.file, text.code, each)).join("\n");
    throw new ShaderError(text.file, `does not compile:\n${detail}`);
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
  await compileOwn(device, specimens, own);
  tell(0, "measuring what this device can do at best");
  const ceilings = request.ceilings ?? (await measureCeilings(device));
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
