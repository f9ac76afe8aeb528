/** Tasks in this process, on Dawn. */
import { createJimp } from "@jimp/core";
import webp from "@jimp/wasm-webp";
import { defaultFormats, defaultPlugins } from "jimp";
import { FormatError, NoAdapterError, UnknownNameError } from "../../core/errors";
import { tasks } from "../tasks";
import type { DecodedImage, Host, HostOptions, Progress, TaskContext } from "./context";
import { namedFiles } from "./files";
import { nodeWebGpu } from "./node";

const Decoder = createJimp({ formats: [...defaultFormats, webp], plugins: defaultPlugins });

/** Decodes as browsers do: EXIF orientation is applied, colours are not converted. */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage> {
  try {
    const { bitmap } = await Decoder.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { width: bitmap.width, height: bitmap.height, rgba: new Uint8ClampedArray(bitmap.data) };
  } catch {
    throw new FormatError(name, "is no image that can be decoded; PNG, JPEG and WebP can");
  }
}

/** Opens this process as a host. */
export async function openNode(options: HostOptions): Promise<Host> {
  const { gpu, driver, version } = await nodeWebGpu();
  if (options.adapter === "hardware" && driver !== "system") {
    throw new NoAdapterError("WebGPU in Node has only a software adapter here. Install the GPU's Vulkan driver.");
  }
  const facts = { name: "node", version: `Dawn (webgpu ${version})`, flags: [`driver: ${driver}`] } as const;
  return {
    name: "node",
    facts,
    async call<T>(name: string, args: unknown, listener?: (progress: Progress) => void): Promise<T> {
      const task = tasks[name];
      if (!task) throw new UnknownNameError("task", name, Object.keys(tasks));
      const context: TaskContext = {
        gpu,
        host: facts,
        ...namedFiles(options.files ?? []),
        progress: (progress) => listener?.(progress),
        decodeImage,
      };
      return (await task(args as never, context)) as T;
    },
    close: async () => undefined,
  };
}
