/** Profiles of programs, as many runs as it takes; and what the device's clock is worth. */
import { f32, Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Program } from "../engine/program";
import { singleOpGraph } from "../graph/single";
import type { Profile } from "../runtime/profile";
import { clockQuantum } from "../runtime/timing";
import { combinedQuantum } from "./clock";
import { copy } from "./probes";
import { DEFAULT_SAMPLING, type SamplingOptions } from "./sampling";
import { summarize, uncertainty } from "./statistics";

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

/** Two profiles of one program as one. */
const joined = (a: Profile, b: Profile): Profile => ({
  steps: a.steps.map(({ step, ns }, i) => ({ step, ns: [...ns, ...(b.steps[i]?.ns ?? [])] })),
  wallNs: [...a.wallNs, ...b.wallNs],
  method: a.method,
  quantumNs: combinedQuantum([a.quantumNs, b.quantumNs]),
});

export interface Clock {
  readonly method: Profile["method"];
  readonly quantumNs: number;
}

/** Looks at the clock: enough that even one of 100 µs has moved between them. */
const LOOKS = 40;

/** How the device tells time, and in what steps. */
export async function clockOf(device: Device): Promise<Clock> {
  const type = f32(4);
  const program = await device.compile(singleOpGraph(copy, { input: type }));
  try {
    const { method, quantumNs } = await program.profile({ input: Tensor.zeros(type) }, { runs: LOOKS });
    return { method, quantumNs };
  } finally {
    program.destroy();
  }
}

/** Step of the clock of wall times, in ns: what the smallest moves of `now`, in milliseconds, are multiples of. */
export function wallQuantum(now: () => number = () => performance.now()): number {
  const stamps: bigint[] = [];
  for (let last = -1; stamps.length < LOOKS; ) {
    const time = now();
    if (time !== last) stamps.push(BigInt(Math.round(time * 1e6)));
    last = time;
  }
  return clockQuantum(stamps);
}
