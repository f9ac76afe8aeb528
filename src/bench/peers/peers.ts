/**
 * Our kernels beside those of a peer: the same network (ours, written as ONNX), the same inputs and weights, the same
 * browser and adapter, the same clock. Both results are compared before anything is timed; then runs alternate, so that
 * whatever the machine does meanwhile happens to both. What is timed is a run as a caller sees it: inputs uploaded,
 * every output read back.
 */
import { errorRatio } from "../../core/compare";
import { TandemError } from "../../core/errors";
import { streamOf } from "../../core/random";
import { formatShape, sizeOf } from "../../core/shape";
import { f32, Tensor } from "../../core/tensor";
import { type Device, openDevice } from "../../engine/device";
import { Graph, type Value } from "../../graph/graph";
import { exportOnnx } from "../../io/onnx";
import { models } from "../../models";
import { type OpName, ops } from "../../ops";
import { makeTensor } from "../../ops/inputs";
import type { AnyOp } from "../../ops/op";
import { type AdapterFacts, adapterFacts, type Place } from "../facts";
import { timed } from "../sampling";
import { type Summary, summarize } from "../statistics";

type Ort = typeof import("onnxruntime-web");
type Tensors = Readonly<Record<string, Tensor>>;

export interface PeersArgs {
  /** Address of the folder with the peer's files, ending in a slash. */
  readonly ort: string;
  /** Only workloads with this in their name. */
  readonly filter?: string;
  readonly samples: number;
}

export interface PeersRow {
  readonly workload: string;
  readonly shapes: string;
  readonly flops: number;
  /** Wall times in milliseconds. */
  readonly ours: Summary;
  readonly theirs: Summary;
  /** Largest difference between the two results, as a share of the result's largest element. */
  readonly difference: number;
  /** Kernels of ours that ran. */
  readonly kernels: readonly string[];
}

export interface PeersResult {
  readonly schema: "tandem-peers-1";
  readonly date: string;
  readonly host: Place;
  readonly adapter: AdapterFacts;
  readonly peer: { readonly name: string; readonly version: string; readonly backend: string };
  readonly samples: number;
  readonly rows: readonly PeersRow[];
}

/** A network of either side, with what is fed to it. */
interface Workload {
  readonly name: string;
  build(): { graph: Graph; inputs: Tensors; parameters: Tensors };
}

/** One op on inputs of the given shapes, in the order of its arguments; those in `weights` are set once. */
function single(
  name: string,
  op: OpName,
  shapes: readonly (readonly number[])[],
  weights: number,
  attributes = {},
): Workload {
  return {
    name,
    build() {
      const graph = new Graph(name);
      const inputs: Record<string, Tensor> = {};
      const parameters: Record<string, Tensor> = {};
      const definition: AnyOp = ops[op];
      const values: Record<string, Value> = {};
      shapes.forEach((shape, i) => {
        const argument = definition.inputs[i]?.name ?? "";
        const type = f32(...shape);
        const isWeight = i >= shapes.length - weights;
        (isWeight ? parameters : inputs)[argument] = makeTensor(type, { kind: "uniform" }, streamOf(1, argument));
        values[argument] = isWeight ? graph.parameter(argument, type) : graph.input(argument, type);
      });
      const [output] = Object.values(graph.add(definition, values, attributes));
      graph.output("y", output as Value);
      return { graph, inputs, parameters };
    },
  };
}

const square = (n: number): Workload =>
  single(
    `matmul ${n}`,
    "matmul",
    [
      [n, n],
      [n, n],
    ],
    0,
  );

/** A convolution of AlexNet, with its bias. */
const conv = (
  name: string,
  c: number,
  size: number,
  o: number,
  kernel: number,
  padding: number,
  groups: number,
): Workload =>
  single(name, "conv2d", [[1, c, size, size], [o, c / groups, kernel, kernel], [o]], 2, { padding, groups });

/** Weights large enough that the logits differ from class to class, unlike freshly initialised ones. */
function lively(graph: Graph): Record<string, Tensor> {
  return Object.fromEntries(
    [...graph.parameters].map(([name, { type }]) => {
      const fanIn = type.shape.length > 1 ? sizeOf(type.shape.slice(1)) : 600;
      return [name, makeTensor(type, { kind: "uniform", scale: Math.sqrt(6 / fanIn) }, streamOf(1, name))];
    }),
  );
}

const alexnet: Workload = {
  name: "AlexNet",
  build() {
    const graph = models.alexnet.build({ batch: 1 });
    const inputs = Object.fromEntries(
      [...graph.inputs].map(([name, { type }]) => [
        name,
        makeTensor(type, { kind: "uniform", scale: 120 }, streamOf(1, name)),
      ]),
    );
    return { graph, inputs, parameters: lively(graph) };
  },
};

/** AlexNet's layers in the paper's form, at batch 1. */
const WORKLOADS: readonly Workload[] = [
  square(512),
  square(1024),
  conv("conv2", 96, 27, 256, 5, 2, 2),
  conv("conv3", 256, 13, 384, 3, 1, 1),
  conv("conv4", 384, 13, 384, 3, 1, 2),
  conv("conv5", 384, 13, 256, 3, 1, 2),
  single("fc6", "linear", [[1, 9216], [4096, 9216], [4096]], 2),
  alexnet,
];

/** Largest difference between two results of one network, as a share of the largest element. */
function differenceOf(ours: Tensors, theirs: Tensors): number {
  let worst = 0;
  for (const [name, a] of Object.entries(ours)) {
    const b = theirs[name];
    if (!b || b.data.length !== a.data.length)
      throw new TandemError(`the peer's output "${name}" has another size than ours`);
    let size = 0;
    for (const value of a.data) size = Math.max(size, Math.abs(value));
    if (!(size > 0)) throw new TandemError(`output "${name}" is all zeros, which no comparison can trust`);
    worst = Math.max(worst, errorRatio(a.data, b.data, { rtol: 0, atol: size }));
  }
  return worst;
}

/** Results farther apart than this share of the largest element are not of the same network. */
const AGREEMENT = 1e-3;

const WARMUP = 2;

async function load(base: string): Promise<Ort> {
  const ort = (await import(/* @vite-ignore */ `${base}ort.webgpu.min.mjs`)) as Ort;
  ort.env.wasm.wasmPaths = base;
  ort.env.logLevel = "error";
  return ort;
}

type Run = () => Promise<Tensors>;

async function openTheirs(ort: Ort, model: Uint8Array, inputs: Tensors): Promise<{ run: Run; close(): Promise<void> }> {
  const session = await ort.InferenceSession.create(model, { executionProviders: ["webgpu"] });
  const run = async (): Promise<Tensors> => {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        new ort.Tensor("float32", data as Float32Array, [...shape]),
      ]),
    );
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [
        name,
        new Tensor(dims, data as Float32Array<ArrayBuffer>),
      ]),
    );
  };
  return { run, close: () => session.release() };
}

async function compareOne(
  device: Device,
  ort: Ort,
  workload: Workload,
  samples: number,
  tell: (what: string) => void,
): Promise<PeersRow> {
  const { graph, inputs, parameters } = workload.build();
  tell("loading the peer's model");
  const theirs = await openTheirs(ort, exportOnnx(graph, parameters), inputs);
  tell("compiling ours");
  const program = await device.compile(graph);
  try {
    await program.setParameters(parameters);
    const run: Run = () => program.run(inputs);
    tell("comparing results");
    const difference = differenceOf(await run(), await theirs.run());
    if (!(difference <= AGREEMENT)) {
      throw new TandemError(`${workload.name}: the two results differ by ${difference} of the largest element`);
    }
    for (let i = 0; i < WARMUP; i++) {
      await run();
      await theirs.run();
    }
    const times = { ours: [] as number[], theirs: [] as number[] };
    for (let i = 0; i < samples; i++) {
      tell(`sample ${i + 1} of ${samples}`);
      times.ours.push(await timed(run));
      times.theirs.push(await timed(theirs.run));
    }
    return {
      workload: workload.name,
      shapes: [...graph.inputs.values(), ...(graph.nodes.length === 1 ? graph.parameters.values() : [])]
        .map(({ shape }) => formatShape(shape))
        .join(" "),
      flops: program.plan.flops,
      ours: summarize(times.ours),
      theirs: summarize(times.theirs),
      difference,
      kernels: [...new Set(program.plan.steps.map(({ op, kernel }) => `${op}/${kernel}`))],
    };
  } finally {
    program.destroy();
    await theirs.close();
  }
}

/** What of the task's context is needed. */
interface Context {
  readonly gpu: object;
  readonly host: Place;
  progress(progress: { done: number; total: number; what: string }): void;
}

export async function peers({ ort: base, filter, samples }: PeersArgs, context: Context): Promise<PeersResult> {
  const chosen = WORKLOADS.filter(({ name }) => filter === undefined || name.includes(filter));
  if (chosen.length === 0) throw new TandemError(`no workload has "${filter}" in its name`);
  const ort = await load(base);
  const device = await openDevice({ gpu: context.gpu, label: "peers" });
  try {
    const rows: PeersRow[] = [];
    for (const [done, workload] of chosen.entries()) {
      const tell = (what: string): void =>
        context.progress({ done, total: chosen.length, what: `${workload.name}: ${what}` });
      rows.push(await compareOne(device, ort, workload, samples, tell));
    }
    return {
      schema: "tandem-peers-1",
      date: new Date().toISOString(),
      host: context.host,
      adapter: adapterFacts(device.facts),
      peer: { name: "onnxruntime-web", version: ort.env.versions.web ?? "unknown", backend: "webgpu" },
      samples,
      rows,
    };
  } finally {
    device.destroy();
  }
}
