/**
 * The slides' recurrent network, which reads "hell" letter by letter. Its recurrent weight and its bias are not on the slides;
 * they follow from the numbers that are: one recurrent weight for all three units, and one bias.
 */
import {
  classifierLoss,
  type Device,
  f32,
  Graph,
  optimizerSettings,
  parseSchedule,
  type StepReport,
  type Task,
  Tensor,
  Trainer,
  type Value,
} from "../../../../src/index";
import type { Computation } from "../computation";

export const LETTERS = [..."helo"] as const;
export const READ = [..."hell"] as const;
export const WANTED = [..."ello"] as const;
const HIDDEN = 3;

export type HelloWeights = Readonly<Record<"inputWeight" | "hiddenWeight" | "bias" | "outputWeight", Tensor>>;

/** The recurrent weight that the slides leave out. */
export const RECURRENT = 0.427043;
/** And the bias, which their formula leaves out too. */
export const BIAS = 0.567001;

export const SLIDE_WEIGHTS: HelloWeights = {
  inputWeight: Tensor.f32(
    [HIDDEN, 4],
    [
      [0.287027, 0.84606, 0.572392, 0.486813],
      [0.902874, 0.871522, 0.691079, 0.18998],
      [0.537524, 0.09224, 0.558159, 0.491528],
    ].flat(),
  ),
  // One number for all units: their matrix is that number times the identity.
  hiddenWeight: Tensor.f32(
    [HIDDEN, HIDDEN],
    Array.from({ length: HIDDEN * HIDDEN }, (_, i) => (i % (HIDDEN + 1) === 0 ? RECURRENT : 0)),
  ),
  bias: Tensor.f32([HIDDEN], [BIAS, BIAS, BIAS]),
  outputWeight: Tensor.f32(
    [4, HIDDEN],
    [
      [0.37168, 0.974829459, 0.830034886],
      [0.39141, 0.282585823, 0.659835709],
      [0.64985, 0.09821557, 0.334287084],
      [0.91266, 0.32581642, 0.144630018],
    ].flat(),
  ),
};

const letterIndex = (letter: string): number => (LETTERS as readonly string[]).indexOf(letter);
const ONE_HOT = Tensor.f32(
  [READ.length, 1, LETTERS.length],
  READ.flatMap((letter) => LETTERS.map((other) => (other === letter ? 1 : 0))),
);
const START = Tensor.f32([1, HIDDEN], [0, 0, 0]);

function network(graph: Graph, weight: (name: keyof HelloWeights) => Value) {
  const input = graph.input("letters", f32(READ.length, 1, LETTERS.length));
  const h0 = graph.input("start", f32(1, HIDDEN));
  const weights = { weightIh: weight("inputWeight"), weightHh: weight("hiddenWeight"), biasIh: weight("bias") };
  const states = graph.apply("rnn", { input, h0, ...weights }, {}, "rnn");
  const rows = graph.apply("reshape", { input: states }, { shape: [READ.length, HIDDEN] });
  const scores = graph.apply("linear", { input: rows, weight: weight("outputWeight") }, {}, "scores");
  return { states, scores };
}

/**
 * Outputs, one row for each letter read: `drive` [4, 3], what the letter gives each unit, `states` [4, 1, 3], `scores` [4, 4]
 * and `probabilities` [4, 4].
 */
export function spellHello(weights: HelloWeights): Computation {
  return {
    key: "hello",
    build: () => {
      const graph = new Graph("hello");
      const values = Object.fromEntries(
        Object.entries(weights).map(([name, { shape, dtype }]) => [name, graph.input(name, { shape, dtype })]),
      ) as Record<keyof HelloWeights, Value>;
      const { states, scores } = network(graph, (name) => values[name]);
      const letters = graph.inputs.get("letters") as Value;
      const drive = graph.apply("linear", {
        input: graph.apply("reshape", { input: letters }, { shape: [READ.length, LETTERS.length] }),
        weight: values.inputWeight,
      });
      graph.output("drive", drive);
      graph.output("states", states);
      graph.output("scores", scores);
      graph.output("probabilities", graph.apply("softmax", { input: scores }, { axis: 1 }));
      return graph;
    },
    inputs: { ...weights, letters: ONE_HOT, start: START },
  };
}

/** The same network as a task: after "h" comes "e", after "he" comes "l", and so on. */
function helloTask(weights: HelloWeights): Task {
  const batch = { letters: ONE_HOT, start: START, labels: Tensor.i32([WANTED.length], WANTED.map(letterIndex)) };
  const build = () => {
    const graph = new Graph("hello");
    const { scores } = network(graph, (name) => graph.parameter(name, f32(...weights[name].shape)));
    graph.output("logits", scores);
    return classifierLoss(graph);
  };
  return {
    name: "hello",
    samples: WANTED.length,
    batches: 1,
    weights,
    states: {},
    network: build,
    batch: async () => batch,
    evaluate: async (programs): Promise<StepReport> => {
      const program = await programs("evaluate", () => build().graph);
      const { loss, hits } = await program.run(batch, { outputs: ["loss", "hits"] });
      return { loss: loss?.data[0] ?? Number.NaN, accuracy: (hits?.data[0] ?? 0) / WANTED.length };
    },
  };
}

/** Teaches the network on from `weights` to spell hello. The caller takes steps, looks, and destroys it. */
export const teacher = (device: Device, weights: HelloWeights): Promise<Trainer> =>
  Trainer.open(device, {
    task: helloTask(weights),
    optimizer: optimizerSettings({ rule: "adam", rate: 0.05, weightDecay: 0, groups: [] }),
    schedule: parseSchedule("constant"),
  });
