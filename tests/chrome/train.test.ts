/** Training in a page. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHost } from "../../src/cli/hosts/host";
import type { TrainArgs, TrainResult } from "../../src/cli/tasks/train";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tandem-page-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const out = (): TrainArgs["out"] => ({
  last: join(folder, "last.safetensors"),
  best: join(folder, "best.safetensors"),
  log: join(folder, "log.jsonl"),
});

const args = (changes: Partial<TrainArgs>): TrainArgs => ({
  model: "alexnet-glyphs",
  data: "glyphs",
  path: null,
  heldOut: 0.1,
  epochs: 1,
  batch: 24,
  accumulate: 1,
  seed: 0,
  optimizer: {},
  schedule: "constant",
  onNan: "stop",
  mirror: false,
  colour: 0,
  count: 72,
  unroll: 1,
  hidden: 1,
  layers: 1,
  every: 1,
  patience: null,
  out: out(),
  tenCrop: false,
  resume: false,
  logged: false,
  steps: null,
  ...changes,
});

async function train(changes: Partial<TrainArgs>, stopAfter = Number.POSITIVE_INFINITY): Promise<TrainResult> {
  const { last, best, log } = out();
  const files = [last, log].filter((file) => existsSync(file));
  const host = await openHost("chrome", { files, outputs: [last, best, log] });
  try {
    return await host.call<TrainResult>("train", args(changes), ({ what, done }) => {
      if (what.startsWith("loss") && done >= stopAfter) void host.stop();
    });
  } finally {
    await host.close();
  }
}

test("a run that is asked to stop saves what it has, and goes on", async () => {
  const stopped = await train({ epochs: 1000, tenCrop: true }, 2);
  expect(stopped.ended).toBe("stopped");
  expect(stopped.step).toBeGreaterThanOrEqual(2);
  expect(stopped.step).toBeLessThan(1000);
  expect(stopped.tenViews).toBeNull();
  const epochs = Math.floor(stopped.step / 3) + 1;
  const logged = existsSync(out().log);
  const resumed = await train({ epochs, tenCrop: true, resume: true, logged });
  expect(resumed).toMatchObject({ ended: "finished", step: 3 * epochs, skipped: 0, unit: "pictures" });
  expect(resumed.tenViews?.accuracy).toBeGreaterThanOrEqual(0);
  const { length } = readFileSync(out().log, "utf8").trim().split("\n");
  expect(length).toBe(epochs);
});
