/**
 * The registry: every op the engine has. Graphs, tests, benchmarks, `verify`, importers and the README's table walk it;
 * nothing else lists ops.
 */
import type { AnyOp } from "./op";

export const ops = {} as const satisfies Readonly<Record<string, AnyOp>>;

export type OpName = keyof typeof ops;
