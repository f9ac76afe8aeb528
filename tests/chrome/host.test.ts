/** A browser opens on every machine, runs tasks, reads only what was named, and its failures are errors. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Host } from "../../src/cli/hosts/context";
import { openHost } from "../../src/cli/hosts/host";
import type { DoctorReport } from "../../src/cli/tasks/doctor";

let host: Host;
beforeAll(async () => {
  host = await openHost("chrome", { files: [fileURLToPath(new URL(".", import.meta.url))] });
});
afterAll(() => host?.close());

it("has an adapter that computes, and an exact clock", async () => {
  const report = await host.call<DoctorReport>("doctor", {});
  expect(report.adapter).not.toBeNull();
  expect(report.computes).toBe(true);
  expect(report.host.version).toMatch(/Chrom/);
  expect(report.clockStepMs).toBeLessThan(0.05);
});

it("refuses a task that does not exist, by name", async () => {
  await expect(host.call("juggle", {})).rejects.toMatchObject({
    name: "UnknownNameError",
    message: expect.stringContaining('no task is named "juggle"'),
  });
});
