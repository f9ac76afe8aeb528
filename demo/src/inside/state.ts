/** What the visitor looks at; kept while other sections are open. */
import { signal } from "@preact/signals";

/** The open row, by its number; undefined when none is. */
export const openRow = signal<number | undefined>(0);

export const order = signal<"strongest" | "own">("strongest");
