/** Every op's cuts: worked out in parts, in float64, and put together again, the parts give what the whole gives. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare } from "../../src/core/compare";
import { sizeOf } from "../../src/core/shape";
import type { TensorType } from "../../src/core/tensor";
import { pose } from "../../src/graph/graph";
import { makeInputs } from "../../src/ops/inputs";
import type { AnyOp, Draw, Named, Problem } from "../../src/ops/op";
import type { Cut, Part } from "../../src/ops/part";
import { type AnyCase, describeCase, referenceOf } from "../support/check";
import { allOps } from "../support/golden";
import { cutOut, putBack, shapeOfSpan } from "../support/ranges";

/** Outputs of one part, trimmed and scaled as the part says, with where they belong. */
function workOut(op: AnyOp, problem: Problem<unknown>, part: Part, inputs: Named<Float64Array>) {
  const types: Record<string, TensorType> = {};
  const data: Record<string, Float64Array> = {};
  for (const [name, type] of Object.entries(problem.inputs)) {
    const span = part.inputs[name];
    types[name] = span ? { ...type, shape: shapeOfSpan(type.shape, span) } : type;
    data[name] = span ? cutOut(inputs[name] as Float64Array, type.shape, span) : (inputs[name] as Float64Array);
  }
  const posed = pose(op, types, { ...(problem.attributes as object), ...part.attributes });
  const outputs = op.reference(data, posed);
  return Object.entries(problem.outputs).map(([name, { shape }]) => {
    const given = part.outputs[name];
    let values = outputs[name] as Float64Array;
    if (given && given !== "sum") {
      const { axis, start, end, skip = 0 } = given;
      values = cutOut(values, posed.outputs[name]?.shape ?? [], { axis, start: skip, end: skip + end - start });
    }
    return { name, shape, given, values: values.map((value) => value * (part.factor ?? 1)) };
  });
}

/** How many parts a cut falls into in these tests: as many as divide it. */
const countsOf = ({ extent }: Cut): number[] => [1, 2, 3, 4].filter((count) => extent % count === 0);

function checkCuts(op: AnyOp, one: AnyCase): number {
  const problem = pose(op, one.inputs, one.attributes) as Problem<unknown>;
  const tensors = makeInputs(one);
  const inputs = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Float64Array.from(data)]));
  const expected = referenceOf(op, problem, tensors);
  let checked = 0;
  for (const cut of (op.cuts?.(problem) ?? []) as readonly Cut[]) {
    for (const count of countsOf(cut)) {
      const step = cut.extent / count;
      const parts = Array.from({ length: count }, (_, i) => cut.part(i * step, (i + 1) * step));
      if (parts.includes(undefined)) continue;
      const whole = Object.fromEntries(
        Object.entries(problem.outputs).map(([name, { shape }]) => [name, new Float64Array(sizeOf(shape))]),
      );
      for (const part of parts as Part[]) {
        for (const { name, shape, given, values } of workOut(op, problem, part, inputs)) {
          const into = whole[name] as Float64Array;
          if (given === "sum")
            values.forEach((value, i) => {
              into[i] = (into[i] as number) + value;
            });
          else if (given) putBack(into, shape, given, values, given.addend ?? false);
          else into.set(values);
        }
      }
      for (const name of op.outputs) {
        const mismatch = compare(whole[name] as Float64Array, expected[name] as Float64Array, {
          rtol: 1e-9,
          atol: 1e-9,
        });
        if (mismatch) {
          throw new Error(
            `${op.name}, ${count} parts along ${cut.along}: ${name} at ${mismatch.index}\n  ${describeCase(one)}`,
          );
        }
      }
      checked += 1;
    }
  }
  return checked;
}

const cuttable = allOps.filter((op) => op.cuts);

describe.each(cuttable.map((op) => [op.name, op] as const))("cuts of %s", (_, op) => {
  test("in the cases and in random problems", () => {
    let checked = 0;
    for (const one of op.cases) if (one.size !== "large") checked += checkCuts(op, one);
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const draw: Draw = {
          int: (min, max) => gen(fc.integer, { min, max }),
          pick: <T>(choices: readonly T[]): T => choices[gen(fc.integer, { min: 0, max: choices.length - 1 })] as T,
          bool: () => gen(fc.boolean),
        };
        checked += checkCuts(op, op.random(draw));
      }),
      { numRuns: 15, seed: 3 },
    );
    expect(checked).toBeGreaterThan(0);
  });
});
