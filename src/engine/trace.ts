/** One run of a mesh in time: what every device did when, and what went between them. */
import type { DispatchSpan } from "../runtime/tracer";

export type { DispatchSpan } from "../runtime/tracer";

/** A tensor on its way from one device to another. */
export interface TransferSpan {
  readonly tensor: string;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  /** When it had been computed. */
  readonly begin: number;
  /** When the host had it. */
  readonly mapped: number;
  /** When the other device had it. */
  readonly end: number;
}

/** Times in milliseconds since the run began. */
export interface MeshTrace {
  readonly layout: string;
  readonly devices: readonly { readonly label: string; readonly dispatches: readonly DispatchSpan[] }[];
  readonly transfers: readonly TransferSpan[];
  /** From the call until all results were there. */
  readonly ms: number;
  /** `queue` where a device has no timestamps: then it has no spans, and nothing can be said of what was hidden. */
  readonly method: "timestamp-query" | "queue";
}

/** What one device did in a run. */
export interface DeviceSummary {
  readonly label: string;
  /** During which it computed. */
  readonly computeMs: number;
  /** During which something was on its way to it. */
  readonly transferMs: number;
  /** During which it did not compute. */
  readonly idleMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** Share of the time of transfers to it during which it computed: 1 when nothing was waited for. */
  readonly hidden: number;
}

type Interval = readonly [begin: number, end: number];

/** Intervals that do not overlap, in order, covering the same time. */
export function merged(intervals: readonly Interval[]): Interval[] {
  const out: [number, number][] = [];
  for (const [begin, end] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else out.push([begin, end]);
  }
  return out;
}

const total = (intervals: readonly Interval[]): number => intervals.reduce((sum, [begin, end]) => sum + end - begin, 0);

/** Time that two lists of merged intervals share. */
export function shared(a: readonly Interval[], b: readonly Interval[]): number {
  let sum = 0;
  for (const [begin, end] of a) {
    for (const [from, to] of b) sum += Math.max(0, Math.min(end, to) - Math.max(begin, from));
  }
  return sum;
}

/** What each device did, in numbers. */
export function summarizeTrace({ devices, transfers, ms }: MeshTrace): DeviceSummary[] {
  return devices.map(({ label, dispatches }, device) => {
    const computing = merged(dispatches.map(({ begin, end }) => [begin, end]));
    const coming = merged(transfers.filter(({ to }) => to === device).map(({ begin, end }) => [begin, end]));
    const bytes = (side: "from" | "to") =>
      transfers.reduce((sum, each) => sum + (each[side] === device ? each.bytes : 0), 0);
    const transferMs = total(coming);
    return {
      label,
      computeMs: total(computing),
      transferMs,
      idleMs: Math.max(0, ms - total(computing)),
      receivedBytes: bytes("to"),
      sentBytes: bytes("from"),
      hidden: transferMs === 0 ? 1 : shared(coming, computing) / transferMs,
    };
  });
}

/** One event of Chrome's trace format. */
type TraceEvent = Readonly<Record<string, unknown>>;

const microseconds = (ms: number): number => Math.round(ms * 1000);

/**
 * A trace in Chrome's format, which Perfetto (ui.perfetto.dev) and chrome://tracing open: for each device a track with a span a
 * dispatch and one with a span a transfer that comes to it, and an arrow for every transfer.
 */
export function chromeTrace({ devices, transfers, layout, method }: MeshTrace): {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: "ms";
  readonly otherData: Readonly<Record<string, string>>;
} {
  const tracks = (device: number) => ({ compute: 2 * device + 1, transfers: 2 * device + 2 });
  const name = (tid: number, text: string): TraceEvent[] => [
    { ph: "M", pid: 1, tid, name: "thread_name", args: { name: text } },
    { ph: "M", pid: 1, tid, name: "thread_sort_index", args: { sort_index: tid } },
  ];
  const events: TraceEvent[] = [{ ph: "M", pid: 1, tid: 0, name: "process_name", args: { name: `Tandem, ${layout}` } }];
  for (const [device, { label, dispatches }] of devices.entries()) {
    const { compute, transfers: coming } = tracks(device);
    events.push(...name(compute, label), ...name(coming, `to ${label}`));
    for (const { node, op, kernel, begin, end } of dispatches) {
      const times = { ts: microseconds(begin), dur: microseconds(end) - microseconds(begin) };
      events.push({ ph: "X", pid: 1, tid: compute, name: node, cat: op, ...times, args: { op, kernel } });
    }
  }
  for (const [id, { tensor, from, to, bytes, begin, mapped, end }] of transfers.entries()) {
    const tid = tracks(to).transfers;
    const times = { ts: microseconds(begin), dur: Math.max(1, microseconds(end) - microseconds(begin)) };
    const args = {
      bytes,
      from: devices[from]?.label,
      to: devices[to]?.label,
      onHost: `${(mapped - begin).toFixed(3)} ms`,
    };
    events.push({ ph: "X", pid: 1, tid, name: `${tensor}, ${bytes} B`, cat: "transfer", ...times, args });
    const arrow = { pid: 1, cat: "transfer", name: tensor, id };
    events.push({ ph: "s", ...arrow, tid: tracks(from).compute, ts: microseconds(begin) });
    events.push({ ph: "f", bp: "e", ...arrow, tid: tracks(to).compute, ts: microseconds(end) });
  }
  return { traceEvents: events, displayTimeUnit: "ms", otherData: { layout, clock: method } };
}
