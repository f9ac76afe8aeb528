/** Matrix products in parts: by rows, by columns (the units of a layer), or along the axis that is summed over. */
import type { TensorType } from "../../core/tensor";
import { axisCut, batchCut, innerCut, unitCut } from "../cut";
import type { Problem } from "../op";
import type { Cut } from "../part";

export function linearCuts({ inputs, outputs }: Problem<unknown>): Cut[] {
  const { shape } = outputs.output as TensorType;
  const last = shape.length - 1;
  const bias = inputs.bias ? { bias: 0 } : {};
  const units = unitCut(shape[last] as number, { weight: 0, ...bias }, { output: last });
  return last === 0 ? [units] : [batchCut(shape[0] as number, ["input"], ["output"]), units];
}

interface Product {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation: unknown;
}

export function matmulCuts({ inputs, outputs, attributes }: Problem<Product>): Cut[] {
  const { transposeA, transposeB, activation } = attributes;
  const a = (inputs.a as TensorType).shape;
  const b = (inputs.b as TensorType).shape;
  const { shape } = outputs.output as TensorType;
  const rank = shape.length;
  const rowsOfA = a.length - (transposeA ? 1 : 2);
  const innerOfA = a.length - (transposeA ? 2 : 1);
  const columnsOfB = b.length - (transposeB ? 2 : 1);
  const innerOfB = b.length - (transposeB ? 1 : 2);
  const leading = shape.slice(0, -2).map((extent, axis): Cut => {
    const cut: Record<string, number> = {};
    for (const [name, own] of [
      ["a", a],
      ["b", b],
    ] as const) {
      const at = axis - (rank - own.length);
      if (at >= 0 && own[at] === extent) cut[name] = at;
    }
    return axisCut(axis, extent, cut, { output: axis });
  });
  const rows = axisCut(rank - 2, shape[rank - 2] as number, { a: rowsOfA }, { output: rank - 2 });
  const columns = unitCut(shape[rank - 1] as number, { b: columnsOfB }, { output: rank - 1 });
  const inner = innerCut(a[innerOfA] as number, { a: innerOfA, b: innerOfB }, "output");
  return [...leading, rows, columns, ...(activation === null ? [inner] : [])];
}
