/** The float64 references against the golden vectors: no GPU, so a wrong formula shows before any kernel runs. */
import { describe, expect, test } from "vitest";
import { compare, formatMismatch } from "../../src/core/compare";
import type { Tensor } from "../../src/core/tensor";
import { pose } from "../../src/graph/graph";
import { referenceOf } from "../support/check";
import { allOps, goldenInputs, goldenOf, readGolden } from "../support/golden";

describe.each(allOps.filter((op) => goldenOf(op).length > 0).map((op) => [op.name, op] as const))(
  "reference of %s",
  (_, op) => {
    test.each(goldenOf(op).map((golden) => [golden.name, golden] as const))("%s", (_name, golden) => {
      const tensors = readGolden(golden);
      const inputs = Object.fromEntries(
        Object.entries(goldenInputs(op, golden)).map(([ours, theirs]) => [ours, tensors[theirs] as Tensor]),
      );
      const problem = pose(op, inputs, op.golden?.attributes?.(golden.attrs) ?? golden.attrs);
      const outputs = referenceOf(op, problem, inputs);
      op.golden?.outputs.forEach((theirs, i) => {
        if (!golden.outputs.includes(theirs)) return;
        const want = tensors[theirs] as Tensor;
        expect(problem.outputs[op.outputs[i] as string]?.shape).toEqual(want.shape);
        const { rtol, atol, atol_by_tensor } = golden.tolerance;
        const mismatch = compare(outputs[op.outputs[i] as string] as Float64Array, want.data, {
          rtol,
          atol: atol_by_tensor[theirs] ?? atol,
        });
        if (mismatch) throw new Error(`${theirs}: ${formatMismatch(mismatch)}`);
      });
    });
  },
);
