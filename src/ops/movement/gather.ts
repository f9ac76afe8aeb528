/** Outputs that read their input by strides: what transpose, slice and broadcasting share. */
import gatherText from "../../../shaders/movement/gather.wgsl?raw";
import gatherLinesText from "../../../shaders/movement/gather_lines.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, type Shape, sizeOf, stridesOf } from "../../core/shape";
import { byteLength, type TensorType } from "../../core/tensor";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib } from "../lib";
import { type Cost, type Kernel, type Problem, shader } from "../op";

const WORKGROUP = 64;
const gatherShader = shader("movement/gather.wgsl", gatherText, gridLib);
const gatherLinesShader = shader("movement/gather_lines.wgsl", gatherLinesText, gridLib);

/** Nothing is computed, so nothing is rounded. */
export const exact = () => ({ rtol: 0, atol: 0 });

/** Every element of the output is read once and written once. */
export const moved = ({ outputs }: Problem<unknown>): Cost => ({
  flops: 0,
  bytes: 2 * byteLength(outputs.output as TensorType),
});

/** How an output reads its input: coordinates times strides, from an offset. */
export interface Gather {
  readonly extents: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

export const MAX_AXES = 8;

/** Neighbouring axes that are walked as one become one; axes of extent 1 go. */
function merged({ extents, strides, offset }: Gather): Gather {
  const out: { extent: number; stride: number }[] = [];
  extents.forEach((extent, axis) => {
    if (extent === 1) return;
    const stride = strides[axis] as number;
    const last = out.at(-1);
    if (last && last.stride === stride * extent) {
      last.extent *= extent;
      last.stride = stride;
    } else out.push({ extent, stride });
  });
  return { extents: out.map((a) => a.extent), strides: out.map((a) => a.stride), offset };
}

export const lead = (values: readonly number[], length: number, fill: number): number[] => [
  ...new Array<number>(length - values.length).fill(fill),
  ...values,
];

export function gatherKernels<A>(gatherOf: (problem: Problem<A>) => Gather): readonly Kernel<A>[] {
  return [
    {
      name: "lines",
      shaders: [gatherLinesShader],
      supports: (problem) =>
        merged(gatherOf(problem)).extents.length <= 3 || "wants at most three axes after merging neighbours",
      plan: (problem) => {
        const gather = merged(gatherOf(problem));
        const [depth, height, width] = lead(gather.extents, 3, 1) as [number, number, number];
        const [strideZ, strideY, strideX] = lead(gather.strides, 3, 0) as [number, number, number];
        const quadsPerLine = ceilDiv(width, 4);
        const quads = depth * height * quadsPerLine;
        const params = { quads, quadsPerLine, width, height, offset: gather.offset, strideX, strideY, strideZ };
        return {
          dispatches: [
            { shader: gatherLinesShader, constants: { WORKGROUP }, params, workgroups: grid1d(quads, WORKGROUP) },
          ],
        };
      },
    },
    {
      name: "naive",
      shaders: [gatherShader],
      plan: (problem) => {
        const { extents, strides, offset } = gatherOf(problem);
        const count = sizeOf(extents);
        const params = { count, offset, extents: lead(extents, MAX_AXES, 1), strides: lead(strides, MAX_AXES, 0) };
        return {
          dispatches: [
            { shader: gatherShader, constants: { WORKGROUP }, params, workgroups: grid1d(count, WORKGROUP) },
          ],
        };
      },
    },
  ];
}

export function gatherReference(x: Float64Array, { extents, strides, offset }: Gather): Float64Array {
  const own = stridesOf(extents);
  return Float64Array.from({ length: sizeOf(extents) }, (_, i) => {
    let from = offset;
    own.forEach((step, axis) => {
      from += (Math.floor(i / step) % (extents[axis] as number)) * (strides[axis] as number);
    });
    return x[from] as number;
  });
}

/** @throws ShapeError for a tensor of more axes than the kernels walk. */
export function checkAxes(op: string, shape: Shape): void {
  if (shape.length > MAX_AXES) throw new ShapeError({ op }, "input", formatShape(shape), `of at most ${MAX_AXES} axes`);
}
