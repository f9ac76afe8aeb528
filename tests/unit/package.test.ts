/** The package as others get it: it loads in plain Node, and its types compile for them on each TypeScript in use. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const consumer = mkdtempSync(join(tmpdir(), "tandem-consumer-"));
const installed = join(consumer, "node_modules", "tandem");
const types = join(installed, "dist", "index.d.ts");

/** A program as a user writes it; it must compile without any types but the package's own. */
const PROGRAM = `
import { type DeviceFacts, Graph, openDevice, type OpName, type Program, Tensor, TandemError } from "tandem";

export async function relu(gpu: object): Promise<Float32Array> {
  const graph = new Graph("relu");
  const x = graph.input("x", { shape: [2, 3], dtype: "f32" });
  graph.output("y", graph.apply("relu" as OpName, { x }));
  const device = await openDevice({ gpu, label: "mine" });
  const facts: DeviceFacts = device.facts;
  console.log(facts.limits.maxBufferSize, facts.features.has("shader-f16"));
  const program: Program = await device.compile(graph);
  const { y } = await program.run({ x: Tensor.f32([2, 3], [-1, 0, 1, 2, 3, 4]) });
  if (!(y?.data instanceof Float32Array)) throw new TandemError("no result");
  device.destroy();
  return y.data;
}
`;

beforeAll(async () => {
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  await build({
    configFile: join(root, "vite.config.ts"),
    mode: "library",
    logLevel: "warn",
    build: { outDir: join(installed, "dist") },
  });
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const command = scripts["build:types"]?.replace("dist/index.d.ts", types) ?? "";
  const [tool = "", ...args] = command.split(" ");
  execFileSync(join(root, "node_modules", ".bin", tool), args, { cwd: root, stdio: "pipe" });
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", type: "module", private: true }));
  writeFileSync(join(consumer, "program.ts"), PROGRAM);
}, 120_000);
afterAll(() => rmSync(consumer, { recursive: true, force: true }));

it("loads in plain Node", () => {
  const code = `import { Graph, Tensor } from "tandem";
    const graph = new Graph("g"); graph.input("x", { shape: [1], dtype: "f32" });
    console.log(Tensor.f32([2], [1, 2]).shape.join());`;
  const options = { cwd: consumer, encoding: "utf8" } as const;
  expect(execFileSync(process.execPath, ["--input-type=module", "-e", code], options).trim()).toBe("2");
});

it("brings everything it needs, and nothing of Node", () => {
  const dist = join(installed, "dist");
  const scripts = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js"));
  const outside = scripts.flatMap((path) =>
    ts
      .preProcessFile(readFileSync(join(dist, path), "utf8"))
      .importedFiles.map(({ fileName }) => fileName)
      .filter((name) => !/^\.\.?\//.test(name) || !existsSync(join(dist, dirname(path), name)))
      .map((name) => `${path} imports ${name}`),
  );
  expect(scripts).toContain("index.js");
  expect(outside).toEqual([]);
});

it("names no GPU type and needs no types of others", () => {
  const text = readFileSync(types, "utf8");
  const tree = ts.createSourceFile("index.d.ts", text, ts.ScriptTarget.Latest, true);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && /^GPU([A-Z]\w*)?$/.test(node.text)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  expect(names).toEqual([]);
  expect(tree.typeReferenceDirectives.map(({ fileName }) => fileName)).toEqual([]);
  expect(ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName)).toEqual([]);
});

it.each([
  ["5.9", "typescript"],
  ["6", "ts6"],
  ["7", "ts7"],
])("compiles for a consumer on TypeScript %s", (version, folder) => {
  const tsc = join(root, "node_modules", folder, "bin", "tsc");
  const run = (...args: string[]): string => {
    try {
      return execFileSync(process.execPath, [tsc, ...args], { cwd: consumer, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  expect(run("--version")).toContain(`Version ${version}`);
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const) {
    const compilerOptions = {
      target: "es2022",
      lib: ["es2022", "dom"],
      module,
      moduleResolution: resolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
    };
    writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
    expect(run("-p", ".")).toBe("");
  }
});
