/** Measures the ops of a suite, where the GPU is. */
import type { Results } from "../../bench/results";
import { type BenchRequest, runBench } from "../../bench/run";
import { openDevice } from "../../engine/device";
import type { TaskContext } from "../hosts/context";

export type BenchOpsArgs = BenchRequest;

/** All of the results but what the page cannot know: the version and the commit. */
export type BenchOpsReport = Omit<Results, "tandem">;

export async function benchOps(args: BenchOpsArgs, context: TaskContext): Promise<BenchOpsReport> {
  context.progress({ done: 0, total: 1, what: "opening the device" });
  const device = await openDevice({ gpu: context.gpu, label: "bench" });
  try {
    return await runBench(device, context.host, args, { progress: context.progress, stopping: context.stopping });
  } finally {
    device.destroy();
  }
}
