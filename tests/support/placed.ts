/** Placed graphs in float64, without any device: the same numbers in as the plain graph gets, the same out. */

import { streamOf } from "../../src/core/random";
import { sizeOf } from "../../src/core/shape";
import type { Tensor } from "../../src/core/tensor";
import { evaluate } from "../../src/graph/evaluate";
import type { Graph } from "../../src/graph/graph";
import type { Pieces, PlacedGraph } from "../../src/layout/place";
import { makeTensor } from "../../src/ops/inputs";
import type { Named } from "../../src/ops/op";
import { cutOut, putBack } from "./ranges";

/** Numbers for every input and parameter of a graph: small ones, and labels and steps that are whole. */
export function feedsOf(graph: Graph, scale = 0.3): Record<string, Float64Array> {
  const all = [...graph.inputs.values(), ...graph.parameters.values()];
  return Object.fromEntries(
    all.map(({ name, type }) => {
      if (name === "one") return [name, Float64Array.of(1)];
      if (name === "schedule") return [name, Float64Array.of(1, 1, 1)];
      const recipe =
        type.dtype === "i32" ? ({ kind: "integers", min: 0, max: 2 } as const) : ({ kind: "uniform", scale } as const);
      const tensor: Tensor = makeTensor(type, recipe, streamOf(5, name));
      return [name, Float64Array.from(tensor.data)];
    }),
  );
}

/** Evaluates a placed graph on what the graph it was made from would be fed. */
export function evaluatePlaced(placed: PlacedGraph, feeds: Named<Float64Array>): Record<string, Float64Array> {
  const own: Record<string, Float64Array> = {};
  const fill = (pieces: Pieces, declared: Graph["inputs"]) => {
    for (const [name, list] of pieces) {
      const shape = declared.get(name)?.shape ?? [];
      for (const { range, name: piece } of list) {
        const data = feeds[name] as Float64Array;
        own[piece] = range ? cutOut(data, shape, range) : data;
      }
    }
  };
  fill(placed.inputs, placed.source.inputs);
  fill(placed.parameters, placed.source.parameters);
  const values = evaluate(placed.graph, own);
  const outputs: Record<string, Float64Array> = {};
  for (const [name, list] of placed.outputs) {
    const shape = placed.source.outputs.get(name)?.shape ?? [];
    const whole = new Float64Array(sizeOf(shape));
    for (const { range, name: piece } of list) {
      const part = values[piece] as Float64Array;
      if (range) putBack(whole, shape, range, part, false);
      else whole.set(part);
    }
    outputs[name] = whole;
  }
  return outputs;
}

/** Bytes that cross, in all. */
export const bytesAcross = ({ crossings }: PlacedGraph): number =>
  crossings.reduce((sum, { value }) => sum + 4 * sizeOf(value.shape), 0);

/** Elements of parameters that each device holds. */
export function heldBy({ parameters, graph, devices }: PlacedGraph): number[] {
  const held = new Array<number>(devices).fill(0);
  for (const list of parameters.values()) {
    for (const { device, name } of list)
      held[device] = (held[device] as number) + sizeOf(graph.parameters.get(name)?.shape ?? []);
  }
  return held;
}
