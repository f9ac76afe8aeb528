/** What training needs and no GPU: schedules, checkpoints, the order of pictures, colours, and signs of trouble. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Tensor } from "../../src/core/tensor";
import { Graph } from "../../src/graph/graph";
import { writeSafetensors } from "../../src/io/safetensors";
import { type Checkpoint, checkSettings, readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint";
import { diagnose } from "../../src/train/diagnosis";
import { optimizerSettings } from "../../src/train/optimizer";
import { eigenvectors, shuffled } from "../../src/train/pictures";
import { parseSchedule } from "../../src/train/schedules";
import { classifierLoss } from "../../src/train/step";

describe("schedules", () => {
  test("step down by epochs, along a cosine, and up from nothing", () => {
    const steps = parseSchedule("step:10:0.1");
    expect([0, 9, 10, 25].map((epoch) => steps.factor(0, epoch))).toEqual([1, 1, 0.1, 0.1 ** 2]);
    const wave = parseSchedule("cosine:100");
    expect(wave.factor(0, 0)).toBe(1);
    expect(wave.factor(50, 0)).toBeCloseTo(0.5, 12);
    expect(wave.factor(100, 0)).toBeCloseTo(0, 12);
    expect(wave.factor(1000, 0)).toBeCloseTo(0, 12);
    const warm = parseSchedule("warmup:4,cosine:10");
    expect([0, 1, 3, 4].map((step) => warm.factor(step, 0))).toEqual([0.25, 0.5, 1, 1]);
    expect(warm.factor(9, 0)).toBeCloseTo(0.5, 12);
  });

  test("a plateau divides by ten after so many epochs that are no better, and again after as many", () => {
    const schedule = parseSchedule("plateau:2");
    const factors = [0.5, 0.4, 0.4, 0.41, 0.39, 0.39, 0.39].map((error) => {
      schedule.observe(error);
      return schedule.factor(0, 0);
    });
    expect(factors).toEqual([1, 1, 1, 0.1, 0.1, 0.1, 0.01]);
    const later = parseSchedule("plateau:2");
    later.restore(schedule.state());
    expect(later.factor(0, 0)).toBe(0.01);
  });

  test.each(["", "step:10", "step:0:0.1", "cosine", "plateau:x", "warmup:5,step:1", "constant,constant", "linear:3"])(
    "%j is refused by what there is",
    (text) => expect(() => parseSchedule(text)).toThrow(/plateau:EPOCHS/),
  );
});

describe("checkpoints", () => {
  const checkpoint: Checkpoint = {
    model: "alexnet-glyphs",
    parameters: {
      "conv1.weight": Tensor.f32([2, 2], [1, Number.NaN, -0, 1e-40]),
      "optimizer/velocity/conv1.weight": Tensor.f32([2, 2], [0, 1, 2, Infinity]),
    },
    progress: { step: 7, epoch: 1, position: 2, best: 0.5, schedule: { factor: 0.1, best: Number.MAX_VALUE } },
    settings: { seed: 3, optimizer: optimizerSettings() },
  };

  test("come back bit for bit", async () => {
    const again = await readCheckpoint(writeCheckpoint(checkpoint), "c");
    const bits = (c: Checkpoint) =>
      Object.entries(c.parameters).map(([name, { data }]) => [
        name,
        [...new Uint8Array(data.buffer.slice(0))].slice(-16),
      ]);
    expect(again.progress).toEqual(checkpoint.progress);
    expect(again.settings).toEqual(checkpoint.settings);
    expect(bits(again).map(([name]) => name)).toEqual(bits(checkpoint).map(([name]) => name));
    for (const [name, { data }] of Object.entries(checkpoint.parameters)) {
      const got = again.parameters[name]?.data as Float32Array;
      expect([...new Uint32Array(got.slice().buffer)]).toEqual([
        ...new Uint32Array((data as Float32Array).slice().buffer),
      ]);
    }
  });

  test("of another model, of other settings, of weights alone and cut short are refused", async () => {
    expect(() => checkSettings(checkpoint, "alexnet", checkpoint.settings, "c")).toThrow(
      /alexnet-glyphs, but alexnet is/,
    );
    expect(() => checkSettings(checkpoint, checkpoint.model, { ...checkpoint.settings, seed: 4 }, "c")).toThrow(
      /seed was 3, now 4/,
    );
    expect(() => checkSettings(checkpoint, checkpoint.model, checkpoint.settings, "c")).not.toThrow();
    await expect(readCheckpoint(writeSafetensors(checkpoint.parameters), "w")).rejects.toThrow(/no checkpoint/);
    const file = writeCheckpoint(checkpoint);
    await expect(readCheckpoint(file.slice(0, file.length - 4), "c")).rejects.toThrow(/c: /);
    const odd = writeSafetensors({}, { "tandem.checkpoint": '{"version":9}' });
    await expect(readCheckpoint(odd, "c")).rejects.toThrow(/version 9/);
  });
});

test("an epoch sees every picture once, in an order of its own", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat({ max: 50 }), (length, seed, epoch) => {
      const order = [...shuffled(length, seed, epoch)];
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      expect([...shuffled(length, seed, epoch)]).toEqual(order);
    }),
  );
  expect([...shuffled(50, 1, 0)]).not.toEqual([...shuffled(50, 1, 1)]);
});

test("eigenvectors give their matrix back", () => {
  const value = fc.double({ min: -10, max: 10, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(value, value, value, value, value, value), ([a, b, c, d, e, f]) => {
      const matrix = [
        [a, b, c],
        [b, d, e],
        [c, e, f],
      ];
      const pairs = eigenvectors(matrix);
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const sum = pairs.reduce(
            (s, { value: v, vector }) => s + v * (vector[i] as number) * (vector[j] as number),
            0,
          );
          expect(Math.abs(sum - ((matrix[i] as number[])[j] as number))).toBeLessThan(1e-9);
        }
      }
    }),
  );
});

describe("diagnosis", () => {
  const layer = (parameter: string, weight: number, gradient: number) => ({ parameter, weight, gradient });
  const healthy = [layer("conv1.weight", 5, 0.5), layer("conv1.bias", 1, 9), layer("fc8.weight", 4, 0.6)];

  test("says nothing of a healthy network", () =>
    expect(diagnose({ norms: healthy, zeros: [{ layer: "relu1", share: 0.6 }] }, 0.01)).toEqual([]));

  test.each([
    ["nan", [layer("conv1.weight", 5, Number.NaN), layer("fc8.weight", 4, 1)], "conv1.weight"],
    ["nan", [layer("conv1.weight", 5, 1), layer("fc8.weight", Infinity, 1)], "fc8.weight"],
    ["vanishing", [layer("conv1.weight", 5, 1e-6), layer("fc8.weight", 4, 1)], "conv1.weight"],
    ["exploding", [layer("conv1.weight", 5, 2000), layer("fc8.weight", 4, 1)], "conv1.weight"],
    ["exploding", [layer("conv1.weight", 50, 1.2), layer("fc8.weight", 40, 3)], "conv1.weight"],
    ["exploding", [layer("conv1.weight", 0.05, 1), layer("fc8.weight", 4, 1)], "conv1.weight"],
    ["stuck", [layer("conv1.weight", 5, 1), layer("fc8.weight", 1e6, 1)], "fc8.weight"],
  ] as const)("%s is named with its layer", (kind, norms, parameter) => {
    expect(diagnose({ norms, zeros: [] }, 0.01)).toContainEqual(expect.objectContaining({ kind, parameter }));
  });

  test("a layer that gives nothing but zeros is named", () => {
    const zeros = [
      { layer: "relu1", share: 0.6 },
      { layer: "relu2", share: 1 },
    ];
    expect(diagnose({ norms: healthy, zeros }, 0.01)).toMatchObject([{ kind: "dead", parameter: "relu2" }]);
  });
});

test("a graph's parameter becomes only what fits it, and once", () => {
  const graph = new Graph("g");
  const w = graph.parameter("w", { shape: [3], dtype: "f32" });
  const x = graph.input("x", { shape: [3], dtype: "f32" });
  const y = graph.apply("add", { a: w, b: x });
  const total = graph.apply("sum", { input: y });
  expect(() => graph.update(x, y)).toThrow(/"x" is not a parameter/);
  expect(() => graph.update(w, x)).toThrow(/that a node of the graph computes/);
  expect(() => graph.update(w, total)).toThrow(/is f32\[3\], but its new value f32\[\]/);
  graph.update(w, y);
  expect(() => graph.update(w, y)).toThrow(/updated already/);
  expect(() => classifierLoss(graph)).toThrow(/no output "logits"/);
});
