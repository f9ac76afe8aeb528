/** `tandem peers`: our kernels beside those of other engines, in the same browser on the same adapter. For a checkout. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { PEERS, type PeerFacts, type PeersArgs, type PeersPart, type PeersResult } from "../../bench/peers/peers";
import type { PeersTrainingResult } from "../../bench/peers/training";
import { WORKLOADS } from "../../bench/peers/workloads";
import { bad, duration, figure, good, heading, timing } from "../../bench/report";
import { DeviceLostError, TandemError, UnknownNameError } from "../../core/errors";
import { packageFolder } from "../hosts/package";
import { positive, seconds } from "./numbers";
import { onHost, withHost } from "./onHost";
import { intoPage, lead, peersMarkdown, peersText } from "./peersText";

interface Options {
  readonly training?: true;
  readonly batch: number;
  readonly only?: readonly string[];
  readonly peers?: readonly string[];
  readonly quick?: true;
  readonly samples: number;
  readonly budget: number;
  readonly json?: string;
  readonly markdown?: string;
}

/** Where the peers' files lie in a checkout, and under which address the page finds them. */
const FOLDERS = {
  ort: { module: ["onnxruntime-web", "dist"], address: "/peers/onnxruntime-web/" },
  tensorflow: { module: ["@tensorflow"], address: "/peers/tensorflow/" },
  jax: { module: ["@jax-js", "jax", "dist"], address: "/peers/jax/" },
} as const;

const HELP = `
Runs each network on every side with the same inputs and weights, compares the results, then times
runs in turn (ours, theirs, ours, …). A run is what a caller sees: inputs uploaded, the output read
back. Peers: onnxruntime-web on WebGPU (ort) and on WebAssembly (ort-wasm), TensorFlow.js on WebGPU
(tfjs), jax-js on WebGPU (jax). They are development dependencies, so this works in a checkout only.
Exit code 2 when ours is slower anywhere than the fastest peer on WebGPU.

With --training the peer is TensorFlow.js's WebGPU backend, and a run is a step of training of the
small AlexNet: pictures uploaded, weights changed, the loss read back.

Examples:
  npm run bench:peers                             all of it; about 20 minutes on two cores
  npm run bench:peers -- --quick                  a few workloads
  npm run bench:peers -- --only matmul,conv3 --peers jax
  npm run bench:peers -- --markdown docs/performance.md
  npm run bench:peers -- --training --batch 16`;

/** A peer's folder in a checkout. @throws TandemError where it is not installed. */
function peerFolder(which: keyof typeof FOLDERS): string {
  const { module } = FOLDERS[which];
  const folder = join(packageFolder(), "node_modules", ...module);
  if (existsSync(folder)) return folder;
  throw new TandemError(`${module.join("/")} is not installed in ${packageFolder()}; in a checkout, npm ci brings it`);
}

function trainingText(result: PeersTrainingResult): string {
  const factor = result.theirs.median / result.ours.median;
  return [
    heading(result.host, result.adapter),
    `peer      ${result.peer.name} ${result.peer.version}, backend ${result.peer.backend}`,
    `step      ${result.model}, batch ${result.batch}: forward, gradients, momentum; pictures uploaded, the loss read`,
    `samples   ${result.samples} of each, alternating; median ± median absolute deviation`,
    `agreement weights after three steps within ${result.difference.toExponential(1)} of their largest change`,
    "",
    `tandem         ${timing(result.ours)}`,
    `TensorFlow.js  ${timing(result.theirs)}`,
    "",
    factor >= 1 ? good(`${figure(factor)} times as fast`) : bad(`${figure(factor)} times as fast`),
  ].join("\n");
}

async function runTraining({ batch, samples, json }: Options): Promise<void> {
  const { address } = FOLDERS.tensorflow;
  const folders = { [address]: peerFolder("tensorflow") };
  const args = { tensorflow: address, batch, samples };
  const result = await onHost<PeersTrainingResult>("chrome", "peersTraining", args, { folders });
  console.log(trainingText(result));
  if (json) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
  if (result.theirs.median < result.ours.median) process.exitCode = 2;
}

/** Workloads that are wanted. @throws UnknownNameError where there is none. */
function chosen({ only, quick }: Options): readonly string[] {
  const found = WORKLOADS.filter(
    (each) => (!quick || each.quick) && (!only || only.some((part) => each.name.includes(part))),
  ).map(({ name }) => name);
  if (found.length > 0) return found;
  throw new UnknownNameError(
    "workload",
    only?.join(", ") ?? "",
    WORKLOADS.map(({ name }) => name),
  );
}

/**
 * Compares on one workload, in a browser of its own: four engines hold on to memory, and one may take the browser down.
 * A peer at whose turn the browser dies is left out, with that as its reason.
 */
async function compare(
  args: PeersArgs,
  folders: Readonly<Record<string, string>>,
  died: readonly string[] = [],
): Promise<PeersPart> {
  let at = "";
  try {
    const part = await withHost("chrome", { folders }, (call) =>
      call<PeersPart>("peers", args, ({ what }) => {
        at = /^\[([\w-]+)\]/.exec(what)?.[1] ?? "";
      }),
    );
    const lost = died.map((peer) => ({ peer, unsupported: "the browser died at its turn" }));
    return { ...part, row: { ...part.row, sides: [...part.row.sides, ...lost] } };
  } catch (error) {
    if (!(error instanceof DeviceLostError) || !args.peers.includes(at)) throw error;
    return compare({ ...args, peers: args.peers.filter((peer) => peer !== at) }, folders, [...died, at]);
  }
}

/** The parts as one; a peer is named as in the first part in which it started. */
function joined(parts: readonly PeersPart[], { samples, budget }: Options): PeersResult {
  const all = parts.flatMap(({ peers }) => peers);
  const peers = PEERS.flatMap((id): PeerFacts | readonly PeerFacts[] => {
    const own = all.filter((each) => each.id === id);
    return own.find((each) => "name" in each) ?? own.slice(0, 1);
  });
  const { host, adapter } = parts[0] as PeersPart;
  const rows = parts.map(({ row }) => row);
  const date = new Date().toISOString();
  return { schema: "tandem-peers-2", date, host, adapter, peers, samples, budgetMs: budget * 1000, rows };
}

/** Writes the result where it is wanted. */
async function keep(result: PeersResult, { json, markdown }: Options): Promise<void> {
  if (json) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
  if (!markdown) return;
  const page = existsSync(markdown) ? await readFile(markdown, "utf8") : "";
  await writeFile(markdown, intoPage(page, peersMarkdown(result)));
}

async function run(options: Options): Promise<void> {
  if (options.training) return runTraining(options);
  const ids: readonly string[] = options.peers ?? PEERS;
  for (const id of ids) if (!PEERS.some((known) => known === id)) throw new UnknownNameError("peer", id, [...PEERS]);
  const places = Object.keys(FOLDERS) as (keyof typeof FOLDERS)[];
  const folders = Object.fromEntries(places.map((name) => [FOLDERS[name].address, peerFolder(name)]));
  const { version } = JSON.parse(await readFile(join(peerFolder("jax"), "..", "package.json"), "utf8"));
  const args = {
    folders: { ort: FOLDERS.ort.address, tensorflow: FOLDERS.tensorflow.address, jax: FOLDERS.jax.address },
    versions: { jax: version as string },
    peers: ids,
    samples: options.samples,
    budgetMs: options.budget * 1000,
  };
  const parts: PeersPart[] = [];
  const workloads = chosen(options);
  for (const workload of workloads) {
    process.stderr.write(`${parts.length + 1}/${workloads.length}  ${workload}\n`);
    parts.push(await compare({ ...args, workload }, folders));
    // A long run that is stopped has not been for nothing.
    await keep(joined(parts, options), options);
  }
  const result = joined(parts, options);
  console.log(peersText(result));
  const slower = result.rows.filter((row) => (lead(row, result.peers) ?? 1) < 1);
  if (slower.length > 0) {
    const list = slower.map(({ workload, ours }) => `${workload} (${duration(ours.median)})`).join(", ");
    console.log(`\nslower than a peer on WebGPU: ${list}`);
    process.exitCode = 2;
  }
}

const names = (text: string): readonly string[] => text.split(",").map((each) => each.trim());

export function register(program: Command): void {
  program
    .command("peers")
    .summary("compare with onnxruntime-web, TensorFlow.js and jax-js (in a checkout)")
    .description("compare with onnxruntime-web, TensorFlow.js and jax-js, in the same browser on the same adapter")
    .option("--training", "compare a step of training with TensorFlow.js's")
    .option("--batch <n>", "pictures in that step", positive, 16)
    .option("--only <names>", "only workloads with one of these in their name, separated by commas", names)
    .option("--peers <ids>", "only these: ort, ort-wasm, tfjs, jax", names)
    .option("--quick", "a few workloads")
    .option("--samples <n>", "runs of each side at most", positive, 7)
    .option("--budget <seconds>", "time for the samples of a side of a workload", seconds, 4)
    .option("--json <file>", "write the result as JSON")
    .option("--markdown <file>", "write the tables into the marked part of a Markdown file")
    .addHelpText("after", HELP)
    .action(run);
}
