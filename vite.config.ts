/**
 * The four builds and the four groups of tests.
 *
 * `vite build --mode library` makes dist/index.js (browser-safe; shaders and wgsl_reflect are inside, so it also loads in
 * plain Node), `--mode cli` makes dist/cli/tandem.js (Node; dependencies stay outside) and `--mode page` makes dist/page,
 * the page that the command line opens in Chrome. `--mode demo` makes dist/demo, a static site that works from any folder.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";
import { withoutComments } from "./src/wgsl/comments.ts";

const manifest = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as { version: string };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Shaders travel to the page without their comments, which are a third of their text. */
const shadersWithoutComments: Plugin = {
  name: "shaders-without-comments",
  enforce: "pre",
  async load(id) {
    const [path = "", query] = id.split("?");
    if (!path.startsWith(here("shaders/")) || query !== "raw") return null;
    return `export default ${JSON.stringify(withoutComments(await readFile(path, "utf8")))};`;
  },
};

/** ImageNet's names are data: a file beside the page's scripts, and not text inside one. */
const namesAsFile: Plugin = {
  name: "names-as-file",
  apply: "build",
  enforce: "pre",
  async load(id) {
    if (!id.endsWith("imagenet.txt?raw")) return null;
    const source = await readFile(id.replace(/\?.*$/, ""), "utf8");
    const file = this.emitFile({ type: "asset", name: "imagenet.txt", source });
    return `export default await (await fetch(import.meta.ROLLUP_FILE_URL_${file})).text();`;
  },
};

/** The package's `main` is CommonJS in a module package and cannot be loaded by Node; its module file can. */
const alias = [{ find: /^wgsl_reflect$/, replacement: "wgsl_reflect/wgsl_reflect.module.js" }];

/** Cross-origin isolation, with which `performance.now()` steps by 5 µs and not 100. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/**
 * Chunks that the demo page and its workers both import, so that a visitor loads the engine once. Nothing in them touches the
 * document.
 */
const SHARED = [
  {
    name: "engine",
    test: (id: string): boolean =>
      ([here("src/"), here("shaders/")].some((folder) => id.startsWith(folder)) && !id.includes("imagenet.txt")) ||
      /wgsl_reflect|preload-helper|rolldown\/runtime/.test(id),
  },
  { name: "work", test: /demo\/src\/(train\/(network|protocol|session)|networks\/list)\.ts/ },
];

const builds: Record<string, ViteUserConfig> = {
  library: {
    build: {
      target: "es2022",
      outDir: "dist",
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      lib: { entry: here("src/index.ts"), formats: ["es"], fileName: () => "index.js" },
      // What is loaded only when it is needed: names without a hash, so that no build leaves the last one's files behind.
      rolldownOptions: { output: { chunkFileNames: "parts/[name].js" } },
    },
  },
  cli: {
    ssr: { noExternal: ["wgsl_reflect"] },
    build: {
      target: "node20",
      outDir: "dist/cli",
      minify: false,
      sourcemap: true,
      ssr: true,
      rolldownOptions: {
        input: { tandem: here("src/cli/tandem.ts"), decodeWorker: here("src/cli/hosts/decodeWorker.ts") },
        output: { entryFileNames: "[name].js", chunkFileNames: "[name].js" },
      },
    },
  },
  page: {
    root: here("src/cli/page"),
    base: "./",
    build: { target: "es2022", outDir: here("dist/page"), emptyOutDir: true, minify: false, sourcemap: true },
  },
  demo: {
    root: here("demo"),
    define: { __TANDEM_VERSION__: JSON.stringify(manifest.version) },
    base: "./",
    server: { headers: ISOLATION },
    preview: { headers: ISOLATION },
    plugins: [shadersWithoutComments, namesAsFile],
    worker: { format: "es" },
    build: {
      target: "es2022",
      outDir: here("dist/demo"),
      emptyOutDir: true,
      assetsInlineLimit: 0,
      rolldownOptions: { output: { codeSplitting: { groups: SHARED } } },
    },
  },
};

/** Tests are grouped by what they need. On a software adapter every core is busy with one file, so those run singly. */
const test: NonNullable<ViteUserConfig["test"]> = {
  exclude: [...configDefaults.exclude],
  reporters: ["default", here("tests/tally.ts")],
  // Kernels are chosen as on a machine that has measured none.
  env: { TANDEM_TUNING: "off" },
  projects: [
    {
      extends: true,
      test: {
        name: "unit",
        include: ["tests/unit/**/*.test.ts"],
        testTimeout: 240_000,
        sequence: { groupOrder: 0 },
      },
    },
    {
      extends: true,
      test: {
        name: "device",
        include: ["tests/device/**/*.test.ts"],
        // A process, not a thread: Dawn and the Vulkan loader read the process's real environment.
        pool: "forks",
        maxWorkers: 1,
        fileParallelism: false,
        testTimeout: 600_000,
        hookTimeout: 180_000,
        sequence: { groupOrder: 1 },
      },
    },
    {
      extends: true,
      test: {
        name: "chrome",
        include: ["tests/chrome/**/*.test.ts"],
        exclude: [...configDefaults.exclude, "tests/chrome/demo/**"],
        pool: "forks",
        maxWorkers: 1,
        fileParallelism: false,
        testTimeout: 600_000,
        hookTimeout: 300_000,
        sequence: { groupOrder: 2 },
      },
    },
    {
      extends: true,
      test: {
        name: "demo",
        include: ["tests/chrome/demo/*.test.ts"],
        // Builds the page and opens one browser for all files.
        globalSetup: here("tests/chrome/demo/setup.ts"),
        pool: "forks",
        maxWorkers: 1,
        fileParallelism: false,
        testTimeout: 300_000,
        hookTimeout: 300_000,
        sequence: { groupOrder: 3 },
      },
    },
  ],
};

export default defineConfig(({ mode }) => ({ resolve: { alias }, ...builds[mode], test }));
