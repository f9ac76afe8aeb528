/** Shapes: row-major, outermost axis first, `[]` for a scalar. Nothing here knows of ops or of the GPU. */

export type Shape = readonly number[];

/** Number of elements; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/** `[2, 3]` as people write it. */
export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

/** Row-major strides in elements: `stridesOf([2, 3, 4])` is `[12, 4, 1]`. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}

/** The shape that `a` and `b` broadcast to (NumPy's rule: axes aligned at the right, 1 stretches), or undefined. */
export function broadcastShapes(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/** Strides to read a tensor of `shape` as if broadcast to `to`: 0 along every stretched axis. */
export function broadcastStrides(shape: Shape, to: Shape): number[] {
  const own = stridesOf(shape);
  const lead = to.length - shape.length;
  return to.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : (own[axis - lead] ?? 0)));
}

/** `axis` counted from the front, a negative one from the back; undefined when it is out of range or no integer. */
export function normalizeAxis(axis: number, rank: number): number | undefined {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) return undefined;
  return axis < 0 ? axis + rank : axis;
}
