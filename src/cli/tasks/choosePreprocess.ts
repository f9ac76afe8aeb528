/** How pictures are prepared for a model that is known: by the user's word, by signs in a file, or by what it is known for. */
import { TandemError } from "../../core/errors";
import type { Model } from "../../models";
import { PREPROCESS, type PreprocessName, preprocessOf, recolour } from "../../models/preprocess";
import type { PreprocessChoice } from "./opened";

/** How pictures are prepared for a built-in model: as the user says, as the names in the file tell, or as it is known for. */
export function choosePreprocess(
  model: Pick<Model, "name" | "recipe">,
  wanted: PreprocessName | undefined,
  foreign: readonly string[],
): { recipe: Model["recipe"]; choice: PreprocessChoice } {
  const { recipe } = model;
  if (wanted !== undefined) {
    if (recipe.channels === "grey")
      throw new TandemError(`${model.name} takes grey pictures, which --preprocess has no way for`);
    return {
      recipe: recolour(recipe, wanted),
      choice: { says: PREPROCESS[wanted].says, because: "as --preprocess says" },
    };
  }
  const sign = recipe.channels === "grey" ? undefined : preprocessOf(foreign);
  if (sign)
    return { recipe: recolour(recipe, sign.way), choice: { says: PREPROCESS[sign.way].says, because: sign.because } };
  const says =
    recipe.scale === 1
      ? `${recipe.channels} from 0 to 255, minus ${recipe.mean.join(", ")}${recipe.deviation.some((d) => d !== 1) ? `, by ${recipe.deviation.join(", ")}` : ""}`
      : PREPROCESS.torchvision.says;
  return { recipe, choice: { says, because: `as ${model.name} is known for` } };
}
