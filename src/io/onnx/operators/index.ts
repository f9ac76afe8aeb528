/** ONNX's operators by name. A family is a file; an operator is an entry of its table. */
import type { Translations } from "../site";
import { arithmetics } from "./arithmetic";
import { convolutions } from "./convolutions";
import { functions } from "./functions";
import { indexing } from "./indexing";
import { matrices } from "./matrices";
import { norms } from "./norms";
import { paddings } from "./padding";
import { pools } from "./pools";
import { reductions } from "./reductions";
import { shapes } from "./shapes";

export const translations: Translations = {
  ...functions,
  ...arithmetics,
  ...shapes,
  ...matrices,
  ...reductions,
  ...convolutions,
  ...pools,
  ...paddings,
  ...norms,
  ...indexing,
};
