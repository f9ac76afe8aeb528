/** Windows of signals: known as soon as their size is. */
import { known } from "../held";
import type { Translate, Translations } from "../site";
import { elementType } from "./shapes";

/** Σ cᵢ · cos(2π · i · n / N), N one less for a window that is symmetric. */
const cosines =
  (...coefficients: readonly number[]): Translate =>
  (site) => {
    const size = site.values(0)[0] as number;
    const span = site.flag("periodic", true) ? size : size - 1;
    const at = (n: number): number =>
      coefficients.reduce((sum, c, i) => sum + c * Math.cos((2 * Math.PI * i * n) / span), 0);
    const type = elementType(site, site.int("output_datatype", 1));
    if (!(size >= 0 && size <= 1 << 22)) site.refuse(`its window has ${size} numbers`);
    return known({ type, shape: [size], data: Float64Array.from({ length: size }, (_, n) => at(n)) });
  };

export const signals: Translations = {
  BlackmanWindow: cosines(0.42, -0.5, 0.08),
  HammingWindow: cosines(25 / 46, -21 / 46),
  HannWindow: cosines(0.5, -0.5),
};
