/**
 * Two languages. A section keeps its texts in `<section>/words.ts`:
 *
 *     export const words = dictionary({ title: "Classify", seen: (n: number) => `${n} seen` }, { title: "Classificar", … });
 *
 * and a component calls `words()` for those of the language that is shown; it renders again when that changes. English
 * says which keys there are; Portuguese that lacks one, or has another, does not compile.
 */
import { computed, signal } from "@preact/signals";

export type Language = "en" | "pt";

type Text = string | ((...args: never[]) => string);

interface Texts {
  readonly [key: string]: Text | readonly string[] | Texts;
}

/** The same keys, any text: what a translation is. */
type Translated<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...args: infer A) => string
      ? (...args: A) => string
      : T[K] extends readonly string[]
        ? readonly string[]
        : Translated<T[K]>;
};

const KEPT = "tandem.language";

function initial(): Language {
  const kept = recall(KEPT);
  if (kept === "en" || kept === "pt") return kept;
  return navigator.language.toLowerCase().startsWith("pt") ? "pt" : "en";
}

/** What the browser keeps for this page; nothing where it keeps nothing. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a setting for the next visit, where the browser allows it. */
export function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A private window: the setting lasts as long as the page.
  }
}

export const language = signal<Language>(initial());

export function setLanguage(next: Language): void {
  language.value = next;
  keep(KEPT, next);
}

export function dictionary<const T extends Texts>(en: T, pt: Translated<T>): () => Translated<T> {
  return () => (language.value === "pt" ? pt : (en as unknown as Translated<T>));
}

const locale = computed(() => (language.value === "pt" ? "pt-BR" : "en-GB"));

/** A number as the language writes it, with at most `digits` after the point. */
export const number = (value: number, digits = 0): string =>
  new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(value);

/** A share of 1 in per cent. */
export const percent = (value: number, digits = 1): string =>
  new Intl.NumberFormat(locale.value, { style: "percent", maximumFractionDigits: digits }).format(value);

/** A large count, short: 61 M, 724 M. */
export const compact = (value: number): string =>
  new Intl.NumberFormat(locale.value, { notation: "compact", maximumSignificantDigits: 3 }).format(value);

/** Bytes in the unit that fits. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${number(value / 1000 ** power, power === 0 ? 0 : 1)} ${units[power]}`;
}

/** Milliseconds, in seconds from 1000 on. */
export function duration(ms: number): string {
  if (ms >= 1000) return `${number(ms / 1000, 2)} s`;
  return `${number(ms, ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}
