/**
 * What this device can do at best, measured: multiply-adds a second, bytes copied a second, and the price of a dispatch.
 * The probes are ops of their own, outside the registry, so that they run by the same compiler, runtime and clock as
 * everything they are a yardstick for.
 */
import copyCode from "../../shaders/bench/copy.wgsl?raw";
import multiplyAddCode from "../../shaders/bench/multiply_add.wgsl?raw";
import readCode from "../../shaders/bench/read.wgsl?raw";
import { ShapeError } from "../core/errors";
import { formatShape, sizeOf } from "../core/shape";
import { byteLength, f32, Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import { Graph, type Value } from "../graph/graph";
import { singleOpGraph } from "../graph/single";
import { AttributeReader } from "../ops/attributes";
import { ceilDiv, grid1d } from "../ops/kernels";
import { type AnyOp, defineOp, type Kernel, type Problem, shader } from "../ops/op";
import { summarize } from "./statistics";

/** Chains and steps a round of `multiply_add.wgsl`, as written there. */
const CHAINS = 8;
const STEPS = 16;
const WORKGROUP = 64;

interface MultiplyAdd {
  readonly threads: number;
  readonly rounds: number;
}

const multiplyAddShader = shader("bench/multiply_add.wgsl", multiplyAddCode);

const unrolled: Kernel<MultiplyAdd> = {
  name: "unrolled",
  shaders: [multiplyAddShader],
  plan: ({ attributes: { threads, rounds } }) => ({
    dispatches: [
      {
        shader: multiplyAddShader,
        constants: { WORKGROUP },
        params: { rounds },
        workgroups: [ceilDiv(threads, WORKGROUP), 1, 1],
      },
    ],
  }),
};

/** x ← a·x + b over and over, in registers: the probe of arithmetic. */
export const multiplyAdd = defineOp<MultiplyAdd>({
  name: "multiplyAdd",
  family: "bench",
  summary: "chains of multiply-adds in registers; the probe of the arithmetic ceiling",
  inputs: [{ name: "seed" }],
  outputs: ["output"],
  attributes(given) {
    const read = new AttributeReader("multiplyAdd", given);
    const attributes = { threads: read.int("threads", WORKGROUP, 1), rounds: read.int("rounds", 1, 1) };
    read.done();
    return attributes;
  },
  infer({ seed }, { threads }) {
    if (seed && sizeOf(seed.shape) !== 2) {
      throw new ShapeError({ op: "multiplyAdd" }, "seed", formatShape(seed.shape), "two numbers");
    }
    return [f32(ceilDiv(threads, WORKGROUP) * WORKGROUP)];
  },
  cost: ({ attributes: { threads, rounds }, outputs: { output } }) => ({
    flops: 2 * CHAINS * STEPS * threads * rounds,
    bytes: output ? byteLength(output) : 0,
  }),
  reference({ seed }, { attributes: { rounds }, outputs: { output } }) {
    const [a = 0, b = 0] = seed ?? [];
    const chain = (start: number): number => {
      let x = start;
      for (let step = 0; step < rounds * STEPS; step++) x = x * a + b;
      return x;
    };
    const sum = (thread: number): number => {
      let total = 0;
      for (let k = 0; k < CHAINS; k++) total += chain(thread * b + k);
      return total;
    };
    return { output: Float64Array.from({ length: sizeOf(output?.shape ?? []) }, (_, thread) => sum(thread)) };
  },
  tolerance: () => ({ rtol: 1e-4, atol: 1e-4 }),
  kernels: [unrolled],
  cases: [
    {
      name: "small",
      inputs: { seed: f32(2) },
      attributes: { threads: 64, rounds: 2 },
      recipes: { seed: { kind: "values", values: [0.5, 0.25] } },
    },
  ],
  random: (draw) => ({
    inputs: { seed: f32(2) },
    attributes: { threads: draw.int(1, 200), rounds: draw.int(1, 4) },
    recipes: { seed: { kind: "values", values: [0.5, 0.25] } },
  }),
});

const copyShader = shader("bench/copy.wgsl", copyCode);

const plain: Kernel<Record<string, never>> = {
  name: "plain",
  shaders: [copyShader],
  plan({ outputs }: Problem<Record<string, never>>) {
    const count = sizeOf(outputs.output?.shape ?? []) / 4;
    return {
      dispatches: [
        { shader: copyShader, constants: { WORKGROUP }, params: { count }, workgroups: grid1d(count, WORKGROUP) },
      ],
    };
  },
};

/** A plain copy: the probe of memory, and, tiny and in a row, of what a dispatch costs. */
export const copy = defineOp<Record<string, never>>({
  name: "copy",
  family: "bench",
  summary: "a plain copy; the probe of the memory ceiling",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes(given) {
    new AttributeReader("copy", given).done();
    return {};
  },
  infer({ input }) {
    const shape = input?.shape ?? [];
    if (sizeOf(shape) % 4 !== 0) {
      throw new ShapeError({ op: "copy" }, "input", formatShape(shape), "a multiple of 4 elements");
    }
    return [f32(...shape)];
  },
  cost: ({ outputs: { output } }) => ({ flops: 0, bytes: output ? 2 * byteLength(output) : 0 }),
  reference: ({ input }) => ({ output: input ?? new Float64Array() }),
  tolerance: () => ({ rtol: 0, atol: 0 }),
  kernels: [plain],
  cases: [{ name: "small", inputs: { input: f32(8) } }],
  random: (draw) => ({ inputs: { input: f32(4 * draw.int(1, 100)) } }),
});

interface Read {
  readonly threads: number;
  /** Each thread reads a stretch of its own, and not every so many elements. */
  readonly stretches: boolean;
}

const readShader = shader("bench/read.wgsl", readCode);

const sums: Kernel<Read> = {
  name: "sums",
  shaders: [readShader],
  plan({ inputs, attributes: { threads, stretches } }) {
    const perThread = sizeOf(inputs.input?.shape ?? []) / 4 / threads;
    return {
      dispatches: [
        {
          shader: readShader,
          constants: { WORKGROUP },
          params: { threads, perThread, first: stretches ? perThread : 1, step: stretches ? 1 : threads },
          workgroups: [ceilDiv(threads, WORKGROUP), 1, 1],
        },
      ],
    };
  },
};

/** Sums of what is read, and little written: the probe of memory for work such as a matrix times a vector. */
export const read = defineOp<Read>({
  name: "read",
  family: "bench",
  summary: "sums of all that is read; the probe of the memory ceiling for reading",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes(given) {
    const reader = new AttributeReader("read", given);
    const attributes = { threads: reader.int("threads", WORKGROUP, 1), stretches: reader.boolean("stretches", false) };
    reader.done();
    return attributes;
  },
  infer({ input }, { threads }) {
    const shape = input?.shape ?? [];
    if (sizeOf(shape) % (16 * threads) !== 0) {
      throw new ShapeError({ op: "read" }, "input", formatShape(shape), `a multiple of ${16 * threads} elements`);
    }
    return [f32(threads, 4)];
  },
  cost: ({ inputs: { input } }) => ({ flops: 0, bytes: input ? byteLength(input) : 0 }),
  reference({ input = new Float64Array() }, { attributes: { threads, stretches } }) {
    const output = new Float64Array(4 * threads);
    const stretch = input.length / threads;
    input.forEach((value, i) => {
      const at = stretches ? 4 * Math.floor(i / stretch) + (i % 4) : i % output.length;
      output[at] = (output[at] ?? 0) + value;
    });
    return { output };
  },
  tolerance: () => ({ rtol: 1e-5, atol: 1e-4 }),
  kernels: [sums],
  cases: [
    { name: "strided", inputs: { input: f32(16 * 5 * 2) }, attributes: { threads: 5 } },
    { name: "stretches", inputs: { input: f32(16 * 5 * 2) }, attributes: { threads: 5, stretches: true } },
  ],
  random: (draw) => {
    const threads = draw.int(1, 100);
    return { inputs: { input: f32(16 * threads * draw.int(1, 4)) }, attributes: { threads, stretches: draw.bool() } };
  },
});

/** The probes, for the tests that walk every shader. */
export const probes: readonly AnyOp[] = [multiplyAdd, copy, read];

export interface Ceilings {
  /** Arithmetic operations a second, in billions; a multiply-add is two. */
  readonly gflops: number;
  /** Bytes moved a second, in billions: of copying or of reading, whichever is more. */
  readonly gbps: number;
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

/** The better of a copy and of a sum over all that is read: writing costs more than reading on many devices. */
async function measureMemory(device: Device): Promise<number> {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.facts.limits;
  const { software } = device.facts;
  const wanted = (software ? 32 : 256) * 2 ** 20;
  const threads = software ? 1024 : 1 << 16;
  const unit = 64 * threads;
  const type = f32((Math.floor(Math.min(wanted, maxStorageBufferBindingSize, maxBufferSize) / unit) * unit) / 4);
  const rate = async (op: AnyOp, attributes: Readonly<Record<string, unknown>>, moved: number): Promise<number> => {
    const graph = singleOpGraph(op, { input: type }, attributes);
    return moved / (await fastest(device, graph, { input: Tensor.zeros(type) }));
  };
  const copied = await rate(copy, {}, 2 * byteLength(type));
  return Math.max(copied, await rate(read, { threads, stretches: software }, byteLength(type)));
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
  const gbps = await measureMemory(device);
  const one = await chainTime(device, 1);
  const many = await chainTime(device, 65);
  return { gflops, gbps, dispatchUs: Math.max(0, ((many - one) / 64) * 1000), roundTripMs: one };
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
