/** The gradient of a product: the product of all the others, which division would not find where an element is 0. */
import { normalizeAxis } from "../../core/shape";
import type { TensorType } from "../../core/tensor";
import { reshaped } from "../gradients";
import type { Problem } from "../op";
import { type ReduceAttributes, walk } from "./kernels";
import type { ReduceSite } from "./rows";

/** Those before times those after, by running products from either end along the axes that go, which are brought to the back. */
export function productGradient<V>(
  { emit, input, cotangent, spread }: ReduceSite<V>,
  problem: Problem<ReduceAttributes>,
): V {
  const { shape } = problem.inputs.input as TensorType;
  const { count, length } = walk(problem);
  const all = shape.map((_, axis) => axis);
  const gone = new Set((problem.attributes.axes ?? all).map((axis) => normalizeAxis(axis, shape.length)));
  const perm = [...all.filter((axis) => !gone.has(axis)), ...all.filter((axis) => gone.has(axis))];
  const last = reshaped(emit, emit("transpose", { input }, { perm }).output as V, [count, length]);
  const running = (reverse: boolean): V =>
    emit("cumProd", { input: last }, { axis: 1, exclusive: true, reverse }).output as V;
  const others = emit("mul", { a: running(false), b: running(true) }).output as V;
  const shaped = reshaped(
    emit,
    others,
    perm.map((axis) => shape[axis] as number),
  );
  const back = emit("transpose", { input: shaped }, { perm: all.map((axis) => perm.indexOf(axis)) }).output as V;
  return emit("mul", { a: back, b: spread(cotangent) }).output as V;
}
