/** The README's example runs as it stands there. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { nodeGpu } from "../../src/cli/hosts/node";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("the twenty lines print a plan and the shape they promise", async () => {
  const readme = readFileSync(at("../../README.md"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  expect(code).toContain('from "tandem"');
  const folder = at("../../node_modules/.cache/readme");
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/example.ts`;
  writeFileSync(file, `${code?.replace('"tandem"', JSON.stringify(at("../../src/index.ts")))}\nexport {};\n`);
  vi.stubGlobal("navigator", { gpu: await nodeGpu() });
  const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    await import(/* @vite-ignore */ file);
    const [plan, shape] = printed.mock.calls[0] ?? [];
    expect(plan).toMatch(/conv \+ relu_1 +conv2d/);
    expect(shape).toEqual([1, 8, 12, 12]);
  } finally {
    printed.mockRestore();
    vi.unstubAllGlobals();
    rmSync(folder, { recursive: true });
  }
});
