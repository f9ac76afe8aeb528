/** Layouts on devices: several of one adapter, which compute what a single one does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeGpu } from "../../src/cli/hosts/node";
import { compare } from "../../src/core/compare";
import { evaluate } from "../../src/graph/evaluate";
import {
  chromeTrace,
  DeviceLostError,
  type DeviceMesh,
  f32,
  Graph,
  LayoutError,
  type LayoutName,
  LimitError,
  layouts,
  openMesh,
  summarizeTrace,
  Tensor,
  type Value,
  ValueError,
} from "../../src/index";
import { feedsOf } from "../support/placed";

const CLOSE = { rtol: 2e-5, atol: 2e-6 };
const BATCH = 4;

/** AlexNet's kinds of layers, in little: groups, a norm across channels, a pool, layers that read everything. */
function network(batch = BATCH): Graph {
  const graph = new Graph("network");
  const layer = (op: "conv2d" | "linear", input: Value, shape: number[], name: string, attributes = {}): Value => {
    const weight = graph.parameter(`${name}.weight`, f32(...shape));
    const bias = graph.parameter(`${name}.bias`, f32(shape[0] as number));
    return graph.apply("relu", { input: graph.apply(op, { input, weight, bias }, attributes, name) });
  };
  let value = layer("conv2d", graph.input("image", f32(batch, 3, 12, 12)), [16, 3, 3, 3], "conv1", { padding: 1 });
  value = graph.apply("lrn", { input: value }, { alpha: 0.5 });
  value = graph.apply("maxPool2d", { input: value }, { kernel: 3, stride: 2 });
  value = layer("conv2d", value, [16, 8, 3, 3], "conv2", { groups: 2 });
  value = layer("conv2d", value, [8, 16, 3, 3], "conv3");
  value = layer("linear", graph.apply("flatten", { input: value }), [16, 8], "fc4");
  value = layer("linear", value, [12, 16], "fc5");
  graph.output("probabilities", graph.apply("softmax", { input: value }, { axis: 1 }));
  return graph;
}

/** The simplest kernels, which compile fast: it is not kernels that are tested here. */
const kernels = { conv2d: "naive", linear: "naive" };
const graph = network();
const feeds = feedsOf(graph, 0.5);
const asTensors = (values: Graph["inputs"]): Record<string, Tensor> =>
  Object.fromEntries([...values].map(([name, { shape }]) => [name, Tensor.f32(shape, feeds[name] as Float64Array)]));
const weights = asTensors(graph.parameters);
const inputs = asTensors(graph.inputs);
const expected = evaluate(graph, feeds).probabilities as Float64Array;
const meshes = new Map<number, DeviceMesh>();

const meshOf = (devices: number): DeviceMesh => meshes.get(devices) as DeviceMesh;

beforeAll(async () => {
  for (const devices of [1, 2, 4]) meshes.set(devices, await openMesh({ gpu: await nodeGpu(), devices }));
});

afterAll(() => {
  for (const mesh of meshes.values()) mesh.destroy();
});

describe("a small network", () => {
  const combinations = (Object.keys(layouts) as LayoutName[]).flatMap((layout) =>
    [1, 2, 4].filter((devices) => layout === "single" || devices > 1).map((devices) => [layout, devices] as const),
  );

  test.each(combinations)("%s on %i devices gives what one device gives", async (layout, devices) => {
    const program = await meshOf(devices).compile(graph, { layout, kernels });
    await program.setParameters(weights);
    await program.poison();
    const { probabilities } = await program.run(inputs, { outputs: ["probabilities"] });
    expect(compare(probabilities?.data ?? [], expected, CLOSE)).toBeUndefined();
    program.destroy();
  });

  test("weights read back from one layout are those that were set, and go into another", async () => {
    const towers = await meshOf(2).compile(graph, { layout: "two-tower", kernels });
    await towers.setParameters(weights);
    const back = await towers.getParameters();
    for (const [name, tensor] of Object.entries(weights)) expect(back[name]?.data, name).toEqual(tensor.data);
    const hybrid = await meshOf(4).compile(graph, { layout: "hybrid", kernels });
    await hybrid.setParameters(back);
    const { probabilities } = await hybrid.run(inputs);
    expect(compare(probabilities?.data ?? [], expected, CLOSE)).toBeUndefined();
    towers.destroy();
    hybrid.destroy();
  });

  test("floats sent as halves come out within what halves allow, and cost half the bytes", async () => {
    const whole = await meshOf(2).compile(graph, { layout: "two-tower", kernels });
    const half = await meshOf(2).compile(graph, { layout: "two-tower", transport: "f16", kernels });
    const bytes = (program: typeof whole) => program.transfers.reduce((sum, each) => sum + each.bytes, 0);
    expect(bytes(half)).toBe(bytes(whole) / 2);
    await half.setParameters(weights);
    const { probabilities } = await half.run(inputs);
    expect(compare(probabilities?.data ?? [], expected, { rtol: 2e-3, atol: 1e-4 })).toBeUndefined();
    whole.destroy();
    half.destroy();
  });

  test("a trace has every dispatch and transfer, with the bytes that were planned", async () => {
    const program = await meshOf(2).compile(graph, { layout: "two-tower", kernels });
    await program.setParameters(weights);
    const { outputs, trace } = await program.trace(inputs);
    expect(compare(outputs.probabilities?.data ?? [], expected, CLOSE)).toBeUndefined();
    expect(trace.transfers.map(({ tensor, bytes }) => [tensor, bytes])).toEqual(
      program.transfers.map(({ tensor, bytes }) => [tensor, bytes]),
    );
    for (const { begin, mapped, end } of trace.transfers) {
      expect(begin).toBeLessThanOrEqual(mapped);
      expect(mapped).toBeLessThanOrEqual(end);
    }
    const planned = program.devices.map(({ plan }) => plan.steps.flatMap(({ dispatches }) => dispatches).length);
    expect(trace.devices.map(({ dispatches }) => dispatches.length)).toEqual(planned);
    const sums = summarizeTrace(trace);
    expect(sums.map(({ receivedBytes }) => receivedBytes).reduce((a, b) => a + b)).toBe(
      program.transfers.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    const { traceEvents } = chromeTrace(trace);
    const count = (ph: string) => traceEvents.filter((event) => event.ph === ph).length;
    expect(count("X")).toBe(planned.reduce((a, b) => a + b) + trace.transfers.length);
    expect([count("s"), count("f")]).toEqual([trace.transfers.length, trace.transfers.length]);
    program.destroy();
  });

  test("staging buffers are pooled: a second run makes none", async () => {
    const program = await meshOf(2).compile(graph, { layout: "two-tower", kernels });
    await program.setParameters(weights);
    await program.run(inputs);
    const before = await meshOf(2).memory();
    await program.run(inputs);
    const after = await meshOf(2).memory();
    expect(after.map(({ inUse, pooled }) => inUse + pooled)).toEqual(before.map(({ inUse, pooled }) => inUse + pooled));
    program.destroy();
  });
});

describe("what goes wrong", () => {
  test("a device that is lost is named, and a mesh opened anew runs again", async () => {
    const mesh = await openMesh({
      gpu: await nodeGpu(),
      devices: [{ label: "left" }, { label: "right" }],
      layout: "two-tower",
    });
    const program = await mesh.compile(graph, { kernels });
    await program.setParameters(weights);
    const running = program.run(inputs);
    await Promise.resolve();
    mesh.lose(1);
    const error: unknown = await running.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DeviceLostError);
    expect((error as DeviceLostError).device).toBe("right");
    await expect(program.run(inputs)).rejects.toThrow('the GPU device "right" was lost');
    const anew = await mesh.reopen();
    const again = await anew.compile(graph, { kernels });
    await again.setParameters(weights);
    const { probabilities } = await again.run(inputs);
    expect(compare(probabilities?.data ?? [], expected, CLOSE)).toBeUndefined();
    anew.destroy();
  });

  test("meshes and layouts that cannot be are refused", async () => {
    await expect(openMesh({ gpu: await nodeGpu(), devices: 0 })).rejects.toThrow(ValueError);
    await expect(meshOf(1).compile(graph, { layout: "two-tower", kernels })).rejects.toThrow(LayoutError);
    await expect(meshOf(2).compile(network(3), { layout: "data-parallel" })).rejects.toThrow(
      "3 samples do not divide evenly among 2 devices",
    );
  });

  test("a device whose limits are too low is named", async () => {
    const gpu = await nodeGpu();
    const mesh = await openMesh({ devices: [{ gpu }, { gpu, limits: "default", label: "small" }] });
    const towers = new Graph("two layers");
    const hidden = towers.apply(
      "linear",
      {
        input: towers.input("image", f32(1, 70_000)),
        weight: towers.parameter("weight", f32(1000, 70_000)),
      },
      {},
      "fc",
    );
    towers.output("output", hidden);
    const whole = { name: "second", rules: [{ split: "alone", on: 1 } as const] };
    const refused = mesh.compile(towers, { layout: whole });
    await expect(refused).rejects.toThrow(LimitError);
    await expect(refused).rejects.toThrow('device "small" ("gpu0" would do)');
    mesh.destroy();
  });
});
