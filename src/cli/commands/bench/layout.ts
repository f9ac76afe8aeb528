/** `tandem bench MODEL --layout …`: a network on several devices against the same on one. */
import { writeFile } from "node:fs/promises";
import {
  adapterName,
  bytes,
  type Column,
  count,
  duration,
  faint,
  heading,
  percent,
  several,
  table,
  timing,
} from "../../../bench/report";
import type { layouts } from "../../../layout/layout";
import { EXIT, UsageError } from "../../exit";
import type { BenchLayoutArgs, BenchLayoutReport } from "../../tasks/benchLayout";
import { onHost } from "../onHost";
import { filesOf, modelArgs } from "./model";
import type { Options } from "./options";

const DEFAULT_RUNS = 20;
const BUDGET_MS = 20_000;

const DEVICES: readonly Column[] = [
  { title: "device" },
  { title: "compute", align: "right" },
  { title: "transfer", align: "right" },
  { title: "hidden", align: "right" },
  { title: "idle", align: "right" },
  { title: "sent", align: "right" },
  { title: "received", align: "right" },
  { title: "parameters", align: "right" },
  { title: "memory", align: "right" },
];

const TRANSFERS: readonly Column[] = [
  { title: "tensor" },
  { title: "way" },
  { title: "bytes", align: "right" },
  { title: "an image", align: "right" },
];

export function layoutText(report: BenchLayoutReport): string {
  const { check, singleMs, meshMs, batch, transfers } = report;
  const total = transfers.reduce((sum, each) => sum + each.bytes, 0);
  const cost = meshMs.median / singleMs.median - 1;
  const adapters = report.adapters.map(adapterName);
  const shared = new Set(adapters).size === 1;
  const devices = report.devices.map((each) => [
    each.label,
    duration(each.computeMs),
    duration(each.transferMs),
    percent(each.hidden),
    duration(each.idleMs),
    count(each.sentBytes),
    count(each.receivedBytes),
    count(each.parameters),
    bytes(each.memory),
  ]);
  const rows = transfers.map(({ tensor, from, to, bytes: size }) => [
    tensor,
    `${report.devices[from]?.label} → ${report.devices[to]?.label}`,
    count(size),
    count(Math.round(size / batch)),
  ]);
  return [
    heading(report.host, report.adapters[0] as (typeof report.adapters)[number]),
    `model     ${report.model}, batch ${batch}: ${count(report.parameters)} parameters`,
    `layout    ${report.layout} on ${several(report.devices.length, "device")}${shared ? ", all of one adapter, whose time they share" : `: ${adapters.join("; ")}`}`,
    `check     ${check.passed ? "agrees with" : "DIFFERS from"} one device: logits and probabilities by ${check.difference.toExponential(1)} of the largest at most, ${percent(check.ratio)} of what is allowed`,
    `one       ${timing(singleMs)} (${singleMs.count} runs, in turn with the layout's)`,
    `layout    ${timing(meshMs)}: ${percent(Math.abs(cost))} ${cost < 0 ? "less" : "more"} than one device`,
    `crosses   ${count(total)} bytes a run, ${count(Math.round(total / batch))} an image${report.transport === "f16" ? ", as halves" : ""}`,
    "",
    table(DEVICES, devices),
    faint("of one run in which every dispatch and transfer was timed; hidden: the share of the time of transfers to a"),
    faint("device during which it computed; idle: when it did not compute"),
    "",
    table(TRANSFERS, rows),
  ].join("\n");
}

/** How many devices a layout is measured on where nothing is told. */
const devicesFor = (layout: keyof typeof layouts): number => (layout === "single" ? 1 : 2);

export async function benchLayout(model: string, options: Options): Promise<void> {
  const { layout = "single", devices = devicesFor(layout), transport = "f32", trace, json } = options;
  if (options.train || options.baseline || options.wgsl || options.case) {
    throw new UsageError("--layout measures runs of a model: leave out --train, --baseline, --wgsl and --case");
  }
  const batch = Number(options.batch ?? 1);
  if (!Number.isInteger(batch) || batch < 1) throw new UsageError("--layout wants one --batch, a whole number");
  const { image, seed, weights } = modelArgs({ model, batch }, options, 0);
  const args: BenchLayoutArgs = {
    model,
    batch,
    image,
    seed,
    layout,
    devices,
    transport,
    runs: options.runs ?? DEFAULT_RUNS,
    budgetMs: options.budget === undefined ? BUDGET_MS : options.budget * 1000,
    ...(weights === undefined ? {} : { weights }),
  };
  const files = filesOf(modelArgs({ model, batch }, options, 0));
  const report = await onHost<BenchLayoutReport>(options.host, "benchLayout", args, { files, exactTimestamps: true });
  if (trace !== undefined) await writeFile(trace, JSON.stringify(report.trace));
  if (json === "-") console.log(JSON.stringify(report, null, 2));
  else console.log(layoutText(report));
  if (json !== undefined && json !== "-") await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (trace !== undefined && json !== "-") console.log(`\ntrace     ${trace}: open it in ui.perfetto.dev`);
  if (!report.check.passed) process.exitCode = EXIT.checkFailed;
}
