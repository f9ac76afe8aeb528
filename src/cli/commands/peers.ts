/** `tandem peers`: our kernels beside onnxruntime-web's, in the same browser on the same adapter. For a checkout. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { PeersResult, PeersRow } from "../../bench/peers/peers";
import type { PeersTrainingResult } from "../../bench/peers/training";
import { adapterName, bad, type Column, duration, figure, good, heading, table, timing } from "../../bench/report";
import { TandemError } from "../../core/errors";
import { packageFolder } from "../hosts/package";
import { positive } from "./numbers";
import { onHost } from "./onHost";

interface Options {
  readonly training?: true;
  readonly batch: number;
  readonly filter?: string;
  readonly samples: number;
  readonly json?: string;
  readonly markdown?: string;
}

/** Where the peer's files lie in a checkout, and under which address the page finds them. */
const PEER_FOLDER = ["node_modules", "onnxruntime-web", "dist"] as const;
const PEER_ADDRESS = "/peers/onnxruntime-web/";

const TENSORFLOW = ["node_modules", "@tensorflow"] as const;
const TENSORFLOW_ADDRESS = "/peers/tensorflow/";

const HELP = `
Runs each network on both sides with the same inputs and weights, compares the results, then
times runs in turn (ours, theirs, ours, …). A run is what a caller sees: inputs uploaded,
outputs read back. The peer is a development dependency, so this works in a checkout only. Exit
code 2 when ours is slower anywhere.

With --training the peer is TensorFlow.js's WebGPU backend, and a run is a step of training of the
small AlexNet: pictures uploaded, weights changed, the loss read back.

Examples:
  npm run bench:peers
  npm run bench:peers -- --filter matmul --samples 9
  npm run bench:peers -- --markdown docs/performance.md
  npm run bench:peers -- --training --batch 16`;

const COLUMNS: readonly Column[] = [
  { title: "workload" },
  { title: "tandem", align: "right" },
  { title: "onnxruntime-web", align: "right" },
  { title: "GFLOP/s", align: "right" },
  { title: "theirs", align: "right" },
  { title: "times as fast", align: "right" },
  { title: "difference", align: "right" },
];

const rate = (row: PeersRow, ms: number): string => figure(row.flops / ms / 1e6);
const speedup = (row: PeersRow): number => row.theirs.median / row.ours.median;

const cells = (row: PeersRow): string[] => [
  row.workload,
  timing(row.ours),
  timing(row.theirs),
  rate(row, row.ours.median),
  rate(row, row.theirs.median),
  figure(speedup(row)),
  row.difference.toExponential(1),
];

function text(result: PeersResult): string {
  const painted = result.rows.map((row) => {
    const all = cells(row);
    return all.map((cell, i) => (i === 5 ? (speedup(row) >= 1 ? good(cell) : bad(cell)) : cell));
  });
  return [
    heading(result.host, result.adapter),
    `peer      ${result.peer.name} ${result.peer.version}, backend ${result.peer.backend}`,
    `samples   ${result.samples} of each, alternating; median ± median absolute deviation`,
    "",
    table(COLUMNS, painted),
  ].join("\n");
}

/** The page that keeps the numbers: everything that qualifies them is on it. */
function markdown(result: PeersResult): string {
  const row = (columns: readonly string[]): string => `| ${columns.join(" | ")} |`;
  const align = COLUMNS.map((column) => (column.align === "right" ? "---:" : "---"));
  const details = result.rows.map((each) => row([each.workload, each.shapes, each.kernels.join(", ")]));
  return `# Performance beside a peer

Written by \`npm run bench:peers -- --markdown docs/performance.md\`; do not edit by hand.

- date: ${result.date.slice(0, 10)}
- adapter: ${adapterName(result.adapter)}${result.adapter.software ? " — **a software adapter**: these are times of a CPU, and say little of a GPU" : ""}
- browser: ${result.host.version}, flags \`${result.host.flags.join(" ")}\`
- peer: ${result.peer.name} ${result.peer.version}, backend ${result.peer.backend}
- ${result.samples} samples of each side, taken in turn; median ± median absolute deviation

Each workload is one graph of ours, written as ONNX for the peer, with the same weights and
inputs. Both results are compared first (largest difference, as a share of the largest element).
A timed run is what a caller sees: inputs uploaded, the network run, every output read back.

${row(COLUMNS.map(({ title }) => title))}
${row(align)}
${result.rows.map((each) => row(cells(each))).join("\n")}

| workload | shapes | kernels of ours |
| --- | --- | --- |
${details.join("\n")}
`;
}

/** A peer's folder. @throws TandemError where it is not installed. */
function peerFolder(name: string, path: readonly string[]): string {
  const folder = join(packageFolder(), ...path);
  if (existsSync(folder)) return folder;
  throw new TandemError(`${name} is not installed in ${packageFolder()}; in a checkout, npm ci brings it`);
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
  const folder = peerFolder("@tensorflow/tfjs-core", TENSORFLOW);
  const args = { tensorflow: TENSORFLOW_ADDRESS, batch, samples };
  const folders = { [TENSORFLOW_ADDRESS]: folder };
  const result = await onHost<PeersTrainingResult>("chrome", "peersTraining", args, { folders });
  console.log(trainingText(result));
  if (json) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
  if (result.theirs.median < result.ours.median) process.exitCode = 2;
}

async function run(options: Options): Promise<void> {
  if (options.training) return runTraining(options);
  const folder = peerFolder("onnxruntime-web", PEER_FOLDER);
  const args = {
    ort: PEER_ADDRESS,
    samples: options.samples,
    ...(options.filter === undefined ? {} : { filter: options.filter }),
  };
  const result = await onHost<PeersResult>("chrome", "peers", args, { folders: { [PEER_ADDRESS]: folder } });
  console.log(text(result));
  if (options.json) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  if (options.markdown) await writeFile(options.markdown, markdown(result));
  const slower = result.rows.filter((row) => speedup(row) < 1);
  if (slower.length > 0) {
    console.log(
      `\nslower than the peer: ${slower.map((row) => `${row.workload} (${duration(row.ours.median)})`).join(", ")}`,
    );
    process.exitCode = 2;
  }
}

export function register(program: Command): void {
  program
    .command("peers")
    .summary("compare with onnxruntime-web's WebGPU backend (in a checkout)")
    .description("compare with onnxruntime-web's WebGPU backend, in the same browser on the same adapter")
    .option("--training", "compare a step of training with TensorFlow.js's")
    .option("--batch <n>", "pictures in that step", positive, 16)
    .option("--filter <text>", "only workloads with this in their name")
    .option("--samples <n>", "runs of each side", positive, 7)
    .option("--json <file>", "write the result as JSON")
    .option("--markdown <file>", "write the table as Markdown")
    .addHelpText("after", HELP)
    .action(run);
}
