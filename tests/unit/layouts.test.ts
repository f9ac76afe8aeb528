/** Layouts without a device: placed graphs compute in float64 what the plain graph computes, and move what they should. */
import { describe, expect, test } from "vitest";
import { compare } from "../../src/core/compare";
import { LayoutError, UnknownNameError } from "../../src/core/errors";
import { f32 } from "../../src/core/tensor";
import { evaluate } from "../../src/graph/evaluate";
import { Graph } from "../../src/graph/graph";
import { type Layout, type LayoutName, layoutOf, layouts } from "../../src/layout/layout";
import { placeGraph } from "../../src/layout/place";
import { models } from "../../src/models";
import { optimizerSettings } from "../../src/train/optimizer";
import { classifierLoss, countedMasks, trainingStep } from "../../src/train/step";
import { bytesAcross, evaluatePlaced, feedsOf, heldBy } from "../support/placed";

const NAMES = Object.keys(layouts) as LayoutName[];

/** A perceptron with a normalisation, so that more than AlexNet's layers is seen. */
function perceptron(batch: number): Graph {
  const graph = new Graph("perceptron");
  let value = graph.input("image", f32(batch, 12));
  for (const [i, width] of [16, 8].entries()) {
    const weight = graph.parameter(`hidden${i}.weight`, f32(width, value.shape[1] as number));
    value = graph.apply(
      "linear",
      { input: value, weight, bias: graph.parameter(`hidden${i}.bias`, f32(width)) },
      {},
      `hidden${i}`,
    );
    const [gamma, beta, mean, variance] = ["gamma", "beta", "mean", "variance"].map((name) =>
      graph.parameter(`norm${i}.${name}`, f32(width)),
    );
    value = graph.apply(
      "batchNorm",
      { input: value, gamma, beta, mean, variance } as never,
      { training: true },
      `norm${i}`,
    );
    value = graph.apply("tanh", { input: value });
  }
  value = graph.apply("matmul", { a: value, b: graph.parameter("last.weight", f32(8, 4)) }, {}, "last");
  graph.output("logits", value);
  return graph;
}

const training = (graph: Graph, settings = {}): Graph => {
  const step = trainingStep(classifierLoss(graph), optimizerSettings(settings)).graph;
  for (const [parameter, value] of step.updates) step.output(`new ${parameter.name}`, value);
  return step;
};

const GRAPHS: Readonly<Record<string, () => Graph>> = {
  "alexnet-glyphs": () => models["alexnet-glyphs"].build({ batch: 4 }),
  "alexnet-textures, every layer read": () => models["alexnet-textures"].build({ batch: 4, taps: true }),
  "a step of alexnet-glyphs": () => training(models["alexnet-glyphs"].build({ batch: 4, masks: countedMasks(3) })),
  "a perceptron with batch normalisation": () => perceptron(8),
  "a step of the perceptron, clipped, guarded, by Adam": () =>
    training(perceptron(8), { rule: "adam", clipNorm: 0.5, guard: true, maxNorm: 1 }),
};

describe.each(Object.entries(GRAPHS))("%s", (_, build) => {
  const graph = build();
  const feeds = feedsOf(graph);
  const expected = evaluate(graph, feeds);

  test.each(NAMES.flatMap((name) => [1, 2, 4].map((devices) => [name, devices] as const)))(
    "%s on %i devices",
    (name, devices) => {
      const layout = layouts[name];
      if (devices < ((layout as Layout).minimum ?? 1)) {
        expect(() => placeGraph(graph, layout, { devices })).toThrow(LayoutError);
        return;
      }
      const outputs = evaluatePlaced(placeGraph(graph, layout, { devices }), feeds);
      for (const [output, want] of Object.entries(expected)) {
        const mismatch = compare(outputs[output] as Float64Array, want, { rtol: 1e-8, atol: 1e-10 });
        expect(mismatch, output).toBeUndefined();
      }
    },
  );
});

describe("AlexNet on two towers", () => {
  const towers = layouts["two-tower"];

  test("as it was run in 2012 it moves and holds what the released configuration has", () => {
    const placed = placeGraph(models["alexnet-2012"].build({ batch: 1 }), towers, { devices: 2 });
    expect(bytesAcross(placed)).toBe(234_496);
    expect(heldBy(placed)).toEqual([32_531_112, 28_434_112]);
    const oneWay = placed.crossings.filter(({ from }) => from === 0);
    expect(oneWay.map(({ value }) => 4 * value.shape.reduce((a, b) => a * b, 1))).toEqual([86_528, 18_432, 8_192]);
  });

  test("forward and backward, each as much", () => {
    const graph = models["alexnet-2012"].build({ batch: 1, masks: countedMasks(0) });
    const placed = placeGraph(trainingStep(classifierLoss(graph), optimizerSettings()).graph, towers, { devices: 2 });
    expect(bytesAcross(placed)).toBe(468_992);
    // Weights, and the velocity of each beside it.
    expect(heldBy(placed)).toEqual([2 * 32_531_112, 2 * 28_434_112]);
  });

  test.each(["alexnet", "alexnet-caffe"] as const)("%s reads two channels of the neighbour for each norm", (name) => {
    const placed = placeGraph(models[name].build({ batch: 1 }), towers, { devices: 2 });
    expect(bytesAcross(placed)).toBe(234_496 + 2 * (24_200 + 5_832));
  });
});

describe("refused", () => {
  const glyphs = models["alexnet-glyphs"].build({ batch: 3 });

  test("too few devices, units and samples that do not divide", () => {
    expect(() => placeGraph(glyphs, layouts["two-tower"], { devices: 1 })).toThrow(
      "wants 2 devices or more, but the mesh has 1",
    );
    expect(() => placeGraph(glyphs, layouts["two-tower"], { devices: 5 })).toThrow(
      'layer "conv1": 16 units or channels do not divide evenly among 5 devices',
    );
    expect(() => placeGraph(glyphs, layouts["data-parallel"], { devices: 2 })).toThrow(
      "3 samples do not divide evenly",
    );
  });

  test("layers, devices and layouts that are not there", () => {
    const rule = (changes: object): Layout => ({ name: "mine", rules: [{ split: "units", ...changes }] });
    expect(() => placeGraph(glyphs, rule({ layers: ["fc9"] }), { devices: 2 })).toThrow("no layer of this name");
    expect(() => placeGraph(glyphs, rule({ split: "alone", on: 2 }), { devices: 2 })).toThrow(
      "puts layers on device 2",
    );
    expect(() => layoutOf("towers" as LayoutName)).toThrow(UnknownNameError);
  });
});
