/** The report of a model, layer by layer, for a terminal. */
import {
  bytes,
  ceilingsText,
  count,
  duration,
  faint,
  figure,
  heading,
  layerTable,
  percent,
  strong,
  timing,
} from "../../../bench/report";
import type { BenchModelReport } from "../../tasks/benchModel";
import { guessLines, weightsLine } from "../network";

export function modelText(report: BenchModelReport): string {
  const { times, totals, memory, timestamps } = report;
  const wall = times.steadyMs.median;
  const method =
    timestamps.method === "timestamp-query"
      ? `timestamp queries, clock step ${duration(timestamps.quantumNs / 1e6)}`
      : "the queue, step by step (no timestamp queries here: overhead is included)";
  return [
    heading(report.host, report.adapter),
    `model     ${report.model}, batch ${report.batch}: ${count(report.parameters)} parameters, ${figure(report.flops / 1e9)} GFLOP a run`,
    `weights   ${weightsLine(report.weights)}`,
    `${report.drawn ? "inputs" : "image "}    ${report.image}`,
    `check     ${report.check ? `agrees with the naive kernels (largest error ${percent(report.check.ratio)} of what is allowed)` : "not asked for"}`,
    "",
    ...(report.top.length > 0 ? [...guessLines(report.top), ""] : []),
    `start     device ${duration(times.openMs)}, compile ${duration(times.compileMs)}, weights ${duration(times.weightsMs)}, ` +
      `upload ${duration(times.uploadMs)}${report.drawn ? "" : `, picture ${duration(times.preprocessMs)}`}`,
    `runs      first ${duration(times.firstMs)}, steady ${timing(times.steadyMs)} ` +
      `(${times.steadyMs.count} runs, 95 % of the median in ${duration(times.steadyMs.low)} to ${duration(times.steadyMs.high)})`,
    `          ${figure((1000 * report.batch) / wall)} ${report.drawn ? "runs" : "images"}/s, ${figure(report.flops / wall / 1e6)} GFLOP/s`,
    `memory    peak ${bytes(memory.peak)}: parameters ${bytes(memory.plan.parameters + memory.plan.prepared)}, ` +
      `activations ${bytes(memory.plan.transient)} (${bytes(memory.plan.transientUnshared)} unshared)`,
    "",
    layerTable(report.layers),
    "",
    `kernels   ${duration(totals.kernelMs)} of ${duration(wall)} wall time; ` +
      (totals.gapMs >= 0
        ? `the other ${duration(totals.gapMs)} (${percent(totals.gapMs / wall)}) are uploads, readback, submission, waiting`
        : "timing each step by itself costs more than the gaps of a run"),
    `timing    ${method}; ${timestamps.runs} runs; median ± median absolute deviation`,
    faint(ceilingsText(report.ceilings)),
    ...trainingLines(report),
  ].join("\n");
}

/** Parts of a step of training that are listed. */
const PARTS = 16;

function trainingLines({ training, batch }: BenchModelReport): string[] {
  if (!training) return [];
  const { stepMs, memory, layers } = training;
  const kept = memory.parameters + memory.prepared;
  return [
    "",
    strong("A step of training: forward, gradients, update by the recipe of 2012"),
    `step      ${timing(stepMs)} (${stepMs.count} steps), ${figure((1000 * batch) / stepMs.median)} images/s`,
    `kernels   ${duration(training.kernelMs)}, ${figure(training.timesForward)} times the forward pass`,
    `memory    weights and what the optimiser keeps ${bytes(kept)}, activations and gradients ${bytes(memory.transient)}`,
    "",
    layerTable(layers.slice(0, PARTS)),
    ...(layers.length > PARTS ? [faint(`and ${layers.length - PARTS} parts that take less`)] : []),
  ];
}
