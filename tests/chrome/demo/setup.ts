/** Builds the page, serves it from a sub-folder as a visitor's server might, and opens one browser for all test files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { TestProject } from "vitest/node";
import { openBrowser } from "../../../src/cli/hosts/chrome";
import { namedFiles } from "../../../src/cli/hosts/files";
import { serve } from "../../../src/cli/hosts/server";

declare module "vitest" {
  export interface ProvidedContext {
    demo: {
      /** Folder of the built page. */
      readonly folder: string;
      /** Where it is served. */
      readonly address: string;
      readonly browser: string;
    };
  }
}

const SUB_FOLDER = "/some/folder/tandem/";

/** A camera that shows a moving test picture, and that needs no permission. */
const CAMERA = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "tandem-demo-"));
  await build({
    configFile: fileURLToPath(new URL("../../../vite.config.ts", import.meta.url)),
    mode: "demo",
    logLevel: "error",
    build: { outDir: folder },
  });
  const server = await serve({ [SUB_FOLDER]: folder }, namedFiles([]));
  const address = new URL(SUB_FOLDER, server.address).href;
  const opened = await openBrowser(address, { adapter: "software", flags: CAMERA });
  project.provide("demo", { folder, address, browser: opened.page.browser().wsEndpoint() });
  await opened.page.close();
  return async () => {
    await opened.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  };
}
