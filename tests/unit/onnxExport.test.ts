/** Every op of the registry that can be written as ONNX computes the same when it has been written and read again. */
import { describe, expect, it } from "vitest";
import { compare, formatMismatch } from "../../src/core/compare";
import { f32, Tensor } from "../../src/core/tensor";
import { evaluate } from "../../src/graph/evaluate";
import { Graph } from "../../src/graph/graph";
import { singleOpGraph } from "../../src/graph/single";
import { exportOnnx, importOnnx, readOnnx } from "../../src/io/onnx";
import { exports } from "../../src/io/onnx/export/export";
import { ops } from "../../src/ops";
import { makeInputs } from "../../src/ops/inputs";
import type { AnyOp, Case } from "../../src/ops/op";

/** The file holds attributes and constants in single precision. */
const TOLERANCE = { rtol: 3e-5, atol: 3e-6 };

const doubles = (tensors: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Float64Array.from(data)]));

async function roundTrip(
  op: AnyOp,
  { inputs, attributes }: Case,
  feeds: Readonly<Record<string, Tensor>>,
  opset: number,
) {
  const graph = singleOpGraph(op, inputs, attributes);
  const want = evaluate(graph, doubles(feeds));
  const back = importOnnx(await readOnnx(exportOnnx(graph, {}, { opset })));
  const got = evaluate(back.graph, { ...doubles(back.parameters), ...doubles(feeds) });
  for (const { name, shape, constant } of back.outputs) {
    expect(shape, `shape of ${name}`).toEqual(graph.outputs.get(name)?.shape);
    const values = constant ? constant.data : (got[name] as Float64Array);
    const mismatch = compare(values, want[name] as Float64Array, TOLERANCE);
    expect(mismatch && `${name}: ${formatMismatch(mismatch)}`).toBeUndefined();
  }
  expect(back.outputs.map(({ name }) => name).sort()).toEqual([...graph.outputs.keys()].sort());
}

/** Cases that a version of the operators has no form for, and what is said then. */
const REFUSED: Readonly<Record<string, { readonly until: number; readonly says: RegExp }>> = {
  "dropoutMask: step of the run": { until: 99, says: /its mask is another one in each step/ },
  "resize: smoothed": { until: 17, says: /antialias came with version 18/ },
  "resize: smoothed cubic": { until: 17, says: /antialias came with version 18/ },
};

/** Gradients, the rules of optimisers, halves in words, and pictures for people: they stay with the engine. */
const STAYS = /Grad$|^(adam|momentumSgd|mapTiles|packHalf|unpackHalf)$/;

const all = Object.values(ops as Readonly<Record<string, AnyOp>>);

describe("written as ONNX and read again", () => {
  for (const op of all) {
    if (!Object.hasOwn(exports, op.name)) continue;
    for (const each of op.cases.filter(({ size }) => size !== "large")) {
      const name = `${op.name}: ${each.name}`;
      it(name, async () => {
        for (const opset of [17, 21]) {
          const trip = roundTrip(op, each, makeInputs(each), opset);
          const refused = REFUSED[name];
          if (refused && opset <= refused.until) await expect(trip).rejects.toThrow(refused.says);
          else await trip;
        }
      });
    }
  }
});

it("has a form for every op but gradients and rules of optimisers, which are refused by name", () => {
  const without = all.map(({ name }) => name).filter((name) => !Object.hasOwn(exports, name));
  expect(without.filter((name) => !STAYS.test(name))).toEqual([]);
  for (const name of without) {
    const op = all.find((each) => each.name === name) as AnyOp;
    const { inputs, attributes } = op.cases[0] as Case;
    expect(() => exportOnnx(singleOpGraph(op, inputs, attributes), {}), name).toThrow(
      `${name} (node "${name}_node"): `,
    );
  }
});

it("names inputs, weights and outputs as the graph does, outputs that are inputs too", async () => {
  const graph = new Graph("names");
  const x = graph.input("x", f32(2, 3));
  const w = graph.parameter("layer.weight", f32(4, 3));
  const y = graph.apply("linear", { input: x, weight: w }, {}, "fc");
  graph.output("y", y);
  graph.output("again", y);
  graph.output("same", x);
  graph.output("weights", w);
  const weight = Tensor.f32([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1]);
  const back = importOnnx(await readOnnx(exportOnnx(graph, { "layer.weight": weight })));
  expect(Object.keys(back.parameters)).toEqual(["layer.weight"]);
  expect(back.outputs.map(({ name, shape }) => [name, shape])).toEqual([
    ["y", [2, 4]],
    ["again", [2, 4]],
    ["same", [2, 3]],
    ["weights", [4, 3]],
  ]);
  expect(back.graph.nodes.map(({ name, op }) => [name, op.name])).toEqual([["fc", "linear"]]);
});

it("refuses weights that are missing or of another shape, and versions that it does not write", () => {
  const graph = new Graph("refusals");
  const input = graph.input("x", f32(2, 3));
  graph.output("y", graph.apply("linear", { input, weight: graph.parameter("w", f32(4, 3)) }));
  expect(() => exportOnnx(graph, {})).toThrow('no value was given for parameter "w"');
  expect(() => exportOnnx(graph, { w: Tensor.f32([3], [1, 2, 3]) })).toThrow('parameter "w" is f32[3], but');
  expect(() => exportOnnx(graph, {}, { opset: 12 })).toThrow("opset 12 cannot be written");
});
