/**
 * Trains off the main thread, on a device of its own. This module is a chunk of the page and, at the same address, a worker's
 * script, so that both share the engine's chunk and a visitor loads it once.
 */
import { type Device, openDevice } from "../../../src/index";
import type { Message, Report, Request } from "./protocol";
import { Session } from "./session";

let run = 0;
let session: Promise<Session> | undefined;
let device: Promise<Device> | undefined;

const tell = (of: number, report: Report): void => {
  const message: Message = { ...report, run: of };
  postMessage(message);
};

/** The worker's device, opened anew when there was none or it was lost. */
function openOnce(): Promise<Device> {
  if (device) return device;
  const opening = openDevice({ label: "training", powerPreference: "high-performance" });
  device = opening;
  const forget = (): void => {
    if (device === opening) device = undefined;
  };
  opening.then((open) => open.lost.then(forget), forget);
  return opening;
}

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case "start": {
      const mine = request.run;
      run = mine;
      session = openOnce().then((open) => Session.open(open, request.settings, (report) => tell(mine, report)));
      return (await session).run();
    }
    case "stop": {
      const given = session;
      session = undefined;
      // One that failed has told so.
      const old = await given?.catch(() => undefined);
      return old?.close();
    }
    case "pause":
      return (await session)?.pause();
    case "resume":
      tell(run, { kind: "resumed" });
      return (await session)?.run();
    case "read": {
      const probabilities = await (await session)?.read(request.drawn);
      if (probabilities) tell(run, { kind: "answer", id: request.id, probabilities });
      return;
    }
    default:
      request satisfies never;
  }
}

function listen({ data }: MessageEvent<Request>): void {
  const of = data.kind === "start" ? data.run : run;
  answer(data).catch((error: unknown) =>
    tell(of, { kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
}

/** Of this module, for `new Worker`. */
export const address = import.meta.url;

// The page only asks for the address.
if (typeof document === "undefined") addEventListener("message", listen);
