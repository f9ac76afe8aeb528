/** Every op of the registry that can be written as ONNX computes the same when it has been written and read again. */
import { describe, expect, it } from "vitest";
import { compare, formatMismatch } from "../../src/core/compare";
import type { Tensor } from "../../src/core/tensor";
import { evaluate } from "../../src/graph/evaluate";
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

describe("written as ONNX and read again", () => {
  for (const op of Object.values(ops as Readonly<Record<string, AnyOp>>)) {
    if (!Object.hasOwn(exports, op.name)) continue;
    for (const each of op.cases.filter(({ size }) => size !== "large")) {
      it(`${op.name}: ${each.name}`, async () => {
        for (const opset of [17, 21]) await roundTrip(op, each, makeInputs(each), opset);
      });
    }
  }
});

it("has no entry for what is no op", () => {
  expect(Object.keys(exports).filter((name) => !Object.hasOwn(ops, name))).toEqual([]);
});
