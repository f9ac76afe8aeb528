/** ONNX files that mean harm, each by its kind: refused in words within a second of CPU time, and before memory is taken. */
import { expect, it } from "vitest";
import { DEFAULT_LIMITS, type DeviceFacts } from "../../src/core/device";
import { TandemError } from "../../src/core/errors";
import { importOnnx, readOnnx } from "../../src/io/onnx";
import { schedule } from "../../src/scheduler/schedule";
import { type ModelParts, node, onnxModel, port, tensor } from "../support/onnxModel";

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** What every WebGPU device offers: what does not fit it is refused when the plan is made, before a device is asked. */
const DEVICE: DeviceFacts = {
  limits: DEFAULT_LIMITS,
  features: new Set(),
  software: false,
  vendor: "",
  architecture: "",
  description: "",
};

const MEMORY_BYTES = 200 * 2 ** 20;

async function refused(bytes: Uint8Array<ArrayBuffer>, message: RegExp): Promise<void> {
  const [start, before] = [cpuMs(), process.resourceUsage().maxRSS];
  const failure = readOnnx(bytes, { name: "evil.onnx" }).then((model) => schedule(importOnnx(model).graph, DEVICE));
  await expect(failure).rejects.toThrow(TandemError);
  await expect(failure).rejects.toThrow(message);
  expect(cpuMs() - start).toBeLessThan(1000);
  expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(MEMORY_BYTES);
}

const x = [port("x", [2, 2])];
const y = [port("y", [2, 2])];
const HUGE = [2 ** 20, 2 ** 20];

/** A field of a protobuf message: its number, then a length and bytes. */
function field(number: number, bytes: Uint8Array): Buffer {
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

/** A graph in a graph in a graph, `depth` times: a branch of an If each. */
function nested(depth: number): Uint8Array<ArrayBuffer> {
  const text = (value: string): Buffer => Buffer.from(value);
  let graph: Buffer = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) {
    const attribute = Buffer.concat([field(1, text("then_branch")), field(6, graph), Buffer.from([0xa0, 0x01, 5])]);
    graph = field(1, Buffer.concat([field(2, text("y")), field(4, text("If")), field(5, attribute)]));
  }
  return new Uint8Array(Buffer.concat([Buffer.from([8, 8]), field(7, graph)]));
}

const CASES: [string, ModelParts, RegExp][] = [
  [
    "a circle",
    { nodes: [node("Add", ["x", "y"], ["h"]), node("Relu", ["h"], ["y"])], inputs: x, outputs: y },
    /has a cycle: h → y → h/,
  ],
  [
    "a node that reads itself",
    { nodes: [node("Add", ["x", "y"], ["y"])], inputs: x, outputs: y },
    /has a cycle: y → y/,
  ],
  ["a name that nothing makes", { nodes: [node("Relu", ["nowhere"], ["y"])], inputs: x, outputs: y }, /nowhere/],
  [
    "a terabyte made of two numbers",
    {
      nodes: [node("ConstantOfShape", ["k"], ["c"]), node("Add", ["x", "c"], ["y"])],
      inputs: x,
      outputs: y,
      initializers: [tensor("k", [2], HUGE, "int64")],
    },
    /do not broadcast/,
  ],
  [
    "a terabyte by Expand",
    {
      nodes: [node("Expand", ["w", "k"], ["y"])],
      outputs: y,
      initializers: [tensor("k", [2], HUGE, "int64"), tensor("w", [1], [1])],
    },
    /needs maxBufferSize/,
  ],
  [
    "a terabyte by Tile",
    {
      nodes: [node("Tile", ["w", "k"], ["y"])],
      outputs: y,
      initializers: [tensor("k", [2], HUGE, "int64"), tensor("w", [1, 1], [1])],
    },
    /needs maxBufferSize/,
  ],
  [
    "a terabyte by Range",
    {
      nodes: [node("Range", ["a", "b", "d"], ["y"])],
      outputs: y,
      initializers: [tensor("a", [], [0], "int64"), tensor("b", [], [2 ** 40], "int64"), tensor("d", [], [1], "int64")],
    },
    /it counts 1099511627776 numbers/,
  ],
  [
    "doubling, forty times",
    {
      nodes: Array.from({ length: 40 }, (_, i) => node("Concat", [`c${i}`, `c${i}`], [`c${i + 1}`], { axis: 0 })),
      outputs: [port("c40", ["N"])],
      initializers: [tensor("c0", [4], [1, 2, 3, 4], "int64")],
    },
    /needs maxBufferSize/,
  ],
  ["a negative extent", { nodes: [node("Relu", ["x"], ["y"])], inputs: [port("x", [-2, 2])], outputs: y }, /-2/],
  [
    "an extent beyond counting",
    { nodes: [node("Relu", ["x"], ["y"])], inputs: [port("x", [2 ** 52, 2 ** 52])], outputs: y },
    /needs maxBufferSize/,
  ],
  [
    "fewer numbers than its shape has",
    { nodes: [node("Add", ["x", "w"], ["y"])], inputs: x, outputs: y, initializers: [tensor("w", [1000, 1000], [1])] },
    /"w"/,
  ],
  [
    "a tensor of negative extents",
    { nodes: [node("Add", ["x", "w"], ["y"])], inputs: x, outputs: y, initializers: [tensor("w", [-1, -1], [1])] },
    /"w"/,
  ],
  [
    "pads beyond everything",
    {
      nodes: [node("Pad", ["x", "p"], ["y"])],
      inputs: x,
      outputs: y,
      initializers: [tensor("p", [4], [2 ** 40, 2 ** 40, 0, 0], "int64")],
    },
    /needs maxBufferSize/,
  ],
  [
    "a kernel of 2^31",
    {
      nodes: [node("MaxPool", ["x"], ["y"], { kernel_shape: [2 ** 31, 2 ** 31] })],
      inputs: [port("x", [1, 1, 8, 8])],
      outputs: y,
    },
    /window .* is larger/,
  ],
];

it.each(CASES)("with %s", (_, parts, message) => refused(onnxModel(parts), message));

it("with graphs in graphs without end", () => refused(nested(1000), /no ONNX file, or damaged .*depth/));
