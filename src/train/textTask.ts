/** Saying which character comes next, as a task to train: truncated backpropagation through time. */
import { ValueError } from "../core/errors";
import { hash, streamOf } from "../core/random";
import { Tensor } from "../core/tensor";
import type { TextDataset } from "../io/datasets";
import { type CharRnnForm, charRnnGraph, initialiseCharRnn, zeroStates } from "../models/charRnn";
import { classifierLoss, type LossGraph } from "./step";
import type { Task } from "./task";

export interface TextTaskOptions {
  readonly form: CharRnnForm;
  readonly train: TextDataset;
  /** Of the same vocabulary. */
  readonly heldOut: TextDataset;
  /** Streams that the text is cut into, read side by side. */
  readonly batch: number;
  /** Characters of a stream in a step, which is how far gradients go back in time. */
  readonly unroll: number;
  /** Of first weights. */
  readonly seed: number;
}

/**
 * Streams that a held-out text is judged in, at most, and the windows that each should have at least: it begins without a
 * state, which makes its first characters harder.
 */
const STREAMS = 16;
const WINDOWS = 20;

/** One in so many windows is read without what came before, so that a network learns to begin anywhere. */
const AFRESH = 8;

/** @throws ValueError for a vocabulary of another size than the form's; FormatError for a text that is too short. */
export function textTask({ form, train, heldOut, batch, unroll, seed }: TextTaskOptions): Task {
  const size = form.vocabulary;
  for (const { name, vocabulary } of [train, heldOut]) {
    if (vocabulary.length !== size) {
      const why = `${size}, as ${form.cell} reads`;
      throw new ValueError({ op: "train" }, "data", `${vocabulary.length} characters in ${name}`, why);
    }
  }
  const samples = batch * unroll;
  // Each epoch leaves out a few characters at the beginning, so that windows are never cut in the same places.
  const slack = Math.max(0, Math.min(unroll, train.length - batch * unroll));
  const batches = train.windows(unroll, batch, Math.max(0, slack - 1));
  const draws = streamOf(seed, "windows");
  const names = Object.keys(zeroStates(form, batch));
  const read = (text: TextDataset, window: number, length: number, streams: number, offset = 0) => {
    const { inputs, targets } = text.window(window, length, streams, offset);
    return {
      indices: new Tensor([length, streams], inputs),
      labels: new Tensor([length * streams], targets),
    };
  };

  return {
    name: `char-${form.cell}`,
    samples,
    batches,
    weights: initialiseCharRnn(form, seed),
    states: Object.fromEntries(Object.entries(zeroStates(form, batch)).map(([name, zero]) => [`state/${name}`, zero])),
    network: (carry): LossGraph => {
      const network = classifierLoss(charRnnGraph(form, unroll, batch, "parameters"));
      const { graph } = network;
      if (carry) {
        for (const name of names) {
          const [state, last] = [graph.parameters.get(`state/${name}`), graph.outputs.get(`${name}.last`)];
          if (state && last) graph.update(state, last);
        }
      }
      return network;
    },
    batch: async ({ epoch, position, draw }) => {
      const offset = slack > 0 ? hash(draws, 2 * epoch) % slack : 0;
      const afresh = position === 0 || hash(draws, 2 * draw + 1) % AFRESH === 0;
      return { ...read(train, position, unroll, batch, offset), carry: Tensor.f32([], [afresh ? 0 : 1]) };
    },
    evaluate: async (programs) => {
      const streams = Math.max(1, Math.min(STREAMS, Math.floor((heldOut.length - 1) / (WINDOWS * unroll))));
      const length = Math.min(unroll, heldOut.length - 1);
      const program = await programs("evaluate", () => classifierLoss(charRnnGraph(form, length, streams)).graph);
      const windows = heldOut.windows(length, streams);
      let states = zeroStates(form, streams);
      let [loss, hits] = [0, 0];
      for (let window = 0; window < windows; window++) {
        const outputs = await program.run(
          { ...read(heldOut, window, length, streams), ...states },
          { outputs: ["loss", "hits", ...names.map((name) => `${name}.last`)] },
        );
        states = Object.fromEntries(names.map((name) => [name, outputs[`${name}.last`] as Tensor]));
        loss += (outputs.loss?.data[0] as number) / windows;
        hits += outputs.hits?.data[0] as number;
      }
      return { loss, accuracy: hits / (windows * length * streams) };
    },
  };
}
