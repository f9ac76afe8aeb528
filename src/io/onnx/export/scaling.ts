/** Resizing, and what goes along an axis step by step. */
import { Unsupported } from "../problems";
import {
  type Attribute,
  type Export,
  type Exports,
  inputOf,
  outputShape,
  type Ref,
  shapeOf,
  type Writer,
} from "./writer";

const resize: Export = (site) => {
  const { w, attributes } = site;
  const { sizes, scales, mode, coordinates, rounding, cubicA, excludeOutside, antialias, roi, extrapolation } =
    attributes;
  if (antialias && w.opset < 18) throw new Unsupported("antialias came with version 18 of the operators");
  if (coordinates === "half_pixel_symmetric" && w.opset < 19)
    throw new Unsupported("half_pixel_symmetric came with version 19 of the operators");
  const region = roi ? w.constant(roi as readonly number[]) : undefined;
  const wanted = scales ? [w.constant(scales as readonly number[])] : [undefined, w.ints(sizes as readonly number[])];
  const given: Record<string, Attribute> = {
    mode,
    coordinate_transformation_mode: coordinates,
    nearest_mode: rounding,
    cubic_coeff_a: { float: cubicA },
    exclude_outside: excludeOutside ? 1 : 0,
    ...(antialias ? { antialias: 1 } : {}),
    ...(roi ? { extrapolation_value: { float: extrapolation } } : {}),
  };
  const resized = w.node("Resize", [inputOf(site), region, ...wanted], given);
  // Scales say how large the output is as far as whole numbers go; ours may say it outright.
  return scales ? cut(w, resized, shapeOf(site), scales as readonly number[], outputShape(site)) : resized;
};

/** @throws Unsupported where the sizes are not those that the scales give. */
function cut(_: Writer, ref: Ref, own: readonly number[], scales: readonly number[], sizes: readonly number[]): Ref {
  if (own.every((extent, i) => Math.floor(extent * (scales[i] as number)) === sizes[i])) return ref;
  throw new Unsupported("its sizes are not what its scales give, and ONNX takes one of them");
}

/** ONNX turns the first axis round within a batch that is the second, or the other way. */
const reverseSequence: Export = (site) => {
  const { w, attributes } = site;
  const { timeAxis, batchAxis } = attributes as { timeAxis: number; batchAxis: number };
  const axes = shapeOf(site).map((_, i) => i);
  const perm = [timeAxis, batchAxis, ...axes.filter((axis) => axis !== timeAxis && axis !== batchAxis)];
  const back = axes.map((axis) => perm.indexOf(axis));
  const lengths = w.node("Cast", [inputOf(site, "lengths")], { to: 7 });
  const front = w.node("Transpose", [inputOf(site)], { perm });
  const turned = w.node("ReverseSequence", [front, lengths], { time_axis: 0, batch_axis: 1 });
  return w.node("Transpose", [turned], { perm: back });
};

/** Products of all that stand before, each of a row of a triangle; ONNX has sums only. */
const cumProd: Export = (site) => {
  const { w, attributes } = site;
  const shape = shapeOf(site);
  const axis = attributes.axis < 0 ? attributes.axis + shape.length : attributes.axis;
  const extent = shape[axis] as number;
  const { exclusive, reverse } = attributes as { exclusive: boolean; reverse: boolean };
  const counts = (row: number, column: number): boolean => {
    const distance = reverse ? column - row : row - column;
    return exclusive ? distance > 0 : distance >= 0;
  };
  const mask = Array.from({ length: extent ** 2 }, (_, i) => (counts(Math.floor(i / extent), i % extent) ? 1 : 0));
  const after = shape.slice(axis + 1).map(() => 1);
  const kept = w.node("Cast", [w.constant(mask, [extent, extent, ...after])], { to: 9 });
  const spread = w.reshape(inputOf(site), [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
  const rows = w.node("Where", [kept, spread, w.scalar(1, site.types.input?.dtype)]);
  return w.reduce("ReduceProd", rows, [axis + 1], false);
};

export const scaling: Exports = { cumProd, resize, reverseSequence };
