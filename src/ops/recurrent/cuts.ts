/** Recurrent layers in parts: by sequences, which know nothing of each other. */
import type { TensorType } from "../../core/tensor";
import type { Named, Problem } from "../op";
import type { Cut } from "../part";

/** Axis of the sequences: 1 in [T, B, …], 0 in the states [B, H] and in a single step. */
const batchAxis = ({ shape }: TensorType): number => (shape.length === 3 ? 1 : 0);

/** Weights, biases and peepholes are read whole. */
const isWeight = (name: string): boolean => name.startsWith("weight") || name.startsWith("bias") || name === "peephole";

export function sequenceCuts({ inputs, outputs }: Problem<unknown>): Cut[] {
  const input = inputs.input as TensorType;
  const spans = (types: Named<TensorType>, start: number, end: number) =>
    Object.fromEntries(
      Object.entries(types)
        .filter(([name]) => !isWeight(name))
        .map(([name, type]) => [name, { axis: batchAxis(type), start, end }]),
    );
  return [
    {
      along: "batch",
      extent: input.shape[batchAxis(input)] as number,
      part: (start, end) => ({ inputs: spans(inputs, start, end), outputs: spans(outputs, start, end) }),
    },
  ];
}
