/** The tuner on a device: it keeps a choice for every problem, takes no kernel that is wrong, and changes no result. */
import { describe, expect, test } from "vitest";
import { tuneGraphs, tuneProblem } from "../../src/bench/tune/tune";
import { compare } from "../../src/core/compare";
import { f32 } from "../../src/core/tensor";
import { singleOpGraph } from "../../src/graph/single";
import { ops } from "../../src/ops";
import { makeInputs } from "../../src/ops/inputs";
import { type AnyOp, shader } from "../../src/ops/op";
import { problemKey } from "../../src/scheduler/tuning";
import { sharedDevice } from "../support/device";
import { TOY_WGSL, toyOp } from "../support/toy";

const CEILINGS = { gbps: 5, dispatchUs: 20 };
const OPTIONS = { budgetMs: 60_000 };

describe("tuning", () => {
  test("a convolution keeps its result within tolerance, and the choice is taken", async () => {
    const device = await sharedDevice();
    const shapes = { input: f32(1, 8, 12, 12), weight: f32(16, 8, 3, 3), bias: f32(16) };
    const graph = singleOpGraph(ops.conv2d as AnyOp, shapes, { padding: 1 }, ["weight", "bias"]);
    const { tuning, outcomes, failed } = await tuneGraphs(device, [graph, graph], CEILINGS, OPTIONS);
    expect(failed).toEqual([]);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.tried).toBeGreaterThan(1);
    const [entry] = tuning.entries;
    expect(entry?.candidates[0]).toEqual(outcomes[0]?.after);

    const { input, ...parameters } = makeInputs({ inputs: shapes });
    const results = [];
    for (const choice of [null, tuning]) {
      const program = await device.compile(graph, { tuning: choice });
      if (choice) expect(program.plan.steps[0]?.kernel).toBe(entry?.candidates[0]?.kernel);
      await program.setParameters(parameters);
      results.push((await program.run({ input: input as never })).output?.data as Float32Array);
      program.destroy();
    }
    const { rtol, atol } = (ops.conv2d as AnyOp).tolerance(graph.nodes[0]?.problem as never);
    expect(compare(results[1] as never, results[0] as never, { rtol: 2 * rtol, atol: 2 * atol })).toBeUndefined();
  });

  test("a kernel that is fast and wrong is refused", async () => {
    const device = await sharedDevice();
    const toy = toyOp();
    const [right] = toy.kernels;
    const wrongText = shader("toy/wrong.wgsl", TOY_WGSL.replace("* params.factor", "+ params.factor"));
    const [wrong] = toyOp({ shader: wrongText }).kernels;
    const op = {
      ...toy,
      name: "toyTwice",
      kernels: [{ ...right, name: "right", preference: () => 1 }, { ...wrong, name: "wrong" }, right],
    } as AnyOp;
    const graph = singleOpGraph(op, { input: f32(64) }, { factor: 3 });
    const problem = graph.nodes[0]?.problem as never;
    const posed = { key: problemKey(op, problem, []), op, problem, kept: [], nodes: ["toy"] };
    const { outcome } = await tuneProblem(device, posed, CEILINGS, OPTIONS);
    expect(outcome.after.kernel).not.toBe("wrong");
    expect(outcome.refused).toContainEqual({
      kernel: "wrong",
      tuned: {},
      reason: "its result is not the default kernel's",
    });
  });
});
