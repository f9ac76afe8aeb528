/**
 * The roofline of a device (Williams, Waterman and Patterson, "Roofline", 2009): how fast a kernel of so many operations a
 * byte could go at best, by what was measured here, and how fast each kernel goes.
 */
import { line } from "d3-shape";
import { duration, figure, percent } from "../formats/cells";
import { adapterName } from "../formats/facts";
import type { Results, Row } from "../results";
import { axes, type Scale, scales } from "./scales";
import { coloursOf, type Frame, legend, picture, tag, text, title } from "./svg";

const FRAME: Frame = { width: 860, height: 520, left: 70, right: 190, top: 60, bottom: 60 };

/** Points beyond which names would lie on one another. */
const MOST_NAMES = 12;

interface Point {
  readonly row: Row;
  /** Operations a byte. */
  readonly intensity: number;
}

const pointsOf = (rows: readonly Row[]): Point[] =>
  rows
    .filter(({ flops, bytes, gflops }) => flops > 0 && bytes > 0 && gflops > 0)
    .map((row) => ({ row, intensity: row.flops / row.bytes }));

const path = (x: Scale, y: Scale, points: readonly (readonly [number, number])[]): string =>
  line<readonly [number, number]>(
    ([at]) => x(at),
    ([, value]) => y(value),
  )([...points]) ?? "";

/** Names beside points, moved down where one would lie on another. */
function names(points: readonly Point[], x: Scale, y: Scale): string {
  if (points.length > MOST_NAMES) return "";
  const taken: { x: number; y: number; width: number }[] = [];
  return points
    .map(({ row, intensity }) => {
      const at = { x: x(intensity) + 9, y: y(row.gflops) + 4, width: 6.5 * row.workload.length };
      while (taken.some((t) => Math.abs(t.y - at.y) < 13 && at.x < t.x + t.width && t.x < at.x + at.width)) at.y += 13;
      taken.push(at);
      return text(at.x, at.y, row.workload, { class: "faint" });
    })
    .join("");
}

/** The roofline as SVG: x operations a byte, y billions of operations a second. */
export function rooflineSvg({ rows, ceilings, adapter }: Results): string {
  const points = pointsOf(rows);
  const { gflops, gbps, workgroupGbps } = ceilings;
  const ridge = gflops / gbps;
  const reach = [...points.map(({ intensity }) => intensity), ridge / 8, ridge * 8];
  const { x, y } = scales(FRAME, reach, [...points.map(({ row }) => row.gflops), gflops, gbps * Math.min(...reach)]);
  const [first = 1, last = 1] = x.domain();
  const [floor = 1] = y.domain();
  const colours = coloursOf([...new Set(points.map(({ row }) => row.kernel))]);
  const slope = (rate: number): (readonly [number, number])[] => {
    const begin = Math.max(first, floor / rate);
    const end = Math.min(last, Math.max(begin, gflops / rate));
    return [
      [begin, begin * rate],
      [end, end * rate],
    ];
  };
  const roof = [...slope(gbps), [last, gflops] as const];
  const dots = points.map(({ row, intensity }) =>
    tag(
      "g",
      {},
      title(
        `${row.workload}, ${row.kernel}: ${figure(row.gflops)} GFLOP/s in ${duration(row.ns.median / 1e6)}, ${percent(row.share)} of the ceiling`,
      ),
      tag("circle", { cx: x(intensity), cy: y(row.gflops), r: 5, fill: colours.get(row.kernel) ?? "#000" }),
    ),
  );
  const note = `${adapterName(adapter)}${adapter.software ? " (software: no GPU)" : ""}, ceilings measured`;
  return picture(
    FRAME,
    "Roofline: what was reached, and what could be",
    note,
    axes(FRAME, { x, y }, { x: "operations a byte", y: "GFLOP/s" }),
    workgroupGbps > gbps ? tag("path", { d: path(x, y, slope(workgroupGbps)), class: "other" }) : "",
    tag("path", { d: path(x, y, roof), class: "roof" }),
    text(x(last) - 4, y(gflops) - 8, `${figure(gflops)} GFLOP/s of multiply-adds`, { "text-anchor": "end" }),
    text(FRAME.width - FRAME.right + 14, FRAME.top + 12, `memory ${figure(gbps)} GB/s`, { class: "faint" }),
    workgroupGbps > gbps
      ? text(FRAME.width - FRAME.right + 14, FRAME.top + 28, `- - workgroup ${figure(workgroupGbps)} GB/s`, {
          class: "faint",
        })
      : "",
    ...dots,
    names(points, x, y),
    legend(FRAME.width - FRAME.right + 20, FRAME.top + 60, colours),
  );
}
