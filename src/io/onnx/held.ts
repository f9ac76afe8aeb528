/** A tensor while a model is translated: known on the host, or a value of the graph that is being built. */
import type { Shape } from "../../core/shape";
import { sizeOf } from "../../core/shape";
import type { Value } from "../../graph/graph";
import type { HostTensor } from "./tensors";
import type { ElementType } from "./types";

export interface Held {
  /** As the model has it; how it runs is `runsAs(type)`. */
  readonly type: ElementType;
  readonly shape: Shape;
  /** Its values, where they are known before a run. Tensors without elements are always known. */
  readonly known?: HostTensor["data"];
  /** Where it is computed. Absent for what is known, until a node of the graph reads it. */
  readonly value?: Value;
  /** Inputs of the model that it depends on. */
  readonly roots: ReadonlySet<string>;
  /** What the model calls it, for parameters made of it. */
  readonly name?: string;
}

export const NO_ROOTS: ReadonlySet<string> = new Set();

/** Values that are known. */
export const known = ({ type, shape, data }: HostTensor, name?: string): Held => ({
  type,
  shape,
  known: data,
  roots: NO_ROOTS,
  ...(name === undefined ? {} : { name }),
});

/** One number. */
export const scalar = (value: number, type: ElementType = "float"): Held =>
  known({ type, shape: [], data: Float64Array.of(value) });

/** A list of whole numbers. */
export const vector = (values: readonly number[], type: ElementType = "int64"): Held =>
  known({ type, shape: [values.length], data: Float64Array.from(values) });

export const isEmpty = ({ shape }: Held): boolean => sizeOf(shape) === 0;

/** Thrown when a node needs values before a run that only a run computes: of what, and the inputs they depend on. */
export class NeedsValues extends Error {
  constructor(
    readonly roots: ReadonlySet<string>,
    readonly node: string,
    readonly what: string,
  ) {
    super(`node "${node}" needs the values of ${what} before a run`);
  }
}
