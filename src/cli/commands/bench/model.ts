/** `tandem bench MODEL`: a model on a picture, layer by layer. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { warning } from "../../../bench/report";
import { TandemError } from "../../../core/errors";
import { EXIT } from "../../exit";
import { packageFolder } from "../../hosts/package";
import type { BenchModelArgs, BenchModelReport } from "../../tasks/benchModel";
import { modelFiles } from "../network";
import { onHost } from "../onHost";
import { shippedFor } from "../shipped";
import { compareWith } from "./baseline";
import { keep } from "./keep";
import { modelText } from "./modelText";
import type { Options } from "./options";

/** The photograph that the project ships, for benches without one. */
function shippedPhotograph(): string {
  const path = join(packageFolder(), "demo", "photographs", "chelsea.png");
  if (!existsSync(path)) throw new TandemError("the package brings no photograph here; name one with --image FILE");
  return path;
}

export async function benchNetwork(model: string, options: Options): Promise<void> {
  const image = options.image ?? shippedPhotograph();
  const weights = options.weights ?? (options.seed === undefined ? shippedFor(model) : undefined);
  const args: BenchModelArgs = {
    model,
    image,
    batch: options.batch,
    seed: options.seed ?? 0,
    budgetMs: options.budget * 1000,
    check: options.check,
    train: options.train ?? false,
    ...(weights === undefined ? {} : { weights }),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
  };
  const files = [image, ...modelFiles(model), ...(weights === undefined ? [] : [weights])];
  const report = await onHost<BenchModelReport>(options.host, "benchModel", args, { files, exactTimestamps: true });
  if (options.json !== "-") console.log(modelText(report));
  await keep(options.json, report);
  if (options.baseline === undefined) return;
  const { text, slower } = await compareWith(options.baseline, report);
  console.error(slower ? warning(text) : text);
  if (slower) process.exitCode = EXIT.regression;
}
