/**
 * Every gradient rule against central differences, in float64 and without a GPU: the graph that a rule emits is evaluated
 * by the ops' references, and compared with differences of the op's own reference, contracted with random cotangents
 * (a plain sum would hide errors: softmax's outputs sum to 1 whatever its gradient).
 */
import { describe, expect, test } from "vitest";
import { streamOf, uniform } from "../../src/core/random";
import { sizeOf } from "../../src/core/shape";
import type { TensorType } from "../../src/core/tensor";
import { addGradients } from "../../src/graph/autodiff";
import { evaluate } from "../../src/graph/evaluate";
import { Graph, type Value } from "../../src/graph/graph";
import { singleOpGraph } from "../../src/graph/single";
import { makeInputs } from "../../src/ops/inputs";
import type { AnyOp, Case } from "../../src/ops/op";
import { allOps } from "../support/golden";

/** Elements of an input that are tried, spread evenly. */
const PROBES = 12;
const STEP = 1e-5;

const random = (type: TensorType, name: string): Float64Array =>
  Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => uniform(streamOf(7, name), i));

const work = (one: Case): number => Object.values(one.inputs).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

function check(op: AnyOp, one: Case): void {
  const graph = singleOpGraph(op, one.inputs, one.attributes);
  const feeds: Record<string, Float64Array> = Object.fromEntries(
    Object.entries(makeInputs(one)).map(([name, tensor]) => [name, Float64Array.from(tensor.data)]),
  );
  const outputs = [...graph.outputs];
  const seeds = new Map<Value, Value>();
  for (const [name, value] of outputs) {
    if (value.type.dtype !== "f32" || op.detached?.includes(name)) continue;
    seeds.set(value, graph.input(`ct.${name}`, value.type));
    feeds[`ct.${name}`] = random(value.type, name);
  }
  const wrt = [...graph.inputs.values()].filter((value) => value.type.dtype === "f32" && !value.name.startsWith("ct."));
  const gradients = addGradients(graph, seeds, wrt);
  expect(gradients.size, "no input has a gradient").toBeGreaterThan(0);
  for (const [value, gradient] of gradients) graph.output(`grad.${value.name}`, gradient);
  const got = evaluate(graph, feeds);

  const forward = singleOpGraph(op, one.inputs, one.attributes);
  const objective = (): number => {
    const results = evaluate(forward, feeds);
    let sum = 0;
    for (const [value] of seeds) {
      const name = outputs.find(([, v]) => v === value)?.[0] as string;
      const ct = feeds[`ct.${name}`] as Float64Array;
      (results[name] as Float64Array).forEach((x, i) => {
        sum += x * (ct[i] as number);
      });
    }
    return sum;
  };
  for (const value of gradients.keys()) {
    const data = feeds[value.name] as Float64Array;
    const analytic = got[`grad.${value.name}`] as Float64Array;
    expect(analytic.length).toBe(data.length);
    const stride = Math.max(1, Math.floor(data.length / PROBES));
    for (let i = 0; i < data.length; i += stride) {
      const at = data[i] as number;
      data[i] = at + STEP;
      const above = objective();
      data[i] = at - STEP;
      const below = objective();
      data[i] = at;
      const here = objective();
      // On a kink (a tie in a window, a ReLU at 0) the two sides differ, and no gradient is the right one.
      const left = (here - below) / STEP;
      const right = (above - here) / STEP;
      if (Math.abs(left - right) > 1e-3 * (1 + Math.abs(left))) continue;
      const numeric = (above - below) / (2 * STEP);
      const error = Math.abs((analytic[i] as number) - numeric);
      if (!(error <= 1e-6 * (1 + Math.abs(numeric) + Math.abs(analytic[i] as number)))) {
        throw new Error(
          `${op.name}: gradient of ${value.name}[${i}] is ${analytic[i]}, but differences give ${numeric} (${one.name})`,
        );
      }
    }
  }
}

const differentiable = allOps.filter((op) => op.gradient);

/** Cases that can be differentiated numerically: some input is a float, and none is chosen to be infinite or not a number. */
const smooth = (one: Case): boolean =>
  Object.values(one.inputs).some(({ dtype }) => dtype === "f32") &&
  Object.values(one.recipes ?? {}).every(({ kind }) => kind !== "values");

describe.each(differentiable.map((op) => [op.name, op] as const))("%s", (_, op) => {
  const cases = op.cases.filter((one) => one.size !== "large" && work(one) <= 4000 && smooth(one));
  test.each(cases.map((one) => [one.name, one] as const))("%s", (_name, one) => check(op, one));
});

test("an op without a gradient says so, by its node", () => {
  const graph = new Graph("g");
  const x = graph.input("x", { shape: [3], dtype: "f32" });
  const y = graph.apply("equal", { a: x, b: x }, {}, "same");
  const seed = graph.input("seed", y.type);
  expect(() => addGradients(graph, new Map([[y, seed]]), [x])).toThrow(
    /equal \(node "same"\).*cannot be differentiated/,
  );
});

test("a cotangent of another shape is refused", () => {
  const graph = new Graph("g");
  const x = graph.input("x", { shape: [3], dtype: "f32" });
  const y = graph.apply("add", { a: x, b: x });
  const seed = graph.input("seed", { shape: [4], dtype: "f32" });
  expect(() => addGradients(graph, new Map([[y, seed]]), [x])).toThrow(/is f32\[4\], but should be f32\[3\]/);
});
