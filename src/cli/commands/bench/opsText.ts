/** The report of ops' kernels, for a terminal of 100 columns. */
import type { Point } from "../../../bench/axes";
import { resolutionOf } from "../../../bench/clock";
import { gbpsOf, gflopsOf, intervalOf, outliersOf, samplesOf, shareOf, timeOf } from "../../../bench/formats/cells";
import {
  bad,
  type Column,
  ceilingsText,
  clip,
  duration,
  faint,
  heading,
  percent,
  strong,
  table,
  warning,
} from "../../../bench/report";
import type { Results, Row } from "../../../bench/results";

const COLUMNS: readonly Column[] = [
  { title: "workload" },
  { title: "kernel" },
  { title: "time", align: "right" },
  { title: "±", align: "right" },
  { title: "GFLOP/s", align: "right" },
  { title: "GB/s", align: "right" },
  { title: "of ceiling", align: "right" },
];

const START_COLUMNS: readonly Column[] = [
  { title: "workload" },
  { title: "kernel" },
  { title: "compile", align: "right" },
  { title: "first run", align: "right" },
  { title: "warm-up", align: "right" },
  { title: "samples", align: "right" },
  { title: "apart", align: "right" },
  { title: "error", align: "right" },
];

/** Room for the two names of a row beside the figures of each table, in a line of 100. */
const ROOM = { times: 50, start: 42 };
const LEAST_KERNEL = 18;

/** Axes that have one value in all rows of an op: said once, and left out of every row. */
function commonAxes(rows: readonly Row[]): Point {
  const [first] = rows;
  if (!first || new Set(rows.map(({ workload }) => workload)).size < 2) return {};
  const same = Object.entries(first.axes).filter(([name, value]) => rows.every(({ axes }) => axes[name] === value));
  return Object.fromEntries(same);
}

const pairs = (point: Point): string[] => Object.entries(point).map(([name, value]) => `${name}=${value}`);

/** Names of the rows, without what is the same in all of them, and what that is. */
function naming(rows: readonly Row[]): { name: (row: Row) => string; notes: string[] } {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.op, [...(groups.get(row.op) ?? []), row]);
  const common = new Map([...groups].map(([op, own]): [string, string[]] => [op, pairs(commonAxes(own))]));
  const name = ({ op, workload }: Row): string =>
    workload
      .split(" ")
      .filter((part) => !common.get(op)?.includes(part))
      .join(" ");
  const notes = [...common]
    .filter(([, list]) => list.length > 0)
    .map(([op, list]) => `${op}: ${list.join(" ")} in every row`);
  return { name, notes };
}

/** Rows of a table, a workload's name only in the first of its own; both names clipped to `room`. */
function grouped(
  rows: readonly Row[],
  name: (row: Row) => string,
  room: number,
  cells: (row: Row) => string[],
): string[][] {
  const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
  const kernel = Math.min(
    longest(rows.map((row) => row.kernel)),
    Math.max(LEAST_KERNEL, room - longest(rows.map(name))),
  );
  return rows.map((row, i) => [
    rows[i - 1]?.workload === row.workload ? "" : clip(name(row), room - kernel),
    clip(row.kernel, kernel),
    ...cells(row),
  ]);
}

function clockLines(rows: readonly Row[]): string[] {
  const [first] = rows;
  if (!first) return [];
  const method =
    first.method === "timestamp-query"
      ? "the GPU's clock (timestamp queries)"
      : "waiting for the queue (no timestamp queries here)";
  const coarsest = Math.max(...rows.map(({ ns, repeat, quantumNs }) => resolutionOf(ns.median, repeat, quantumNs)));
  const repeated = rows.filter(({ repeat }) => repeat > 1).length;
  return [
    `timing    ${method}; its step is ${duration(first.quantumNs / 1e6)}, at most ${percent(coarsest)} of a time` +
      (repeated > 0 ? `\n          ${repeated} rows time several dispatches as one` : ""),
  ];
}

function dispatchLines(rows: readonly Row[], name: (row: Row) => string): string[] {
  return rows
    .filter(({ dispatches }) => dispatches.length > 1)
    .map((row) => {
      const parts = row.dispatches.map(({ shader, ns }) => `${shader} ${ns === null ? "–" : duration(ns / 1e6)}`);
      return faint(`${name(row)}, ${row.kernel}: ${parts.join(", ")}`);
    });
}

/** Names in a row, the first few of them. */
const few = (names: readonly string[]): string =>
  names.slice(0, 2).join("; ") + (names.length > 2 ? `; … (${names.length} in all)` : "");

/** What is not as it should be: times that never settled, never became certain, or that a coarse clock tells badly. */
function doubtLines(rows: readonly Row[], name: (row: Row) => string): string[] {
  const those = (which: (row: Row) => boolean): string[] =>
    rows.filter(which).map((row) => `${name(row) || row.workload}, ${row.kernel}`);
  const doubts: readonly (readonly [string, string[]])[] = [
    ["too short for this clock", those((row) => resolutionOf(row.ns.median, row.repeat, row.quantumNs) > 0.05)],
    ["times had not settled after the warm-up", those(({ steady }) => !steady)],
    ["ended by budget or count, not by precision (--budget, --runs)", those(({ stopped }) => stopped !== "precise")],
  ];
  return doubts.filter(([, names]) => names.length > 0).map(([what, names]) => warning(`${what}: ${few(names)}`));
}

export function opsText(results: Results): string {
  const { rows, failures, settings } = results;
  const { name, notes } = naming(rows);
  const cells = (row: Row): string[] => [timeOf(row), intervalOf(row), gflopsOf(row), gbpsOf(row), shareOf(row)];
  const start = (row: Row): string[] => [
    duration(row.compileMs),
    duration(row.firstMs),
    String(row.warmups),
    samplesOf(row),
    outliersOf(row),
    percent(row.check.ratio),
  ];
  const against = [...new Set(rows.map(({ check }) => check.against))].join(" or the ");
  return [
    heading(results.host, results.adapter),
    ceilingsText(results.ceilings),
    `caches    ${settings.cache === "warm" ? "warm: as the run before left them" : "cold: a large tensor is read before every sample"}`,
    ...clockLines(rows),
    ...notes.map((note) => faint(note)),
    ...(rows.length > 0
      ? [
          "",
          table(COLUMNS, grouped(rows, name, ROOM.times, cells)),
          "",
          faint("±: half the 95 % interval of the median; of ceiling: of arithmetic (a) or memory (m), the nearer"),
          ...dispatchLines(rows, name),
          "",
          strong("Start, and what the times rest on"),
          table(START_COLUMNS, grouped(rows, name, ROOM.start, start)),
          "",
          faint("apart: samples that stand apart; they stay in every figure. compile: plan, pipelines, memory."),
          faint(`error: the largest, as a share of what is allowed, against the ${against}.`),
        ]
      : []),
    ...doubtLines(rows, name),
    ...failures.map(
      ({ workload, kernel, reason, wrong }) =>
        `${wrong ? bad("FAILED") : "not run"}: ${workload}, ${kernel}: ${reason}`,
    ),
  ].join("\n");
}
