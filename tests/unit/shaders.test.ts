/**
 * Every kernel of the registry, without a GPU: its shaders are linked and reflected by planning a small problem, and its
 * dispatches run in lock-step through the race detector of wgsl_reflect. That a shader compiles is seen on a device.
 */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { detectRaces } from "wgsl_reflect";
import { DEFAULT_LIMITS, type DeviceFacts } from "../../src/core/device";
import { singleOpGraph } from "../../src/graph/single";
import { makeInputs } from "../../src/ops/inputs";
import type { AnyOp, Kernel, Problem } from "../../src/ops/op";
import { shader } from "../../src/ops/op";
import type { Plan, PlannedDispatch } from "../../src/scheduler/plan";
import { schedule } from "../../src/scheduler/schedule";
import type { LinkedShader } from "../../src/wgsl/link";
import { allOps } from "../support/golden";
import { toyOp } from "../support/toy";

const FACTS: DeviceFacts = {
  limits: DEFAULT_LIMITS,
  features: new Set(),
  software: false,
  vendor: "test",
  architecture: "test",
  description: "default limits",
};

/** The interpreter evaluates overrides before they are given: write their values into the text instead. */
const inlined = (linked: LinkedShader): string =>
  linked.code.replace(
    /^(\s*)(?:@id\(\d+\)\s*)?override\s+(\w+)(\s*:\s*(\w+))?\s*=\s*([^;]+);/gm,
    (_, lead, name, typed, type, value) => {
      const given = linked.overrides[name];
      const literal =
        given === undefined
          ? value
          : type === "bool"
            ? String(given !== 0)
            : type === "f32"
              ? `f32(${given})`
              : type === "u32"
                ? `${given}u`
                : `${given}`;
      return `${lead}const ${name}${typed ?? ""} = ${literal};`;
    },
  );

/** Runs a plan in the interpreter and gives the complaints of the race detector. */
function races(plan: Plan, op: AnyOp, inputs: ReturnType<typeof makeInputs>): string[] {
  const slots = plan.slots.map((bytes) => new ArrayBuffer(Math.max(16, bytes)));
  for (const [name, tensor] of Object.entries(inputs)) {
    const id = plan.inputs[name] as number;
    new Uint8Array(slots[plan.tensors[id]?.slot as number] as ArrayBuffer).set(new Uint8Array(tensor.data.buffer));
  }
  const complaints: string[] = [];
  for (const step of plan.steps) {
    for (const dispatch of step.dispatches) {
      const group = Object.fromEntries(
        dispatch.bindings.map((binding) => [
          String(binding.index),
          binding.tensor === undefined
            ? { uniform: dispatch.uniform }
            : (slots[plan.tensors[binding.tensor]?.slot as number] as ArrayBuffer),
        ]),
      );
      const found = detectRaces(inlined(dispatch.shader), "main", [...dispatch.workgroups], { "0": group });
      complaints.push(...found.races.map((race) => `${dispatch.shader.file}: ${race.message}`));
      complaints.push(...found.errors.map((error) => `${dispatch.shader.file}: ${error}`));
    }
  }
  return [...new Set(complaints)].map((text) => `${op.name}: ${text}`);
}

const invocations = (dispatch: PlannedDispatch): number => {
  const size = /@workgroup_size\(([^)]*)\)/.exec(dispatch.shader.code)?.[1]?.split(",") ?? [];
  const value = (text: string): number => {
    const name = text.trim();
    const declared = new RegExp(`(?:override|const)\\s+${name}\\b[^=]*=\\s*(\\d+)`).exec(dispatch.shader.code)?.[1];
    return dispatch.shader.overrides[name] ?? Number(declared ?? name.replace(/[ui]$/, ""));
  };
  return dispatch.workgroups.reduce((a, b) => a * b, 1) * size.map(value).reduce((a, b) => a * (b || 1), 1);
};

/** The cheapest problem of an op's cases for a kernel, planned for it alone. */
function cheapest(
  op: AnyOp,
  kernel: Kernel<unknown>,
): { plan: Plan; inputs: ReturnType<typeof makeInputs>; work: number } | undefined {
  let best: ReturnType<typeof cheapest>;
  for (const one of op.cases.filter((candidate) => candidate.size !== "large")) {
    const graph = singleOpGraph(op, one.inputs, one.attributes);
    const problem = graph.nodes[0]?.problem as Problem<unknown>;
    if ((kernel.supports?.(problem, FACTS) ?? true) !== true) continue;
    const plan = schedule(graph, FACTS, { kernels: { [op.name]: kernel.name } });
    const dispatches = plan.steps.flatMap((step) => step.dispatches);
    const threads = dispatches.reduce((sum, dispatch) => sum + invocations(dispatch), 0);
    // Idle threads cost the interpreter little, arithmetic much.
    const work = threads + plan.flops;
    if (!best || work < best.work) best = { plan, inputs: makeInputs(one), work };
  }
  return best;
}

describe.each(allOps.filter((op) => !op.view).map((op) => [op.name, op] as const))("%s", (_, op) => {
  test.each(op.kernels.map((kernel) => [kernel.name, kernel as Kernel<unknown>] as const))(
    "kernel %s has no races",
    (_name, kernel) => {
      const found = cheapest(op, kernel);
      if (kernel.shaders.some((s) => /^\s*enable\s/m.test(s.code))) return; // needs a feature the interpreter lacks
      expect(found, `no small case of ${op.name} suits kernel ${kernel.name} on default limits`).toBeDefined();
      if (found) expect(races(found.plan, op, found.inputs)).toEqual([]);
    },
    // The interpreter takes about 20 µs a statement, and sixteen tiles of matrix products have a million.
    240_000,
  );
});

test("the race detector finds a missing barrier", () => {
  const racy = `
struct Params { count: u32, factor: f32 }
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
override WORKGROUP: u32 = 8u;
var<workgroup> tile: array<f32, WORKGROUP>;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) at: u32) {
  tile[at] = input[at] * params.factor;
  output[at] = tile[7u - at];
}`;
  const op = toyOp({ shader: shader("toy/racy.wgsl", racy), workgroups: 1 });
  const inputs = makeInputs({ inputs: { input: { shape: [8], dtype: "f32" } } });
  const plan = schedule(singleOpGraph(op, inputs), FACTS);
  expect(races(plan, op, inputs).length).toBeGreaterThan(0);
});

test("every WGSL file belongs to a kernel, to the library, or to the benchmark's probes", () => {
  const root = fileURLToPath(new URL("../../shaders/", import.meta.url));
  const files = readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".wgsl"));
  const owned = new Set(
    allOps.flatMap((op) => op.kernels.flatMap((kernel: Kernel<unknown>) => kernel.shaders.map((s) => s.file))),
  );
  const orphans = files
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => !owned.has(name) && !/^(lib|bench)\//.test(name));
  expect(orphans).toEqual([]);
  for (const file of owned) expect(files).toContain(file);
});
