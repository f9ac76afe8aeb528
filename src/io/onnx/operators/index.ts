/** ONNX's operators by name. A family is a file; an operator is an entry of its table. */
import type { Translations } from "../site";
import { arithmetics } from "./arithmetic";
import { controls } from "./control";
import { convolutions } from "./convolutions";
import { dropouts } from "./dropout";
import { functions } from "./functions";
import { indexing } from "./indexing";
import { losses } from "./losses";
import { matrices } from "./matrices";
import { norms } from "./norms";
import { paddings } from "./padding";
import { pools } from "./pools";
import { quantization } from "./quantization";
import { recurrents } from "./recurrent";
import { reductions } from "./reductions";
import { resizes } from "./resize";
import { shapes } from "./shapes";
import { signals } from "./signals";

export const translations: Translations = {
  ...functions,
  ...arithmetics,
  ...shapes,
  ...matrices,
  ...reductions,
  ...convolutions,
  ...pools,
  ...paddings,
  ...controls,
  ...losses,
  ...quantization,
  ...recurrents,
  ...resizes,
  ...signals,
  ...dropouts,
  ...norms,
  ...indexing,
};
