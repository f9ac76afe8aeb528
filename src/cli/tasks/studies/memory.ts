/**
 * Long memory: a sequence begins with a symbol, goes on with noise, and ends with a mark at which the symbol is to be named.
 * What the first step had to do with the loss is lost on a plain network, whose gradient shrinks with every step back
 * (Bengio, Simard and Frasconi 1994), and kept by an LSTM (Hochreiter and Schmidhuber 1997, section 5).
 */
import { hash, streamOf } from "../../../core/random";
import { f32, Tensor } from "../../../core/tensor";
import type { Device } from "../../../engine/device";
import type { Program } from "../../../engine/program";
import { addGradients } from "../../../graph/autodiff";
import type { Value } from "../../../graph/graph";
import { type CharRnnForm, charRnnGraph, initialiseCharRnn, zeroStates } from "../../../models/charRnn";
import { classifierLoss, constants, type LossGraph } from "../../../train/step";
import type { Task } from "../../../train/task";
import type { Trainer } from "../../../train/trainer";
import { percentOf, type Study, type Subject, trained } from "./study";

const SYMBOLS = 4;
const NOISE = 3;
/** The symbols, the noise, and the mark. */
const VOCABULARY = SYMBOLS + NOISE + 1;
const STEPS = 100;
const BATCH = 32;
const HIDDEN = 32;
const LIMIT = 1200;
const EVERY = 25;
const LEARNT = 0.98;
/** Share of the last step's gradient below which the first step's has vanished. */
const VANISHED = 1e-4;

const formOf = (cell: "rnn" | "lstm"): CharRnnForm => ({ cell, vocabulary: VOCABULARY, hidden: HIDDEN, layers: 1 });

function network(form: CharRnnForm): LossGraph {
  const graph = charRnnGraph(form, STEPS, BATCH);
  const all = graph.outputs.get("logits") as Value;
  const begin = (STEPS - 1) * BATCH;
  const atMark = graph.apply(
    "slice",
    { input: all },
    { starts: [begin, 0], ends: [STEPS * BATCH, VOCABULARY] },
    "at the mark",
  );
  return classifierLoss(graph, atMark);
}

function memoryTask(form: CharRnnForm, seed: number): Task {
  const weights = initialiseCharRnn(form, seed);
  if (form.cell === "lstm") {
    // Gates that begin with memories of one step to the sequence's length: the forget gate's bias is log(u), the input gate's
    // −log(u), u uniform from 1 to the length less one (Tallec and Ollivier 2018, section 3).
    const { data } = weights["l0.b_ih"] as Tensor;
    for (let unit = 0; unit < HIDDEN; unit++) {
      const bias = Math.log(1 + (STEPS - 2) * (hash(streamOf(seed, "memory gates"), unit) / 2 ** 32));
      data[unit] = -bias;
      data[HIDDEN + unit] = bias;
    }
  }
  const states = zeroStates(form, BATCH);
  return {
    name: `memory-${form.cell}`,
    samples: BATCH,
    batches: LIMIT,
    weights,
    states: {},
    network: () => network(form),
    batch: async ({ draw }) => {
      const stream = streamOf(seed, `memory/${draw}`);
      const labels = Int32Array.from({ length: BATCH }, (_, b) => hash(stream, b) % SYMBOLS);
      const indices = Int32Array.from({ length: STEPS * BATCH }, (_, i) => {
        if (i < BATCH) return labels[i] as number;
        return i < (STEPS - 1) * BATCH ? SYMBOLS + (hash(stream, i) % NOISE) : VOCABULARY - 1;
      });
      return { indices: new Tensor([STEPS, BATCH], indices), labels: new Tensor([BATCH], labels), ...states };
    },
    evaluate: async () => ({ loss: Number.NaN, accuracy: Number.NaN }),
  };
}

/** Norm of the loss's gradient by what each step reads, first step first. */
async function gradientInTime(device: Device, form: CharRnnForm, trainer: Trainer): Promise<number[]> {
  const { graph, loss } = network(form);
  const letters = graph.nodes.find(({ name }) => name === "letters")?.outputs.output as Value;
  const one = graph.input("one", f32());
  const gradient = addGradients(graph, new Map([[loss, one]]), [letters]).get(letters) as Value;
  const flat = graph.apply("reshape", { input: gradient }, { shape: [STEPS, BATCH * VOCABULARY] });
  const squares = graph.apply("mul", { a: flat, b: flat });
  graph.output("inTime", graph.apply("sum", { input: squares }, { axes: [1] }));
  const program = await device.compile(graph, { share: trainer.program as Program });
  try {
    const inputs = { ...(await trainer.options.task.batch({ epoch: 0, position: 0, draw: LIMIT })), ...constants() };
    const { inTime } = await program.run(inputs, { outputs: ["inTime"] });
    return Array.from((inTime as Tensor).data, Math.sqrt);
  } finally {
    program.destroy();
  }
}

export const memory: Study = async (device, seed, tell) => {
  const subjects: Subject[] = [];
  const learnt: Record<string, boolean> = {};
  const shares: Record<string, number> = {};
  for (const cell of ["rnn", "lstm"] as const) {
    const form = formOf(cell);
    const { trainer, curve } = await trained(
      device,
      memoryTask(form, seed),
      {
        optimizer: { rule: "adam", rate: 0.01, weightDecay: 0, clipNorm: 1 },
        steps: LIMIT,
        every: EVERY,
        until: ({ accuracy }) => accuracy >= LEARNT,
      },
      (step, point) => tell(`${cell}: right ${point ? percentOf(point.accuracy) : "…"}`, step, LIMIT),
    );
    const norms = await gradientInTime(device, form, trainer);
    trainer.destroy();
    const share = (norms[0] as number) / (norms.at(-1) as number);
    const last = curve.at(-1);
    learnt[cell] = (last?.accuracy ?? 0) >= LEARNT;
    shares[cell] = share;
    const flow = `the first step's gradient is ${share.toExponential(1)} of the last's${share < VANISHED ? ": vanished" : ""}`;
    subjects.push({
      name: cell,
      result: `${percentOf(last?.accuracy ?? 0)} right after ${last?.step ?? 0} steps of training; ${flow}`,
      curve,
    });
  }
  const shown = learnt.lstm === true && learnt.rnn === false && (shares.rnn as number) < VANISHED;
  return {
    title: "Long memory",
    setting: `one of ${SYMBOLS} symbols, to be named after ${STEPS - 2} steps of noise; ${HIDDEN} hidden units, batches of ${BATCH}, Adam at 0.01; guessing is right in ${percentOf(1 / SYMBOLS)}`,
    subjects,
    shown,
    conclusion: shown
      ? "the LSTM learns what the plain network's vanishing gradient keeps it from learning"
      : "the effect did not show",
  };
};
