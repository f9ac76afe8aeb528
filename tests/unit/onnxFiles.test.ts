/** ONNX files as the commands take them: which input is a picture, how it is prepared, what is said of what cannot run. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openModel } from "../../src/cli/tasks/openModel";
import { TandemError } from "../../src/core/errors";
import { graphToSvg } from "../../src/graph/svg";
import { exportOnnx } from "../../src/io/onnx";
import { bytesSource } from "../../src/io/source";
import { models } from "../../src/models";
import { command } from "../support/command";
import { type ModelParts, node, onnxModel, port, tensor } from "../support/onnxModel";

const folder = mkdtempSync(join(tmpdir(), "tandem-onnx-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const context = (bytes: Uint8Array<ArrayBuffer>) => ({
  open: async (path: string) => bytesSource(path, bytes),
  progress: () => {},
});

const open = (bytes: Uint8Array<ArrayBuffer>, args: Partial<Parameters<typeof openModel>[0]> = {}) =>
  openModel({ model: "m.onnx", batch: 1, seed: 0, ...args }, context(bytes));

/** A classifier of four pixels' mean: `x` (a picture) by `weights` to three classes. */
function classifier(
  weight: string,
  input: string,
  shape: readonly (number | string)[],
  last: "Softmax" | "Relu",
): ModelParts {
  return {
    nodes: [
      node("GlobalAveragePool", [input], ["pooled"]),
      node("Flatten", ["pooled"], ["flat"]),
      node("MatMul", ["flat", weight], ["scores"]),
      node(last, ["scores"], ["y"]),
    ],
    inputs: [port(input, shape)],
    outputs: [port("y", ["N", 3])],
    initializers: [tensor(weight, [3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])],
  };
}

describe("an ONNX file", () => {
  it("is opened with its own weights, for the batch that is wanted", async () => {
    const opened = await open(onnxModel(classifier("w", "x", ["N", 3, "H", "W"], "Softmax")), { batch: 4 });
    expect(opened.graph.inputs.get("x")?.shape).toEqual([4, 3, 224, 224]);
    expect(opened.picture).toEqual({ input: "x", channelsLast: false });
    expect(Object.keys(await opened.readParameters())).toEqual(["w"]);
    expect(opened.graph.outputs.get("probabilities")).toBe(opened.graph.outputs.get("y"));
  });

  it("of scores gets the softmax that they want", async () => {
    const opened = await open(onnxModel(classifier("w", "x", ["N", 3, 8, 8], "Relu")));
    expect(opened.graph.nodes.at(-1)?.op.name).toBe("softmax");
    expect(opened.graph.outputs.get("probabilities")?.shape).toEqual([1, 3]);
  });

  it.each([
    ["w", "x", "torchvision", /a guess: nothing in the file tells/],
    ["w", "data_0", "caffe", /Caffe's names \(data_0\)/],
    ["fc8_w_0", "x", "caffe", /Caffe's names \(fc8_w_0\)/],
    ["features.0.weight", "x", "torchvision", /torchvision's names/],
    ["dense/MatMul/ReadVariableOp:0", "x", "tensorflow", /TensorFlow's names/],
  ])("with %s and %s is fed as %s", async (weight, input, way, because) => {
    const { model, preprocess } = await open(onnxModel(classifier(weight, input, ["N", 3, 8, 8], "Softmax")));
    expect(model.recipe.channels).toBe(way === "caffe" ? "BGR" : "RGB");
    expect(model.recipe.scale).toBe({ caffe: 1, torchvision: 255, tensorflow: 127.5 }[way]);
    expect(preprocess.because).toMatch(because);
  });

  it("is fed as the user says", async () => {
    const { model } = await open(onnxModel(classifier("w", "data_0", ["N", 3, 8, 8], "Softmax")), {
      preprocess: "unit",
    });
    expect(model.recipe).toMatchObject({ channels: "RGB", scale: 255, mean: [0, 0, 0], size: 8 });
  });

  it("that we wrote comes back with its own recipe", async () => {
    const caffe = models["alexnet-tiny"];
    const opened = await open(exportOnnx(caffe.build(), caffe.initialise(1)));
    expect(opened.model.recipe).toEqual(caffe.recipe);
    expect(() => opened.model.build({ masks: () => opened.graph.inputs.values().next().value as never })).toThrow(
      /run, not trained/,
    );
  });

  it("of a fixed batch refuses another, and wants no other weights", async () => {
    const bytes = onnxModel(classifier("w", "x", [1, 3, 8, 8], "Softmax"));
    await expect(open(bytes, { batch: 2 })).rejects.toThrow(/takes 1 pictures? at once.*--batch 2/);
    await expect(open(bytes, { weights: "w.npz" })).rejects.toThrow(/brings its own weights/);
  });

  it("that takes no pictures has none", async () => {
    const parts = { nodes: [node("Relu", ["x"], ["y"])], inputs: [port("x", [2, 2])], outputs: [port("y", [2, 2])] };
    expect((await open(onnxModel(parts))).picture).toBeUndefined();
  });
});

describe("tandem inspect", () => {
  const path = join(folder, "model.onnx");

  it("shows an ONNX file as it shows a model, and draws it", async () => {
    writeFileSync(path, onnxModel(classifier("w", "x", ["N", 3, 8, 8], "Softmax")));
    const svg = join(folder, "graph.svg");
    const { status, output } = await command("inspect", path, "--save-graph", svg);
    expect(status).toBe(0);
    expect(output).toMatch(/operator set 17, x \[1, 3, 8, 8\]/);
    expect(output).toMatch(/parameters {2}9 /);
    expect(readFileSync(svg, "utf8")).toContain(">9 parameters<");
    for (const name of ["graph.dot", "graph.json"]) {
      expect((await command("inspect", path, "--save-graph", join(folder, name))).status).toBe(0);
    }
    expect(readFileSync(join(folder, "graph.dot"), "utf8")).toMatch(/^digraph/);
    expect(JSON.parse(readFileSync(join(folder, "graph.json"), "utf8"))).toMatchObject({ name: "test" });
    expect((await command("inspect", path, "--save-graph", join(folder, "graph.png"))).output).toContain(
      "saved as .svg, .dot, .json",
    );
  });

  it("lists what a file asks for and we do not have", async () => {
    const parts = {
      nodes: [
        node("Relu", ["x"], ["h"]),
        node("Frobnicate", ["h"], ["g"], {}, "first"),
        node("Twist", ["g"], ["y"], {}, "second"),
      ],
      inputs: [port("x", [2, 2])],
      outputs: [port("y", [2, 2])],
    };
    writeFileSync(path, onnxModel(parts));
    const { status, output } = await command("inspect", path);
    expect(status).toBe(1);
    expect(output).toMatch(/Frobnicate +1 +not supported here/);
    expect(output).toMatch(/Relu +1\s/);
    expect(output).toMatch(/Frobnicate \(node "first"\)/);
    expect(output).toMatch(/Twist \(node "second"\)/);
    expect(JSON.parse((await command("inspect", path, "--json")).output)).toMatchObject({
      operators: { Relu: 1, Twist: 1 },
    });
  });

  it("binds axes that a file leaves open, or says which they are", async () => {
    const open = [port("x", ["N", "sequence"])];
    writeFileSync(
      path,
      onnxModel({ nodes: [node("Relu", ["x"], ["y"])], inputs: open, outputs: [port("y", ["N", "sequence"])] }),
    );
    const free = await command("inspect", path);
    expect(free.status).toBe(1);
    expect(free.output).toMatch(/Relu +1/);
    expect(free.output).toMatch(/cannot run as it is: axis 1 of input "x", \[N, sequence\], is free/);
    expect((await command("inspect", path, "--dim", "sequence=16")).output).toContain("in   x [1, 16]");
    expect((await command("inspect", path, "--dim", "sequence")).status).toBe(64);
  });

  it("refuses a damaged one in words", async () => {
    writeFileSync(path, onnxModel(classifier("w", "x", ["N", 3, 8, 8], "Softmax")).subarray(0, 100));
    expect((await command("inspect", path)).output).toMatch(/model\.onnx: is no ONNX file, or damaged/);
  });
});

it("draws every built-in model, with nothing that would break the document", async () => {
  for (const model of Object.values(models)) {
    const svg = await graphToSvg(model.build());
    expect(svg.match(/<g>/g)).toHaveLength(model.build().nodes.length + 1 + model.build().outputs.size);
    expect(svg).not.toMatch(/NaN|undefined/);
  }
  const parts = {
    nodes: [node("Relu", ["x"], ["y"], {}, 'a<b>&"c\u0007')],
    inputs: [port("x", [2])],
    outputs: [port("y", [2])],
  };
  const opened = await open(onnxModel(parts));
  expect(await graphToSvg(opened.graph)).toContain("a&lt;b&gt;&amp;&quot;c�");
});

it("an error of ours is one", async () => {
  await expect(open(new Uint8Array(Uint8Array.of(8, 8, 0x3a, 0xff)))).rejects.toThrow(TandemError);
});
