/** The run of training as the page knows it. It goes on while other sections are looked at. */
import { signal } from "@preact/signals";
import type { Message, Report, Request, Settings } from "./protocol";

export type Phase = "idle" | "starting" | "running" | "pausing" | "paused" | "finished" | "failed";

export interface Curve {
  readonly steps: readonly number[];
  readonly loss: readonly number[];
  readonly accuracy: readonly number[];
}

const EMPTY: Curve = { steps: [], loss: [], accuracy: [] };

export const phase = signal<Phase>("idle");
export const settings = signal<Settings>({ network: "small", letters: "ABCDEFGH", rate: 0.02, seed: 0 });
export const facts = signal<Extract<Report, { kind: "ready" }> | undefined>(undefined);
/** Of every step, on the batch learnt from. */
export const learnt = signal<Curve>(EMPTY);
/** Of held-out letters, every 20 steps. */
export const heldOut = signal<Curve>(EMPTY);
/** Milliseconds of the last steps. */
export const pace = signal<readonly number[]>([]);
export const problem = signal<string | undefined>(undefined);
/** What the network makes of the visitor's drawing, for each letter; undefined before there is a drawing or an answer. */
export const reading = signal<readonly number[] | undefined>(undefined);
export const drawing = signal<Float32Array | undefined>(undefined);

const PACE = 20;

let run = 0;
let asked = 0;

/** Started as soon as the section is loaded, so that a run asks the network for nothing; it does nothing until then. */
let worker: Promise<Worker> | undefined = open();
// Whoever starts a run hears of a failure.
worker.catch(() => undefined);

async function open(): Promise<Worker> {
  const { address } = await import("./train.worker");
  const opened = new Worker(address, { type: "module" });
  opened.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.run === run) hear(data);
  };
  opened.onerror = ({ message }) => fail(message || "the worker could not be started");
  return opened;
}

/** The next run gets a worker of its own. */
function fail(message: string): void {
  worker?.then((broken) => broken.terminate()).catch(() => undefined);
  worker = undefined;
  if (phase.value !== "idle") hear({ kind: "failed", message });
}

function send(request: Request): void {
  worker ??= open();
  worker.then(
    (ready) => ready.postMessage(request),
    (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
  );
}

const longer = (curve: Curve, { step, loss, accuracy }: { step: number; loss: number; accuracy: number }): Curve => ({
  steps: [...curve.steps, step],
  loss: [...curve.loss, loss],
  accuracy: [...curve.accuracy, accuracy],
});

function hear(report: Report): void {
  switch (report.kind) {
    case "ready":
      facts.value = report;
      phase.value = "running";
      break;
    case "step":
      learnt.value = longer(learnt.value, report);
      pace.value = [...pace.value, report.ms].slice(-PACE);
      break;
    case "heldOut":
      heldOut.value = longer(heldOut.value, report);
      // The network has learnt since it last looked at the drawing.
      askAgain();
      break;
    case "paused":
      phase.value = "paused";
      askAgain();
      break;
    case "resumed":
      phase.value = "running";
      break;
    case "finished":
      phase.value = "finished";
      askAgain();
      break;
    case "answer":
      if (report.id === asked) reading.value = report.probabilities;
      break;
    case "failed":
      problem.value = report.message;
      phase.value = "failed";
      break;
    default:
      report satisfies never;
  }
}

export function start(): void {
  stop();
  phase.value = "starting";
  send({ kind: "start", run, settings: settings.value });
}

export function pause(): void {
  phase.value = "pausing";
  send({ kind: "pause" });
}

export const resume = (): void => send({ kind: "resume" });

/** Forgets the run and what it learnt; the drawing stays. */
export function stop(): void {
  if (phase.value !== "idle") send({ kind: "stop" });
  run += 1;
  phase.value = "idle";
  facts.value = undefined;
  learnt.value = EMPTY;
  heldOut.value = EMPTY;
  pace.value = [];
  problem.value = undefined;
  reading.value = undefined;
}

function askAgain(): void {
  if (!drawing.value || !facts.value) return;
  asked += 1;
  send({ kind: "read", id: asked, drawn: drawing.value });
}

/** Shows the network a drawing, or takes it away. */
export function show(drawn: Float32Array | undefined): void {
  drawing.value = drawn;
  if (drawn) askAgain();
  else {
    asked += 1;
    reading.value = undefined;
  }
}
