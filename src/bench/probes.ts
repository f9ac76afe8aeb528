/**
 * The probes of what a device can do: ops of their own, outside the registry, so that they run by the same compiler,
 * runtime and clock as everything they are a yardstick for.
 */
import copyCode from "../../shaders/bench/copy.wgsl?raw";
import multiplyAddCode from "../../shaders/bench/multiply_add.wgsl?raw";
import readCode from "../../shaders/bench/read.wgsl?raw";
import workgroupCode from "../../shaders/bench/workgroup.wgsl?raw";
import { ShapeError } from "../core/errors";
import { formatShape, sizeOf } from "../core/shape";
import { byteLength, f32 } from "../core/tensor";
import { AttributeReader } from "../ops/attributes";
import { ceilDiv, grid1d } from "../ops/kernels";
import { type AnyOp, defineOp, type Kernel, type Problem, shader } from "../ops/op";

/** Chains and steps a round of `multiply_add.wgsl`, as written there. */
export const CHAINS = 8;
export const STEPS = 16;
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

const workgroupShader = shader("bench/workgroup.wgsl", workgroupCode);

/** Floats that each invocation reads from workgroup memory in a round, and the vec4s that a workgroup shares. */
export const WORKGROUP_READS = 16;
const SHARED = 256;

interface WorkgroupMemory {
  readonly threads: number;
  readonly rounds: number;
}

const shared: Kernel<WorkgroupMemory> = {
  name: "shared",
  shaders: [workgroupShader],
  plan: ({ attributes: { threads, rounds } }) => ({
    dispatches: [
      {
        shader: workgroupShader,
        constants: { WORKGROUP },
        params: { rounds },
        workgroups: [ceilDiv(threads, WORKGROUP), 1, 1],
      },
    ],
  }),
};

/** Sums of what lies in workgroup memory, read over and over: the probe of its bandwidth. */
export const workgroupMemory = defineOp<WorkgroupMemory>({
  name: "workgroupMemory",
  family: "bench",
  summary: "sums of numbers in workgroup memory; the probe of its bandwidth",
  inputs: [{ name: "input" }],
  outputs: ["output"],
  attributes(given) {
    const reader = new AttributeReader("workgroupMemory", given);
    const attributes = { threads: reader.int("threads", WORKGROUP, 1), rounds: reader.int("rounds", 1, 1) };
    reader.done();
    return attributes;
  },
  infer({ input }, { threads }) {
    if (input && sizeOf(input.shape) !== 4 * SHARED) {
      throw new ShapeError({ op: "workgroupMemory" }, "input", formatShape(input.shape), `${4 * SHARED} numbers`);
    }
    return [f32(ceilDiv(threads, WORKGROUP) * WORKGROUP, 4)];
  },
  cost: ({ attributes: { threads, rounds } }) => ({ flops: 0, bytes: 16 * WORKGROUP_READS * threads * rounds }),
  reference({ input = new Float64Array() }, { attributes: { rounds }, outputs: { output } }) {
    const values = new Float64Array(sizeOf(output?.shape ?? []));
    for (let i = 0; i < values.length; i++) {
      const local = Math.floor(i / 4) % WORKGROUP;
      for (let read = 0; read < rounds * WORKGROUP_READS; read++) {
        values[i] = (values[i] ?? 0) + (input[4 * ((local + read) % SHARED) + (i % 4)] ?? 0);
      }
    }
    return { output: values };
  },
  tolerance: () => ({ rtol: 1e-5, atol: 1e-4 }),
  kernels: [shared],
  cases: [{ name: "small", inputs: { input: f32(4 * SHARED) }, attributes: { threads: 64, rounds: 2 } }],
  random: (draw) => ({
    inputs: { input: f32(4 * SHARED) },
    attributes: { threads: draw.int(1, 200), rounds: draw.int(1, 20) },
  }),
});

/** The probes, for the tests that walk every shader. */
export const probes: readonly AnyOp[] = [multiplyAdd, copy, read, workgroupMemory];
