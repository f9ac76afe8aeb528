/** ONNX models become graphs: what they compute, what is known before a run, and what is refused and how. */
import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from "onnx-buf";
import { expect, it } from "vitest";
import { evaluate } from "../../src/graph/evaluate";
import { type ImportOptions, importOnnx, type OnnxImport, OnnxUnsupportedError, readOnnx } from "../../src/io/onnx";
import { translations } from "../../src/io/onnx/operators";
import { bytesSource } from "../../src/io/source";
import { type ModelParts, node, onnxModel, port, tensor, withGraph } from "../support/onnxModel";

const imported = async (parts: ModelParts, options?: ImportOptions): Promise<OnnxImport> =>
  importOnnx(await readOnnx(onnxModel(parts)), options);

/** Runs an import in float64 by the ops' references. */
function computed({ graph, parameters, outputs }: OnnxImport, feeds: Record<string, readonly number[]>) {
  const given = { ...parameters, ...feeds };
  const data = Object.entries(given).map(([name, each]) => [
    name,
    Float64Array.from("data" in each ? each.data : each),
  ]);
  const values = evaluate(graph, Object.fromEntries(data));
  return Object.fromEntries(outputs.map(({ name, constant }) => [name, [...(constant?.data ?? values[name] ?? [])]]));
}

it("translates nodes, with initialisers as parameters under their names", async () => {
  const model = await imported({
    nodes: [node("Gemm", ["x", "w", "b"], ["h"], { transB: 1 }), node("Relu", ["h"], ["y"])],
    inputs: [port("x", ["batch", 2])],
    outputs: [port("y", ["batch", 2])],
    initializers: [tensor("w", [2, 2], [1, 2, 3, 4]), tensor("b", [2], [-10, 1])],
  });
  expect(Object.keys(model.parameters)).toEqual(["w", "b"]);
  expect(model.inputs).toEqual([{ name: "x", type: "float", shape: [1, 2] }]);
  expect(computed(model, { x: [1, 1] })).toEqual({ y: [0, 8] });
});

it("computes shapes before a run", async () => {
  const model = await imported(
    {
      nodes: [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "zero"], ["n"]),
        node("Unsqueeze", ["n", "axes"], ["n1"]),
        node("Concat", ["n1", "rest"], ["to"], { axis: 0 }),
        node("Reshape", ["x", "to"], ["y"]),
      ],
      inputs: [port("x", ["batch", 2, 3])],
      outputs: [port("y", ["batch", 6])],
      initializers: [
        tensor("zero", [], [0], "int64"),
        tensor("axes", [1], [0], "int64"),
        tensor("rest", [1], [-1], "int64"),
      ],
    },
    { dims: { batch: 4 } },
  );
  expect(model.outputs).toEqual([{ name: "y", type: "float", shape: [4, 6] }]);
  expect(model.graph.nodes.map(({ op }) => op.name)).toEqual(["reshape"]);
});

it("takes the values of an input where a node needs them before a run, and says so", async () => {
  const parts: ModelParts = {
    nodes: [node("Reshape", ["x", "shape"], ["y"], {}, "fold")],
    inputs: [port("x", [2, 3]), port("shape", [1], "int64")],
    outputs: [port("y", ["n"])],
  };
  const shape = { type: "int64", shape: [1], data: Float64Array.of(6) } as const;
  const model = await imported(parts, { values: { shape } });
  expect(model.fixed).toEqual(["shape"]);
  expect(model.inputs.map(({ name }) => name)).toEqual(["x"]);
  await expect(imported(parts)).rejects.toThrow('node "fold" needs the values of its input "shape" before a run');
});

it("lists everything that it does not have, at once", async () => {
  const parts: ModelParts = {
    nodes: [
      node("Relu", ["x"], ["a"], { strange: 1 }, "first"),
      node("Frobnicate", ["a"], ["b"], {}, "second"),
      node("Tanh", ["b"], ["c"], {}, "third"),
      node("Wobble", ["c"], ["y"], {}, "fourth"),
    ],
    inputs: [port("x", [2])],
    outputs: [port("y", [2])],
  };
  const error = await imported(parts).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(OnnxUnsupportedError);
  expect((error as OnnxUnsupportedError).problems.map((each) => [each.node, each.operator])).toEqual([
    ["first", "Relu"],
    ["second", "Frobnicate"],
    ["fourth", "Wobble"],
  ]);
});

it("names the nodes of a cycle, and names that nothing makes", async () => {
  const outputs = [port("y", [2])];
  const inputs = [port("x", [2])];
  const ring = [
    node("Add", ["x", "b"], ["a"], {}, "one"),
    node("Relu", ["a"], ["b"], {}, "two"),
    node("Relu", ["b"], ["y"]),
  ];
  await expect(imported({ nodes: ring, inputs, outputs })).rejects.toThrow(
    /has a cycle: (one → two → one|two → one → two)/,
  );
  const loose = [node("Relu", ["nowhere"], ["y"], {}, "lost")];
  await expect(imported({ nodes: loose, inputs, outputs })).rejects.toThrow(
    'node "lost" reads "nowhere", which nothing makes',
  );
});

it("asks for extents that are free, all at once", async () => {
  const parts: ModelParts = {
    nodes: [node("Add", ["x", "z"], ["y"])],
    inputs: [port("x", ["batch", "width"]), port("z", [1, "width"])],
    outputs: [port("y", ["batch", "width"])],
  };
  await expect(imported(parts)).rejects.toThrow(/axis 1 of input "x".*give "width" a number.*axis 1 of input "z"/);
  expect((await imported(parts, { dims: { width: 5 } })).outputs[0]?.shape).toEqual([1, 5]);
});

it("gives outputs that are known, inputs or initialisers", async () => {
  const model = await imported({
    nodes: [node("Constant", [], ["c"], { value: tensor("", [2], [1, 2]) }), node("Identity", ["x"], ["same"])],
    inputs: [port("x", [2]), port("unused", [3])],
    outputs: [port("c", [2]), port("same", [2]), port("w", [1])],
    initializers: [tensor("w", [1], [7])],
  });
  expect(computed(model, { x: [3, 4], unused: [0, 0, 0] })).toEqual({ c: [1, 2], same: [3, 4], w: [7] });
});

it("refuses truncated and empty files", async () => {
  const bytes = onnxModel({ nodes: [node("Relu", ["x"], ["y"])], inputs: [port("x", [2])], outputs: [port("y", [2])] });
  await expect(readOnnx(bytes.slice(0, bytes.length - 9))).rejects.toThrow("model.onnx: is no ONNX file, or damaged");
  await expect(readOnnx(new Uint8Array())).rejects.toThrow("it holds no graph");
});

it("refuses shapes that cannot be, and tensors that do not hold what their shape says", async () => {
  const outputs = [port("w", [1])];
  const withWeight = (shape: readonly number[], values: readonly number[]) =>
    imported({ nodes: [], outputs, initializers: [tensor("w", shape, values)] });
  await expect(withWeight([-2], [1, 2])).rejects.toThrow('tensor "w" has shape [-2]');
  await expect(withWeight([2 ** 40, 2 ** 40], [1])).rejects.toThrow("all elements fit memory");
  await expect(withWeight([0, 2 ** 50], [])).rejects.toThrow("all elements fit memory");
  await expect(withWeight([5], [1, 2])).rejects.toThrow("holds 2 elements, but its shape [5] has 5");
});

it("reads tensors kept in other files, only below the model's folder and only where they are", async () => {
  const outside = (location: string, offset: number) => {
    const entries = Object.entries({ location, offset: String(offset), length: "8" });
    const externalData = entries.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value }));
    const dataLocation = TensorProto_DataLocation.EXTERNAL;
    return onnxModel({
      nodes: [],
      outputs: [port("w", [2])],
      initializers: [{ ...tensor("w", [2], []), dataLocation, externalData }],
    });
  };
  const externalData = async (path: string) =>
    bytesSource(path, new Uint8Array(Float32Array.of(9, 1, 2).buffer as ArrayBuffer));
  const read = async (location: string, offset: number) =>
    importOnnx(await readOnnx(outside(location, offset), { externalData })).outputs[0]?.constant?.data;
  expect(await read("weights.bin", 4)).toEqual(Float32Array.of(1, 2));
  await expect(read("weights.bin", 8)).rejects.toThrow("weights.bin: is truncated");
  await expect(read("../secret", 0)).rejects.toThrow("no path below the model's folder");
  await expect(read("/etc/passwd", 0)).rejects.toThrow("no path below the model's folder");
});

it("chooses branches and writes loops out where they are known, and bounds them", async () => {
  const body = create(GraphProtoSchema, {
    node: [node("Identity", ["c"], ["c1"]), node("Add", ["s", "x"], ["s1"])],
    input: [port("i", [], "int64"), port("c", [], "bool"), port("s", [2])],
    output: [port("c1", [], "bool"), port("s1", [2])],
  });
  const loop = (trips: number): ModelParts => ({
    nodes: [withGraph(node("Loop", ["n", "", "x"], ["y"], {}, "round"), "body", body)],
    inputs: [port("x", [2])],
    outputs: [port("y", [2])],
    initializers: [tensor("n", [], [trips], "int64")],
  });
  expect(computed(await imported(loop(3)), { x: [1, 2] })).toEqual({ y: [4, 8] });
  await expect(imported(loop(2 ** 40))).rejects.toThrow("goes round more than 1000 times");
});

it("is told in docs/onnx.md with every operator", () => {
  const text = readFileSync(new URL("../../docs/onnx.md", import.meta.url), "utf8");
  const listed = new Set(text.match(/\b[A-Z]\w+\b/g));
  expect(Object.keys(translations).filter((name) => !listed.has(name))).toEqual([]);
});
