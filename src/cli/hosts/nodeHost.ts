/** Tasks in this process, on Dawn. */
import { NoAdapterError, UnknownNameError } from "../../core/errors";
import { tasks } from "../tasks";
import type { Host, HostOptions, Progress, TaskContext } from "./context";
import { openDecoders } from "./decoders";
import { namedFiles } from "./files";
import { nodeWebGpu } from "./node";

/** Opens this process as a host. */
export async function openNode(options: HostOptions): Promise<Host> {
  const { gpu, driver, version } = await nodeWebGpu();
  if (options.adapter === "hardware" && driver !== "system") {
    throw new NoAdapterError("WebGPU in Node has only a software adapter here. Install the GPU's Vulkan driver.");
  }
  const facts = { name: "node", version: `Dawn (webgpu ${version})`, flags: [`driver: ${driver}`] } as const;
  const decoders = openDecoders();
  let stopped = false;
  return {
    name: "node",
    facts,
    async call<T>(name: string, args: unknown, listener?: (progress: Progress) => void): Promise<T> {
      const task = tasks[name];
      if (!task) throw new UnknownNameError("task", name, Object.keys(tasks));
      const context: TaskContext = {
        gpu,
        host: facts,
        ...namedFiles(options.files ?? [], options.outputs ?? []),
        stopping: () => stopped,
        progress: (progress) => listener?.(progress),
        decodeImage: decoders.decode,
      };
      return (await task(args as never, context)) as T;
    },
    stop: async () => {
      stopped = true;
    },
    close: () => decoders.close(),
  };
}
