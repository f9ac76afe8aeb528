/** Addresses after the hash: `#/learn/pooling` is section `learn`, rest `pooling`. They work from any folder. */
import { signal } from "@preact/signals";

export interface Route {
  readonly section: string;
  /** What follows the section's name, split at slashes. */
  readonly rest: readonly string[];
}

function parse(hash: string): Route {
  const [section = "", ...rest] = hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
  return { section, rest };
}

export const route = signal<Route>(parse(location.hash));

addEventListener("hashchange", () => {
  route.value = parse(location.hash);
});

/** The address of a place in the page, for `href`. */
export const to = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join("/")}`;
