/**
 * The page's sections. To add one:
 *
 * 1. Make a folder `demo/src/<id>/` with `index.tsx`, whose default export is a component without properties, and
 *    `words.ts` (see `i18n.ts`); a stylesheet is imported by `index.tsx`, and its classes begin with the section's name.
 * 2. Add a row below, and its name to `words.ts` here. The section is a chunk of its own, loaded when it is opened or when
 *    the page is idle, so the first page stays small; after that the page asks the network for nothing.
 *
 * What a section has to hand:
 * - `engine.ts`: `const { device } = useEngine()` is the open `Device` (the shell renders a section only when there is one),
 *   `where(facts)` names the adapter. When the device is lost the shell shows one button; the section is then mounted afresh
 *   with a new device. What should outlive that (a picture, a choice) lives in signals at module scope, not in components;
 *   programs live in components, made in an effect and destroyed by it (`useTask` of `hooks.ts` does both, and leaves out
 *   answers that come late).
 * - `components/`: Bars, Tabs, Slider, NumberGrid, LineChart, PictureInput, Notice, Progress, PixelCanvas.
 * - `styles/tokens.css`: colours, spaces and type. Use the tokens; tower A and tower B are the two colours that mean something.
 * - `router.ts`: `route.value.rest` is what follows the section's name; `to("learn", "pooling")` is an address.
 * - The engine comes from the public API alone: `import { Graph } from "../../../src/index"`. Export from there what you miss.
 *
 * Work that takes more than some milliseconds of the main thread belongs in a worker; a worker opens its own device.
 */
import type { ComponentType } from "preact";
import type { names } from "./words";

export interface Section {
  readonly id: keyof typeof names;
  readonly load: () => Promise<{ default: ComponentType }>;
}

export const sections: readonly Section[] = [
  { id: "classify", load: () => import("./classify") },
  { id: "inside", load: () => import("./inside") },
  { id: "devices", load: () => import("./devices") },
  { id: "learn", load: () => import("./learn") },
  { id: "train", load: () => import("./train") },
  { id: "lab", load: () => import("./lab") },
];
