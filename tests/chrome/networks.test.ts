/** In a real browser: every forward case of the golden folder, and pictures classified as in Node. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { openHost } from "../../src/cli/hosts/host";
import type { RunResult } from "../../src/cli/tasks/run";
import type { VerifyResult } from "../../src/cli/tasks/verify";
import { writeSafetensors } from "../../src/io/safetensors";
import { models } from "../../src/models";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const golden = at("../golden");
const pictures = [at("../../demo/photographs/chelsea.png"), at("../../demo/photographs/rocket.jpg")];
const broken = at("../images/truncated.jpg");
const folder = mkdtempSync(join(tmpdir(), "tandem-weights-"));
const weights = join(folder, "weights.safetensors");
const truncated = join(folder, "truncated.safetensors");
const file = writeSafetensors(models["alexnet-tiny"].initialise(3));
writeFileSync(weights, file);
writeFileSync(truncated, file.subarray(0, file.length - 100));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(hostName: "chrome" | "node", args: object, files: string[]): Promise<RunResult> {
  const host = await openHost(hostName, { files });
  try {
    return await host.call<RunResult>("run", { model: "alexnet-tiny", batch: 1, seed: 3, top: 5, ...args });
  } finally {
    await host.close();
  }
}

const guesses = (result: RunResult): number[][] => result.pictures.map(({ top }) => top.map(({ index }) => index));

test("every golden case passes, gradients and steps of training included", async () => {
  const host = await openHost("chrome", { files: [golden] });
  try {
    const { rows } = await host.call<VerifyResult>("verify", { folder: golden, gradients: true });
    expect(rows.filter(({ status }) => status !== "passed")).toEqual([]);
    expect(rows.length).toBeGreaterThan(140);
  } finally {
    await host.close();
  }
});

describe("pictures", () => {
  test("are classified alike in Chrome and in Node", async () => {
    const [chrome, node] = [
      await run("chrome", { images: pictures }, pictures),
      await run("node", { images: pictures }, pictures),
    ];
    expect(chrome.pictures.map(({ width, height }) => [width, height])).toEqual([
      [451, 300],
      [640, 427],
    ]);
    expect(guesses(chrome)).toEqual(guesses(node));
    chrome.pictures.forEach(({ top }, i) => {
      top.forEach(({ probability }, k) => {
        expect(Math.abs(probability - (node.pictures[i]?.top[k]?.probability ?? 0))).toBeLessThan(5e-3);
      });
    });
  });

  test("with weights from a file come out as with the seed that made them", async () => {
    const images = pictures.slice(0, 1);
    const seeded = await run("chrome", { images }, images);
    const loaded = await run("chrome", { images, seed: 0, weights }, [...images, weights]);
    expect(loaded.pictures).toEqual(seeded.pictures);
    expect(loaded.weights.file).toBe(weights);
  });

  test("that are broken are refused by name, and so are broken weights", async () => {
    await expect(run("chrome", { images: [broken] }, [broken])).rejects.toThrow(
      /truncated\.jpg.*no image that can be decoded/,
    );
    const images = pictures.slice(0, 1);
    const damaged = run("chrome", { images, weights: truncated }, [...images, truncated]);
    await expect(damaged).rejects.toThrow(/truncated\.safetensors: tensor .* truncated/);
  });
});
