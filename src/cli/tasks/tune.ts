/** Measures kernels for what a model or an op needs, where the GPU is. The choices go back to the command line. */
import { measureCeilings } from "../../bench/ceilings";
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { type TuneOutcome, tuneGraphs } from "../../bench/tune/tune";
import { casesOf, workloadOf } from "../../bench/workloads";
import { UnknownNameError } from "../../core/errors";
import { openDevice } from "../../engine/device";
import type { Graph } from "../../graph/graph";
import { type Model, models } from "../../models";
import { ops } from "../../ops";
import type { AnyOp } from "../../ops/op";
import { optimizerSettings, RECIPE_2012 } from "../../train/optimizer";
import { classifierLoss, trainingStep } from "../../train/step";
import type { HostFacts, TaskContext } from "../hosts/context";

export interface TuneArgs {
  /** A model or an op. */
  readonly what: string;
  /** Of a model. */
  readonly batch: number;
  /** Of a model: what a step of training needs, too. */
  readonly train: boolean;
  /** Of an op: only cases with this in their name. */
  readonly filter?: string;
  /** Wall time for each problem. */
  readonly budgetMs: number;
}

export interface TuneReport {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly outcomes: readonly TuneOutcome[];
  readonly failed: readonly { readonly key: string; readonly reason: string }[];
  /** The choices, as a file. */
  readonly tuning: string;
}

function graphsOf({ what, batch, train, filter }: TuneArgs): readonly Graph[] {
  if (Object.hasOwn(models, what)) {
    const graph = (models as Readonly<Record<string, Model>>)[what]?.build({ batch }) as Graph;
    const step = () => trainingStep(classifierLoss(graph), optimizerSettings(RECIPE_2012)).graph;
    return train ? [graph, step()] : [graph];
  }
  const op = (ops as Readonly<Record<string, AnyOp>>)[what];
  if (!op) throw new UnknownNameError("model or op", what, [...Object.keys(models), ...Object.keys(ops)]);
  return casesOf(op, filter).map((which) => workloadOf(op, which).graph);
}

export async function tune(args: TuneArgs, context: TaskContext): Promise<TuneReport> {
  const graphs = graphsOf(args);
  const device = await openDevice({ gpu: context.gpu, label: "tune" });
  try {
    context.progress({ done: 0, total: 1, what: "measuring what this device can do at best" });
    const ceilings = await measureCeilings(device);
    const options = { budgetMs: args.budgetMs, onProgress: context.progress };
    const { tuning, outcomes, failed } = await tuneGraphs(device, graphs, ceilings, options);
    return {
      host: context.host,
      adapter: adapterFacts(device.facts),
      outcomes,
      failed,
      tuning: tuning.toString(),
    };
  } finally {
    device.destroy();
  }
}
