/** Training in a layout is training on one device: the same losses on the way, the same weights at the end. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeGpu } from "../../src/cli/hosts/node";
import { compare } from "../../src/core/compare";
import { streamOf } from "../../src/core/random";
import { type DeviceMesh, f32, Graph, type LayoutName, openMesh, Tensor, type Value } from "../../src/index";
import { makeTensor } from "../../src/ops/inputs";
import { controls, optimizerSettings } from "../../src/train/optimizer";
import { classifierLoss, constants, countedMasks, trainingStep } from "../../src/train/step";
import { feedsOf } from "../support/placed";

const STEPS = 20;
const BATCH = 8;
const CLASSES = 4;
const SETTINGS = optimizerSettings({ rate: 0.05 });

/**
 * Layouts sum in other orders, so that a gradient is off by some 1e-7 of itself; the steps after it build on that, and 20 of
 * them at a rate at which the loss falls by a quarter make it tens of times more at most.
 */
const CLOSE = { rtol: 1e-4, atol: 1e-5 };

/** AlexNet's kinds of layers in little, dropout among them, as it is in training. */
function step(): Graph {
  const graph = new Graph("small");
  const masks = countedMasks(7);
  const layer = (op: "conv2d" | "linear", input: Value, shape: number[], name: string, attributes = {}): Value => {
    const weight = graph.parameter(`${name}.weight`, f32(...shape));
    const bias = graph.parameter(`${name}.bias`, f32(shape[0] as number));
    return graph.apply(op, { input, weight, bias }, attributes, name);
  };
  const relu = (input: Value): Value => graph.apply("relu", { input });
  let value = relu(layer("conv2d", graph.input("image", f32(BATCH, 2, 8, 8)), [8, 2, 3, 3], "conv1", { padding: 1 }));
  value = graph.apply("maxPool2d", { input: value }, { kernel: 2, stride: 2 });
  value = relu(layer("conv2d", value, [8, 4, 3, 3], "conv2", { padding: 1, groups: 2 }));
  value = relu(layer("linear", graph.apply("flatten", { input: value }), [16, 128], "fc3"));
  value = graph.apply("mul", { a: value, b: masks(graph, "drop3", value.shape, 0.25) }, {}, "drop3");
  graph.output("logits", layer("linear", value, [CLASSES, 16], "fc4"));
  return trainingStep(classifierLoss(graph), SETTINGS).graph;
}

const graph = step();
const feeds = feedsOf(graph, 0.4);
const initial = Object.fromEntries(
  [...graph.parameters].map(([name, { type, shape }]) => [
    name,
    name.includes("/") ? Tensor.zeros(type) : Tensor.f32(shape, feeds[name] as Float64Array),
  ]),
);

/** One batch a step, taken in turn from a few, with labels that the pictures tell. */
const batches = Array.from({ length: 4 }, (_, i) => {
  const image = makeTensor(f32(BATCH, 2, 8, 8), { kind: "uniform", scale: 1 }, streamOf(9, `image ${i}`));
  const labels = Array.from({ length: BATCH }, (_, n) => {
    const quarters = Array.from({ length: CLASSES }, (_, q) =>
      [...image.data.slice(n * 128 + q * 32, n * 128 + (q + 1) * 32)].reduce((a, b) => a + b),
    );
    return quarters.indexOf(Math.max(...quarters));
  });
  return { image, labels: Tensor.i32([BATCH], labels) };
});

/** The simplest kernels where ops have them, which compile fast: it is not kernels that are tested here. */
const kernels = { conv2d: "naive", linear: "naive" };
let mesh: DeviceMesh;
let one: Awaited<ReturnType<typeof trainOn>>;

beforeAll(async () => {
  mesh = await openMesh({ gpu: await nodeGpu(), devices: 2 });
  one = await trainOn("single");
});
afterAll(() => mesh.destroy());

async function trainOn(layout: LayoutName) {
  const program = await mesh.compile(graph, { layout, kernels });
  await program.setParameters(initial);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const inputs = {
      ...batches[i % batches.length],
      ...controls(SETTINGS, 1, i + 1),
      ...constants(),
      step: Tensor.i32([], [i]),
    };
    const { loss } = await program.run(inputs, { outputs: ["loss"] });
    losses.push(loss?.data[0] as number);
  }
  const parameters = await program.getParameters();
  program.destroy();
  return { losses, parameters };
}

test("the loss falls on one device, so that there is something to agree on", () => {
  expect(one.losses.at(-1)).toBeLessThan(0.8 * (one.losses[0] as number));
});

test.each(["two-tower", "data-parallel", "hybrid"] as const)(
  `${STEPS} steps of %s end where those of one device end`,
  async (layout) => {
    const many = await trainOn(layout);
    expect(compare(many.losses, one.losses, CLOSE)).toBeUndefined();
    for (const [name, { data }] of Object.entries(one.parameters)) {
      expect(compare(many.parameters[name]?.data ?? [], data, CLOSE), name).toBeUndefined();
    }
  },
);
