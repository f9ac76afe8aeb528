/** Windows of a pooling: their attributes, the size of what they give, and a walk over them. */
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, type Shape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import type { AttributeReader, Padding, Pair } from "../attributes";
import type { Cost, Problem } from "../op";

/** Input [N, C, H, W]; output [N, C, outH, outW]. */
export interface WindowAttributes {
  /** [y, x] */
  readonly kernel: Pair;
  /** [y, x]; the kernel unless told. */
  readonly stride: Pair;
  /** [top, left, bottom, right]; less than the kernel, so that no window lies in padding alone. */
  readonly padding: Padding;
  readonly rounding: "floor" | "ceil";
}

/** A pooling: `input` and `output`, and how its windows lie. */
export type PoolProblem = Problem<WindowAttributes>;

export function readWindow(read: AttributeReader): WindowAttributes {
  const kernel = read.pair("kernel", undefined, 1);
  const padding = read.padding("padding");
  padding.forEach((pad, side) => {
    const extent = kernel[side % 2] as number;
    if (pad >= extent && pad > 0) {
      throw new AttributeError(
        { op: read.op },
        "padding",
        formatShape(padding),
        `less than the kernel ${formatShape(kernel)}`,
      );
    }
  });
  return {
    kernel,
    stride: read.pair("stride", kernel, 1),
    padding,
    rounding: read.choice("rounding", ["floor", "ceil"], "floor"),
  };
}

function extentOf(
  op: string,
  shape: Shape,
  axis: 0 | 1,
  { kernel, stride, padding, rounding }: WindowAttributes,
  dilation: number,
): number {
  const before = padding[axis];
  const after = padding[axis + 2] as number;
  const extent = shape[axis + 2] as number;
  const room = extent + before + after - dilation * (kernel[axis] - 1) - 1;
  if (room < 0) {
    const wanted = `large enough for kernel ${formatShape(kernel)} with padding ${formatShape(padding)}${dilation > 1 ? ` and dilation ${dilation}` : ""}`;
    throw new ShapeError({ op }, "input", formatShape(shape), wanted);
  }
  if (rounding === "floor") return Math.floor(room / stride[axis]) + 1;
  const rounded = Math.ceil(room / stride[axis]) + 1;
  return (rounded - 1) * stride[axis] >= extent + before ? rounded - 1 : rounded;
}

export function inferWindow(op: string, input: TensorType, attributes: WindowAttributes, dilation: Pair): TensorType {
  const { shape } = input;
  if (shape.length !== 4) throw new ShapeError({ op }, "input", formatShape(shape), "[N, C, H, W]");
  const height = extentOf(op, shape, 0, attributes, dilation[0]);
  const width = extentOf(op, shape, 1, attributes, dilation[1]);
  return f32(shape[0] as number, shape[1] as number, height, width);
}

export function windowParams({ inputs, outputs, attributes }: PoolProblem) {
  const [batch, channels, inHeight, inWidth] = (inputs.input as TensorType).shape as [number, number, number, number];
  const [, , outHeight, outWidth] = (outputs.output as TensorType).shape as [number, number, number, number];
  return {
    planes: batch * channels,
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    kernelHeight: attributes.kernel[0],
    kernelWidth: attributes.kernel[1],
    strideHeight: attributes.stride[0],
    strideWidth: attributes.stride[1],
    padTop: attributes.padding[0],
    padLeft: attributes.padding[1],
  };
}

export const windowCost = ({ inputs, outputs, attributes }: PoolProblem): Cost => ({
  flops: sizeOf((outputs.output as TensorType).shape) * attributes.kernel[0] * attributes.kernel[1],
  bytes: [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0),
});

/** Calls `tap` for every element of every window that lies in the image; `done` after each window. */
export function eachWindow(
  problem: PoolProblem,
  dilation: Pair,
  tap: (index: number, inPlane: number) => void,
  done: (output: number, oy: number, ox: number) => void,
): void {
  const p = windowParams(problem);
  let at = 0;
  for (let plane = 0; plane < p.planes; plane++) {
    for (let oy = 0; oy < p.outHeight; oy++) {
      for (let ox = 0; ox < p.outWidth; ox++) {
        for (let ky = 0; ky < p.kernelHeight; ky++) {
          const y = oy * p.strideHeight - p.padTop + ky * dilation[0];
          if (y < 0 || y >= p.inHeight) continue;
          for (let kx = 0; kx < p.kernelWidth; kx++) {
            const x = ox * p.strideWidth - p.padLeft + kx * dilation[1];
            if (x >= 0 && x < p.inWidth) tap((plane * p.inHeight + y) * p.inWidth + x, y * p.inWidth + x);
          }
        }
        done(at++, oy, ox);
      }
    }
  }
}
