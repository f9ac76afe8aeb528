/** The weights that come with the package still do what docs/training.md says of them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/cli/hosts/decode";
import type { Device } from "../../src/engine/device";
import type { Program } from "../../src/engine/program";
import { readCharModel } from "../../src/io/charModel";
import { glyphDataset, photograph, textDataset, textureDataset } from "../../src/io/datasets";
import { bytesSource } from "../../src/io/source";
import { readLabels, readWeights } from "../../src/io/weights";
import { models } from "../../src/models";
import { type PictureTaskOptions, pictureTask } from "../../src/train/pictureTask";
import type { Programs } from "../../src/train/task";
import { textTask } from "../../src/train/textTask";
import { writing } from "../../src/train/writing";
import { sharedDevice } from "../support/device";

const demo = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../demo/${path}`, import.meta.url))));

let device: Device;
const compiled: Program[] = [];
beforeAll(async () => {
  device = await sharedDevice();
});
afterEach(() => {
  for (const program of compiled.splice(0)) program.destroy();
});

/** Compiles on weights that are not being trained. */
const withWeights =
  (weights: Parameters<Program["setParameters"]>[0]): Programs =>
  async (_, build) => {
    const program = await device.compile(build());
    compiled.push(program);
    await program.setParameters(weights);
    return program;
  };

async function accuracy(options: Pick<PictureTaskOptions, "model" | "train" | "heldOut">): Promise<number> {
  const file = `weights/${options.model.name}.safetensors`;
  const source = bytesSource(file, demo(file));
  expect(source.size).toBeLessThan(3e6);
  expect(await readLabels(source)).toEqual(options.model.labels);
  const weights = await readWeights(options.model.build(), source);
  const task = await pictureTask({
    ...options,
    batch: 100,
    seed: 0,
    augmentation: { crop: true, mirror: false, colour: 0 },
  });
  return (await task.evaluate(withWeights(weights))).accuracy;
}

test("the glyph network knows 98 % of glyphs it has never seen", async () => {
  const [train, heldOut] = (["train", "held-out"] as const).map((split) =>
    glyphDataset({ count: 1800, seed: 0, split }),
  ) as [ReturnType<typeof glyphDataset>, ReturnType<typeof glyphDataset>];
  expect(await accuracy({ model: models["alexnet-glyphs"], train, heldOut })).toBeGreaterThan(0.98);
});

test("the texture network knows 97 % of crops it has never seen", async () => {
  const model = models["alexnet-textures"];
  const photographs = await Promise.all(
    model.labels.map(async (name) =>
      photograph(name, await decodeImage(demo(`photographs/surfaces/${name}.png`), name), 1),
    ),
  );
  const [train, heldOut] = (["train", "held-out"] as const).map((split) =>
    textureDataset({ photographs, size: model.recipe.resize, count: 600, seed: 0, split }),
  ) as [ReturnType<typeof textureDataset>, ReturnType<typeof textureDataset>];
  expect(await accuracy({ model, train, heldOut })).toBeGreaterThan(0.97);
});

test("the LSTM knows its poems, and writes on from a line of them", async () => {
  const model = await readCharModel(demo("weights/char-lstm.safetensors"), "char-lstm.safetensors");
  const text = textDataset("carroll", demo("texts/carroll.txt"), model.characters);
  const task = textTask({ form: model.form, train: text, heldOut: text, batch: 1, unroll: 50, seed: 0 });
  expect((await task.evaluate(withWeights(model.weights))).accuracy).toBeGreaterThan(0.95);
  let written = "";
  const prompt = "The Walrus and the ";
  for await (const character of writing(device, model, { prompt, length: 10, temperature: 0, seed: 0 })) {
    written += character;
  }
  expect(written).toMatch(/^Carpenter\W$/);
});
