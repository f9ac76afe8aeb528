/** A network out of an ONNX file, and one whose weights come from NumPy's: the same answers as the built-in one. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import type { RunResult } from "../../src/cli/tasks/run";
import { writeNpz } from "../../src/io/npz";
import { exportOnnx } from "../../src/io/onnx";
import { models } from "../../src/models";
import { command } from "../support/command";
import { node, onnxModel, port } from "../support/onnxModel";

const folder = mkdtempSync(join(tmpdir(), "tandem-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const picture = fileURLToPath(new URL("../../demo/photographs/chelsea.png", import.meta.url));

async function run(...args: string[]): Promise<RunResult> {
  const { status, output } = await command("run", ...args, picture, "--host", "node", "--json");
  expect(status, output).toBe(0);
  return JSON.parse(output) as RunResult;
}

it("gives the answers of the network that it was written from", async () => {
  const model = models["alexnet-tiny"];
  const weights = model.initialise(7);
  const [onnx, npz] = [join(folder, "tiny.onnx"), join(folder, "tiny.npz")];
  writeFileSync(onnx, exportOnnx(model.build(), weights));
  writeFileSync(npz, await writeNpz(weights));
  const builtIn = await run("alexnet-tiny", "--seed", "7");
  for (const file of [onnx, npz]) {
    const result = await run(file);
    expect(result.weights.file).toBe(file);
    expect(result.preprocess.because).toBe("as alexnet-tiny is known for");
    expect(result.pictures[0]?.top.map(({ index }) => index)).toEqual(
      builtIn.pictures[0]?.top.map(({ index }) => index),
    );
    for (const [i, { probability }] of (result.pictures[0]?.top ?? []).entries()) {
      expect(probability).toBeCloseTo(builtIn.pictures[0]?.top[i]?.probability ?? Number.NaN, 6);
    }
  }
});

it("measures a network of other things on inputs drawn by lot, and refuses a picture for it", async () => {
  const file = join(folder, "rows.onnx");
  writeFileSync(
    file,
    onnxModel({
      nodes: [
        node("Gather", ["table", "places"], ["rows"], { axis: 0 }),
        node("Where", ["chosen", "rows", "other"], ["kept"]),
        node("Softplus", ["kept"], ["y"]),
      ],
      inputs: [
        port("table", ["words", 3]),
        port("places", [2], "int64"),
        port("chosen", [2, 1], "bool"),
        port("other", [2, 3]),
      ],
      outputs: [port("y", [2, 3])],
    }),
  );
  const bench = (...args: string[]) => command("bench", file, "--host", "node", "--budget", "0.1", ...args);
  const { status, output } = await bench("--dim", "words=5", "--seed", "3");
  expect(status, output).toBe(0);
  expect(output).toContain(
    "drawn by lot, seed 3: table f32[5, 3], places i32[2], chosen f32[2, 1], other f32[2, 3]\ncheck     agrees",
  );
  expect(output).toMatch(/^y +softplus/m);
  expect(output).not.toContain("softmax");
  expect((await bench()).output).toContain('"words"');
  expect((await bench("--dim", "words=5", "--image", picture)).output).toContain(
    "takes no pictures: its inputs are table",
  );
  expect((await bench("--dim", "words=5", "--batch", "2")).output).toContain(
    "--dim NAME=2 says an extent, not --batch",
  );
});

it("says of what is no classifier of pictures what it is", async () => {
  const { status, output } = await command("run", join(folder, "none.onnx"), picture, "--host", "node");
  expect(status).toBe(1);
  expect(output).toContain("there is no such file");
});
