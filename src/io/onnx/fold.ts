/** Computes ops on the host where everything they read is known: floats by the ops' references, whole numbers exactly. */
import { ValueError } from "../../core/errors";
import { broadcastShapes, broadcastStrides, type Shape, sizeOf } from "../../core/shape";
import type { AnyOp, Named, Problem } from "../../ops/op";
import type { Held } from "./held";
import type { HostTensor } from "./tensors";
import { ELEMENTS, type ElementType } from "./types";

/** Results beyond this many elements are left to the device. */
export const FOLD_LIMIT = 1 << 22;

type IntegerFunction = (a: number, b: number) => number;

/** Arithmetic of whole numbers whose float64 reference, or whose 32 bits, would not be exact. */
const INTEGER: Readonly<Record<string, IntegerFunction>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => Math.trunc(a / b),
  pow: (a, b) => Math.trunc(a ** b),
};

/** The data of a result in the array that its type is kept in. */
export function asData(type: ElementType, values: Float64Array<ArrayBuffer>): HostTensor["data"] {
  return type === "float" || type === "float16" || type === "bfloat16" ? Float32Array.from(values) : values;
}

/** @throws ValueError for a whole number that float64 does not hold exactly. */
function exact(op: string, values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const wrong = values.find((value) => !Number.isSafeInteger(value));
  if (wrong === undefined) return values;
  throw new ValueError(
    { op },
    "the result",
    String(wrong),
    "whole numbers below 2^53, which is as far as they are exact",
  );
}

function integers(op: string, compute: IntegerFunction, a: Held, b: Held): Float64Array<ArrayBuffer> {
  const shape = broadcastShapes(a.shape, b.shape) as Shape;
  const out = new Float64Array(sizeOf(shape));
  const [stridesA, stridesB] = [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)];
  const index = new Array<number>(shape.length).fill(0);
  let [atA, atB] = [0, 0];
  for (let i = 0; i < out.length; i++) {
    out[i] = compute(a.known?.[atA] as number, b.known?.[atB] as number);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      atA += stridesA[axis] as number;
      atB += stridesB[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if (index[axis] !== shape[axis]) break;
      atA -= (shape[axis] as number) * (stridesA[axis] as number);
      atB -= (shape[axis] as number) * (stridesB[axis] as number);
      index[axis] = 0;
    }
  }
  return exact(op, out);
}

/** Whether an op may be computed here: all of its inputs are known, and what it makes is not too large. */
export const canFold = (inputs: Named<Held>, { outputs }: Problem<unknown>): boolean =>
  Object.values(inputs).every((held) => held.known) &&
  Object.values(outputs).reduce((sum, { shape }) => sum + sizeOf(shape), 0) <= FOLD_LIMIT;

/** Outputs of an op by name. @throws ValueError for whole numbers that are not exact. */
export function fold(
  op: AnyOp,
  inputs: Named<Held>,
  problem: Problem<unknown>,
): Record<string, Float64Array<ArrayBuffer>> {
  const held = Object.values(inputs);
  const compute = INTEGER[op.name];
  if (compute && held.length === 2 && held.every(({ type }) => ELEMENTS[type].kind === "integer"))
    return { output: integers(op.name, compute, held[0] as Held, held[1] as Held) };
  const data = Object.entries(inputs).map(([name, each]) => [name, Float64Array.from(each.known ?? [])] as const);
  return op.reference(Object.fromEntries(data), problem) as Record<string, Float64Array<ArrayBuffer>>;
}
