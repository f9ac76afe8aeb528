/**
 * Trains off the main thread, on a device of its own. This module is a chunk of the page and, at the same address, a worker's
 * script, so that both share the engine's chunk and a visitor loads it once.
 */
import { openDevice } from "../../../src/index";
import type { Report, Request } from "./protocol";
import { Session } from "./session";

const tell = (report: Report): void => postMessage(report);

let session: Promise<Session> | undefined;

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case "start": {
      const device = openDevice({ label: "training", powerPreference: "high-performance" });
      session = device.then((open) => Session.open(open, request.settings, tell));
      return (await session).run();
    }
    case "pause":
      return (await session)?.pause();
    case "resume":
      tell({ kind: "resumed" });
      return (await session)?.run();
    case "read": {
      const probabilities = await (await session)?.read(request.drawn);
      if (probabilities) tell({ kind: "answer", id: request.id, probabilities });
      return;
    }
    default:
      request satisfies never;
  }
}

/** Of this module, for `new Worker`. */
export const address = import.meta.url;

/** In the page, which only asks for the address, nothing is listened to. */
const inWorker = typeof document === "undefined";

if (inWorker)
  addEventListener("message", ({ data }: MessageEvent<Request>) => {
    answer(data).catch((error: unknown) =>
      tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
    );
  });
