/**
 * Augmentation of pictures as the network of 2012 had it (Krizhevsky et al. 2012, section 4.1): each picture of a batch is
 * cut at a place of its own, mirrored or not, and its colours are shifted. Places and shifts are drawn by the host and are
 * small; the pictures stay on the device.
 */
import cropText from "../../shaders/augment/crop.wgsl?raw";
import type { TensorData } from "../core/dtype";
import { AttributeError, ShapeError, ValueError } from "../core/errors";
import { formatShape, sameShape, sizeOf } from "../core/shape";
import { byteLength, f32, i32, type TensorType } from "../core/tensor";
import { AttributeReader, type Pair } from "./attributes";
import { batchCut } from "./cut";
import { ceilDiv, grid1d } from "./kernels";
import { gridLib } from "./lib";
import { type Draw, defineOp, type Kernel, type Problem, shader } from "./op";

/** Input [N, C, H, W], places [N, 3] (top, left, 1 for mirrored), shift [N, C]; output [N, C, h, w]. */
export interface CropAttributes {
  /** [h, w] */
  readonly size: Pair;
}

const WORKGROUP = 64;
const cropShader = shader("augment/crop.wgsl", cropText, gridLib);

function extents({ inputs, attributes: { size } }: Problem<CropAttributes>) {
  const [batch, channels, inHeight, inWidth] = (inputs.input as TensorType).shape as [number, number, number, number];
  return { batch, channels, inHeight, inWidth, outHeight: size[0], outWidth: size[1] };
}

function kernel(name: string, PER: number): Kernel<CropAttributes> {
  return {
    name,
    shaders: [cropShader],
    plan: (problem) => {
      const { batch, ...params } = extents(problem);
      const perRow = ceilDiv(params.outWidth, PER);
      const count = batch * params.channels * params.outHeight * perRow;
      return {
        dispatches: [
          {
            shader: cropShader,
            constants: { PER, HAS_SHIFT: problem.inputs.shift ? 1 : 0, WORKGROUP },
            params: { count, perRow, ...params },
            bindings: problem.inputs.shift ? {} : { shift: "input" },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  };
}

/** @throws ValueError for a place that is not in its picture. */
function checkPlaces(places: TensorData | undefined, problem: Problem<CropAttributes>): void {
  const { inHeight, inWidth, outHeight, outWidth } = extents(problem);
  const ends = [inHeight - outHeight, inWidth - outWidth, 1];
  places?.forEach((place, at) => {
    const end = ends[at % 3] as number;
    if (place >= 0 && place <= end) return;
    const what = ["top", "left", "mirrored"][at % 3];
    throw new ValueError({ op: "crop" }, "places", `${place} (${what}) at element ${at}`, `from 0 to ${end}`);
  });
}

const placesIn = (height: number, width: number) => ({
  kind: "integers" as const,
  min: 0,
  max: Math.min(height, width, 1),
});

export const crop = defineOp<CropAttributes>({
  name: "crop",
  family: "augment",
  summary: "each picture cut at its own place, mirrored or not, colours shifted",
  inputs: [{ name: "input" }, { name: "places", dtype: "i32" }, { name: "shift", optional: true }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("crop", given);
    const attributes = { size: read.pair("size", undefined, 1) };
    read.done();
    return attributes;
  },
  infer: ({ input, places, shift }, { size }) => {
    const where = { op: "crop" };
    const { shape } = input as TensorType;
    if (shape.length !== 4) throw new ShapeError(where, "input", formatShape(shape), "[N, C, H, W]");
    const [batch, channels, height, width] = shape as [number, number, number, number];
    const own = (places as TensorType).shape;
    if (!sameShape(own, [batch, 3])) {
      throw new ShapeError(where, "places", formatShape(own), `[${batch}, 3], as input is ${formatShape(shape)}`);
    }
    if (shift && !sameShape(shift.shape, [batch, channels])) {
      const wanted = `[${batch}, ${channels}], as input is ${formatShape(shape)}`;
      throw new ShapeError(where, "shift", formatShape(shift.shape), wanted);
    }
    if (size[0] > height || size[1] > width) {
      throw new AttributeError(where, "size", formatShape(size), `within the ${height} × ${width} of the pictures`);
    }
    return [f32(batch, channels, ...size)];
  },
  cost: ({ inputs, outputs }) => ({
    flops: inputs.shift ? sizeOf((outputs.output as TensorType).shape) : 0,
    bytes: 2 * byteLength(outputs.output as TensorType),
  }),
  reference: ({ input, places, shift }, problem) => {
    const { batch, channels, inHeight, inWidth, outHeight, outWidth } = extents(problem);
    const output = new Float64Array(batch * channels * outHeight * outWidth);
    let at = 0;
    for (let n = 0; n < batch; n++) {
      const [top = 0, left = 0, mirrored = 0] = (places as Float64Array).subarray(n * 3, n * 3 + 3);
      for (let c = 0; c < channels; c++) {
        for (let y = 0; y < outHeight; y++) {
          for (let x = 0; x < outWidth; x++) {
            const column = left + (mirrored ? outWidth - 1 - x : x);
            const value = input?.[((n * channels + c) * inHeight + top + y) * inWidth + column] as number;
            output[at++] = value + (shift?.[n * channels + c] ?? 0);
          }
        }
      }
    }
    return { output };
  },
  cuts: ({ inputs }) => [batchCut((inputs.input as TensorType).shape[0] as number, Object.keys(inputs), ["output"])],
  tolerance: () => ({ rtol: 1e-6, atol: 1e-6 }),
  check: ({ places }, problem) => checkPlaces(places, problem),
  kernels: [kernel("quads", 4), kernel("naive", 1)],
  cases: [
    {
      name: "odd",
      inputs: { input: f32(3, 3, 7, 9), places: i32(3, 3), shift: f32(3, 3) },
      attributes: { size: [5, 6] },
      recipes: { places: placesIn(2, 3) },
    },
    {
      name: "whole, mirrored or not",
      inputs: { input: f32(4, 1, 3, 3), places: i32(4, 3) },
      attributes: { size: 3 },
      recipes: { places: { kind: "values", values: [0, 0, 1, 0, 0, 0] } },
    },
    {
      name: "alexnet",
      inputs: { input: f32(16, 3, 256, 256), places: i32(16, 3), shift: f32(16, 3) },
      attributes: { size: 227 },
      recipes: { places: placesIn(29, 29) },
      size: "large",
    },
  ],
  random: (draw: Draw) => {
    const size = [draw.int(1, 6), draw.int(1, 9)] as const;
    const room = [draw.int(0, 3), draw.int(0, 3)] as const;
    const [batch, channels] = [draw.int(1, 4), draw.int(1, 3)];
    return {
      inputs: {
        input: f32(batch, channels, size[0] + room[0], size[1] + room[1]),
        places: i32(batch, 3),
        ...(draw.bool() ? { shift: f32(batch, channels) } : {}),
      },
      attributes: { size },
      recipes: { places: placesIn(...room) },
    };
  },
});
