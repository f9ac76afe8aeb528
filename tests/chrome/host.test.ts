/** A browser opens on every machine, runs tasks, and every way it can fail is an error that says what happened. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openBrowser } from "../../src/cli/hosts/chrome";
import type { Host } from "../../src/cli/hosts/context";
import { namedFiles } from "../../src/cli/hosts/files";
import { openHost } from "../../src/cli/hosts/host";
import { pageFolder } from "../../src/cli/hosts/package";
import { serve } from "../../src/cli/hosts/server";
import type { DoctorReport } from "../../src/cli/tasks/doctor";

const here = fileURLToPath(new URL(".", import.meta.url));

describe("an open host", () => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost("chrome");
  });
  afterAll(() => host?.close());

  it("has an adapter that computes, and the clock of an isolated page", async () => {
    const report = await host.call<DoctorReport>("doctor", {});
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
});

describe("the server", () => {
  it("gives files only with the token, and only those that were named", async () => {
    const server = await serve({ "/": pageFolder() }, namedFiles([here]));
    try {
      const [origin = "", token = ""] = server.address.split("/#");
      const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
        fetch(`${origin}${path}`, { headers });
      const page = await get("/");
      expect(page.headers.get("cross-origin-embedder-policy")).toBe("require-corp");
      expect(await page.text()).toContain("<title>Tandem</title>");
      expect((await get("/../../package.json")).status).toBe(404);
      expect((await get("/%2e%2e/%2e%2e/package.json")).status).toBe(404);
      expect((await get("/%E0%A4%A")).status).toBe(404);

      const list = `/list?path=${encodeURIComponent(here)}`;
      expect((await get(list)).status).toBe(403);
      const headers = { "x-tandem-token": token };
      expect(await (await get(list, headers)).json()).toContain("host.test.ts");
      const outside = await get(`/read?path=${encodeURIComponent(`${here}/../../package.json`)}`, headers);
      expect([outside.status, await outside.text()]).toEqual([
        404,
        "is not among the files that the command line named",
      ]);
    } finally {
      await server.close();
    }
  });
});

describe("a browser that fails", () => {
  it("is a lost device when it dies during a task", async () => {
    const host = await openHost("chrome");
    const call = host.call("doctor", {}).then(() => host.call("doctor", {}));
    const outcome = expect(call).rejects.toMatchObject({ name: "DeviceLostError" });
    await host.close();
    await outcome;
  });

  it("is told with everything that was tried", async () => {
    vi.stubEnv("TANDEM_CHROME", process.execPath);
    const server = await serve({ "/": pageFolder() }, namedFiles([]));
    try {
      await expect(openBrowser(server.address, { adapter: "software" })).rejects.toMatchObject({
        name: "NoAdapterError",
        message: expect.stringMatching(/Tried:\n {2}.*: did not start \(/),
      });
    } finally {
      await server.close();
      vi.unstubAllEnvs();
    }
  });
});
