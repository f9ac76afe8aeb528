/** Weights in files of others: `tandem convert` and `inspect` on them, the model that they are of, and how it is fed. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit";
import { fileSource } from "../../src/cli/hosts/fileSource";
import { openModel } from "../../src/cli/tasks/openModel";
import { f32, Tensor } from "../../src/core/tensor";
import { imagenetLabels } from "../../src/io/labels/imagenet";
import { writeNpz } from "../../src/io/npz";
import { openTensors } from "../../src/io/openTensors";
import { writeSafetensors } from "../../src/io/safetensors";
import { bytesSource } from "../../src/io/source";
import { readTensor } from "../../src/io/tensors/tensorFile";
import { models } from "../../src/models";
import { preprocessOf } from "../../src/models/preprocess";
import { command } from "../support/command";

const folder = mkdtempSync(join(tmpdir(), "tandem-convert-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const out = (name: string): string => join(folder, name);
const given = (name: string): string => fileURLToPath(new URL(`../files/${name}`, import.meta.url));

describe("tandem convert", () => {
  it("goes from a checkpoint to npz, half-precision safetensors and back to npy", async () => {
    expect((await command("convert", given("plain.pth"), out("a.npz"), "--packed")).output).toContain("11 tensors");
    expect((await command("convert", given("plain.pth"), out("b.safetensors"), "--dtype", "f16")).status).toBe(0);
    expect((await command("convert", out("b.safetensors"), out("c.npy"), "--tensor", "weight")).status).toBe(0);
    const b = await openTensors(await fileSource(out("b.safetensors")));
    expect(b.entries.get("weight")?.type).toBe("f16");
    expect(b.entries.get("count")?.type).toBe("i64");
    const c = await openTensors(await fileSource(out("c.npy")));
    const first = await readTensor(await openTensors(await fileSource(given("f4.npy"))), "f4");
    expect(await readTensor(c, "c")).toEqual(first);
  });

  it("says what was lost", async () => {
    writeFileSync(out("large.safetensors"), writeSafetensors({ x: Tensor.f32([3], [1, 1e6, -7e4]) }));
    const { output } = await command("convert", out("large.safetensors"), out("half.npz"), "--dtype", "f16");
    expect(output).toContain("2 numbers are beyond half precision");
    expect((await command("convert", given("plain.pth"), out("d.npz"))).output).toContain(
      "1 tensor of bfloat16 became f32",
    );
  });

  it.each([
    ["an ending that says nothing", [given("f4.npy"), "x.bin"], EXIT.usage, /told from its ending/],
    ["a file into itself", [given("f4.npy"), given("f4.npy")], EXIT.usage, /into itself/],
    ["several tensors into an npy", [given("plain.pth"), out("x.npy")], EXIT.checkFailed, /holds one tensor, not 11/],
    ["no such tensor", [given("plain.pth"), out("x.npy"), "--tensor", "z"], EXIT.checkFailed, /has no tensor "z"/],
    ["a pickle that calls something", [given("calls.pth"), out("x.npz")], EXIT.checkFailed, /"posix\.system"/],
    ["a type that is not read", [given("strings.npy"), out("x.npz")], EXIT.checkFailed, /dtype <U1/],
    ["no such folder", [given("f4.npy"), out("no/x.npz")], EXIT.checkFailed, /no such file or folder/],
  ])("refuses %s, and leaves nothing behind", async (_, args, wanted, message) => {
    const before = readdirSync(folder);
    const { status, output } = await command("convert", ...args);
    expect(output).toMatch(message);
    expect(status).toBe(wanted);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe("tandem inspect FILE", () => {
  it("lists tensors, and the model that they are of", async () => {
    writeFileSync(out("tiny.npz"), await writeNpz(models["alexnet-tiny"].initialise(1)));
    const { status, output } = await command("inspect", out("tiny.npz"));
    expect(status).toBe(0);
    expect(output).toMatch(/conv1\.weight +<f4 +\[12, 3, 11, 11\] +4,356 +17,424/);
    expect(output).toContain("fits      alexnet-tiny");
    const { tensors } = JSON.parse((await command("inspect", given("plain.pth"), "--json")).output) as {
      tensors: unknown[];
    };
    expect(tensors).toHaveLength(11);
  });

  it("knows a name from a file", async () => {
    expect((await command("inspect", "alexnot")).output).toContain("or a file: ONNX, safetensors, npz or pth");
    expect((await command("inspect", "./alexnot.npz")).output).toContain("there is no such file");
  });
});

describe("a file of weights", () => {
  const context = (files: Record<string, Uint8Array<ArrayBuffer>>) => ({
    open: async (path: string) => bytesSource(path, files[path] as Uint8Array<ArrayBuffer>),
    progress: () => {},
  });
  const tiny = models["alexnet-tiny"];

  it("is opened as the model that it is of, by our names, torchvision's and Caffe's", async () => {
    const weights = tiny.initialise(3);
    const names: Record<string, string>[] = [{}, {}, {}];
    for (const [theirs, ours] of Object.entries(tiny.weightNames))
      (names[theirs.includes("_") ? 2 : 1] as Record<string, string>)[ours] = theirs;
    for (const own of names) {
      const file = writeSafetensors(
        Object.fromEntries(Object.entries(weights).map(([name, t]) => [own[name] ?? name, t])),
      );
      const opened = await openModel({ model: "w.safetensors", batch: 1, seed: 0 }, context({ "w.safetensors": file }));
      expect(opened.model.name).toBe("alexnet-tiny");
      expect(await opened.readParameters()).toEqual(weights);
      const way = own["conv1.weight"]?.startsWith("conv1_") ? "BGR" : "RGB";
      expect(opened.model.recipe.channels).toBe(way);
      expect(opened.preprocess.because).toContain(
        own["conv1.weight"] === undefined ? "as alexnet-tiny is known for" : `names (${own["conv1.weight"]})`,
      );
    }
  });

  it("is fed as the user says", async () => {
    const opened = await openModel({ model: "alexnet", batch: 1, seed: 0, preprocess: "tensorflow" }, context({}));
    expect(opened.model.recipe).toMatchObject({ scale: 127.5, mean: [1, 1, 1], size: 227 });
    expect(opened.preprocess.because).toBe("as --preprocess says");
    const grey = openModel({ model: "alexnet-glyphs", batch: 1, seed: 0, preprocess: "caffe" }, context({}));
    await expect(grey).rejects.toThrow(/takes grey pictures/);
  });

  it("of no model that is known is refused", async () => {
    const file = writeSafetensors({ x: Tensor.zeros(f32(3)) });
    const opened = openModel({ model: "w.npz", batch: 1, seed: 0 }, context({ "w.npz": file }));
    await expect(opened).rejects.toThrow(/fit none that is built in/);
  });
});

describe("names", () => {
  it.each([
    [["conv1_w_0", "conv1_b_0"], "caffe"],
    [["features.0.weight"], "torchvision"],
    [["module.features.0.weight"], "torchvision"],
    [["layer1.0.conv1.weight"], "torchvision"],
    [["MobilenetV1/Conv2d_0/weights"], "tensorflow"],
    [["sequential/conv2d/Conv2D/ReadVariableOp:0"], "tensorflow"],
    [["x", "y"], undefined],
  ])("%s speak for %s", (names, way) => {
    expect(preprocessOf(names)?.way).toBe(way);
  });

  it("of ImageNet's classes are a thousand", async () => {
    const labels = await imagenetLabels();
    expect(labels).toHaveLength(1000);
    expect([labels[0], labels[281], labels[999]]).toEqual([
      "tench, Tinca tinca",
      "tabby, tabby cat",
      "toilet tissue, toilet paper, bathroom tissue",
    ]);
  });
});
