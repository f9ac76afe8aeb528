/** The engine's own machinery on a real device: runs, memory, errors, loss. */
import { describe, expect, test } from "vitest";
import { BindingError, GraphError, NoAdapterError } from "../../src/core/errors";
import {
  DeviceLostError,
  f32,
  Graph,
  LimitError,
  openDevice,
  type Program,
  ShaderError,
  ShapeError,
  Tensor,
  UnknownNameError,
} from "../../src/index";
import { shader } from "../../src/ops/op";
import { freshDevice, sharedDevice } from "../support/device";
import { TOY_WGSL, toyOp } from "../support/toy";

/** input → toy → toy → … with an output at the end. */
function chain(length: number, op = toyOp(), size = 100): Graph {
  const graph = new Graph("chain");
  let value = graph.input("x", f32(size));
  for (let i = 0; i < length; i++) value = graph.add(op, { input: value }, {}, `toy${i}`).output as typeof value;
  graph.output("y", value);
  return graph;
}

const ramp = (size: number) =>
  Tensor.f32(
    [size],
    Array.from({ length: size }, (_, i) => i),
  );

describe("running", () => {
  test("a chain computes, and its intermediate tensors share two buffers", async () => {
    const program = await (await sharedDevice()).compile(chain(8));
    const { y } = await program.run({ x: ramp(100) });
    expect([...(y as Tensor).data]).toEqual(Array.from({ length: 100 }, (_, i) => i * 256));
    expect(program.plan.memory.transientUnshared).toBe(8 * 400);
    expect(program.plan.memory.transient).toBe(2 * 400);
    program.destroy();
  });

  test("outputs are read back only when asked for", async () => {
    const program = await (await sharedDevice()).compile(chain(2));
    expect(await program.run({ x: ramp(100) }, { outputs: [] })).toEqual({});
    await expect(program.run({ x: ramp(100) }, { outputs: ["z"] })).rejects.toThrow(/no output is named "z".*y/);
    program.destroy();
  });

  test("runs that overlap do not mix their data", async () => {
    const program = await (await sharedDevice()).compile(chain(3));
    const runs = Array.from({ length: 6 }, (_, k) => program.run({ x: Tensor.f32([100], new Array(100).fill(k)) }));
    const results = await Promise.all(runs);
    expect(results.map(({ y }) => (y as Tensor).data[7])).toEqual([0, 8, 16, 24, 32, 40]);
    program.destroy();
  });

  test("a thousand runs take no more memory than ten, and destroying gives all of it back", async () => {
    const device = await freshDevice();
    const before = device.memory();
    const program = await device.compile(chain(4));
    const x = ramp(100);
    for (let i = 0; i < 10; i++) await program.run({ x });
    const early = device.memory();
    for (let i = 0; i < 990; i++) await program.run({ x });
    expect(device.memory()).toEqual(early);
    program.destroy();
    expect(device.memory().inUse).toBe(before.inUse);
    expect(device.memory().buffers).toBe(before.buffers);
    device.destroy();
  });

  test("the profile names every step and says how it was measured", async () => {
    const program = await (await sharedDevice()).compile(chain(3));
    const profile = await program.profile({ x: ramp(100) }, { runs: 3 });
    expect(profile.steps.map(({ step }) => step.node)).toEqual(["toy0", "toy1", "toy2"]);
    for (const { ns } of profile.steps) expect(ns).toHaveLength(3);
    expect(["timestamp-query", "queue"]).toContain(profile.method);
    expect(profile.quantumNs).toBeGreaterThanOrEqual(1);
    program.destroy();
  });

  test("explain prints a row for every step", async () => {
    const program = await (await sharedDevice()).compile(chain(2));
    expect(program.explain()).toMatch(/toy0 +toy +naive +f32\[100\]/);
    program.destroy();
  });
});

describe("bad input is refused by name, before anything is submitted", () => {
  test("a wrong, missing or unknown input", async () => {
    const program = await (await sharedDevice()).compile(chain(1));
    await expect(program.run({ x: ramp(99) })).rejects.toThrow(/input "x" is f32\[99\], but should be f32\[100\]/);
    await expect(program.run({ x: Tensor.i32([100], new Array(100).fill(0)) })).rejects.toThrow(ShapeError);
    await expect(program.run({})).rejects.toThrow(/input "x" is missing/);
    await expect(program.run({ x: ramp(100), q: ramp(1) })).rejects.toThrow(UnknownNameError);
    program.destroy();
    await expect(program.run({ x: ramp(100) })).rejects.toThrow(/was destroyed/);
  });

  test("parameters that were never set", async () => {
    const graph = new Graph("g");
    graph.output("y", graph.add(toyOp(), { input: graph.parameter("w", f32(4)) }).output as never);
    const program = await (await sharedDevice()).compile(graph);
    await expect(program.run({})).rejects.toThrow(/parameters of "g" are not set: w/);
    await expect(program.setParameters({ w: ramp(5) })).rejects.toThrow(/parameter "w" is f32\[5\]/);
    await program.setParameters({ w: ramp(4) });
    expect([...((await program.run({})).y as Tensor).data]).toEqual([0, 2, 4, 6]);
    program.destroy();
  });

  test("a graph without outputs, and values of another graph", async () => {
    await expect((await sharedDevice()).compile(new Graph("empty"))).rejects.toThrow(/has no outputs/);
    const other = new Graph("other").input("x", f32(1));
    expect(() => new Graph("g").add(toyOp(), { input: other })).toThrow(GraphError);
  });

  test("a tensor or a dispatch beyond the device's limits", async () => {
    const device = await freshDevice({ limits: "default" });
    const huge = chain(1, toyOp(), 2 ** 27);
    await expect(device.compile(huge)).rejects.toThrow(LimitError);
    await expect(device.compile(huge)).rejects.toThrow(/maxBufferSize of 536870912/);
    await expect(device.compile(chain(1, toyOp({ workgroups: 1 }), 2 ** 25 + 4))).rejects.toThrow(
      /maxStorageBufferBindingSize/,
    );
    await expect(device.compile(chain(1, toyOp({ workgroups: 65536 })))).rejects.toThrow(
      /maxComputeWorkgroupsPerDimension of 65536/,
    );
    device.destroy();
  });
});

describe("kernels that are wrong say where", () => {
  test("WGSL that does not compile names the file and the line", async () => {
    const broken = toyOp({ shader: shader("toy/broken.wgsl", TOY_WGSL.replace("params.factor;", "params.facto;")) });
    const failure = (await sharedDevice()).compile(chain(1, broken));
    await expect(failure).rejects.toThrow(ShaderError);
    await expect(failure).rejects.toThrow(/toy\/broken\.wgsl, line 9/);
  });

  test("a uniform field left out, or one that is not there", async () => {
    const device = await sharedDevice();
    await expect(device.compile(chain(1, toyOp({ params: { count: 1 } })))).rejects.toThrow(
      /no value was given for the field "factor"/,
    );
    const extra = chain(1, toyOp({ params: { count: 1, factor: 1, alpha: 2 } }));
    await expect(device.compile(extra)).rejects.toThrow(/Params has no field "alpha"; it has count, factor/);
  });

  test("a binding that the kernel has no tensor for", async () => {
    const renamed = toyOp({ shader: shader("toy/renamed.wgsl", TOY_WGSL.replaceAll("input", "source")) });
    await expect((await sharedDevice()).compile(chain(1, renamed))).rejects.toThrow(BindingError);
    await expect((await sharedDevice()).compile(chain(1, renamed))).rejects.toThrow(
      /binding "source" wants tensor "source", but the kernel has input, output/,
    );
  });
});

describe("devices", () => {
  test("a lost device fails whoever waits, and a new one runs the same graph", async () => {
    const device = await freshDevice({ label: "doomed" });
    const program = await device.compile(chain(2));
    await program.run({ x: ramp(100) });
    const waiting = program.run({ x: ramp(100) });
    device.destroy();
    await expect(waiting).rejects.toThrow(DeviceLostError);
    await expect(program.run({ x: ramp(100) })).rejects.toThrow(/GPU device "doomed" was lost/);
    expect((await device.lost).reason).toBe("destroyed");
    const second = await freshDevice();
    const again = await second.compile(chain(2));
    expect(((await again.run({ x: ramp(100) })).y as Tensor).data[3]).toBe(12);
    second.destroy();
  });

  test("no WebGPU and no adapter say what to do", async () => {
    await expect(openDevice({ gpu: { requestAdapter: async () => null } })).rejects.toThrow(NoAdapterError);
    await expect(openDevice({ gpu: { requestAdapter: async () => null } })).rejects.toThrow(/tandem doctor/);
  });

  test("default limits are asked for only when told", async () => {
    const plain = await freshDevice({ limits: "default" });
    const highest = await freshDevice();
    expect(plain.facts.limits.maxStorageBufferBindingSize).toBe(134217728);
    expect(highest.facts.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(134217728);
    plain.destroy();
    highest.destroy();
  });
});

describe("parameters that a run changes", () => {
  const counting = (name: string): Graph => {
    const graph = new Graph(name);
    const w = graph.parameter("w", f32(3));
    const next = graph.apply("add", { a: w, b: graph.input("x", f32(3)) });
    graph.update(w, next);
    graph.output("before", graph.apply("scale", { input: w }, { factor: 1 }));
    return graph;
  };
  const x = Tensor.f32([3], [1, 2, 3]);
  const valueBefore = async (program: Program): Promise<number[]> => [
    ...((await program.run({ x })).before as Tensor).data,
  ];

  test("keep what they became, are read back, and are shared", async () => {
    const device = await sharedDevice();
    const program = await device.compile(counting("first"));
    await program.setParameters({ w: Tensor.f32([3], [0, 0, 0]) });
    expect(await valueBefore(program)).toEqual([0, 0, 0]);
    expect(await valueBefore(program)).toEqual([1, 2, 3]);
    const other = await device.compile(counting("second"), { share: program });
    expect(await valueBefore(other)).toEqual([2, 4, 6]);
    expect([...((await program.getParameters()).w as Tensor).data]).toEqual([3, 6, 9]);
    program.destroy();
    expect(await valueBefore(other)).toEqual([3, 6, 9]);
    other.destroy();
  });

  test("are prepared anew for those that share them", async () => {
    const device = await sharedDevice();
    const graph = new Graph("step");
    const weight = graph.parameter("weight", f32(16, 16));
    graph.update(weight, graph.apply("scale", { input: weight }, { factor: 2 }));
    graph.output("weight", weight);
    const step = await device.compile(graph);
    await step.setParameters({ weight: Tensor.f32([16, 16], new Array(256).fill(1)) });
    const reading = new Graph("reading");
    const input = reading.input("input", f32(16, 16));
    reading.output("y", reading.apply("linear", { input, weight: reading.parameter("weight", f32(16, 16)) }));
    const eye = Tensor.f32(
      [16, 16],
      Array.from({ length: 256 }, (_, i) => (i % 17 === 0 ? 1 : 0)),
    );
    for (const kernel of ["register", "naive"]) {
      const program = await device.compile(reading, { share: step, kernels: { linear: kernel } });
      const at5 = async () => ((await program.run({ input: eye })).y as Tensor).data[5] as number;
      const first = await at5();
      await step.run();
      expect(await at5(), kernel).toBe(2 * first);
      program.destroy();
    }
    step.destroy();
  });

  test("of another type are refused, and ones never set cannot be read", async () => {
    const device = await sharedDevice();
    const program = await device.compile(counting("first"));
    await expect(program.getParameters()).rejects.toThrow(/"w" of "first" was never set/);
    const other = new Graph("other");
    other.output("y", other.apply("relu", { input: other.parameter("w", f32(4)) }));
    await expect(device.compile(other, { share: program })).rejects.toThrow(
      /f32\[4\] in "other", but f32\[3\] in "first"/,
    );
    program.destroy();
  });
});
