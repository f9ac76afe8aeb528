/** Convolutions in parts: by samples, or by output channels, of which each reads the input channels of its group. */
import type { TensorType } from "../../core/tensor";
import { axisCut, batchCut, summedBatch } from "../cut";
import type { Problem } from "../op";
import type { Cut, Part } from "../part";

interface Grouped {
  readonly groups: number;
}

/** What output channels from `start` to `end` have to do with the input's channels; undefined when groups are cut badly. */
function groupsOf(outputs: number, inputs: number, groups: number, start: number, end: number) {
  const perGroup = outputs / groups;
  const [first, last] = [Math.floor(start / perGroup), Math.ceil(end / perGroup)];
  const whole = start % perGroup === 0 && end % perGroup === 0;
  if (!whole && last - first > 1) return undefined;
  const channels = inputs / groups;
  return { groups: last - first, span: { axis: 1, start: first * channels, end: last * channels } };
}

const extentsOf = (input: TensorType, output: TensorType) => ({
  batch: input.shape[0] as number,
  inputs: input.shape[1] as number,
  outputs: output.shape[1] as number,
});

function unitsOf(
  { groups }: Grouped,
  { inputs, outputs }: { inputs: number; outputs: number },
  part: (start: number, end: number, given: NonNullable<ReturnType<typeof groupsOf>>) => Part,
): Cut {
  return {
    along: "units",
    extent: outputs,
    part: (start, end) => {
      const given = groupsOf(outputs, inputs, groups, start, end);
      return given && part(start, end, given);
    },
  };
}

export function conv2dCuts({ inputs, outputs, attributes }: Problem<Grouped>): Cut[] {
  const extents = extentsOf(inputs.input as TensorType, outputs.output as TensorType);
  return [
    batchCut(extents.batch, ["input"], ["output"]),
    unitsOf(attributes, extents, (start, end, { groups, span }) => ({
      inputs: {
        input: span,
        weight: { axis: 0, start, end },
        ...(inputs.bias ? { bias: { axis: 0, start, end } } : {}),
      },
      outputs: { output: { axis: 1, start, end } },
      attributes: { groups },
    })),
  ];
}

export function inputGradCuts({ inputs, outputs, attributes }: Problem<Grouped>): Cut[] {
  const extents = extentsOf(outputs.output as TensorType, inputs.cotangent as TensorType);
  const single = attributes.groups === 1;
  return [
    batchCut(extents.batch, ["cotangent"], ["output"]),
    unitsOf(attributes, extents, (start, end, { groups, span }) => {
      // Parts that are whole groups give channels of their own; others add to those of the group they share.
      const own = (end - start) / groups === extents.outputs / attributes.groups;
      return {
        inputs: { cotangent: { axis: 1, start, end }, weight: { axis: 0, start, end } },
        outputs: { output: own ? span : { ...span, addend: true } },
        attributes: { groups },
      };
    }),
    ...(single ? [axisCut(1, extents.inputs, { weight: 1 }, { output: 1 })] : []),
  ];
}

export function weightGradCuts({ inputs, attributes }: Problem<Grouped>): Cut[] {
  const extents = extentsOf(inputs.input as TensorType, inputs.cotangent as TensorType);
  return [
    summedBatch(extents.batch, ["input", "cotangent"], "output", false),
    unitsOf(attributes, extents, (start, end, { groups, span }) => ({
      inputs: { input: span, cotangent: { axis: 1, start, end } },
      outputs: { output: { axis: 0, start, end } },
      attributes: { groups },
    })),
  ];
}
