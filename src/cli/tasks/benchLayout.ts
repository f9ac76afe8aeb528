/** Measures a network in a layout on several devices against the same network on one, where the GPU is. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { timed } from "../../bench/sampling";
import { type Summary, summarize } from "../../bench/statistics";
import { errorRatio } from "../../core/compare";
import { TandemError } from "../../core/errors";
import { sizeOf } from "../../core/shape";
import type { Tensor } from "../../core/tensor";
import { openMesh } from "../../engine/mesh";
import type { TransferPlan } from "../../engine/meshProgram";
import { chromeTrace, type DeviceSummary, summarizeTrace } from "../../engine/trace";
import type { LayoutName } from "../../layout/layout";
import type { Named } from "../../ops/op";
import type { HostFacts, TaskContext } from "../hosts/context";
import { type NetworkArgs, openNetwork, readPicture } from "./network";

export interface BenchLayoutArgs extends NetworkArgs {
  readonly layout: LayoutName;
  readonly devices: number;
  readonly transport: "f32" | "f16";
  /** The picture; fills the whole batch. */
  readonly image: string;
  /** Pairs of runs measured at most. */
  readonly runs: number;
  readonly budgetMs: number;
}

export interface BenchLayoutReport {
  readonly schema: "tandem-bench-layout-1";
  readonly date: string;
  readonly host: HostFacts;
  readonly adapters: readonly AdapterFacts[];
  readonly model: string;
  readonly batch: number;
  readonly layout: LayoutName;
  readonly transport: BenchLayoutArgs["transport"];
  /** Largest difference of outputs from one device's, as a share of what is allowed, and of the output's largest element. */
  readonly check: { readonly ratio: number; readonly difference: number; readonly passed: boolean };
  /** Whole runs in milliseconds, one device and the mesh in turn. */
  readonly singleMs: Summary;
  readonly meshMs: Summary;
  readonly transfers: readonly TransferPlan[];
  /** Of the run that was traced. */
  readonly devices: readonly (DeviceSummary & {
    readonly parameters: number;
    /** Bytes of the plan, and what the device holds in all with its pool. */
    readonly memory: number;
    readonly held: number;
  })[];
  readonly tracedMs: number;
  readonly method: "timestamp-query" | "queue";
  readonly parameters: number;
  /** In Chrome's format. */
  readonly trace: ReturnType<typeof chromeTrace>;
}

/**
 * Of an output's largest element. Other kernels for other shapes sum in other orders; halves are off by 2⁻¹¹ (5e-4) each, once
 * a transfer.
 */
const AGREEMENT = { f32: 1e-4, f16: 5e-3 };

/** Probabilities of random weights are much alike whatever the network does, so that logits are compared, too. */
const COMPARED = ["logits", "probabilities"];

/** Pairs below which a median says nothing. */
const FEWEST = 3;

export async function benchLayout(args: BenchLayoutArgs, context: TaskContext): Promise<BenchLayoutReport> {
  const { layout, transport, devices: count } = args;
  const network = await openNetwork(args, context);
  const tell = (what: string): void => context.progress({ done: 0, total: 1, what });
  try {
    const { inputs } = await readPicture(network, args.image, context);
    tell(`opening ${count} devices`);
    const mesh = await openMesh({ gpu: context.gpu, devices: count });
    try {
      const program = await mesh.compile(network.graph, { layout, transport, onProgress: context.progress });
      await program.setParameters(network.parameters);
      const wanted = { outputs: ["probabilities"] };
      tell("comparing with one device");
      const compared = { outputs: COMPARED.filter((name) => network.graph.outputs.has(name)) };
      if (!compared.outputs.includes("probabilities"))
        throw new TandemError(`model ${args.model} has no output "probabilities"`);
      const ours = await program.run(inputs, compared);
      const theirs = await network.program.run(inputs, compared);
      const check = compareOutputs(ours, theirs, transport);
      const [singleMs, meshMs]: [number[], number[]] = [[], []];
      const start = performance.now();
      for (let pair = 0; pair < args.runs; pair++) {
        if (pair >= FEWEST && performance.now() - start > args.budgetMs) break;
        tell(`pair of runs ${pair + 1}`);
        singleMs.push(await timed(() => network.program.run(inputs, wanted)));
        meshMs.push(await timed(() => program.run(inputs, wanted)));
      }
      tell("a run with every dispatch and transfer timed");
      const { trace } = await program.trace(inputs, wanted);
      const sums = summarizeTrace(trace);
      const held = await mesh.memory();
      return {
        schema: "tandem-bench-layout-1",
        date: new Date().toISOString(),
        host: context.host,
        adapters: mesh.devices.map(({ facts }) => adapterFacts(facts)),
        model: args.model,
        batch: args.batch,
        layout,
        transport,
        check,
        singleMs: summarize(singleMs),
        meshMs: summarize(meshMs),
        transfers: program.transfers,
        devices: program.devices.map(({ plan, parameters }, d) => ({
          ...(sums[d] as DeviceSummary),
          parameters,
          memory: plan.memory.parameters + plan.memory.prepared + plan.memory.inputs + plan.memory.transient,
          held: held[d]?.inUse ?? 0,
        })),
        tracedMs: trace.ms,
        method: trace.method,
        parameters: [...network.graph.parameters.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
        trace: chromeTrace(trace),
      };
    } finally {
      mesh.destroy();
    }
  } finally {
    network.device.destroy();
  }
}

function compareOutputs(ours: Named<Tensor>, theirs: Named<Tensor>, transport: BenchLayoutArgs["transport"]) {
  const differences = Object.entries(theirs).map(([name, { data }]) => {
    const largest = [...data].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return errorRatio(ours[name]?.data ?? [], data, { rtol: 0, atol: largest });
  });
  const difference = Math.min(Math.max(...differences), 1e30);
  const ratio = difference / AGREEMENT[transport];
  return { ratio, difference, passed: ratio <= 1 };
}
