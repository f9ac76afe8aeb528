/**
 * The page's device: opened once, watched, and opened again by one click when it was lost. Sections get it with
 * `useEngine`; they are not rendered while there is none.
 */
import { signal } from "@preact/signals";
import { type Device, type DeviceFacts, NoAdapterError, openDevice } from "../../src/index";

export type EngineState =
  | { readonly kind: "opening" }
  /** `generation` counts the devices: sections are mounted afresh with each. */
  | { readonly kind: "ready"; readonly device: Device; readonly generation: number }
  | { readonly kind: "missing"; readonly reason: string }
  | { readonly kind: "lost"; readonly reason: string };

export const engine = signal<EngineState>({ kind: "opening" });

let generation = 0;

/** Opens the device; also after a loss. Never rejects: what went wrong is the state. */
export async function openEngine(): Promise<void> {
  engine.value = { kind: "opening" };
  try {
    const device = await openDevice({ label: "page", powerPreference: "high-performance" });
    generation += 1;
    engine.value = { kind: "ready", device, generation };
    void device.lost.then((loss) => {
      const state = engine.value;
      if (state.kind === "ready" && state.device === device) engine.value = { kind: "lost", reason: loss.message };
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    engine.value = { kind: error instanceof NoAdapterError ? "missing" : "lost", reason };
  }
}

/** The open device, for sections. */
export function useEngine(): { readonly device: Device; readonly facts: DeviceFacts } {
  const state = engine.value;
  if (state.kind !== "ready") throw new Error("a section was rendered without a device");
  return { device: state.device, facts: state.device.facts };
}

/** What an adapter is called, in a few words. */
export function adapterName({ vendor, architecture, description }: DeviceFacts): string {
  const name = description || [vendor, architecture].filter(Boolean).join(" ");
  // SwiftShader describes itself with its compiler and version; the name is enough.
  return name.replace(/\s*\(.*$/, "").trim() || "GPU";
}
