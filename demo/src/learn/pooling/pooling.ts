/** Pooling of a small map of numbers, with windows that overlap or do not. */
import { f32, Graph, Tensor } from "../../../../src/index";
import type { Computation } from "../computation";

export interface Pooling {
  readonly kind: "max" | "average";
  readonly window: number;
  readonly stride: number;
  /** What becomes of a window that does not fit whole: left out, or clipped at the border. */
  readonly rounding: "floor" | "ceil";
}

/** Windows along an axis: where each begins and, after clipping, ends. Those that would begin outside are left out. */
export function windowsOf(side: number, { window, stride, rounding }: Pooling): (readonly [number, number])[] {
  const count = Math.floor((side - window) / stride) + 1;
  const windows = Array.from({ length: count }, (_, i) => [i * stride, i * stride + window] as const);
  const next = count * stride;
  const left = (side - window) % stride !== 0 && next < side;
  return rounding === "ceil" && left ? [...windows, [next, side] as const] : windows;
}

export const overlaps = ({ window, stride }: Pooling): boolean => window > stride;

/** Output `output` [1, 1, h, w]; of the largest also `winners`, the place y · W + x of each. */
export function pool(map: readonly number[], pooling: Pooling): Computation {
  const side = Math.sqrt(map.length);
  const { kind, window, stride, rounding } = pooling;
  return {
    key: `pool ${side} ${kind} ${window} ${stride} ${rounding}`,
    build: () => {
      const graph = new Graph("pooling");
      const input = graph.input("map", f32(1, 1, side, side));
      const attributes = { kernel: window, stride, rounding };
      if (kind === "average") graph.output("output", graph.apply("avgPool2d", { input }, attributes));
      else {
        const { output, indices } = graph.applyAll("maxPool2dWithIndices", { input }, attributes);
        if (output) graph.output("output", output);
        if (indices) graph.output("winners", indices);
      }
      return graph;
    },
    inputs: { map: Tensor.f32([1, 1, side, side], map) },
  };
}

/** The slides' map. */
export const SLIDE_MAP: readonly number[] = [12, 20, 30, 0, 8, 12, 2, 0, 34, 70, 37, 4, 112, 100, 25, 12];
