/**
 * Every op of the registry, on every kernel it has: its own cases, random problems, and the golden vectors.
 * `TANDEM_FUZZ_RUNS` and `TANDEM_FUZZ_SEED` turn the random part into a longer soak.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare, formatMismatch } from "../../src/core/compare";
import type { Tensor } from "../../src/core/tensor";
import { singleOpGraph } from "../../src/graph/single";
import type { Draw, Problem } from "../../src/ops/op";
import { checkCase, describeCase, supported } from "../support/check";
import { sharedDevice } from "../support/device";
import { allOps, goldenInputs, goldenOf, readGolden } from "../support/golden";

const RUNS = Number(process.env.TANDEM_FUZZ_RUNS ?? 12);
const SEED = Number(process.env.TANDEM_FUZZ_SEED ?? 2012);

describe.each(allOps.map((op) => [op.name, op] as const))("%s", (_, op) => {
  const cases = op.cases.filter((one) => one.size !== "large");

  test.each(cases.map((one) => [one.name, one] as const))("case %s", async (_name, one) => {
    await checkCase(await sharedDevice(), op, one);
  });

  test("random problems agree with the float64 reference", async () => {
    const device = await sharedDevice();
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (gen) => {
        const draw: Draw = {
          int: (min, max) => gen(fc.integer, { min, max }),
          pick: <T>(choices: readonly T[]): T => choices[gen(fc.integer, { min: 0, max: choices.length - 1 })] as T,
          bool: () => gen(fc.boolean),
        };
        const one = op.random(draw);
        try {
          await checkCase(device, op, one);
        } catch (error) {
          throw new Error(`${error instanceof Error ? error.message : error}\n  problem: ${describeCase(one)}`, {
            cause: error,
          });
        }
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  test.each(goldenOf(op).map((golden) => [golden.name, golden] as const))("golden %s", async (_name, golden) => {
    const device = await sharedDevice();
    const tensors = readGolden(golden);
    const names = goldenInputs(op, golden);
    const inputs = Object.fromEntries(Object.entries(names).map(([ours, theirs]) => [ours, tensors[theirs] as Tensor]));
    const attributes = op.golden?.attributes?.(golden.attrs) ?? golden.attrs;
    const graph = singleOpGraph(op, inputs, attributes);
    const { problem } = graph.nodes[0] as { problem: Problem<unknown> };
    const kernels = op.view ? [undefined] : supported(op, problem, device).map((kernel) => kernel.name);
    for (const kernel of kernels) {
      const program = await device.compile(graph, kernel ? { kernels: { [op.name]: kernel } } : {});
      program.poison();
      const outputs = await program.run(inputs);
      program.destroy();
      op.golden?.outputs.forEach((theirs, i) => {
        if (!golden.outputs.includes(theirs)) return;
        const got = outputs[op.outputs[i] as string] as Tensor;
        const want = tensors[theirs] as Tensor;
        expect(got.shape, `${kernel}: shape of ${theirs}`).toEqual(want.shape);
        const { rtol, atol, atol_by_tensor } = golden.tolerance;
        const mismatch = compare(got.data, want.data, { rtol, atol: atol_by_tensor[theirs] ?? atol });
        if (mismatch) throw new Error(`${op.name}/${kernel}: ${theirs}: ${formatMismatch(mismatch)}`);
      });
    }
  });
});
