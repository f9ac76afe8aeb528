/**
 * Finds the fastest kernel for each problem of a graph by trying. Candidates race against the best so far, in turn with it,
 * so that whatever the machine does meanwhile happens to both; one that is clearly slower is given up after its first run.
 * A candidate whose result is not the default kernel's, within the op's tolerance, is out.
 */
import { errorRatio } from "../../core/compare";
import { DeviceLostError, TandemError } from "../../core/errors";
import type { Tensor } from "../../core/tensor";
import type { Device } from "../../engine/device";
import type { Program } from "../../engine/program";
import type { Graph, Node } from "../../graph/graph";
import { singleOpGraph } from "../../graph/single";
import { makeInputs } from "../../ops/inputs";
import type { AnyOp, Named, Problem } from "../../ops/op";
import { fuse } from "../../scheduler/fuse";
import { keptInputs } from "../../scheduler/schedule";
import {
  type Candidate,
  platformOf,
  problemKey,
  type TimedCandidate,
  Tuning,
  type TuningEntry,
  textsHash,
} from "../../scheduler/tuning";
import type { Ceilings } from "../ceilings";
import { type Summary, summarize } from "../statistics";
import { candidatesOf, type Prospect, type Refused } from "./candidates";

/** One problem of a graph, and the nodes that pose it. */
export interface TuningProblem {
  readonly key: string;
  readonly op: AnyOp;
  readonly problem: Problem<unknown>;
  /** Inputs that are parameters. */
  readonly kept: readonly string[];
  readonly nodes: readonly string[];
}

/** The problems of `graph` as the engine poses them, each once; views run no kernel and pose none. */
export function problemsOf(graph: Graph): readonly TuningProblem[] {
  const fused = fuse(graph, true).graph;
  const found = new Map<string, TuningProblem & { nodes: string[] }>();
  for (const node of fused.nodes) {
    if (node.op.view) continue;
    const kept = keptInputs(fused, node);
    const key = problemKey(node.op, node.problem, kept);
    const known = found.get(key);
    if (known) known.nodes.push(node.name);
    else found.set(key, { key, op: node.op, problem: node.problem, kept, nodes: [node.name] });
  }
  return [...found.values()];
}

export interface TuneOptions {
  /** Wall time for each problem, in milliseconds. */
  readonly budgetMs: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly what: string }) => void;
}

/** What came out for one problem. */
export interface TuneOutcome {
  readonly key: string;
  readonly op: string;
  readonly nodes: readonly string[];
  /** What the engine takes by itself, and what was found; the same where nothing is faster. */
  readonly before: TimedCandidate;
  readonly after: TimedCandidate;
  /** Candidates that were run. */
  readonly tried: number;
  readonly refused: readonly Refused[];
}

/** A challenger slower than this many times the best is given up after one run. */
const HOPELESS = 1.5;
/** A challenger takes over when it is faster by this share, and the intervals of the medians do not meet. */
const WORTH = 0.03;
/** Runs of each side in turn, and turns at most. */
const RUNS = 2;
const TURNS = 8;
/** Runs of the default before anything is compared with it. */
const FIRST_RUNS = 3;

/** A candidate that is compiled and has its weights. */
interface Runner {
  readonly candidate: Candidate;
  readonly program: Program;
  readonly times: number[];
}

interface Setup {
  readonly device: Device;
  readonly op: AnyOp;
  readonly graph: Graph;
  readonly inputs: Named<Tensor>;
  readonly parameters: Named<Tensor>;
}

async function open({ device, op, graph, parameters }: Setup, candidate: Candidate): Promise<Runner> {
  const wishes = { kernels: { [op.name]: candidate.kernel }, tunables: { [op.name]: candidate.tuned }, tuning: null };
  const program = await device.compile(graph, wishes);
  await program.setParameters(parameters);
  return { candidate, program, times: [] };
}

async function time({ program, times }: Runner, inputs: Named<Tensor>, runs: number): Promise<void> {
  const { steps } = await program.profile(inputs, { runs });
  for (let run = 0; run < runs; run++) times.push(steps.reduce((sum, { ns }) => sum + (ns[run] ?? 0), 0));
}

const timed = ({ candidate: { kernel, tuned }, times }: Runner): TimedCandidate => ({
  kernel,
  tuned,
  ns: summarize(times).median,
});

/** Whether two results are the same within twice the op's tolerance: each may be off by it. */
function agree({ op, graph }: Setup, got: Named<Tensor>, want: Named<Tensor>): boolean {
  const { rtol, atol } = op.tolerance(graph.nodes[0]?.problem as Problem<unknown>);
  return Object.entries(want).every(([name, { data, dtype }]) => {
    const twice = dtype === "f32" ? { rtol: 2 * rtol, atol: 2 * atol } : { rtol: 0, atol: 0 };
    return errorRatio(got[name]?.data ?? [], data, twice) <= 1;
  });
}

const faster = (a: Summary, b: Summary): boolean => a.median < b.median * (1 - WORTH) && a.high < b.low;

/** Races `challenger` against `best`; true when it is faster. */
async function race(challenger: Runner, best: Runner, inputs: Named<Tensor>, until: number): Promise<boolean> {
  await time(challenger, inputs, 1);
  if (summarize(challenger.times).median > HOPELESS * summarize(best.times).median) return false;
  // The first run pays for more than itself.
  challenger.times.length = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    await time(challenger, inputs, RUNS);
    await time(best, inputs, RUNS);
    const [a, b] = [summarize(challenger.times), summarize(best.times)];
    if (turn > 0 && (faster(a, b) || a.low > b.median || performance.now() > until)) break;
  }
  return faster(summarize(challenger.times), summarize(best.times));
}

const inputsOf = ({ op, problem }: TuningProblem): Named<Tensor> => {
  // Values that an op can work with (indices in range, variances above zero) are as in its own cases.
  const recipes = op.cases.find(
    (one) => Object.keys(one.inputs).join() === Object.keys(problem.inputs).join(),
  )?.recipes;
  return makeInputs({ inputs: problem.inputs, ...(recipes ? { recipes } : {}) });
};

/** Tunes one problem. @throws TandemError when the default kernel cannot run on what is made up for it. */
export async function tuneProblem(
  device: Device,
  posed: TuningProblem,
  ceilings: Pick<Ceilings, "gbps" | "dispatchUs">,
  { budgetMs, onProgress }: TuneOptions,
): Promise<{ outcome: TuneOutcome; entry: TuningEntry }> {
  const { op, problem, kept, key, nodes } = posed;
  const graph = singleOpGraph(op, problem.inputs, problem.attributes as Readonly<Record<string, unknown>>, kept);
  const all = Object.entries(inputsOf(posed));
  const setup: Setup = {
    device,
    op,
    graph,
    inputs: Object.fromEntries(all.filter(([name]) => !kept.includes(name))),
    parameters: Object.fromEntries(all.filter(([name]) => kept.includes(name))),
  };
  const candidates = candidatesOf(op, graph, device.facts, ceilings);
  const refused = [...candidates.refused];
  const [own, ...others] = candidates.prospects as readonly [Prospect, ...Prospect[]];
  const until = performance.now() + budgetMs;
  const results: TimedCandidate[] = [];
  let best = await open(setup, own);
  let before: TimedCandidate;
  try {
    const want = await best.program.run(setup.inputs);
    await time(best, setup.inputs, FIRST_RUNS);
    before = timed(best);
    for (const [done, prospect] of others.entries()) {
      onProgress?.({ done: done + 1, total: others.length + 1, what: prospect.kernel });
      const bestNs = summarize(best.times).median;
      const late = performance.now() > until;
      if (late || prospect.leastNs > bestNs) {
        const reason = late ? "the time for this problem was over" : "moves more than the best so far has time for";
        refused.push({ ...prospect, reason });
        continue;
      }
      const challenger = await attempt(setup, prospect, want, refused);
      if (!challenger) continue;
      const wins = await race(challenger, best, setup.inputs, until);
      const loser = wins ? best : challenger;
      results.push(timed(loser));
      loser.program.destroy();
      if (wins) best = challenger;
    }
  } finally {
    best.program.destroy();
  }
  const after = timed(best);
  const entry: TuningEntry = {
    platform: platformOf(device.facts),
    software: device.facts.software,
    problem: key,
    texts: textsHash(op),
    candidates: [after, ...results.toSorted((a, b) => a.ns - b.ns)],
    date: new Date().toISOString(),
  };
  return { outcome: { key, op: op.name, nodes, before, after, tried: results.length + 1, refused }, entry };
}

/** Opens a candidate and checks its result; undefined, with the reason written down, where it cannot run or is wrong. */
async function attempt(
  setup: Setup,
  { kernel, tuned }: Candidate,
  want: Named<Tensor>,
  refused: Refused[],
): Promise<Runner | undefined> {
  let runner: Runner | undefined;
  try {
    runner = await open(setup, { kernel, tuned });
    if (agree(setup, await runner.program.run(setup.inputs), want)) return runner;
    refused.push({ kernel, tuned, reason: "its result is not the default kernel's" });
  } catch (error) {
    if (!(error instanceof TandemError) || error instanceof DeviceLostError) throw error;
    refused.push({ kernel, tuned, reason: error.message });
  }
  runner?.program.destroy();
  return undefined;
}

/** Tunes every problem of `graphs` that has a choice. What cannot be tuned is in `failed`, with the reason. */
export async function tuneGraphs(
  device: Device,
  graphs: readonly Graph[],
  ceilings: Pick<Ceilings, "gbps" | "dispatchUs">,
  options: TuneOptions,
): Promise<{
  readonly tuning: Tuning;
  readonly outcomes: readonly TuneOutcome[];
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
}> {
  const unique = new Map(graphs.flatMap(problemsOf).map((posed) => [posed.key, posed]));
  const problems = [...unique.values()].filter(({ op }) => op.kernels.length > 1);
  const tuning = new Tuning();
  const outcomes: TuneOutcome[] = [];
  const failed: { key: string; reason: string }[] = [];
  for (const [done, posed] of problems.entries()) {
    const where = `${posed.op.name} ${posed.nodes[0] ?? ""}`;
    const tell = (what: string): void =>
      options.onProgress?.({ done, total: problems.length, what: `${where}: ${what}` });
    tell("the default kernel");
    try {
      const one = await tuneProblem(device, posed, ceilings, {
        budgetMs: options.budgetMs,
        onProgress: ({ what }) => tell(what),
      });
      tuning.add(one.entry);
      outcomes.push(one.outcome);
    } catch (error) {
      if (!(error instanceof TandemError) || error instanceof DeviceLostError) throw error;
      failed.push({ key: posed.key, reason: error.message });
    }
  }
  return { tuning, outcomes, failed };
}

/** For messages: a node's name is enough where there is one. */
export const nodesOf = (nodes: readonly Node["name"][]): string =>
  nodes.length > 2 ? `${nodes.slice(0, 2).join(", ")} and ${nodes.length - 2} more` : nodes.join(", ");
