/** What a kernel of the user's can ask to be told: the dimensions of a problem, by the names that the op's shaders use. */
import type { DeviceFacts } from "../core/device";
import { sizeOf } from "../core/shape";
import type { AnyOp, KernelPlan, Problem } from "../ops/op";

export type Dimensions = Readonly<Record<string, number | readonly number[]>>;

/** What the op's simplest kernel would run: its params and bindings have the names that its definition uses. */
export function simplestPlan(op: AnyOp, problem: Problem<unknown>, device: DeviceFacts): KernelPlan {
  const kernel = op.kernels.at(-1);
  if (!kernel) return { dispatches: [] };
  const first = Object.entries(kernel.tunables ?? {}).map(([name, values]) => [name, values[0] as number]);
  return kernel.plan(problem, { ...Object.fromEntries(first), ...kernel.defaults?.(problem, device) }, device);
}

/** Shorter names that people write for some ops. */
const ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  matmul: { m: "rows", n: "columns", k: "inner", batch: "batches" },
  linear: { m: "rows", n: "columns", k: "inner" },
};

const PAIR = ["Height", "Width"];
const SIDES = ["Top", "Left", "Bottom", "Right"];

/** Numbers among attributes: `alpha`; of a pair `strideHeight` and `strideWidth`; of padding `paddingTop` and so on. */
function ofAttributes(attributes: unknown): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "number") found[name] = value;
    else if (typeof value === "boolean") found[name] = value ? 1 : 0;
    else if (Array.isArray(value) && (value.length === 2 || value.length === 4)) {
      const endings = value.length === 2 ? PAIR : SIDES;
      for (const [i, each] of value.entries()) {
        if (typeof each === "number") found[`${name}${endings[i]}`] = each;
      }
    }
  }
  return found;
}

/**
 * Dimensions by name: of every tensor `<name>Count` and `<name>0`, `<name>1`, … (its extents), the numbers among the op's
 * attributes, and the params of the op's simplest shader, which go before the others.
 */
export function dimensionsOf(op: AnyOp, problem: Problem<unknown>, device: DeviceFacts): Dimensions {
  const found: Record<string, number | readonly number[]> = {};
  for (const [name, { shape }] of Object.entries({ ...problem.inputs, ...problem.outputs })) {
    found[`${name}Count`] = sizeOf(shape);
    for (const [axis, extent] of shape.entries()) found[`${name}${axis}`] = extent;
  }
  Object.assign(found, ofAttributes(problem.attributes));
  for (const { params } of simplestPlan(op, problem, device).dispatches.toReversed()) Object.assign(found, params);
  for (const [short, long] of Object.entries(ALIASES[op.name] ?? {})) {
    const value = found[long];
    if (value !== undefined && found[short] === undefined) found[short] = value;
  }
  return found;
}
