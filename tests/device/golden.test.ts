/** The golden folder through `verify` itself, in this process: every case with its gradients, AlexNet at full size and steps of training among them. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { namedFiles } from "../../src/cli/hosts/files";
import { nodeGpu } from "../../src/cli/hosts/node";
import { verify } from "../../src/cli/tasks/verify";

const folder = fileURLToPath(new URL("../golden", import.meta.url));

test("every golden case passes, gradients and steps of training included", async () => {
  const context = {
    gpu: await nodeGpu(),
    host: { name: "node", version: "", flags: [] },
    progress: () => undefined,
    stopping: () => false,
    decodeImage: () => Promise.reject(new Error("no pictures here")),
    ...namedFiles([folder]),
  } as const;
  const { rows } = await verify({ folder, gradients: true }, context);
  const failed = rows.filter(({ status }) => status === "failed");
  expect(failed).toEqual([]);
  expect(rows.filter(({ status }) => status === "skipped")).toEqual([]);
  expect(rows.length).toBeGreaterThan(140);
});
