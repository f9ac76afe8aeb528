/** Reports for people: aligned tables that fit a terminal, with units, and everything that qualifies the numbers said. */
import Table from "cli-table3";
import pc from "picocolors";
import type { Ceilings } from "./ceilings";
import type { AdapterFacts, Place } from "./facts";
import { duration, figure, percent } from "./formats/cells";
import { adapterName, ceilingLines } from "./formats/facts";
import type { LayerRow } from "./layers";
import { type Summary, spread } from "./statistics";

export { duration, figure, percent } from "./formats/cells";
export { adapterName } from "./formats/facts";

/** The lines that every report starts with. A software adapter cannot be overlooked. */
export function heading(place: Place, adapter: AdapterFacts): string {
  const lines = [`host      ${place.name} ${place.version}`, `adapter   ${adapterName(adapter)}`];
  if (place.flags.length > 0) lines.push(...wrap(`flags     ${place.flags.join(" ")}`, 100, 10));
  if (adapter.software) {
    lines.push(
      pc.yellow(pc.bold("SOFTWARE ADAPTER: no GPU is in use. The results hold; the times are those of the CPU.")),
    );
  }
  return lines.join("\n");
}

/** Breaks at spaces, with the later lines indented. */
function wrap(text: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<=\s)/)) {
    if (line && (line + word).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = " ".repeat(indent);
    }
    line += word;
  }
  return [...lines, line.trimEnd()];
}

export interface Column {
  readonly title: string;
  /** Numbers are aligned right. */
  readonly align?: "left" | "right";
}

const BARE = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** A table without frames: a terminal of 100 columns has none to spare. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const out = new Table({
    head: columns.map(({ title }) => pc.dim(title)),
    colAligns: columns.map(({ align }) => align ?? "left"),
    chars: BARE,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
  });
  for (const row of rows) out.push([...row]);
  return out
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Median and scatter: `12.3 ms ± 2 %`. */
export const timing = (summary: Summary): string => `${duration(summary.median)} ±${figure(100 * spread(summary))} %`;

export function bytes(count: number): string {
  if (count >= 2 ** 30) return `${figure(count / 2 ** 30)} GiB`;
  if (count >= 2 ** 20) return `${figure(count / 2 ** 20)} MiB`;
  return count >= 2 ** 10 ? `${figure(count / 2 ** 10)} KiB` : `${count} B`;
}

/** Counts with thousands apart: `60,965,224`. */
export const count = (value: number): string => value.toLocaleString("en-US");

/** `1 step`, `2 steps`: a number of things with a regular plural. */
export const several = (value: number, thing: string): string => `${count(value)} ${thing}${value === 1 ? "" : "s"}`;

export const strong = (text: string): string => pc.bold(text);
export const good = (text: string): string => pc.green(text);
export const bad = (text: string): string => pc.red(text);
export const faint = (text: string): string => pc.dim(text);
export const warning = (text: string): string => pc.yellow(text);

const LAYER_COLUMNS: readonly Column[] = [
  { title: "node" },
  { title: "kernel" },
  { title: "time", align: "right" },
  { title: "±", align: "right" },
  { title: "MFLOP", align: "right" },
  { title: "GFLOP/s", align: "right" },
  { title: "GB/s", align: "right" },
  { title: "of ceiling", align: "right" },
];

export const clip = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;

/** One row a step. What limits it, arithmetic or memory, stands with the share. */
export function layerTable(rows: readonly LayerRow[]): string {
  const cells = rows.map((row) => [
    clip([row.node, ...row.fused].join("+"), 26),
    clip(row.op === row.node ? row.kernel : `${row.op}/${row.kernel}`, 26),
    row.ns.median > 0 ? duration(row.ns.median / 1e6) : "< clock",
    `${figure(100 * spread(row.ns))} %`,
    figure(row.flops / 1e6),
    row.flops > 0 ? figure(row.gflops) : "–",
    figure(row.gbps),
    row.ns.median > 0 ? `${percent(row.share)} ${row.bound === "arithmetic" ? "a" : "m"}` : "–",
  ]);
  return table(LAYER_COLUMNS, cells);
}

/** What the device can do at best, in words. */
export const ceilingsText = (ceilings: Ceilings): string => ceilingLines(ceilings).join("\n");
