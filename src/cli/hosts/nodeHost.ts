/** Tasks in this process, on Dawn. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import decodeWebp, { init } from "@jsquash/webp/decode.js";
import { Jimp } from "jimp";
import { FormatError, NoAdapterError, UnknownNameError } from "../../core/errors";
import { tasks } from "../tasks";
import type { DecodedImage, Host, HostOptions, Progress, TaskContext } from "./context";
import { namedFiles } from "./files";
import { nodeWebGpu } from "./node";

let webp: Promise<void> | undefined;

/** The decoder's WebAssembly is read from disk: by itself it would fetch it, which Node does not do for files. */
async function prepareWebp(): Promise<void> {
  const path = createRequire(import.meta.url).resolve("@jsquash/webp/codec/dec/webp_dec.wasm");
  await init({ wasmBinary: await readFile(path) });
}

const isWebp = (bytes: Uint8Array): boolean => /^RIFF.{4}WEBP/s.test(String.fromCharCode(...bytes.subarray(0, 12)));

/** Decodes as browsers do: EXIF orientation is applied, colours are not converted. JPEG decoders differ by a unit or two. */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<DecodedImage> {
  try {
    if (isWebp(bytes)) {
      webp ??= prepareWebp();
      await webp;
      const { width, height, data } = await decodeWebp(bytes.slice().buffer);
      return { width, height, rgba: new Uint8ClampedArray(data) };
    }
    const { bitmap } = await Jimp.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
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
        decodeImage,
      };
      return (await task(args as never, context)) as T;
    },
    stop: async () => {
      stopped = true;
    },
    close: async () => undefined,
  };
}
