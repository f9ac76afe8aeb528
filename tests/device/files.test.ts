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

it("says of what is no classifier of pictures what it is", async () => {
  const { status, output } = await command("run", join(folder, "none.onnx"), picture, "--host", "node");
  expect(status).toBe(1);
  expect(output).toContain("there is no such file");
});
