/**
 * Measures off the main thread, on a device of its own that stays open from run to run. This module is a chunk of the page and,
 * at the same address, a worker's script, so that both share the engine's chunk.
 */
import { type Ceilings, type Device, diagnoseOwn, openDevice, runBench } from "../../../src/index";
import type { Report, Request } from "./protocol";

const tell = (report: Report): void => postMessage(report);

let opening: Promise<Device> | undefined;
let ceilings: Ceilings | undefined;
let stopping = false;

function device(): Promise<Device> {
  opening ??= openDevice({ label: "lab", powerPreference: "high-performance" }).then((open) => {
    // A lost device is opened anew by the next request.
    void open.lost.then(() => {
      opening = undefined;
      ceilings = undefined;
    });
    return open;
  });
  return opening;
}

/** The browser as it calls itself; its brands are shorter than the whole string. */
function browser(): string {
  const whole = navigator.userAgent;
  return /(?:Edg|OPR|Chrome|Firefox|Version)\/[\d.]+/.exec(whole)?.[0] ?? whole;
}

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case "stop":
      stopping = true;
      return;
    case "diagnose": {
      const messages = await diagnoseOwn(await device(), request.entry, request.text);
      return tell({ kind: "diagnosed", id: request.id, messages });
    }
    case "measure": {
      stopping = false;
      const open = await device();
      const place = { name: "page", version: browser(), flags: [] };
      const results = await runBench(
        open,
        place,
        { ...request.request, ...(ceilings ? { ceilings } : {}) },
        {
          progress: (progress) => tell({ kind: "progress", ...progress }),
          begun: (measured, adapter) => {
            ceilings = measured;
            tell({ kind: "ceilings", ceilings: measured, adapter });
          },
          measured: (rows, failures) => tell({ kind: "rows", rows, failures }),
          stopping: () => stopping,
        },
      );
      return tell({ kind: "done", results: { ...results, tandem: { version: __TANDEM_VERSION__, commit: null } } });
    }
    default:
      request satisfies never;
  }
}

function listen({ data }: MessageEvent<Request>): void {
  answer(data).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if (data.kind === "diagnose") tell({ kind: "diagnosed", id: data.id, messages: [] });
    tell({ kind: "failed", message });
  });
}

/** Of this module, for `new Worker`. */
export const address = import.meta.url;

// The page only asks for the address.
if (typeof document === "undefined") addEventListener("message", listen);
