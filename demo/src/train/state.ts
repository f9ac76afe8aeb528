/** The run of training as the page knows it. It goes on while other sections are looked at. */
import { signal } from "@preact/signals";
import type { Report, Request, Settings } from "./protocol";

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

let worker: Worker | undefined;
let asked = 0;

const send = (request: Request): void => worker?.postMessage(request);

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

export async function start(): Promise<void> {
  stop();
  phase.value = "starting";
  const { address } = await import("./train.worker");
  // Started over meanwhile.
  if (phase.value !== "starting" || worker) return;
  worker = new Worker(address, { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Report>) => hear(data);
  worker.onerror = (event) => hear({ kind: "failed", message: event.message || "the worker could not be started" });
  send({ kind: "start", settings: settings.value });
}

export function pause(): void {
  phase.value = "pausing";
  send({ kind: "pause" });
}

export const resume = (): void => send({ kind: "resume" });

/** Forgets the run and what it learnt; the drawing stays. */
export function stop(): void {
  worker?.terminate();
  worker = undefined;
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
