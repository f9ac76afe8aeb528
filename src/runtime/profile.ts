/** Times the steps of a plan: by timestamps around passes, or by waiting for the queue where the device has none. */
import type { PlannedCopy, Step } from "../scheduler/plan";
import type { GpuContext } from "./context";
import { clockQuantum, MAX_QUERIES, Stopwatch } from "./timing";

/** Time of one step in one run. */
export interface StepTimes {
  readonly step: Step;
  /** One entry a run, in nanoseconds. */
  readonly ns: readonly number[];
  /** By dispatch, then by run, where each was timed by itself. */
  readonly dispatchNs?: readonly (readonly number[])[];
}

export interface ProfileOptions {
  readonly runs?: number;
  /** How often the dispatches of a step run between its two timestamps; the times given are those of one. 1 unless told. */
  readonly repeat?: number;
  /** False: nothing is uploaded, and no run goes uncounted, so that the caches stay as they are. */
  readonly warm?: boolean;
  /** Time every dispatch by itself, in a pass of its own, where the device has timestamps. */
  readonly dispatches?: boolean;
}

export interface Profile {
  readonly steps: readonly StepTimes[];
  /** Wall time of each run from submission until the GPU was done, in nanoseconds. */
  readonly wallNs: readonly number[];
  /** `queue` where the device has no timestamps: each step submitted and waited for by itself, which adds overhead. */
  readonly method: "timestamp-query" | "queue";
  /** Step of the clock, in nanoseconds; 1 when it is not coarser than its unit. */
  readonly quantumNs: number;
}

interface TimedStep<D> {
  readonly step: Step;
  readonly dispatches: readonly D[];
}

/** What profiling needs of an executor. `D` is a dispatch that is ready to be encoded. */
export interface Profiled<D, S extends TimedStep<D>> {
  readonly context: GpuContext;
  readonly name: string;
  readonly steps: readonly S[];
  encodeCopies(encoder: GPUCommandEncoder, copies: readonly PlannedCopy[]): void;
  encode(pass: GPUComputePassEncoder, dispatches: readonly D[]): void;
  submit(steps: readonly S[]): void;
  idle(): Promise<void>;
}

/** What stands between two timestamps: dispatches of step number `at`, after its copies. */
interface TimedPass<D> {
  readonly at: number;
  readonly copies: readonly PlannedCopy[];
  readonly dispatches: readonly D[];
}

/** Enough to tell the clock's step, few enough to be quick. */
const DEFAULT_RUNS = 5;

/** Times every step over some runs of what is uploaded. */
export function profileSteps<D, S extends TimedStep<D>>(
  profiled: Profiled<D, S>,
  options: ProfileOptions,
): Promise<Profile> {
  const { runs = DEFAULT_RUNS, repeat = 1, dispatches = false } = options;
  const passes = profiled.steps.flatMap(({ step, dispatches: all }, at): TimedPass<D>[] =>
    dispatches
      ? all.map((dispatch, i) => ({ at, copies: i === 0 ? step.copies : [], dispatches: [dispatch] }))
      : [{ at, copies: step.copies, dispatches: all }],
  );
  const timestamps = profiled.context.facts.features.has("timestamp-query") && passes.length * 2 <= MAX_QUERIES;
  return timestamps && passes.length > 0
    ? byTimestamps(profiled, passes, runs, repeat, dispatches)
    : byQueue(profiled, runs, repeat);
}

async function byTimestamps<D, S extends TimedStep<D>>(
  { context, name, steps, encodeCopies, encode }: Profiled<D, S>,
  passes: readonly TimedPass<D>[],
  runs: number,
  repeat: number,
  single: boolean,
): Promise<Profile> {
  const { device } = context;
  const stopwatch = new Stopwatch(context, passes.length);
  const ns: number[][] = passes.map(() => []);
  const wallNs: number[] = [];
  const stamps: bigint[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      const started = performance.now();
      await context.scoped(`profiling ${name}`, () => {
        const encoder = device.createCommandEncoder({ label: `${name} profile` });
        passes.forEach(({ at, copies, dispatches }, i) => {
          encodeCopies(encoder, copies);
          const label = steps[at]?.step.node ?? "";
          const pass = encoder.beginComputePass({ label, timestampWrites: stopwatch.writes(i) });
          for (let time = 0; time < repeat; time++) encode(pass, dispatches);
          pass.end();
        });
        stopwatch.resolve(encoder);
        device.queue.submit([encoder.finish()]);
      });
      const times = await stopwatch.read();
      wallNs.push((performance.now() - started) * 1e6);
      times.forEach(({ begin, end }, i) => {
        stamps.push(begin, end);
        (ns[i] as number[]).push(end > begin ? Number(end - begin) / repeat : 0);
      });
    }
  } finally {
    stopwatch.destroy();
  }
  const timed = steps.map(({ step }, at) => {
    const own = ns.filter((_, i) => passes[i]?.at === at);
    const sums = Array.from({ length: runs }, (_, run) => own.reduce((sum, times) => sum + (times[run] ?? 0), 0));
    return { step, ns: sums, ...(single ? { dispatchNs: own } : {}) };
  });
  return { steps: timed, wallNs, method: "timestamp-query", quantumNs: clockQuantum(stamps) };
}

async function byQueue<D, S extends TimedStep<D>>(
  { steps, submit, idle }: Profiled<D, S>,
  runs: number,
  repeat: number,
): Promise<Profile> {
  const ns: number[][] = steps.map(() => []);
  const wallNs: number[] = [];
  const stamps: bigint[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    for (const [i, step] of steps.entries()) {
      const before = performance.now();
      for (let time = 0; time < repeat; time++) submit([step]);
      await idle();
      const after = performance.now();
      stamps.push(BigInt(Math.round(before * 1e6)), BigInt(Math.round(after * 1e6)));
      (ns[i] as number[]).push(((after - before) * 1e6) / repeat);
    }
    wallNs.push((performance.now() - started) * 1e6);
  }
  const timed = steps.map(({ step }, i) => ({ step, ns: ns[i] as number[] }));
  return { steps: timed, wallNs, method: "queue", quantumNs: clockQuantum(stamps) };
}
