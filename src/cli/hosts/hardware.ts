/** Whether this machine seems to have a GPU: only a guess, which saves starting a browser with flags that cannot work. */
import { existsSync, readdirSync } from "node:fs";

export function hardwareLikely(): boolean {
  if (process.platform !== "linux") return true;
  if (existsSync("/dev/nvidia0") || existsSync("/dev/dxg")) return true;
  return existsSync("/dev/dri") && readdirSync("/dev/dri").some((name) => name.startsWith("renderD"));
}
