/** The registry keeps its promises: names, places, shaders, kernels, cases. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type DeviceFacts } from "../../src/core/device";
import { AttributeError, ShapeError, TandemError } from "../../src/core/errors";
import { pose } from "../../src/graph/graph";
import { singleOpGraph } from "../../src/graph/single";
import { ops } from "../../src/ops";
import type { Kernel, Problem } from "../../src/ops/op";
import { schedule } from "../../src/scheduler/schedule";
import { reflect } from "../../src/wgsl/reflect";
import { allOps } from "../support/golden";
import { opTable } from "../support/opTable";

const path = (relative: string): string => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

const facts = (software: boolean): DeviceFacts => ({
  limits: DEFAULT_LIMITS,
  features: new Set(),
  software,
  vendor: "test",
  architecture: "test",
  description: "default limits",
});

describe.each(Object.entries(ops))("%s", (key, op) => {
  const { cases } = op;

  test("is named as its key and lives where its family says", () => {
    expect(op.name).toBe(key);
    expect(existsSync(path(`src/ops/${op.family}.ts`)) || existsSync(path(`src/ops/${op.family}`)), op.family).toBe(
      true,
    );
    for (const kernel of op.kernels as readonly Kernel<unknown>[]) {
      // A kernel may finish with another family's shader (matrix products serve convolutions), but has one of its own.
      const families = kernel.shaders.map((shader) => shader.file.split("/")[0]);
      expect(families, kernel.name).toContain(op.family);
    }
  });

  test("has kernels with names of their own, the simplest last and fit for every case", () => {
    const names = op.kernels.map((kernel) => kernel.name);
    expect(new Set(names).size).toBe(names.length);
    if (op.view) return expect(names).toEqual([]);
    expect(names.length).toBeGreaterThanOrEqual(2);
    const last = op.kernels.at(-1) as Kernel<unknown>;
    for (const one of cases) {
      const problem = pose(op, one.inputs, one.attributes) as Problem<unknown>;
      const tooLarge = Object.values({ ...problem.inputs, ...problem.outputs }).some(
        ({ shape }) => shape.reduce((a, b) => a * b, 4) > DEFAULT_LIMITS.maxStorageBufferBindingSize,
      );
      if (!tooLarge) expect(last.supports?.(problem, facts(false)) ?? true, one.name).toBe(true);
    }
  });

  test("has cases with names of their own, and plans each on default limits for both kinds of adapter", () => {
    const names = cases.map((one) => one.name);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    for (const one of cases) {
      for (const software of [false, true]) {
        const plan = schedule(singleOpGraph(op, one.inputs, one.attributes), facts(software));
        if (!op.view) expect(plan.steps, one.name).toHaveLength(1);
      }
    }
  });

  test("declares its tunables in its shaders", () => {
    for (const kernel of op.kernels as readonly Kernel<unknown>[]) {
      const text = kernel.shaders.flatMap((shader) => [shader.code, ...shader.lib]).join("\n");
      for (const [name, values] of Object.entries(kernel.tunables ?? {})) {
        expect(values.length, `${kernel.name}.${name}`).toBeGreaterThan(0);
        expect(text, `${kernel.name} has no constant ${name}`).toMatch(new RegExp(`(override|const)\\s+${name}\\b`));
      }
      for (const shader of kernel.shaders) {
        const bindings = reflect(shader.file, [shader.code, ...shader.lib].join("\n")).bindings;
        expect(
          bindings.some((binding) => binding.kind === "storage"),
          `${shader.file} writes nothing`,
        ).toBe(true);
        expect(shader.code.trimStart().startsWith("//"), `${shader.file} begins with a comment that explains it`).toBe(
          true,
        );
      }
    }
  });

  test("refuses attributes it does not know, and inputs it does not have", () => {
    const one = cases[0];
    if (!one) return;
    expect(() => pose(op, one.inputs, { ...one.attributes, nonsense: 1 })).toThrow(AttributeError);
    const [first] = Object.keys(one.inputs);
    if (first !== undefined) {
      const { [first]: _, ...rest } = one.inputs;
      expect(() => pose(op, rest, one.attributes)).toThrow(ShapeError);
    }
    expect(() => pose(op, { ...one.inputs, nonsense: { shape: [1], dtype: "f32" } }, one.attributes)).toThrow(
      TandemError,
    );
  });

  test("takes its own filled attributes again, unchanged", () => {
    for (const one of cases) {
      const filled = op.attributes(one.attributes ?? {}) as Record<string, unknown>;
      expect(op.attributes(filled)).toEqual(filled);
    }
  });

  test("states what its work costs", () => {
    for (const one of cases) {
      const problem = pose(op, one.inputs, one.attributes) as Problem<never>;
      const { flops, bytes } = op.cost(problem);
      expect(Number.isFinite(flops) && flops >= 0, one.name).toBe(true);
      expect(Number.isFinite(bytes) && bytes >= 0, one.name).toBe(true);
    }
  });
});

test("golden names belong to one op each", () => {
  const names = allOps.flatMap((op) => (op.golden ? [op.golden.op] : []));
  expect(new Set(names).size).toBe(names.length);
});

test("docs/ops.md is the registry's own table (npx vitest run tests/unit/registry.test.ts -u writes it)", async () => {
  await expect(opTable(allOps)).toMatchFileSnapshot(path("docs/ops.md"));
});

test("the README names every room of src", () => {
  const readme = readFileSync(path("README.md"), "utf8");
  for (const room of [
    "core",
    "wgsl",
    "ops",
    "graph",
    "scheduler",
    "runtime",
    "engine",
    "models",
    "io",
    "bench",
    "cli",
  ]) {
    expect(readme).toContain(`src/${room}/`);
  }
});
