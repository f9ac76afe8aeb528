/**
 * What this device can do at best, measured: multiply-adds a second, bytes copied and read a second, in memory and in
 * workgroup memory, bytes to the device and back, and the price of a dispatch.
 */
import { byteLength, f32, Tensor, type TensorType } from "../core/tensor";
import type { Device } from "../engine/device";
import { Graph, type Value } from "../graph/graph";
import { singleOpGraph } from "../graph/single";
import type { AnyOp } from "../ops/op";
import { CHAINS, copy, multiplyAdd, read, STEPS, WORKGROUP_READS, workgroupMemory } from "./probes";
import { timed } from "./sampling";
import { summarize } from "./statistics";

export interface Ceilings {
  /** Arithmetic operations a second, in billions; a multiply-add is two. */
  readonly gflops: number;
  /** Bytes moved a second, in billions: of copying or of reading, whichever is more. */
  readonly gbps: number;
  readonly copyGbps: number;
  readonly readGbps: number;
  /** Bytes read a second from workgroup memory, in billions. */
  readonly workgroupGbps: number;
  /** Bytes a second from the host's memory to the device's, in billions, and back. */
  readonly uploadGbps: number;
  readonly readbackGbps: number;
  /** What one more dispatch costs, in microseconds of wall time. */
  readonly dispatchUs: number;
  /** Wall time of a run with a single tiny dispatch and its readback, in milliseconds. */
  readonly roundTripMs: number;
}

/** Long enough that neither the clock's step nor a dispatch's start shows. */
const LONG_ENOUGH_NS = 5e6;
const SAMPLES = 5;

/** Fastest time in ns of the graph's only step. A ceiling is the best the device ever does, so not the median. */
async function fastest(device: Device, graph: Graph, inputs: Record<string, Tensor>): Promise<number> {
  const program = await device.compile(graph);
  try {
    const { steps } = await program.profile(inputs, { runs: SAMPLES });
    return Math.min(...(steps[0]?.ns ?? [Infinity]));
  } finally {
    program.destroy();
  }
}

async function measureArithmetic(device: Device): Promise<number> {
  const threads = device.facts.software ? 4096 : 1 << 20;
  for (let rounds = 32; ; rounds *= 8) {
    const graph = new Graph("arithmetic ceiling");
    const { output } = graph.add(multiplyAdd, { seed: graph.input("seed", f32(2)) }, { threads, rounds });
    graph.output("output", output as Value);
    const ns = await fastest(device, graph, { seed: Tensor.f32([2], [0.5, 0.25]) });
    if (ns >= LONG_ENOUGH_NS || rounds >= 1 << 16) return (2 * CHAINS * STEPS * threads * rounds) / ns;
  }
}

/** Sizes that a device can bind, as near to `wanted` bytes as it allows: a multiple of `unit` bytes. */
function bytesFor(device: Device, wanted: number, unit: number): number {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.facts.limits;
  return Math.max(1, Math.floor(Math.min(wanted, maxStorageBufferBindingSize, maxBufferSize) / unit)) * unit;
}

/** A copy, and a sum over all that is read: writing costs more than reading on many devices. */
async function measureMemory(device: Device): Promise<{ copyGbps: number; readGbps: number }> {
  const { software } = device.facts;
  const threads = software ? 1024 : 1 << 16;
  const type = f32(bytesFor(device, (software ? 32 : 256) * 2 ** 20, 64 * threads) / 4);
  const rate = async (op: AnyOp, attributes: Readonly<Record<string, unknown>>, moved: number): Promise<number> => {
    const graph = singleOpGraph(op, { input: type }, attributes);
    return moved / (await fastest(device, graph, { input: Tensor.zeros(type) }));
  };
  return {
    copyGbps: await rate(copy, {}, 2 * byteLength(type)),
    readGbps: await rate(read, { threads, stretches: software }, byteLength(type)),
  };
}

async function measureWorkgroupMemory(device: Device): Promise<number> {
  const threads = device.facts.software ? 2048 : 1 << 18;
  const type = f32(1024);
  for (let rounds = 16; ; rounds *= 8) {
    const graph = singleOpGraph(workgroupMemory, { input: type }, { threads, rounds });
    const ns = await fastest(device, graph, { input: Tensor.zeros(type) });
    if (ns >= LONG_ENOUGH_NS || rounds >= 1 << 16) return (16 * WORKGROUP_READS * threads * rounds) / ns;
  }
}

/** Uploads and reads a parameter that nothing is computed from: the bare transfer, less what an empty one takes. */
async function measureTransfers(device: Device): Promise<{ uploadGbps: number; readbackGbps: number }> {
  const fastestOf = async (work: () => Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    for (let i = 0; i < SAMPLES; i++) times.push(await timed(work));
    return Math.min(...times);
  };
  const times = async (type: TensorType): Promise<{ up: number; down: number }> => {
    const graph = singleOpGraph(copy, { input: type }, {}, ["input"]);
    const program = await device.compile(graph);
    try {
      const input = Tensor.zeros(type);
      const up = await fastestOf(() => program.setParameters({ input }).then(() => program.idle()));
      const down = await fastestOf(() => program.getParameters(["input"]));
      return { up, down };
    } finally {
      program.destroy();
    }
  };
  const bytes = bytesFor(device, (device.facts.software ? 16 : 64) * 2 ** 20, 16);
  const empty = await times(f32(4));
  const full = await times(f32(bytes / 4));
  // Bytes a millisecond, in millions: billions a second.
  const rate = (all: number, nothing: number): number => bytes / Math.max(all - nothing, all / 2) / 1e6;
  return { uploadGbps: rate(full.up, empty.up), readbackGbps: rate(full.down, empty.down) };
}

/** A chain of `length` copies of one vec4; wall time of a run, in ms. */
async function chainTime(device: Device, length: number): Promise<number> {
  const graph = new Graph(`chain of ${length}`);
  let value = graph.input("input", f32(4));
  for (let i = 0; i < length; i++) value = graph.add(copy, { input: value }).output as Value;
  graph.output("output", value);
  const program = await device.compile(graph);
  try {
    const inputs = { input: Tensor.zeros(f32(4)) };
    await program.run(inputs);
    const times: number[] = [];
    for (let i = 0; i < 2 * SAMPLES; i++) {
      const start = performance.now();
      await program.run(inputs);
      times.push(performance.now() - start);
    }
    return summarize(times).median;
  } finally {
    program.destroy();
  }
}

/** Measures all of it; takes a second or two. */
export async function measureCeilings(device: Device): Promise<Ceilings> {
  const gflops = await measureArithmetic(device);
  const { copyGbps, readGbps } = await measureMemory(device);
  const workgroupGbps = await measureWorkgroupMemory(device);
  const transfers = await measureTransfers(device);
  const one = await chainTime(device, 1);
  const many = await chainTime(device, 65);
  return {
    gflops,
    gbps: Math.max(copyGbps, readGbps),
    copyGbps,
    readGbps,
    workgroupGbps,
    ...transfers,
    dispatchUs: Math.max(0, ((many - one) / 64) * 1000),
    roundTripMs: one,
  };
}

/** How near work comes to the ceiling that stands in its way, and which of the two that is. */
export function shareOfCeiling(
  work: { readonly flops: number; readonly bytes: number },
  ns: number,
  ceilings: Ceilings,
): { share: number; bound: "arithmetic" | "memory" } {
  const arithmetic = work.flops / ns / ceilings.gflops;
  const memory = work.bytes / ns / ceilings.gbps;
  return arithmetic >= memory ? { share: arithmetic, bound: "arithmetic" } : { share: memory, bound: "memory" };
}
