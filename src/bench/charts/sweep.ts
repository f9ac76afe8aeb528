/** How fast each kernel is along one axis of a sweep, as SVG: the lines that show where one overtakes another. */
import { line } from "d3-shape";
import { duration, figure } from "../formats/cells";
import { adapterName } from "../formats/facts";
import type { Results, Row } from "../results";
import { axes, scales } from "./scales";
import { coloursOf, type Frame, legend, picture, tag, title } from "./svg";

const FRAME: Frame = { width: 860, height: 420, left: 70, right: 190, top: 60, bottom: 60 };

/** The axis with the most values among the rows; undefined where nothing varies. */
export function widestAxis(rows: readonly Row[]): string | undefined {
  const values = new Map<string, Set<number>>();
  for (const { axes: point } of rows) {
    for (const [name, value] of Object.entries(point)) {
      const seen = values.get(name) ?? new Set<number>();
      values.set(name, seen.add(value));
    }
  }
  const widest = [...values].sort(([, a], [, b]) => b.size - a.size)[0];
  return widest && widest[1].size > 1 ? widest[0] : undefined;
}

/** Rows that differ along the axis only, with a name: op, kernel, and what else varies. */
function linesOf(rows: readonly Row[], axis: string): Map<string, Row[]> {
  const varying = new Set<string>();
  const seen = new Map<string, number>();
  for (const { axes: point } of rows) {
    for (const [name, value] of Object.entries(point)) {
      if (seen.has(name) && seen.get(name) !== value) varying.add(name);
      seen.set(name, value);
    }
  }
  const labelled = new Set(rows.map(({ op }) => op)).size > 1;
  const lines = new Map<string, Row[]>();
  for (const row of rows) {
    if ((row.axes[axis] ?? 0) <= 0) continue;
    const named = row.workload.startsWith(row.op) ? row.op : (row.workload.split(" ")[0] ?? row.op);
    const others = Object.entries(row.axes).filter(([name]) => name !== axis && varying.has(name));
    const label = [
      labelled || named !== row.op ? named : "",
      row.kernel,
      ...others.map(([name, value]) => `${name}=${value}`),
    ];
    const key = label.filter(Boolean).join(" ");
    lines.set(key, [...(lines.get(key) ?? []), row]);
  }
  return lines;
}

/** A sweep along `axis`: y is GFLOP/s, or GB/s where the rows compute nothing. */
export function sweepSvg({ rows, adapter }: Pick<Results, "rows" | "adapter">, axis: string): string {
  const timed = rows.filter(({ ns, axes: point }) => ns.median > 0 && point[axis] !== undefined);
  const arithmetic = timed.some(({ flops }) => flops > 0);
  const rate = (row: Row): number => (arithmetic ? row.gflops : row.gbps);
  const lines = linesOf(
    timed.filter((row) => rate(row) > 0),
    axis,
  );
  const xs = [...new Set(timed.map((row) => row.axes[axis] ?? 1))].sort((a, b) => a - b);
  const { x, y } = scales(FRAME, xs, timed.map(rate), 2);
  const colours = coloursOf([...lines.keys()]);
  const unit = arithmetic ? "GFLOP/s" : "GB/s";
  const drawn = [...lines].map(([name, own]) => {
    const sorted = [...own].sort((a, b) => (a.axes[axis] ?? 0) - (b.axes[axis] ?? 0));
    const stroke = colours.get(name) ?? "#000";
    const d = line<Row>(
      (row) => x(row.axes[axis] ?? 1),
      (row) => y(rate(row)),
    )(sorted);
    const dots = sorted.map((row) =>
      tag(
        "g",
        {},
        title(`${row.workload}, ${row.kernel}: ${figure(rate(row))} ${unit} in ${duration(row.ns.median / 1e6)}`),
        tag("circle", { cx: x(row.axes[axis] ?? 1), cy: y(rate(row)), r: 4, fill: stroke }),
      ),
    );
    return tag("g", {}, tag("path", { d: d ?? "", fill: "none", stroke, "stroke-width": 2 }), ...dots);
  });
  const every = Math.ceil(xs.length / 10);
  const shown = xs.filter((_, i) => i % every === 0);
  return picture(
    FRAME,
    `${unit} along ${axis}`,
    `${adapterName(adapter)}${adapter.software ? " (software: no GPU)" : ""}, medians`,
    axes(FRAME, { x, y }, { x: axis, y: unit }, shown),
    ...drawn,
    legend(FRAME.width - FRAME.right + 20, FRAME.top + 12, colours),
  );
}
