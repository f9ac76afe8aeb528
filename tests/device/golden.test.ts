/** The golden folder through `verify` itself, in this process: every forward case, AlexNet at full size among them. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { namedFiles } from "../../src/cli/hosts/files";
import { nodeGpu } from "../../src/cli/hosts/node";
import { verify } from "../../src/cli/tasks/verify";

const folder = fileURLToPath(new URL("../golden", import.meta.url));

/** Cases that train: their outputs are weights after some steps, which needs gradients. */
const TRAINING = ["alexnet_tiny_train", "char_lstm_train"];

test("every golden case passes, but for those that train", async () => {
  const context = {
    gpu: await nodeGpu(),
    host: { name: "node", version: "", flags: [] },
    progress: () => undefined,
    decodeImage: () => Promise.reject(new Error("no pictures here")),
    ...namedFiles([folder]),
  } as const;
  const { rows } = await verify({ folder, gradients: true }, context);
  const failed = rows.filter(({ op, status }) => status === "failed" && !TRAINING.includes(op));
  expect(failed).toEqual([]);
  expect(rows.filter(({ status }) => status === "skipped")).toEqual([]);
  expect(rows.filter(({ op }) => TRAINING.includes(op)).every(({ status }) => status === "failed")).toBe(true);
  expect(rows.length).toBeGreaterThan(140);
});
