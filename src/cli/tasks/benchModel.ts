/** Measures a network on a picture, where the GPU is: checks the result, then times start, runs and every step. */
import { type Ceilings, measureCeilings } from "../../bench/ceilings";
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { kernelHash } from "../../bench/hash";
import { kernelMs, type LayerRow, layerRow } from "../../bench/layers";
import { profileUntil, wallQuantum } from "../../bench/profiling";
import { DEFAULT_SAMPLING, type Stopped, sample, timed } from "../../bench/sampling";
import { type Summary, summarize } from "../../bench/statistics";
import { errorRatio } from "../../core/compare";
import { TandemError } from "../../core/errors";
import { formatType, Tensor } from "../../core/tensor";
import type { Value } from "../../graph/graph";
import { ops } from "../../ops";
import type { AnyOp } from "../../ops/op";
import type { Profile } from "../../runtime/profile";
import { controls, optimizerSettings } from "../../train/optimizer";
import { classifierLoss, countedMasks, ONE, trainingStep } from "../../train/step";
import type { HostFacts, TaskContext } from "../hosts/context";
import { drawInputs, type Guess, type Network, type NetworkArgs, openNetwork, readPicture, topOf } from "./network";

export interface BenchModelArgs extends NetworkArgs {
  /** The picture; fills the whole batch. */
  readonly image: string;
  /** Whether the user named it: a network that takes no pictures refuses it then, and otherwise gets inputs drawn by lot. */
  readonly imageNamed: boolean;
  /** Runs measured at most. */
  readonly runs?: number;
  /** Wall time for the steady runs, and again for the profile. */
  readonly budgetMs: number;
  /** Compare with the naive kernels before timing. */
  readonly check: boolean;
  /** Time a step of training, too. */
  readonly train: boolean;
}

/** A step of training by the recipe of 2012: forward, gradients of every parameter, update in place. */
export interface TrainingReport {
  readonly stepMs: Summary;
  readonly kernelMs: number;
  /** How many times the forward pass's kernels take. */
  readonly timesForward: number;
  readonly memory: Network["program"]["plan"]["memory"];
  /** The slowest first. */
  readonly layers: readonly LayerRow[];
}

/** The same network on the naive kernels, as a second opinion. */
export interface ModelCheck {
  /** Largest difference of the probabilities, or of all outputs where there are none, as a share of what is allowed. */
  readonly ratio: number;
  readonly passed: boolean;
}

export interface BenchModelReport {
  readonly schema: "tandem-bench-model-2";
  readonly date: string;
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly model: string;
  readonly batch: number;
  readonly image: string;
  /** Whether the inputs were drawn by lot, as no picture fits; `image` says which they are. */
  readonly drawn: boolean;
  readonly weights: Network["weights"];
  readonly parameters: number;
  readonly flops: number;
  readonly check: ModelCheck | null;
  readonly top: readonly Guess[];
  /** Milliseconds, each once but the last. */
  readonly times: Network["times"] & {
    readonly preprocessMs: number;
    readonly firstMs: number;
    readonly steadyMs: Summary;
  };
  /** Bytes. */
  readonly memory: { readonly plan: Network["program"]["plan"]["memory"]; readonly peak: number };
  readonly ceilings: Ceilings;
  readonly timestamps: {
    readonly method: Profile["method"];
    readonly quantumNs: number;
    readonly runs: number;
    /** Step of the clock that times whole runs. */
    readonly wallQuantumNs: number;
  };
  /** Steady runs in the order they were taken, how many went before them uncounted, and why they ended. */
  readonly samplesMs: readonly number[];
  readonly warmups: number;
  readonly stopped: Stopped;
  /** Over the texts and constants of every kernel of the plan. */
  readonly kernelHash: string;
  readonly layers: readonly LayerRow[];
  readonly training: TrainingReport | null;
  readonly totals: {
    /** Sum of the steps' medians. */
    readonly kernelMs: number;
    /** Wall time of a steady run that is in no kernel: uploads, readback, submission, waiting. */
    readonly gapMs: number;
  };
}

/** Kernels sum in different orders; what that may move a probability by. */
const AGREEMENT = { rtol: 1e-3, atol: 1e-6 };

const naiveKernels = (): Record<string, string> =>
  Object.fromEntries(
    (Object.values(ops) as AnyOp[]).flatMap((op): [string, string][] => {
      const naive = op.kernels.at(-1);
      return naive ? [[op.name, naive.name]] : [];
    }),
  );

/** Other numbers than probabilities have no scale of their own: the rounding of a sum goes by its largest terms. */
const allowedFor = (name: string, want: Tensor) => {
  if (name === "probabilities") return AGREEMENT;
  const largest = Array.from(want.data).reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  return { rtol: AGREEMENT.rtol, atol: AGREEMENT.atol * (Number.isFinite(largest) ? largest : 1) };
};

async function secondOpinion(
  network: Network,
  inputs: Readonly<Record<string, Tensor>>,
  got: Readonly<Record<string, Tensor>>,
): Promise<ModelCheck> {
  const program = await network.device.compile(network.graph, { kernels: naiveKernels(), fusion: false });
  try {
    await program.setParameters(network.parameters);
    const names = "probabilities" in got ? ["probabilities"] : Object.keys(got);
    const want = Object.entries(await program.run(inputs, { outputs: names }));
    const ratios = want.map(([name, each]) => errorRatio(got[name]?.data ?? [], each.data, allowedFor(name, each)));
    const ratio = Math.min(Math.max(0, ...ratios), 1e30);
    return { ratio, passed: ratio <= 1 };
  } finally {
    program.destroy();
  }
}

/** Times steps of training on the same pictures, after the forward pass whose kernels took `forwardMs`. */
async function benchTraining(
  network: Network,
  inputs: Readonly<Record<string, Tensor>>,
  forwardMs: number,
  ceilings: Ceilings,
  limits: { readonly budgetMs: number; readonly maximum: number },
  progress: TaskContext["progress"],
): Promise<TrainingReport> {
  const { model, device, parameters } = network;
  const batch = (inputs.image as Tensor).shape[0] as number;
  const settings = optimizerSettings();
  const { graph, state } = trainingStep(classifierLoss(model.build({ batch, masks: countedMasks(1) })), settings);
  const program = await device.compile(graph, { onProgress: progress });
  try {
    const zeros = state.map((name) => [name, Tensor.zeros((graph.parameters.get(name) as Value).type)]);
    await program.setParameters({ ...parameters, ...Object.fromEntries(zeros) });

    const classes = graph.outputs.get("logits")?.shape[1] ?? 1;
    const labels = Tensor.i32(
      [batch],
      Array.from({ length: batch }, (_, i) => i % classes),
    );
    const step = Tensor.i32([], [0]);
    const all = {
      ...inputs,
      labels,
      ...(graph.inputs.has("step") ? { step } : {}),
      one: ONE,
      ...controls(settings, 1, 1),
    };
    const { loss } = await program.run(all, { outputs: ["loss"] });
    if (!Number.isFinite(loss?.data[0]))
      throw new TandemError(`${model.name}: the loss of a step of training is no number`);
    const sampling = { ...DEFAULT_SAMPLING, ...limits, minimum: Math.min(limits.maximum, 2) };
    const watched = (what: string) => ({
      ...sampling,
      onSample: (done: number, total: number) => progress({ done, total, what }),
    });
    const steps = await sample(
      () => timed(() => program.run(all, { outputs: ["loss"] })),
      watched("steps of training"),
    );
    const profile = await profileUntil(program, all, watched("timing every part of a step"));
    const layers = profile.steps.map((samples) => layerRow(samples, ceilings));
    const inKernels = kernelMs(layers);
    return {
      stepMs: summarize(steps.samples),
      kernelMs: inKernels,
      timesForward: inKernels / forwardMs,
      memory: program.plan.memory,
      layers: [...layers].sort((a, b) => b.ns.median - a.ns.median),
    };
  } finally {
    program.destroy();
  }
}

/** A picture for a network of pictures, and what is drawn by lot for others. */
async function inputsFor(network: Network, { image, imageNamed, seed, batch }: BenchModelArgs, context: TaskContext) {
  if (network.picture || imageNamed) {
    context.progress({ done: 0, total: 1, what: `reading ${image}` });
    return { ...(await readPicture(network, image, context)), image, drawn: false };
  }
  if (batch !== 1)
    throw new TandemError(`${network.model.name} takes no pictures: --dim NAME=${batch} says an extent, not --batch`);
  const types = [...network.graph.inputs].map(([name, { type }]) => `${name} ${formatType(type)}`);
  const says = `drawn by lot, seed ${seed}: ${types.join(", ")}`;
  return { inputs: drawInputs(network, seed), preprocessMs: 0, image: says, drawn: true };
}

export async function benchModel(args: BenchModelArgs, context: TaskContext): Promise<BenchModelReport> {
  const { progress } = context;
  const tell = (what: string): void => progress({ done: 0, total: 1, what });
  const network = await openNetwork(args, context);
  const { device, program } = network;
  try {
    const { inputs, preprocessMs, image, drawn } = await inputsFor(network, args, context);
    tell("first run");
    let first: Record<string, Tensor> = {};
    const firstMs = await timed(async () => {
      first = await program.run(inputs);
    });
    const { probabilities } = first;
    if (args.check) tell("checking the result with the naive kernels");
    const check = args.check ? await secondOpinion(network, inputs, first) : null;
    if (check && !check.passed) {
      throw new TandemError(
        `${args.model}: ${probabilities ? "the probabilities" : "its outputs"} differ from those of the naive kernels by ${check.ratio.toPrecision(3)} times what is allowed`,
      );
    }
    tell("measuring what this device can do at best");
    const ceilings = await measureCeilings(device);
    const maximum = args.runs ?? DEFAULT_SAMPLING.maximum;
    const sampling = {
      ...DEFAULT_SAMPLING,
      budgetMs: args.budgetMs,
      maximum,
      minimum: Math.min(maximum, DEFAULT_SAMPLING.minimum),
    };
    const watched = (what: string) => ({
      ...sampling,
      onSample: (done: number, total: number) => progress({ done, total, what }),
    });
    const steady = await sample(() => timed(() => program.run(inputs)), watched("steady runs"));
    const profile = await profileUntil(program, inputs, watched("timing every step"));
    const layers = profile.steps.map((samples) => layerRow(samples, ceilings));
    const inKernels = kernelMs(layers);
    const limits = { budgetMs: args.budgetMs, maximum };
    const training = args.train ? await benchTraining(network, inputs, inKernels, ceilings, limits, progress) : null;
    return {
      schema: "tandem-bench-model-2",
      date: new Date().toISOString(),
      host: context.host,
      adapter: adapterFacts(device.facts),
      model: args.model,
      batch: args.batch,
      image,
      drawn,
      weights: network.weights,
      parameters: network.parameterCount,
      flops: program.plan.flops,
      check,
      top: probabilities && !drawn ? topOf(probabilities, 0, 5, network.labels) : [],
      times: { ...network.times, preprocessMs, firstMs, steadyMs: summarize(steady.samples) },
      memory: { plan: program.plan.memory, peak: device.memory().peak },
      ceilings,
      timestamps: {
        method: profile.method,
        quantumNs: profile.quantumNs,
        runs: profile.wallNs.length,
        wallQuantumNs: wallQuantum(),
      },
      samplesMs: steady.samples,
      warmups: sampling.warmup,
      stopped: steady.stopped,
      kernelHash: await kernelHash({ dispatches: program.plan.steps.flatMap((step) => step.dispatches) }),
      layers,
      training,
      totals: { kernelMs: inKernels, gapMs: steady.summary.median - inKernels },
    };
  } finally {
    device.destroy();
  }
}
