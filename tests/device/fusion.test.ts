/** Fusion folds what it may, keeps what it must, and changes no result. */
import { describe, expect, test } from "vitest";
import { compare, formatMismatch } from "../../src/core/compare";
import { f32, type Tensor } from "../../src/core/tensor";
import { Graph, type Value } from "../../src/graph/graph";
import { makeInputs } from "../../src/ops/inputs";
import { fuse } from "../../src/scheduler/fuse";
import { sharedDevice } from "../support/device";

const kinds = (graph: Graph): string[] => graph.nodes.map(({ op }) => op.name);

/** Runs a graph with and without fusion on the same inputs, and compares every output. */
async function checkSame(graph: Graph): Promise<void> {
  const device = await sharedDevice();
  const inputs = makeInputs({ inputs: Object.fromEntries([...graph.inputs].map(([name, { type }]) => [name, type])) });
  const plain = await device.compile(graph, { fusion: false });
  const fused = await device.compile(graph);
  const want = await plain.run(inputs);
  const got = await fused.run(inputs);
  for (const [name, tensor] of Object.entries(want)) {
    const mismatch = compare((got[name] as Tensor).data, tensor.data, { rtol: 1e-6, atol: 1e-6 });
    if (mismatch) throw new Error(`${name}: ${formatMismatch(mismatch)}`);
  }
  plain.destroy();
  fused.destroy();
}

describe("activations", () => {
  test("go into the convolution that feeds them", async () => {
    const graph = new Graph("conv");
    const conv = graph.apply(
      "conv2d",
      { input: graph.input("x", f32(1, 2, 5, 5)), weight: graph.input("w", f32(3, 2, 3, 3)) },
      {},
      "conv",
    );
    graph.output("y", graph.apply("relu", { input: conv }, {}, "relu"));
    const { graph: fused, into } = fuse(graph, true);
    expect(kinds(fused)).toEqual(["conv2d"]);
    expect(into.get("conv")).toEqual(["relu"]);
    await checkSame(graph);
  });

  test("stay where the convolution's own output is wanted too", async () => {
    const graph = new Graph("conv");
    const conv = graph.apply("conv2d", {
      input: graph.input("x", f32(1, 2, 5, 5)),
      weight: graph.input("w", f32(3, 2, 3, 3)),
    });
    graph.output("before", conv);
    graph.output("after", graph.apply("relu", { input: conv }));
    expect(kinds(fuse(graph, true).graph)).toEqual(["conv2d", "relu"]);
    await checkSame(graph);
  });
});

describe("chains", () => {
  const value = (graph: Graph, ...shape: number[]): Value => graph.input(`x${graph.inputs.size}`, f32(...shape));

  test("neighbouring elementwise ops become one, with bias and residual", async () => {
    const graph = new Graph("block");
    const x = value(graph, 2, 3, 4, 4);
    const biased = graph.apply("add", { a: x, b: value(graph, 3, 1, 1) }, {}, "bias");
    const active = graph.apply("elu", { input: biased }, { alpha: 0.5 }, "elu");
    const residual = graph.apply("sub", { a: value(graph, 2, 3, 4, 4), b: active }, {}, "residual");
    graph.output("y", graph.apply("tanh", { input: residual }, {}, "tanh"));
    const { graph: fused, into } = fuse(graph, true);
    expect(kinds(fused)).toEqual(["chain"]);
    expect(into.get("bias")).toEqual(["elu", "residual", "tanh"]);
    await checkSame(graph);
  });

  test("a value that is read twice, or is an output, ends a chain", async () => {
    const graph = new Graph("fork");
    const a = graph.apply("relu", { input: value(graph, 7) });
    const b = graph.apply("neg", { input: a });
    graph.output("sum", graph.apply("add", { a, b }));
    graph.output("b", b);
    expect(kinds(fuse(graph, true).graph)).toEqual(["relu", "neg", "add"]);
    await checkSame(graph);
  });

  test("an operand that enlarges the value is left alone", async () => {
    const graph = new Graph("enlarge");
    const small = graph.apply("relu", { input: value(graph, 1, 4) });
    graph.output("y", graph.apply("mul", { a: small, b: value(graph, 3, 4) }));
    expect(kinds(fuse(graph, true).graph)).toEqual(["relu", "mul"]);
    await checkSame(graph);
  });

  test("more than eight steps, or more than three operands, begin anew", async () => {
    const graph = new Graph("long");
    let x = value(graph, 9);
    for (let i = 0; i < 10; i++) x = graph.apply("sigmoid", { input: x });
    for (let i = 0; i < 5; i++) x = graph.apply("add", { a: x, b: value(graph, 9) });
    graph.output("y", x);
    await checkSame(graph);
    expect(kinds(fuse(graph, true).graph).every((name) => name === "chain" || name === "add")).toBe(true);
    expect(fuse(graph, true).graph.nodes.length).toBeLessThan(5);
  });

  test("a value times itself keeps both its reads", async () => {
    const graph = new Graph("square");
    const x = graph.apply("relu", { input: value(graph, 5) });
    graph.output("y", graph.apply("neg", { input: graph.apply("mul", { a: x, b: x }) }));
    await checkSame(graph);
  });
});
