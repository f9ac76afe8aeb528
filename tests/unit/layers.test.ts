/** The rooms of `src/` and the demo import only what they may, files form no cycles, GPU types stay where they belong. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = join(root, "src");

/** What each room may import; `types` may be imported as types only. */
const ROOMS: Readonly<Record<string, { readonly any: readonly string[]; readonly types?: readonly string[] }>> = {
  core: { any: [] },
  wgsl: { any: ["core"] },
  ops: { any: ["core"] },
  graph: { any: ["core", "ops"] },
  layout: { any: ["core", "ops", "graph"] },
  scheduler: { any: ["core", "ops", "graph", "wgsl"] },
  runtime: { any: ["core", "wgsl"], types: ["scheduler", "ops"] },
  engine: { any: ["core", "ops", "graph", "layout", "scheduler", "runtime"] },
  models: { any: ["core", "ops", "graph"] },
  io: { any: ["core", "ops", "graph", "models"] },
  train: { any: ["core", "ops", "graph", "engine", "models", "io"] },
  bench: { any: ["core", "wgsl", "ops", "graph", "layout", "scheduler", "runtime", "engine", "models", "io", "train"] },
  cli: {
    any: ["core", "wgsl", "ops", "graph", "layout", "scheduler", "runtime", "engine", "models", "io", "train", "bench"],
  },
};

/** Rooms that may name a `GPU*` type: the runtime, and the hosts that hand it its entry point. */
const NAMES_GPU_TYPES = ["runtime/", "cli/hosts/"];

interface Import {
  readonly to: string;
  readonly typeOnly: boolean;
}

interface File {
  /** Below `src/`, with forward slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly gpuNames: readonly string[];
}

const slashes = (path: string): string => path.replaceAll("\\", "/");

function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return !clause.name && !!named && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly);
}

/** Reads a file's import lines and the names it uses. */
function parse(path: string): File {
  const text = readFileSync(path, "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const gpuNames: string[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean): void => {
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return;
    const target = slashes(relative(source, resolve(dirname(path), specifier.text)));
    imports.push({ to: target, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node));
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    if (ts.isIdentifier(node) && /^GPU([A-Z]\w*)?$/.test(node.text)) gpuNames.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path: slashes(relative(source, path)), imports, gpuNames };
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
  .map((path) => parse(join(source, path)));

const paths = new Set(files.map(({ path }) => path));
const asFile = (target: string): string | undefined =>
  [target, `${target}.ts`, `${target}/index.ts`].find((candidate) => paths.has(candidate));
const roomOf = (path: string): string | undefined => (path.includes("/") ? path.split("/")[0] : undefined);

it("imports only along the arrows", () => {
  const wrong: string[] = [];
  for (const { path, imports } of files) {
    const room = roomOf(path);
    if (room === undefined) continue;
    const rule = ROOMS[room];
    if (!rule) {
      wrong.push(`${path}: the room "${room}" is not in the table`);
      continue;
    }
    for (const { to, typeOnly } of imports) {
      if (to.startsWith("../")) {
        if (!/^\.\.\/shaders\/.*\.wgsl\?raw$/.test(to)) wrong.push(`${path} imports ${to}, outside src/`);
        continue;
      }
      const target = roomOf(asFile(to) ?? to);
      if (target === room) continue;
      const allowed = target !== undefined && (rule.any.includes(target) || (typeOnly && rule.types?.includes(target)));
      if (!allowed) wrong.push(`${path} imports ${to}${typeOnly ? " (types)" : ""}`);
    }
  }
  expect(wrong).toEqual([]);
});

it("keeps the demo to the public API", () => {
  const demo = join(root, "demo", "src");
  const wrong = readdirSync(demo, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path))
    .flatMap((path) => parse(join(demo, path)).imports.map(({ to }) => ({ path: slashes(path), to })))
    .filter(({ to }) => to !== "index" && !to.startsWith("../demo/"))
    .map(({ path, to }) => `demo/src/${path} imports ${to}`);
  expect(wrong).toEqual([]);
});

it("has no cycles between files", () => {
  const edges = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ typeOnly }) => !typeOnly).flatMap(({ to }) => asFile(to) ?? []),
    ]),
  );
  const state = new Map<string, "open" | "done">();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    state.set(path, "open");
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    state.set(path, "done");
  };
  for (const path of edges.keys()) walk(path, []);
  expect(cycles).toEqual([]);
});

it("names GPU types only in the runtime and the hosts", () => {
  const wrong = files
    .filter(({ path, gpuNames }) => gpuNames.length > 0 && !NAMES_GPU_TYPES.some((room) => path.startsWith(room)))
    .map(({ path, gpuNames }) => `${path}: ${[...new Set(gpuNames)].join(", ")}`);
  expect(wrong).toEqual([]);
});

it("keeps src/index.ts to re-exports", () => {
  const text = readFileSync(join(source, "index.ts"), "utf8");
  const tree = ts.createSourceFile("index.ts", text, ts.ScriptTarget.Latest, true);
  expect(tree.statements.filter((node) => !ts.isExportDeclaration(node)).map((node) => node.getText())).toEqual([]);
});

it("has the same table in the linter, which shows it while one writes", () => {
  const config = JSON.parse(readFileSync(join(root, "biome.json"), "utf8")) as { overrides?: unknown[] };
  const rooms = Object.keys(ROOMS);
  const expected = rooms.flatMap((room) => {
    const { any, types = [] } = ROOMS[room] as (typeof ROOMS)[string];
    const forbidden = rooms.filter((other) => other !== room && !any.includes(other) && !types.includes(other));
    if (forbidden.length === 0) return [];
    const group = forbidden.map((other) => `**/${other}/**`);
    const message = `src/${room} may import only: ${[...any, ...types.map((type) => `types of ${type}`)].join(", ") || "nothing"}.`;
    const options = { patterns: [{ group, message }] };
    const rules = { style: { noRestrictedImports: { level: "error", options } } };
    return [{ includes: [`src/${room}/**`], linter: { rules } }];
  });
  expect((config.overrides ?? []).filter((each) => JSON.stringify(each).includes("noRestrictedImports"))).toEqual(
    expected,
  );
});
