/** What the demo's Train here works out without a device: the network, drawings, curves. */
import { describe, expect, test } from "vitest";
import { averaged, joined } from "../../demo/src/train/curves";
import { fittedStrokes, type Stroke } from "../../demo/src/train/drawing";
import { DRAWN, modelOf, parametersOf, seen } from "../../demo/src/train/network";
import { evaluate } from "../../src/graph/evaluate";
import { pictureTask } from "../../src/index";
import { glyphDataset } from "../../src/io/datasets";

describe("strokes", () => {
  const corner: Stroke[] = [
    [
      [0.4, 0.2],
      [0.4, 0.6],
      [0.5, 0.6],
    ],
  ];

  test("fill the middle of the picture, whatever their size and place", () => {
    const [fitted = []] = fittedStrokes(corner, 28);
    expect(fitted[0]?.[1]).toBeCloseTo(3);
    expect(fitted[1]?.[1]).toBeCloseTo(25);
    expect(fitted[0]?.[0]).toBeCloseTo(14 - 2.75);
    expect(fitted[2]?.[0]).toBeCloseTo(14 + 2.75);
    const moved = corner.map((stroke) => stroke.map(([x, y]) => [x / 3 + 0.5, y / 3] as const));
    for (const [i, [x, y]] of (fittedStrokes(moved, 28)[0] ?? []).entries()) {
      expect(x).toBeCloseTo(fitted[i]?.[0] ?? Number.NaN);
      expect(y).toBeCloseTo(fitted[i]?.[1] ?? Number.NaN);
    }
  });

  test("a dot stays a dot in the middle, and nothing stays nothing", () => {
    expect(fittedStrokes([[[0.9, 0.1]]], 28)).toEqual([[[14, 14]]]);
    expect(fittedStrokes([])).toEqual([]);
  });
});

test("curves are averaged over ten steps, and a sparse one has gaps", () => {
  expect(averaged([1, 2, 3])).toEqual([1, 1.5, 2]);
  expect(averaged(Array.from({ length: 20 }, (_, i) => i)).at(-1)).toBe(14.5);
  expect(joined([1, 2, 3], [1, 3], [0.5, 0.25])).toEqual([0.5, null, 0.25]);
});

describe("the small network", () => {
  const model = modelOf("small", "LOX");

  test("has as many outputs as letters, weights for all it declares, and gives probabilities", () => {
    const graph = model.build();
    const weights = model.initialise(3);
    expect(Object.keys(weights).sort()).toEqual([...graph.parameters.keys()].sort());
    expect(parametersOf(model)).toBe(8 * 25 + 8 + 16 * 8 * 9 + 16 + 64 * 576 + 64 + 3 * 64 + 3);
    const image = seen(new Float32Array(DRAWN * DRAWN).fill(100), model.recipe);
    const feeds = Object.entries({ ...weights, image }).map(([name, { data }]) => [name, Float64Array.from(data)]);
    const probabilities = [...(evaluate(graph, Object.fromEntries(feeds)).probabilities ?? [])];
    expect(probabilities).toHaveLength(3);
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1);
    // Small last weights: no letter is preferred before anything is learnt.
    expect(Math.max(...probabilities)).toBeLessThan(0.5);
  });

  test("sees the middle of a drawing as training sees held-out letters", async () => {
    const heldOut = glyphDataset({ count: 1, seed: 5, split: "held-out", letters: "L" });
    const drawn = new Float32Array(DRAWN * DRAWN);
    await heldOut.read(0, drawn, 0);
    const task = await pictureTask({
      model: modelOf("small", "L"),
      train: heldOut,
      heldOut,
      batch: 1,
      seed: 0,
      augmentation: { crop: false, mirror: false, colour: 0 },
    });
    const { graph } = task.network(false);
    const cut = graph.nodes.find(({ name }) => name === "normalise")?.outputs.output;
    if (!cut) throw new Error("training normalises its pictures");
    graph.output("cut", cut);
    const batch = { ...task.weights, ...(await task.batch({ epoch: 0, position: 0, draw: 0 })) };
    const feeds = Object.entries(batch).map(([name, { data }]) => [name, Float64Array.from(data)]);
    const trained = evaluate(graph, Object.fromEntries(feeds)).cut ?? [];
    const { data } = seen(drawn, model.recipe);
    expect(data).toHaveLength(trained.length);
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(trained[i] ?? Number.NaN, 4);
  });
});
