/** Times of kernels, which may be shorter than anything else the page shows. */
import { duration, number } from "../i18n";

/** Nanoseconds in the unit that reads best. */
export function time(ns: number): string {
  if (ns < 100) return `${number(ns, 1)} ns`;
  return ns < 1e6 ? `${number(ns / 1000, ns < 1e4 ? 2 : 1)} µs` : duration(ns / 1e6);
}
