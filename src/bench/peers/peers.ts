/**
 * Our kernels beside those of peers: the same networks, inputs and weights, the same browser and adapter, the same clock.
 * Each peer's result is compared with ours before its times count; then runs alternate, so that whatever the machine does
 * meanwhile happens to all. What is timed is a run as a caller sees it: inputs uploaded, the first output read back.
 */
import { errorRatio } from "../../core/compare";
import { DeviceLostError, TandemError, UnknownNameError } from "../../core/errors";
import { formatShape } from "../../core/shape";
import { type Device, openDevice } from "../../engine/device";
import { type AdapterFacts, adapterFacts, type Place } from "../facts";
import { type Summary, summarize } from "../statistics";
import { jaxPeer } from "./jax";
import { ortPeers } from "./ort";
import type { Opened, Peer, PeerFolders } from "./peer";
import { tfjsPeer } from "./tfjsPeer";
import { WORKLOADS, type Workload } from "./workloads";

export interface PeersArgs {
  readonly folders: PeerFolders;
  /** Versions of the peers that do not tell theirs. */
  readonly versions: { readonly jax: string };
  /** The workload, by its name. */
  readonly workload: string;
  /** Ids of the peers. */
  readonly peers: readonly string[];
  /** Samples of each side at most. */
  readonly samples: number;
  /** Time in milliseconds after which a side gives no further sample of a workload. */
  readonly budgetMs: number;
}

/** One side of a row: a peer's times, or why it has none. */
export type Side =
  | { readonly peer: string; readonly ms: Summary; readonly difference: number }
  | { readonly peer: string; readonly unsupported: string };

export interface PeersRow {
  readonly workload: string;
  readonly shapes: string;
  readonly flops: number;
  /** Wall times in milliseconds. */
  readonly ours: Summary;
  readonly sides: readonly Side[];
  /** Kernels of ours that ran. */
  readonly kernels: readonly string[];
}

/** A peer as reports name it, or why it did not start. */
export type PeerFacts =
  | Pick<Peer, "id" | "name" | "version" | "backend">
  | { readonly id: string; readonly unsupported: string };

/** One workload on every side. */
export interface PeersPart {
  readonly host: Place;
  readonly adapter: AdapterFacts;
  readonly peers: readonly PeerFacts[];
  readonly row: PeersRow;
}

export interface PeersResult extends Omit<PeersPart, "row"> {
  readonly schema: "tandem-peers-2";
  readonly date: string;
  readonly samples: number;
  readonly budgetMs: number;
  readonly rows: readonly PeersRow[];
}

/** Largest difference between two results, as a share of the largest element. */
function differenceOf(ours: Float32Array, theirs: Float32Array): number {
  if (theirs.length !== ours.length) throw new TandemError(`gave ${theirs.length} numbers instead of ${ours.length}`);
  let size = 0;
  for (const value of ours) size = Math.max(size, Math.abs(value));
  if (!(size > 0)) throw new TandemError("our result is all zeros, which no comparison can trust");
  return errorRatio(ours, theirs, { rtol: 0, atol: size });
}

export const PEERS = ["ort", "ort-wasm", "tfjs", "jax"] as const;
export type PeerId = (typeof PEERS)[number];

/** Results farther apart than this share of the largest element are not of the same network. */
const AGREEMENT = 1e-3;

/** A side while it is measured. The first run, which compiles, counts only where it is the only one there is time for. */
interface Runner {
  readonly id: string;
  readonly opened: Opened;
  readonly difference: number;
  readonly first: number;
  readonly times: number[];
}

async function timed<T>(run: () => Promise<T>): Promise<[result: T, ms: number]> {
  const start = performance.now();
  const result = await run();
  return [result, performance.now() - start];
}

/** Ours as a side like the others. */
async function openOurs(device: Device, { graph, inputs, parameters }: ReturnType<Workload["build"]>) {
  const program = await device.compile(graph);
  await program.setParameters(parameters);
  const [output] = [...graph.outputs.keys()] as [string];
  const opened: Opened = {
    run: async () => (await program.run(inputs, { outputs: [output] }))[output]?.data as Float32Array,
    close: () => program.destroy(),
  };
  return { opened, plan: program.plan };
}

const reasonOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n").find((line) => line.trim() !== "") ?? "failed without a word").trim().slice(0, 200);
};

/** Closes a side; what a peer says of its own closing is not what is compared. */
const shut = async (opened: Opened | undefined): Promise<void> => {
  try {
    await opened?.close();
  } catch (error) {
    console.warn(`a peer did not close: ${reasonOf(error)}`);
  }
};

/** What a side that has not been sampled yet, or not enough, still has time for. */
const wantsMore = ({ times, first }: Runner, samples: number, budgetMs: number): boolean => {
  const spent = times.reduce((sum, each) => sum + each, 0);
  if (times.length === 0) return first < budgetMs;
  return times.length < samples && spent + (times.at(-1) as number) <= budgetMs;
};

async function compareOne(
  device: Device,
  peers: readonly Peer[],
  workload: Workload,
  { samples, budgetMs }: PeersArgs,
  tell: (what: string) => void,
): Promise<PeersRow> {
  const built = workload.build();
  const { graph } = built;
  tell(`[tandem] ${workload.name}: compiling`);
  const { opened, plan } = await openOurs(device, built);
  const runners: Runner[] = [];
  const failed: Side[] = [];
  try {
    const [result, first] = await timed(opened.run);
    const ours: Runner = { id: "tandem", opened, difference: 0, first, times: [] };
    runners.push(ours);
    for (const peer of peers) {
      tell(`[${peer.id}] ${workload.name}: first run`);
      let theirs: Opened | undefined;
      try {
        theirs = await peer.open(built);
        const [output, ms] = await timed(theirs.run);
        const difference = differenceOf(result, theirs.ours?.(output) ?? output);
        if (!(difference <= AGREEMENT)) {
          throw new TandemError(`its result differs from ours by ${difference.toPrecision(3)} of the largest element`);
        }
        runners.push({ id: peer.id, opened: theirs, difference, first: ms, times: [] });
      } catch (error) {
        if (error instanceof DeviceLostError) throw error;
        failed.push({ peer: peer.id, unsupported: reasonOf(error) });
        await shut(theirs);
      }
    }
    for (let turn = 0; turn < samples; turn++) {
      for (const runner of runners) {
        if (!wantsMore(runner, samples, budgetMs)) continue;
        tell(`[${runner.id}] ${workload.name}: sample ${turn + 1} of at most ${samples}`);
        runner.times.push((await timed(runner.opened.run))[1]);
      }
    }
    const summaryOf = ({ times, first: only }: Runner): Summary => summarize(times.length > 0 ? times : [only]);
    const sides = peers.map(({ id }): Side => {
      const runner = runners.find((each) => each.id === id);
      if (!runner) return failed.find(({ peer }) => peer === id) as Side;
      return { peer: id, ms: summaryOf(runner), difference: runner.difference };
    });
    return {
      workload: workload.name,
      shapes: [...graph.inputs.values(), ...(graph.nodes.length === 1 ? graph.parameters.values() : [])]
        .map(({ shape }) => formatShape(shape))
        .join(" "),
      flops: plan.flops,
      ours: summaryOf(ours),
      sides,
      kernels: [...new Set(plan.steps.map(({ op, kernel }) => `${op}/${kernel}`))],
    };
  } finally {
    for (const { opened: each } of runners) await shut(each);
  }
}

/** What of the task's context is needed. */
interface Context {
  readonly gpu: object;
  readonly host: Place;
  progress(progress: { done: number; total: number; what: string }): void;
}

/** Loads the peers that are wanted; one that does not start is listed with its reason. */
async function loadPeers({ folders, versions, peers: wanted }: PeersArgs, tell: (what: string) => void) {
  const loaded: Peer[] = [];
  const failed: { id: string; unsupported: string }[] = [];
  const load = async (ids: readonly PeerId[], open: () => Promise<readonly Peer[]>): Promise<void> => {
    const asked = ids.filter((id) => wanted.includes(id));
    if (asked.length === 0) return;
    tell(`loading ${asked.join(", ")}`);
    try {
      loaded.push(...(await open()).filter(({ id }) => wanted.includes(id)));
    } catch (error) {
      failed.push(...asked.map((id) => ({ id, unsupported: reasonOf(error) })));
    }
  };
  await load(["ort", "ort-wasm"], () => ortPeers(folders.ort));
  await load(["tfjs"], async () => [await tfjsPeer(folders.tensorflow)]);
  await load(["jax"], async () => [await jaxPeer(folders.jax, versions.jax)]);
  return { loaded, failed };
}

/** Compares on one workload. What it tells of its progress begins with the id of the side that is at work, in brackets. */
export async function peers(args: PeersArgs, context: Context): Promise<PeersPart> {
  const workload = WORKLOADS.find(({ name }) => name === args.workload);
  if (!workload) {
    throw new UnknownNameError(
      "workload",
      args.workload,
      WORKLOADS.map(({ name }) => name),
    );
  }
  const tell = (what: string): void => context.progress({ done: 0, total: 1, what });
  const { loaded, failed } = await loadPeers(args, tell);
  const device = await openDevice({ gpu: context.gpu, label: "peers" });
  try {
    return {
      host: context.host,
      adapter: adapterFacts(device.facts),
      row: await compareOne(device, loaded, workload, args, tell),
      peers: [...loaded.map(({ id, name, version, backend }) => ({ id, name, version, backend })), ...failed],
    };
  } finally {
    device.destroy();
  }
}
