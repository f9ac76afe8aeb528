/** One run of `tandem bench`: everything that was asked for, measured in one host. */
import type { OwnText } from "../../../bench/ownKernel";
import { RESULTS_SCHEMA, type Results } from "../../../bench/results";
import { tandemVersion } from "../../hosts/commit";
import type { BenchModelArgs, BenchModelReport } from "../../tasks/benchModel";
import type { BenchOpsArgs, BenchOpsReport } from "../../tasks/benchOps";
import type { Call } from "../onHost";
import { modelRow } from "./model";
import type { Request } from "./request";

/** Results, and of each model the report of its layers. */
export interface Measured {
  readonly results: Results;
  readonly models: readonly BenchModelReport[];
}

/** Measures ops, then models. `told` hears of each model's report as soon as it is there. */
export async function measureAll(
  call: Call,
  { entries, settings }: Pick<Request, "entries" | "settings">,
  models: readonly BenchModelArgs[],
  own: readonly OwnText[],
  before?: Results,
): Promise<Measured> {
  const args: BenchOpsArgs = { entries, settings, own, ...(before ? { ceilings: before.ceilings } : {}) };
  const measured = entries.length > 0 ? await call<BenchOpsReport>("benchOps", args) : undefined;
  const reports: BenchModelReport[] = [];
  for (const each of models) reports.push(await call<BenchModelReport>("benchModel", each));
  const [first] = reports;
  const place = measured ?? (first as BenchModelReport);
  return {
    models: reports,
    results: {
      schema: RESULTS_SCHEMA,
      date: place.date,
      tandem: await tandemVersion(),
      host: place.host,
      adapter: place.adapter,
      settings,
      ceilings: place.ceilings,
      rows: [...(measured?.rows ?? []), ...reports.map(modelRow)],
      failures: measured?.failures ?? [],
      ...(reports.length > 0 ? { models: reports } : {}),
    },
  };
}
