/** The one device that the tests of a file share: Dawn in Node, on whatever Vulkan driver there is. */
import { nodeGpu } from "../../src/cli/hosts/node";
import { type Device, openDevice } from "../../src/index";

let opening: Promise<Device> | undefined;

/** Opened once a process; a machine that has none makes the tests fail, not skip. */
export function sharedDevice(): Promise<Device> {
  opening ??= freshDevice();
  return opening;
}

/** A device of one's own, for tests that lose it. */
export async function freshDevice(options: { limits?: "highest" | "default"; label?: string } = {}): Promise<Device> {
  return openDevice({ gpu: await nodeGpu(), ...options });
}
