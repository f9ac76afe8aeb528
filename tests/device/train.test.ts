/** Training on a device: it learns, it stops and goes on as if it had not, it is the same every time. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { f32, Tensor } from "../../src/core/tensor";
import type { Device } from "../../src/engine/device";
import { Graph } from "../../src/graph/graph";
import { glyphDataset } from "../../src/io/datasets";
import { models } from "../../src/models";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint";
import { checkGradients, clearWeights } from "../../src/train/gradcheck";
import { optimizerSettings } from "../../src/train/optimizer";
import { type PictureTask, type PictureTaskOptions, pictureTask } from "../../src/train/pictureTask";
import { parseSchedule } from "../../src/train/schedules";
import { classifierLoss, type LossGraph } from "../../src/train/step";
import { Trainer, type TrainerOptions } from "../../src/train/trainer";
import { sharedDevice } from "../support/device";

let device: Device;
const trainers: Trainer[] = [];
beforeAll(async () => {
  device = await sharedDevice();
});
afterAll(() => {
  for (const trainer of trainers) trainer.destroy();
});

type Changes = Partial<TrainerOptions<PictureTask>> & Partial<PictureTaskOptions>;

async function open(changes: Changes = {}): Promise<Trainer<PictureTask>> {
  const letters = "IO";
  const task = await pictureTask({
    model: models["alexnet-glyphs"],
    train: glyphDataset({ count: 64, seed: 1, letters, split: "train" }),
    heldOut: glyphDataset({ count: 21, seed: 1, letters, split: "held-out" }),
    batch: 16,
    seed: 5,
    augmentation: { crop: true, mirror: false, colour: 0 },
    ...changes,
  });
  const trainer = await Trainer.open(device, {
    task,
    optimizer: optimizerSettings({ rate: 0.005 }),
    schedule: parseSchedule("constant"),
    ...changes,
  });
  trainers.push(trainer);
  return trainer;
}

const steps = async (trainer: Trainer, count: number): Promise<number[]> => {
  const losses: number[] = [];
  for (let i = 0; i < count; i++) losses.push((await trainer.step(true))?.loss as number);
  return losses;
};

const bits = async (trainer: Trainer): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    Object.entries(await trainer.program.getParameters()).map(([name, { data }]) => [
      name,
      [...new Int32Array(data.buffer, data.byteOffset, data.length)],
    ]),
  );

test("the loss of two letters falls, and held-out ones are told apart", async () => {
  const trainer = await open();
  const before = await trainer.evaluate();
  const losses = await steps(trainer, 24);
  const after = await trainer.evaluate();
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
  expect(after.loss).toBeLessThan(before.loss);
  expect(after.accuracy).toBeGreaterThan(0.8);
  expect(trainer.progress).toMatchObject({ step: 24, epoch: 6, position: 0 });
});

describe("a run that is stopped", () => {
  test.each([
    ["sgd", "plateau:1"],
    ["adamw", "warmup:3,cosine:20"],
  ] as const)("and goes on ends bit for bit as if it had not (%s, %s)", async (rule, schedule) => {
    const changes = () => ({
      optimizer: optimizerSettings({ rule, rate: 0.002, clipNorm: 1 }),
      schedule: parseSchedule(schedule),
    });
    const whole = await open(changes());
    const stopped = await open(changes());
    await steps(whole, 5);
    await whole.evaluateEpoch();
    await steps(whole, 4);
    await steps(stopped, 5);
    await stopped.evaluateEpoch();
    const file = writeCheckpoint(await stopped.checkpoint({}));
    const resumed = await open(changes());
    await resumed.restore(await readCheckpoint(file, "checkpoint.safetensors"));
    await steps(resumed, 4);
    expect(resumed.progress).toEqual(whole.progress);
    expect(await bits(resumed)).toEqual(await bits(whole));
  });
});

test("gradients are looked at without being followed", async () => {
  const trainer = await open();
  const before = await bits(trainer);
  const { norms, zeros } = await trainer.look();
  expect(norms.map(({ parameter }) => parameter)).toEqual([...models["alexnet-glyphs"].build().parameters.keys()]);
  for (const { gradient } of norms) expect(gradient).toBeGreaterThan(0);
  expect(zeros.map(({ layer }) => layer)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `relu${n}`));
  for (const { share } of zeros) expect(share).toBeGreaterThan(0.1);
  for (const { share } of zeros) expect(share).toBeLessThan(0.95);
  expect(await bits(trainer)).toEqual(before);
});

test("ten views of a picture are averaged", async () => {
  const trainer = await open();
  await steps(trainer, 8);
  const [one, ten] = [await trainer.evaluate(), await trainer.options.task.evaluate(trainer.programs, 10)];
  expect(ten.loss).not.toBe(one.loss);
  expect(ten.accuracy).toBeGreaterThanOrEqual(0);
});

test("what cannot be trained is refused", async () => {
  await expect(open({ batch: 65 })).rejects.toThrow(/batch holds 65.*from 1 to the 64 pictures/);
  await expect(open({ model: models["alexnet-tiny"] })).rejects.toThrow(/pictures of 1 channels.*should hold 3/);
  expect(() => optimizerSettings({ rate: -1 })).toThrow(/rate holds -1/);
});

describe("gradients by differences", () => {
  const shape = f32(4, 3);
  const inputs = {
    x: Tensor.f32([4, 3], [1, -2, 3, 0.5, 1, -1, 2, 2, -3, 1, 0, 1]),
    labels: Tensor.i32([4], [0, 1, 1, 0]),
  };
  /** Two layers; on demand with a gradient that is wrong. */
  const build = (wrong: boolean) => (): LossGraph => {
    const graph = new Graph("two layers");
    const hidden = graph.apply("linear", { input: graph.input("x", shape), weight: graph.parameter("a", f32(5, 3)) });
    // Dropout gives its mask no gradient: with the hidden units as a mask, half of their gradient is lost.
    const active = graph.apply("tanh", { input: hidden });
    const passed = wrong
      ? graph.apply("dropout", { input: active, mask: active }, { p: 0, form: "paper_train" })
      : active;
    graph.output("logits", graph.apply("linear", { input: passed, weight: graph.parameter("b", f32(2, 5)) }));
    return classifierLoss(graph);
  };

  test("agree for a right gradient, and find a wrong one", async () => {
    const weights = clearWeights(build(false)().graph.parameters, 1);
    const right = await checkGradients(device, build(false), weights, inputs);
    expect(right.map(({ parameter, status }) => `${parameter} ${status}`)).toEqual([
      "a passed",
      "a passed",
      "b passed",
      "b passed",
    ]);
    const wrong = await checkGradients(device, build(true), weights, inputs);
    expect(wrong.filter(({ status }) => status === "failed").map(({ parameter }) => parameter)).toContain("a");
    expect(wrong.filter(({ parameter }) => parameter === "b").every(({ status }) => status === "passed")).toBe(true);
  });
});
