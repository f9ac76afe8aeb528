/** The comparison with peers as a table for the terminal, and as the page `docs/performance.md` keeps. */
import type { PeersResult, PeersRow, Side } from "../../bench/peers/peers";
import { adapterName, bad, type Column, faint, figure, good, heading, table, timing } from "../../bench/report";
import type { Summary } from "../../bench/statistics";

type Peers = PeersResult["peers"];
type Loaded = Extract<Peers[number], { readonly name: string }>;

const loaded = (peers: Peers): readonly Loaded[] => peers.filter((each): each is Loaded => "name" in each);

const titleOf = ({ name, backend }: Loaded): string => (backend === "wasm" ? `${name}, WASM` : name);

/** How many times as fast as the fastest peer on WebGPU ours is; undefined where none ran. */
export function lead({ ours, sides }: PeersRow, peers: Peers): number | undefined {
  const rivals = loaded(peers).filter(({ backend }) => backend === "webgpu");
  const times = sides.flatMap((side) =>
    "ms" in side && rivals.some(({ id }) => id === side.peer) ? [side.ms.median] : [],
  );
  return times.length > 0 ? Math.min(...times) / ours.median : undefined;
}

const rate = (flops: number, { median }: Summary): string => figure(flops / median / 1e6);

/** Times, with how they scatter; one sample has no spread. */
const time = (ms: Summary): string => (ms.count > 1 ? timing(ms) : `${timing(ms).split(" ±")[0]} (once)`);

const sideOf = (row: PeersRow, { id }: Loaded): Side | undefined => row.sides.find(({ peer }) => peer === id);

function cells(row: PeersRow, peers: Peers, give: (flops: number, ms: Summary) => string): string[] {
  const ahead = lead(row, peers);
  return [
    row.workload,
    give(row.flops, row.ours),
    ...loaded(peers).map((peer) => {
      const side = sideOf(row, peer);
      return side && "ms" in side ? give(row.flops, side.ms) : "not supported";
    }),
    ahead === undefined ? "–" : figure(ahead),
  ];
}

const columns = (peers: Peers): readonly Column[] => [
  { title: "workload" },
  { title: "tandem", align: "right" },
  ...loaded(peers).map((peer) => ({ title: titleOf(peer), align: "right" as const })),
  { title: "times as fast", align: "right" },
];

/** Why sides have no times, each reason once. */
function reasons({ rows, peers }: PeersResult): string[] {
  const found = new Map<string, string[]>();
  for (const peer of peers) if ("unsupported" in peer) found.set(`${peer.id}: ${peer.unsupported}`, ["everything"]);
  for (const { workload, sides } of rows) {
    for (const side of sides) {
      if (!("unsupported" in side)) continue;
      const key = `${side.peer}: ${side.unsupported}`;
      found.set(key, [...(found.get(key) ?? []), workload]);
    }
  }
  return [...found].map(([reason, workloads]) => `${workloads.join(", ")}: ${reason}`);
}

const worst = ({ rows }: PeersResult): number =>
  Math.max(0, ...rows.flatMap(({ sides }) => sides.map((side) => ("ms" in side ? side.difference : 0))));

const versions = (peers: Peers): string =>
  loaded(peers)
    .map((peer) => `${peer.name} ${peer.version} (${peer.backend})`)
    .join(", ");

const method = ({ samples, budgetMs }: PeersResult): string =>
  `up to ${samples} samples of each side, taken in turn, as many as fit ${budgetMs / 1000} s; median ± median absolute deviation`;

export function peersText(result: PeersResult): string {
  const { rows, peers } = result;
  const painted = rows.map((row) => {
    const ahead = lead(row, peers);
    const all = cells(row, peers, (_, ms) => time(ms));
    return all.map((cell, i) =>
      i === all.length - 1 && ahead !== undefined ? (ahead >= 1 ? good(cell) : bad(cell)) : cell,
    );
  });
  return [
    heading(result.host, result.adapter),
    `peers     ${versions(peers)}`,
    `samples   ${method(result)}`,
    "",
    table(columns(peers), painted),
    "",
    "GFLOP/s",
    table(
      columns(peers),
      rows.map((row) => cells(row, peers, rate)),
    ),
    "",
    faint(
      `results agree within ${worst(result).toExponential(1)} of the largest element; "times as fast": as the fastest`,
    ),
    faint("peer on WebGPU"),
    ...reasons(result).map((each) => `not supported: ${each}`),
  ].join("\n");
}

const line = (all: readonly string[]): string => `| ${all.join(" | ")} |`;

function grid(result: PeersResult, give: (flops: number, ms: Summary) => string): string {
  const titles = columns(result.peers);
  return [
    line(titles.map(({ title }) => title)),
    line(titles.map(({ align }) => (align === "right" ? "---:" : "---"))),
    ...result.rows.map((row) => line(cells(row, result.peers, give))),
  ].join("\n");
}

/** Lines between which the page's tables stand; what is around them is written by hand. */
export const MARKS = ["<!-- peers: begin -->", "<!-- peers: end -->"] as const;

/** The part of the page that keeps the numbers: everything that qualifies them is in it. */
export function peersMarkdown(result: PeersResult): string {
  const { adapter, host, rows } = result;
  const software = adapter.software
    ? " — **a software adapter**: these are times of a CPU, and say little of a GPU"
    : "";
  const missing = reasons(result);
  return `${MARKS[0]}

Written by \`npm run bench:peers -- --markdown docs/performance.md\`; do not edit this part by hand.

- date: ${result.date.slice(0, 10)}
- adapter: ${adapterName(adapter)}${software}
- browser: ${host.version}, flags \`${host.flags.join(" ")}\`
- peers: ${versions(result.peers)}
- ${method(result)}; "once" where a run takes longer than that
- every peer's result agrees with ours within ${worst(result).toExponential(1)} of the largest element

A timed run is what a caller sees: inputs uploaded, the network run, the first output read back. The last column compares
with the fastest peer on WebGPU.

${grid(result, (_, ms) => time(ms))}

The same in GFLOP/s, where a multiply-add is two operations and a convolution counts as its definition does, whatever the
kernel saves:

${grid(result, rate)}

${missing.length > 0 ? `Not supported:\n\n${missing.map((each) => `- ${each}`).join("\n")}\n\n` : ""}| workload | shapes | kernels of ours |
| --- | --- | --- |
${rows.map((row) => line([row.workload, row.shapes, row.kernels.join(", ")])).join("\n")}

${MARKS[1]}`;
}

/** `page` with its marked part replaced, or with one appended where it has none. */
export function intoPage(page: string, part: string): string {
  const [from, to] = [page.indexOf(MARKS[0]), page.indexOf(MARKS[1])];
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${part}\n`.trimStart();
  return page.slice(0, from) + part + page.slice(to + MARKS[1].length);
}
