/** The Lab as the page knows it: what to measure, what was measured, and the reports it is compared with. */
import { computed, signal } from "@preact/signals";
import {
  type Ceilings,
  type Comparison,
  compareResults,
  DEFAULT_SETTINGS,
  type Entry,
  type Failure,
  type OwnText,
  RESULTS_SCHEMA,
  type Results,
  type Row,
  readResults,
  type ShaderMessage,
} from "../../../src/index";
import example from "../../kernels/matmul_blocks.wgsl?raw";
import type { Report, Request } from "./protocol";

/** An op with axes, or a layer of AlexNet. */
export const subject = signal("matmul");
/** Texts of the axes as they were typed; an empty one takes its default. */
export const axisTexts = signal<Readonly<Record<string, string>>>({ m: "64,128,256" });
export const kernels = signal<"chosen" | "all">("chosen");
export const cache = signal<"warm" | "cold">("warm");
export const seconds = signal(0.5);

export const withOwn = signal(false);
export const ownCode = signal(example);

export const phase = signal<"idle" | "running" | "stopping">("idle");
export const progress = signal({ done: 0, total: 0, what: "" });
export const problem = signal<string | undefined>(undefined);
export const results = signal<Results | undefined>(undefined);
/** Reports by name, in the order they came: the one that new results are compared with, if any. */
export const baseline = signal<{ readonly name: string; readonly results: Results } | undefined>(undefined);
export const force = signal(false);

export const isLayer = computed(() => subject.value.startsWith("alexnet."));

/** What the form asks for. */
export const entry = computed<Entry>(() => {
  const axes = Object.fromEntries(
    Object.entries(axisTexts.value)
      .map(([name, text]): [string, string] => [name, text.trim()])
      .filter(([, text]) => text !== ""),
  );
  return {
    ...(isLayer.value ? { workload: subject.value } : { op: subject.value }),
    // Without axes an op would be measured on its own cases, tiny ones among them.
    axes,
    ...(kernels.value === "all" ? { kernel: "all" } : {}),
  };
});

export const ownText = (): OwnText => ({ file: "kernel.wgsl", code: ownCode.value });

/** How the results stand to the baseline, or why they cannot be compared. */
export const compared = computed<Comparison | Error | undefined>(() => {
  const [now, before] = [results.value, baseline.value?.results];
  if (!now || !before || now.rows.length === 0) return undefined;
  try {
    return compareResults(before, now, { force: force.value });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
});

let worker: Promise<Worker> | undefined;
let asked = 0;
const waiting = new Map<number, (messages: readonly ShaderMessage[]) => void>();

async function openWorker(): Promise<Worker> {
  const { address } = await import("./lab.worker");
  const opened = new Worker(address, { type: "module" });
  opened.onmessage = ({ data }: MessageEvent<Report>) => hear(data);
  opened.onerror = (event) => hear({ kind: "failed", message: event.message });
  return opened;
}

function send(request: Request): void {
  worker ??= openWorker();
  worker.then(
    (ready) => ready.postMessage(request),
    (error: unknown) => {
      worker = undefined;
      hear({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    },
  );
}

const grown = (rows: readonly Row[], failures: readonly Failure[]): Results | undefined =>
  results.value && {
    ...results.value,
    rows: [...results.value.rows, ...rows],
    failures: [...results.value.failures, ...failures],
  };

const started = (ceilings: Ceilings, adapter: Results["adapter"]): Results => ({
  schema: RESULTS_SCHEMA,
  date: new Date().toISOString(),
  tandem: { version: __TANDEM_VERSION__, commit: null },
  host: { name: "page", version: "", flags: [] },
  adapter,
  settings: DEFAULT_SETTINGS,
  ceilings,
  rows: [],
  failures: [],
});

function hear(report: Report): void {
  switch (report.kind) {
    case "progress":
      progress.value = report;
      break;
    case "ceilings":
      results.value = started(report.ceilings, report.adapter);
      break;
    case "rows":
      results.value = grown(report.rows, report.failures);
      break;
    case "done":
      results.value = report.results;
      phase.value = "idle";
      break;
    case "failed":
      problem.value = report.message;
      phase.value = "idle";
      break;
    case "diagnosed":
      waiting.get(report.id)?.(report.messages);
      waiting.delete(report.id);
      break;
    default:
      report satisfies never;
  }
}

export function measure(): void {
  problem.value = undefined;
  phase.value = "running";
  progress.value = { done: 0, total: 0, what: "" };
  const own = withOwn.value ? [ownText()] : [];
  send({
    kind: "measure",
    request: { entries: [entry.value], own, settings: { cache: cache.value, budgetMs: seconds.value * 1000 } },
  });
}

/** Ends after the problem that is being measured, with what there is. */
export function stop(): void {
  phase.value = "stopping";
  send({ kind: "stop" });
}

/** What the compiler says of the text in the editor, as a kernel of the chosen op. */
export function diagnose(code: string): Promise<readonly ShaderMessage[]> {
  asked += 1;
  const id = asked;
  const answer = new Promise<readonly ShaderMessage[]>((resolve) => {
    waiting.set(id, resolve);
  });
  send({ kind: "diagnose", id, entry: entry.value, text: { file: "kernel.wgsl", code } });
  return answer;
}

/** Takes a file of results: as what is shown, or as what it is compared with. */
export async function open(file: File, as: "results" | "baseline"): Promise<void> {
  problem.value = undefined;
  try {
    const read = readResults(await file.text(), file.name);
    if (as === "results") results.value = read;
    else baseline.value = { name: file.name, results: read };
  } catch (error) {
    problem.value = error instanceof Error ? error.message : String(error);
  }
}

/** Hands a text to the visitor as a file. */
export function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
