/** Cuts that ops share. */
import { normalizeAxis, type Shape, sizeOf } from "../core/shape";
import type { TensorType } from "../core/tensor";
import type { Named, Problem } from "./op";
import type { Cut, Part, Span } from "./part";

const shapeOf = (types: Named<TensorType>, name: string): Shape => (types[name] as TensorType).shape;

/** A cut in which every tensor listed is cut alike, along the axis given for it. */
function along(kind: Cut["along"], extent: number, inputs: Named<number>, outputs: Named<number | "sum">): Cut {
  return {
    along: kind,
    extent,
    part: (start, end) => ({
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, axis]) => [name, { axis, start, end }])),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, axis]) => [name, axis === "sum" ? axis : { axis, start, end }]),
      ),
    }),
  };
}

const kindOf = (axis: number): Cut["along"] => (axis === 0 ? "batch" : "axis");

const named = <T>(names: Iterable<string>, value: T): Record<string, T> =>
  Object.fromEntries([...names].map((name) => [name, value]));

/** Cuts of an op all of whose tensors agree in the axes `axes`. */
export const sharedAxes =
  (axes: readonly number[]) =>
  <A>({ inputs, outputs }: Problem<A>): Cut[] => {
    const { shape } = Object.values(outputs)[0] as TensorType;
    return axes
      .filter((axis) => axis < shape.length)
      .map((axis) =>
        along(kindOf(axis), shape[axis] as number, named(Object.keys(inputs), axis), named(Object.keys(outputs), axis)),
      );
  };

/** Cuts of an op that works on every plane [N, C] by itself. */
export const planeCuts = sharedAxes([0, 1]);

/** Cuts of an op that works on every element by itself; inputs are broadcast to the output, those of `whole` excepted. */
export const elementCuts =
  (whole: readonly string[] = []) =>
  <A>({ inputs, outputs }: Problem<A>): Cut[] => {
    const { shape } = Object.values(outputs)[0] as TensorType;
    return shape.map((extent, axis) => {
      const cut: Record<string, number> = {};
      for (const [name, type] of Object.entries(inputs)) {
        const own = axis - (shape.length - type.shape.length);
        if (!whole.includes(name) && own >= 0 && type.shape[own] === extent) cut[name] = own;
      }
      return along(kindOf(axis), extent, cut, named(Object.keys(outputs), axis));
    });
  };

/** Cuts of an op that works along the axis `given` and on everything else by itself. */
export function cutsBeside<A>({ inputs, outputs }: Problem<A>, given: number): Cut[] {
  const { shape } = Object.values(outputs)[0] as TensorType;
  const own = normalizeAxis(given, shape.length);
  return sharedAxes(shape.map((_, axis) => axis).filter((axis) => axis !== own))({ inputs, outputs, attributes: {} });
}

/** Samples alone: `inputs` and `outputs` are cut along their first axis. */
export const batchCut = (extent: number, inputs: readonly string[], outputs: readonly string[]): Cut =>
  along("batch", extent, named(inputs, 0), named(outputs, 0));

/** Samples whose results are summed or averaged to one. */
export function summedBatch(extent: number, inputs: readonly string[], output: string, mean: boolean): Cut {
  const cut = along("batch", extent, named(inputs, 0), { [output]: "sum" });
  return { ...cut, part: (start, end) => averaged(cut.part(start, end) as Part, mean, (end - start) / extent) };
}

const averaged = (part: Part, mean: boolean, share: number): Part => (mean ? { ...part, factor: share } : part);

/** Cuts of a reduction over `gone`: along an axis that stays, or along one that goes, whose sums are addends. */
export function reductionCuts<A>(
  { inputs }: Problem<A>,
  axes: readonly number[] | null,
  keepDims: boolean,
  addends: "sum" | "mean" | undefined,
): Cut[] {
  const shape = shapeOf(inputs, "input");
  const gone = new Set((axes ?? shape.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, shape.length)));
  return shape.flatMap((extent, axis): Cut[] => {
    if (gone.has(axis)) {
      if (!addends) return [];
      const cut = along(kindOf(axis), extent, { input: axis }, { output: "sum" });
      const mean = addends === "mean";
      return [{ ...cut, part: (start, end) => averaged(cut.part(start, end) as Part, mean, (end - start) / extent) }];
    }
    const before = shape.slice(0, axis).filter((_, at) => gone.has(at)).length;
    return [along(kindOf(axis), extent, { input: axis }, { output: keepDims ? axis : axis - before })];
  });
}

/** Cuts of a new look at the same elements: along axes of both shapes that have the same elements before them. */
export function reshapeCuts(
  from: Shape,
  to: Shape,
  attributes: (part: Shape) => Readonly<Record<string, unknown>> | undefined,
): Cut[] {
  return from.flatMap((extent, axis): Cut[] => {
    const before = sizeOf(from.slice(0, axis));
    const own = to.findIndex((_, at) => sizeOf(to.slice(0, at)) === before && (to[at] as number) > 1);
    if (extent < 2 || own < 0) return [];
    const other = to[own] as number;
    const pieces = Math.min(extent, other);
    if (extent % pieces !== 0 || other % pieces !== 0) return [];
    const span = (at: number, whole: number, start: number, end: number): Span => ({
      axis: at,
      start: (start * whole) / pieces,
      end: (end * whole) / pieces,
    });
    return [
      {
        along: kindOf(axis),
        extent: pieces,
        part: (start, end) => {
          const output = span(own, other, start, end);
          const changed = attributes(to.map((e, at) => (at === own ? output.end - output.start : e)));
          return {
            inputs: { input: span(axis, extent, start, end) },
            outputs: { output },
            ...(changed ? { attributes: changed } : {}),
          };
        },
      },
    ];
  });
}

/** Adds attributes that depend on the part to every part of `cuts`. */
export const withAttributes = (
  cuts: readonly Cut[],
  attributes: (part: Part) => Readonly<Record<string, unknown>>,
): Cut[] =>
  cuts.map((cut) => ({
    ...cut,
    part: (start, end) => {
      const part = cut.part(start, end);
      return part && { ...part, attributes: { ...part.attributes, ...attributes(part) } };
    },
  }));

/** A cut by units, whose tensors are cut along the axes given for them. */
export const unitCut = (extent: number, inputs: Named<number>, outputs: Named<number>): Cut =>
  along("units", extent, inputs, outputs);

/** A cut along an axis over which the op sums. */
export const innerCut = (extent: number, inputs: Named<number>, output: string): Cut =>
  along("axis", extent, inputs, { [output]: "sum" });

/** A cut along an axis of the outputs that is neither samples nor units. */
export const axisCut = (axis: number, extent: number, inputs: Named<number>, outputs: Named<number>): Cut =>
  along(kindOf(axis), extent, inputs, outputs);
