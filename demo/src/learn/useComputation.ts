/** A lesson's numbers, computed by the engine whenever what they depend on changes. */
import type { Device } from "../../../src/index";
import { useEngine } from "../engine";
import { type TaskState, useTask } from "../hooks";
import { type Computation, Lessons, type Outputs } from "./computation";

const runners = new WeakMap<Device, Lessons>();

/** The device's runner: programs outlive the lesson that is shown, so that coming back costs nothing. */
export function runnerOf(device: Device): Lessons {
  const known = runners.get(device);
  if (known) return known;
  const made = new Lessons(device);
  runners.set(device, made);
  return made;
}

/**
 * The outputs of a computation; the last ones stay until the next are there.
 * @param make undefined while something that it needs is not there yet
 */
export function useComputation(
  make: () => Computation | undefined,
  dependencies: readonly unknown[],
): TaskState<Outputs> {
  const { device } = useEngine();
  return useTask(
    async ({ wanted }) => {
      const computation = make();
      const outputs = computation && (await runnerOf(device).run(computation, wanted));
      // One that came too late is thrown away by useTask; one that has nothing to compute yet waits.
      return outputs ?? new Promise<never>(() => undefined);
    },
    [device, ...dependencies],
  );
}

/** An output's numbers; none before they are there. */
export const numbersOf = (state: TaskState<Outputs>, name: string): readonly number[] =>
  Array.from(state.value?.[name]?.data ?? []);
