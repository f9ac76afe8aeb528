/** Training beyond pictures: texts, tasks of one's own, gradients of several batches, limits and guards. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { f32, Tensor } from "../../src/core/tensor";
import type { Device } from "../../src/engine/device";
import { Graph } from "../../src/graph/graph";
import { textDataset } from "../../src/io/datasets";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint";
import { type OptimizerSettings, optimizerSettings } from "../../src/train/optimizer";
import { parseSchedule } from "../../src/train/schedules";
import { classifierLoss } from "../../src/train/step";
import type { Task } from "../../src/train/task";
import { textTask } from "../../src/train/textTask";
import { Trainer } from "../../src/train/trainer";
import { sharedDevice } from "../support/device";

let device: Device;
const trainers: Trainer[] = [];
beforeAll(async () => {
  device = await sharedDevice();
});
afterAll(() => {
  for (const trainer of trainers) trainer.destroy();
});

async function open(task: Task, optimizer: Partial<OptimizerSettings>, accumulate = 1): Promise<Trainer> {
  const schedule = parseSchedule("constant");
  const trainer = await Trainer.open(device, { task, optimizer: optimizerSettings(optimizer), schedule, accumulate });
  trainers.push(trainer);
  return trainer;
}

/** Eight points of three classes, seen `samples` at a time; batch number `broken` holds a NaN. */
function points(samples: number, broken = -1): Task {
  const values = Array.from({ length: 32 }, (_, i) => Math.sin(1.7 * i + 0.3));
  const labels = [0, 1, 2, 0, 1, 2, 0, 1];
  return {
    name: "points",
    samples,
    batches: labels.length / samples,
    weights: {
      w: Tensor.f32([3, 4], [1, -2, 3, 1, 2, 0, -1, 1, 0.5, 0.5, -0.5, 1]),
      b: Tensor.f32([3], [0.1, 0, -0.1]),
    },
    states: {},
    network: () => {
      const graph = new Graph("points");
      const input = graph.input("x", f32(samples, 4));
      const layer = { input, weight: graph.parameter("w", f32(3, 4)), bias: graph.parameter("b", f32(3)) };
      graph.output("logits", graph.apply("linear", layer));
      return classifierLoss(graph);
    },
    batch: async ({ position, draw }) => ({
      x: Tensor.f32(
        [samples, 4],
        values
          .slice(position * samples * 4, (position + 1) * samples * 4)
          .map((x, i) => (draw === broken && i === 0 ? Number.NaN : x)),
      ),
      labels: Tensor.i32([samples], labels.slice(position * samples, (position + 1) * samples)),
    }),
    evaluate: async () => ({ loss: 0, accuracy: 0 }),
  };
}

const valuesOf = async (trainer: Trainer): Promise<Record<string, number[]>> =>
  Object.fromEntries(Object.entries(await trainer.weights()).map(([name, { data }]) => [name, [...data]]));

test.each(["sgd", "adam"] as const)(
  "gradients of four batches make the step of one four times as large (%s)",
  async (rule) => {
    const changes = { rule, rate: 0.05, clipNorm: 0.5 };
    const [whole, parts] = [await open(points(8), changes), await open(points(2), changes, 4)];
    for (let i = 0; i < 3; i++) {
      const [a, b] = [await whole.step(true), await parts.step(true)];
      expect(b?.loss).toBeCloseTo(a?.loss as number, 5);
      expect(b?.accuracy).toBeCloseTo(a?.accuracy as number, 6);
    }
    expect(parts.progress).toMatchObject({ step: 3, epoch: 3, position: 0 });
    const [a, b] = [await valuesOf(whole), await valuesOf(parts)];
    for (const [name, values] of Object.entries(a)) {
      for (const [i, value] of values.entries()) expect(b[name]?.[i]).toBeCloseTo(value, 5);
    }
  },
);

test("more batches in a step than in an epoch are refused", async () => {
  await expect(open(points(2), {}, 5)).rejects.toThrow(/accumulate holds 5.*from 1 to the 4 batches/);
});

test("what leads to a unit is kept to its norm", async () => {
  const trainer = await open(points(8), { rate: 0.5, maxNorm: 1.5 });
  const before = await valuesOf(trainer);
  await trainer.step(false);
  const { w = [], b = [] } = await valuesOf(trainer);
  const norms = [0, 1, 2].map((row) => Math.hypot(...w.slice(4 * row, 4 * row + 4)));
  for (const norm of norms.slice(0, 2)) expect(norm).toBeCloseTo(1.5, 5);
  expect(norms[2]).toBeLessThan(1.5 - 1e-3);
  expect(b).not.toEqual(before.b);
});

describe("a batch that holds a NaN", () => {
  test("is left out where there is a guard, and the next is learnt from", async () => {
    const trainer = await open(points(2, 1), { rule: "adam", guard: true });
    await trainer.step(false);
    const before = await valuesOf(trainer);
    expect((await trainer.step(true))?.loss).toBeNaN();
    expect(await valuesOf(trainer)).toEqual(before);
    expect((await trainer.step(true))?.loss).toBeLessThan(10);
    expect(await valuesOf(trainer)).not.toEqual(before);
  });

  test("spoils the weights where there is none", async () => {
    const trainer = await open(points(2, 1), { rule: "sgd" });
    await trainer.step(false);
    await trainer.step(false);
    expect((await valuesOf(trainer)).w?.some(Number.isNaN)).toBe(true);
  });
});

describe.each(["rnn", "gru", "lstm"] as const)("a text by %s", (cell) => {
  const text = textDataset("hello", "hello hello hello hello hello hello ");
  const form = { cell, vocabulary: text.vocabulary.length, hidden: 12, layers: 2 };
  const task = () => textTask({ form, train: text, heldOut: text, batch: 2, unroll: 5, seed: 1 });
  const adam = { rule: "adam", rate: 0.02, weightDecay: 0 } as const;

  test("is learnt by heart", async () => {
    const trainer = await open(task(), adam);
    const before = await trainer.evaluate();
    for (let i = 0; i < 90; i++) await trainer.step(false);
    const after = await trainer.evaluate();
    expect(before.accuracy).toBeLessThan(0.5);
    expect(after.loss).toBeLessThan(before.loss / 4);
    expect(after.accuracy).toBeGreaterThan(0.95);
  });

  test("goes on bit for bit, states carried over", async () => {
    const [whole, stopped, resumed] = [await open(task(), adam), await open(task(), adam), await open(task(), adam)];
    for (let i = 0; i < 4; i++) await whole.step(false);
    await stopped.step(false);
    await stopped.step(false);
    await resumed.restore(await readCheckpoint(writeCheckpoint(await stopped.checkpoint({})), "checkpoint"));
    await resumed.step(false);
    // To look is not to learn: neither weights nor states move.
    await resumed.look();
    await resumed.step(false);
    expect((await resumed.checkpoint({})).parameters).toEqual((await whole.checkpoint({})).parameters);
  });
});
