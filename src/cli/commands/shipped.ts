/** Weights that come with the package. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { TandemError } from "../../core/errors";
import { packageFolder } from "../hosts/package";

const at = (model: string): string => join(packageFolder(), "demo", "weights", `${model}.safetensors`);

/** The file of the weights that come with the package for a model, as the user would name it; undefined for none. */
export function shippedFor(model: string): string | undefined {
  const path = at(model);
  if (!existsSync(path)) return undefined;
  const near = relative(process.cwd(), path);
  return near.startsWith("..") ? path : near;
}

/** @throws TandemError when there are none. */
export function shippedWeights(model: string): string {
  const path = shippedFor(model);
  if (path === undefined) throw new TandemError(`no weights of ${model} come with the package; give --weights`);
  return path;
}
