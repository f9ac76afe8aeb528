/** Response normalisation across channels in parts: by samples, or by channels, which read their neighbours' (a halo). */
import type { TensorType } from "../../core/tensor";
import { batchCut } from "../cut";
import type { Problem } from "../op";
import type { Cut } from "../part";

/**
 * @param reach how many channels before and after its own a part needs, within its group
 */
export function lrnCuts(
  { inputs, attributes: { groups } }: Problem<{ readonly groups: number }>,
  reach: { readonly before: number; readonly after: number },
): Cut[] {
  const { shape } = inputs.input as TensorType;
  const channels = shape[1] as number;
  const perGroup = channels / groups;
  const names = Object.keys(inputs);
  return [
    batchCut(shape[0] as number, names, ["output"]),
    {
      along: "axis",
      extent: channels,
      part: (start, end) => {
        const whole = start % perGroup === 0 && end % perGroup === 0;
        const group = Math.floor(start / perGroup);
        if (!whole && end > (group + 1) * perGroup) return undefined;
        const from = whole ? start : Math.max(group * perGroup, start - reach.before);
        const to = whole ? end : Math.min((group + 1) * perGroup, end + reach.after);
        const read = { axis: 1, start: from, end: to };
        return {
          inputs: Object.fromEntries(names.map((name) => [name, read])),
          outputs: { output: { axis: 1, start, end, skip: start - from } },
          attributes: { groups: whole ? (end - start) / perGroup : 1 },
        };
      },
    },
  ];
}
