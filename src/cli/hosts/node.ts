/**
 * WebGPU in Node: Dawn, from the npm package `webgpu`.
 *
 * On Linux, Dawn loads `libvulkan.so.1` by name, and a Vulkan loader finds drivers by `VK_DRIVER_FILES`. A machine without
 * a GPU has neither, but the npm-shipped Chromium carries both. `LD_LIBRARY_PATH` is read only when a process starts, so
 * instead the loader is mapped by its path before Dawn asks for it: the dynamic linker then answers the name with the
 * library that is already there. That takes no second process and works in test workers too.
 */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { join } from "node:path";
import { NoAdapterError } from "../../core/errors";
import { unpackSoftwareDriver } from "./bundle";

/** Which Vulkan driver stands behind Dawn. */
export interface NodeWebGpu {
  readonly gpu: GPU;
  /** `system`: what the machine has; `swiftshader`: the software driver of the npm-shipped Chromium. */
  readonly driver: "system" | "swiftshader";
  /** Version of the npm package `webgpu`. */
  readonly version: string;
}

/** Keeps a library mapped although Node, which finds no add-on in it, closes it again (`RTLD_NODELETE` of glibc). */
const NODELETE = 0x1000;

function preload(library: string): void {
  const flags = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | NODELETE;
  try {
    process.dlopen({ exports: {} }, library, flags);
  } catch (error) {
    // "Module did not self-register" is the expected end: the library is mapped, it only is no Node add-on.
    if (!/did not self-register/.test(String(error))) throw error;
  }
}

/** Manifests of the Vulkan drivers that are installed on this machine. */
function systemDrivers(): string[] {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named) return named.split(":");
  const folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(".json"));
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

async function hasAdapter(gpu: GPU, hardwareOnly: boolean): Promise<boolean> {
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return false;
  const { vendor, architecture, device, description } = adapter.info;
  return !(hardwareOnly && SOFTWARE.test([vendor, architecture, device, description].join(" ")));
}

/** Runs `work` with these variables in the environment, which is left as it was: a browser started later must not see them. */
async function withEnvironment<T>(variables: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const useDriver = (manifests: string): Record<string, string> => ({
  VK_DRIVER_FILES: manifests,
  VK_ICD_FILENAMES: manifests,
});

/** Dawn rounds timestamps to 65,536 ns unless told not to; that is for web pages, and this is no web page. */
const DAWN_OPTIONS = ["disable-dawn-features=timestamp_quantization"] as const;

async function open(): Promise<NodeWebGpu> {
  let dawn: typeof import("webgpu");
  try {
    dawn = await import("webgpu");
  } catch (error) {
    throw new NoAdapterError(
      `WebGPU for Node could not be loaded (${(error as Error).message}). Install it with: npm install webgpu`,
    );
  }
  Object.assign(globalThis, dawn.globals);
  const { version } = createRequire(import.meta.url)("webgpu/package.json") as { version: string };
  const wanted = process.env.TANDEM_DRIVER;
  const drivers = process.platform === "linux" ? systemDrivers() : [];

  if (wanted !== "swiftshader" && (process.platform !== "linux" || drivers.length > 0)) {
    const gpu = dawn.create([...DAWN_OPTIONS]);
    if (await hasAdapter(gpu, wanted !== "system")) return { gpu, driver: "system", version };
  }
  const software = await unpackSoftwareDriver();
  if (software) {
    preload(software.loader);
    // A machine may have a GPU driver, but no Vulkan loader: then the bundle's loader serves the driver.
    if (wanted !== "swiftshader" && drivers.length > 0) {
      const gpu = dawn.create([...DAWN_OPTIONS]);
      const found = await withEnvironment(useDriver(drivers.join(":")), () => hasAdapter(gpu, wanted !== "system"));
      if (found) return { gpu, driver: "system", version };
    }
    if (wanted !== "system") {
      const gpu = dawn.create([...DAWN_OPTIONS]);
      const found = await withEnvironment(useDriver(software.manifest), () => hasAdapter(gpu, false));
      if (found) return { gpu, driver: "swiftshader", version };
    }
  }
  throw new NoAdapterError(
    `WebGPU in Node found no adapter (${drivers.length > 0 ? `Vulkan drivers: ${drivers.join(", ")}` : "no Vulkan driver is installed"}). ` +
      "Install a GPU's Vulkan driver, or on Linux x64: npm install @sparticuz/chromium, which brings a software driver.",
  );
}

let opened: Promise<NodeWebGpu> | undefined;

/** Dawn with the best driver there is. One per process: the Vulkan loader, once mapped, stays. */
export function nodeWebGpu(): Promise<NodeWebGpu> {
  opened ??= open();
  return opened;
}

/** `navigator.gpu` for Node. @throws NoAdapterError saying what to install. */
export const nodeGpu = async (): Promise<GPU> => (await nodeWebGpu()).gpu;
