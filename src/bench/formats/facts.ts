/** What qualifies the numbers of a report, as lines of text without colour. */
import type { Ceilings } from "../ceilings";
import type { AdapterFacts } from "../facts";
import { duration, figure } from "./cells";

export const adapterName = ({ vendor, architecture, description, driver }: AdapterFacts): string =>
  [...new Set([vendor, architecture, description, driver].filter(Boolean))].join(" / ") || "unnamed";

/** What the device can do at best, in three lines. */
export const ceilingLines = (ceilings: Ceilings): string[] => [
  `measured ceilings: ${figure(ceilings.gflops)} GFLOP/s of multiply-adds, ${figure(ceilings.copyGbps)} GB/s copied, ` +
    `${figure(ceilings.readGbps)} GB/s read`,
  `workgroup memory ${figure(ceilings.workgroupGbps)} GB/s, upload ${figure(ceilings.uploadGbps)} GB/s, ` +
    `readback ${figure(ceilings.readbackGbps)} GB/s`,
  `a dispatch ${figure(ceilings.dispatchUs)} µs, a run with readback ${duration(ceilings.roundTripMs)}`,
];
