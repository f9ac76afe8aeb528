/** The models against the fact sheets of their sources: parameters, shapes, operations, order of layers, first weights. */
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../src/core/shape";
import type { Graph } from "../../src/graph/graph";
import { models } from "../../src/models";
import type { Problem } from "../../src/ops/op";

const count = (graph: Graph, layer = ""): number =>
  [...graph.parameters].reduce((sum, [name, { shape }]) => sum + (name.startsWith(layer) ? sizeOf(shape) : 0), 0);

const shapesOf = (graph: Graph): Record<string, readonly number[]> =>
  Object.fromEntries(graph.nodes.map((node) => [node.name, Object.values(node.outputs)[0]?.shape ?? []]));

const attributesOf = (graph: Graph, node: string): Record<string, unknown> =>
  graph.nodes.find(({ name }) => name === node)?.problem.attributes as Record<string, unknown>;

const order = (graph: Graph): string[] => graph.nodes.map(({ name }) => name);

/** Multiply-adds: operations of convolutions and dense layers without their biases, halved. */
function multiplyAdds(graph: Graph): number {
  return graph.nodes
    .filter(({ op }) => op.name === "conv2d" || op.name === "linear")
    .reduce((sum, { op, problem, outputs }) => {
      const bias = sizeOf(outputs.output?.shape ?? []);
      return sum + (op.cost(problem as Problem<never>).flops - bias) / 2;
    }, 0);
}

describe("parameters and operations", () => {
  test.each([
    ["alexnet", 60_965_224, 724_406_816],
    ["alexnet-2012", 60_965_224, 724_406_816],
    ["alexnet-caffe", 60_965_224, 724_406_816],
    ["alexnet-torchvision", 61_100_840, 714_188_480],
  ] as const)("%s has %d parameters and %d multiply-adds", (name, parameters, macs) => {
    const graph = models[name].build();
    expect(count(graph)).toBe(parameters);
    expect(multiplyAdds(graph)).toBe(macs);
  });

  test("layer by layer, in the paper's form", () => {
    const graph = models.alexnet.build();
    const layers = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"];
    expect(layers.map((layer) => count(graph, layer))).toEqual([
      34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000,
    ]);
  });
});

describe("shapes", () => {
  test.each(["alexnet", "alexnet-2012", "alexnet-caffe"] as const)("%s has the paper's maps", (name) => {
    const shapes = shapesOf(models[name].build({ batch: 2 }));
    expect(shapes.conv1).toEqual([2, 96, 55, 55]);
    expect(shapes.pool1).toEqual([2, 96, 27, 27]);
    expect(shapes.conv2).toEqual([2, 256, 27, 27]);
    expect(shapes.pool2).toEqual([2, 256, 13, 13]);
    expect(shapes.conv3).toEqual([2, 384, 13, 13]);
    expect(shapes.conv4).toEqual([2, 384, 13, 13]);
    expect(shapes.pool5).toEqual([2, 256, 6, 6]);
    expect(shapes.fc8).toEqual([2, 1000]);
  });

  test("torchvision's has its own", () => {
    const shapes = shapesOf(models["alexnet-torchvision"].build());
    expect(shapes.conv1).toEqual([1, 64, 55, 55]);
    expect(shapes.conv5).toEqual([1, 256, 13, 13]);
    expect(shapes.flatten).toEqual([1, 9216]);
  });
});

describe("what tells the forms apart", () => {
  test("the paper: ReLU, LRN, pooling; alpha undivided; outputs halved", () => {
    const graph = models.alexnet.build();
    expect(order(graph).slice(0, 8)).toEqual(["conv1", "relu1", "lrn1", "pool1", "conv2", "relu2", "lrn2", "pool2"]);
    expect(attributesOf(graph, "lrn1")).toMatchObject({ alpha: 1e-4, k: 2, size: 5, alphaDivided: false, groups: 1 });
    expect(attributesOf(graph, "drop6")).toMatchObject({ form: "paper_test", p: 0.5 });
    expect(graph.inputs.get("image")?.shape).toEqual([1, 3, 227, 227]);
  });

  test("as run: LRN on signed values before pooling and ReLU, within a device, and a norm within maps", () => {
    const graph = models["alexnet-2012"].build();
    expect(order(graph).slice(0, 9)).toEqual([
      "conv1",
      "lrn1",
      "pool1",
      "relu1",
      "conv2",
      "relu2",
      "lrn2",
      "spatial2",
      "pool2",
    ]);
    expect(order(graph).slice(-11, -9)).toEqual(["pool5", "relu5"]);
    expect(attributesOf(graph, "lrn1")).toMatchObject({ alphaDivided: true, groups: 2, k: 2 });
    expect(attributesOf(graph, "spatial2")).toMatchObject({ size: 5, alpha: 1e-3, k: 1 });
    expect(attributesOf(graph, "conv1")).toMatchObject({ rounding: "ceil" });
    expect(graph.inputs.get("image")?.shape).toEqual([1, 3, 224, 224]);
  });

  test("Caffe: k is 1, windows cross the groups, blue comes first", () => {
    const graph = models["alexnet-caffe"].build();
    expect(attributesOf(graph, "lrn2")).toMatchObject({ alphaDivided: true, groups: 1, k: 1 });
    expect(models["alexnet-caffe"].recipe).toMatchObject({ channels: "BGR", mean: [104, 117, 123] });
  });

  test("torchvision: no LRN, no groups, dropout in front of the dense layers", () => {
    const graph = models["alexnet-torchvision"].build();
    expect(graph.nodes.some(({ op }) => op.name === "lrn")).toBe(false);
    expect(attributesOf(graph, "conv2")).toMatchObject({ groups: 1 });
    expect(order(graph).slice(-8)).toEqual(["drop6", "fc6", "relu6", "drop7", "fc7", "relu7", "fc8", "softmax"]);
  });
});

describe("first weights", () => {
  const mean = (data: ArrayLike<number>) => Array.from(data).reduce((a, b) => a + b, 0) / data.length;
  const deviation = (data: ArrayLike<number>) => Math.sqrt(mean(Array.from(data, (x) => x * x)));

  test("come out the same for the same seed, and otherwise for another", () => {
    const weights = [1, 1, 2].map((seed) => models["alexnet-tiny"].initialise(seed)["conv1.weight"]?.data);
    expect(weights[0]).toEqual(weights[1]);
    expect(weights[0]).not.toEqual(weights[2]);
  });

  test("follow the paper: deviation 0.01, biases 1 in conv2, conv4, conv5 and the hidden dense layers", () => {
    const weights = models.alexnet.initialise(0);
    expect(deviation(weights["conv3.weight"]?.data ?? [])).toBeCloseTo(0.01, 4);
    const ones = Object.keys(weights).filter((name) => name.endsWith(".bias") && weights[name]?.data[0] === 1);
    expect(ones).toEqual(["conv2.bias", "conv4.bias", "conv5.bias", "fc6.bias", "fc7.bias"]);
    const asRun = models["alexnet-2012"].initialise(0);
    expect(deviation(asRun["conv4.weight"]?.data ?? [])).toBeCloseTo(0.03, 3);
  });
});
