/** Makes the input tensors of a case from its recipes: the same values on every machine. */
import { allocate } from "../core/dtype";
import { streamOf, uniform } from "../core/random";
import { sizeOf } from "../core/shape";
import { Tensor, type TensorType } from "../core/tensor";
import type { Case, Named, Recipe } from "./op";

function valueAt(recipe: Recipe, stream: number, i: number): number {
  const u = uniform(stream, i);
  switch (recipe.kind) {
    case "uniform":
      return u * (recipe.scale ?? 1);
    case "integers":
      return Math.min(recipe.max, recipe.min + Math.floor(((u + 1) / 2) * (recipe.max - recipe.min + 1)));
    case "range":
      return recipe.min + ((u + 1) / 2) * (recipe.max - recipe.min);
    case "values":
      return recipe.values[i % recipe.values.length] ?? 0;
    default:
      return recipe satisfies never;
  }
}

const DEFAULT: Recipe = { kind: "uniform" };

/** A tensor of `type` by `recipe`; `stream` tells it from its siblings. */
export function makeTensor(type: TensorType, recipe: Recipe, stream: number): Tensor {
  const data = allocate(type.dtype, sizeOf(type.shape));
  for (let i = 0; i < data.length; i++) data[i] = valueAt(recipe, stream, i);
  return new Tensor(type.shape, data);
}

/** Every input tensor of a case, by name. */
export function makeInputs(problem: Pick<Case, "inputs" | "recipes">, seed = 1): Named<Tensor> {
  return Object.fromEntries(
    Object.entries(problem.inputs).map(([name, type]) => [
      name,
      makeTensor(type, problem.recipes?.[name] ?? DEFAULT, streamOf(seed, name)),
    ]),
  );
}
