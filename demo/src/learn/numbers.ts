/** Numbers of any size, as a page shows them. */
import { number } from "../i18n";

const RAISED: Readonly<Record<string, string>> = Object.fromEntries(
  [..."⁰¹²³⁴⁵⁶⁷⁸⁹"].map((digit, i) => [String(i), digit]),
);

/** As it is while it is readable, else with a power of ten; an ellipsis for what is not there yet. */
export function powers(value: number | undefined): string {
  if (value === undefined) return "…";
  const size = Math.abs(value);
  if (!Number.isFinite(size)) return Number.isNaN(size) ? "NaN" : "∞";
  if (size === 0 || (size >= 0.001 && size < 100_000)) return number(value, 4);
  const power = Math.floor(Math.log10(size));
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[digit]).join("");
  return `${number(value / 10 ** power, 1)} · 10${power < 0 ? "⁻" : ""}${digits}`;
}
