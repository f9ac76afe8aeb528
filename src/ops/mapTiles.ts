/** Feature maps laid out as a picture, so that a viewer reads back the pixels it shows and not the tensor. */
import widenedText from "../../shaders/lib/widened.wgsl?raw";
import drawText from "../../shaders/mapTiles/draw.wgsl?raw";
import rangesText from "../../shaders/mapTiles/ranges.wgsl?raw";
import rangesSerialText from "../../shaders/mapTiles/ranges_serial.wgsl?raw";
import { ShapeError, ValueError } from "../core/errors";
import { formatShape, sizeOf } from "../core/shape";
import { byteLength, f32, i32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { ceilDiv, grid1d, view } from "./kernels";
import { gridLib, nonfiniteLib } from "./lib";
import { type Dispatch, type Draw, defineOp, type Kernel, type Problem, shader } from "./op";

export interface MapTilesAttributes {
  /** Tiles side by side. */
  readonly columns: number;
  /** Side of a tile in pixels, whatever the maps' extents. */
  readonly tile: number;
  /** Pixels between tiles. */
  readonly gap: number;
}

const NAME = "mapTiles";
const WORKGROUP = 64;
const rangesShader = shader("mapTiles/ranges.wgsl", rangesText, [widenedText, ...nonfiniteLib]);
const rangesSerialShader = shader("mapTiles/ranges_serial.wgsl", rangesSerialText, [
  ...gridLib,
  widenedText,
  ...nonfiniteLib,
]);
const drawShader = shader("mapTiles/draw.wgsl", drawText, [...gridLib, ...nonfiniteLib]);

/** What a pixel without a map is. */
const NOTHING = -1;

const across = (tiles: number, { tile, gap }: MapTilesAttributes): number => tiles * (tile + gap) - gap;

function extents({ inputs }: Problem<MapTilesAttributes>) {
  const [, channels, height, width] = (inputs.input as TensorType).shape as [number, number, number, number];
  return { count: (inputs.maps as TensorType).shape[0] as number, channels, height, width };
}

/** Draws the tiles once their ranges are known. */
function drawing(problem: Problem<MapTilesAttributes>): Dispatch {
  const [rows, acrossPixels] = (problem.outputs.output as TensorType).shape as [number, number];
  const pixels = rows * acrossPixels;
  return {
    shader: drawShader,
    constants: { WORKGROUP },
    params: { ...extents(problem), ...problem.attributes, acrossPixels, pixels },
    workgroups: grid1d(pixels, WORKGROUP),
  };
}

const kernel = (name: string, finding: (params: { count: number }) => Omit<Dispatch, "params">) => ({
  plan: (problem: Problem<MapTilesAttributes>) => {
    const { count, channels, height, width } = extents(problem);
    const params = { count, channels, area: height * width };
    return {
      scratch: { ranges: f32(count, 2) },
      dispatches: [{ ...finding(params), params }, drawing(problem)],
    };
  },
  name,
});

const kernels: readonly Kernel<MapTilesAttributes>[] = [
  {
    ...kernel("workgroup", ({ count }) => ({
      shader: rangesShader,
      constants: { WORKGROUP },
      workgroups: grid1d(count, 1),
    })),
    shaders: [rangesShader, drawShader],
    preference: (_, { software }) => (software ? -1 : 1),
  },
  {
    ...kernel("serial", ({ count }) => ({
      shader: rangesSerialShader,
      constants: { WORKGROUP: 8 },
      workgroups: grid1d(count, 8),
    })),
    shaders: [rangesSerialShader, drawShader],
  },
];

const chosen = (channels: number) => ({ maps: { kind: "integers" as const, min: 0, max: channels - 1 } });

/**
 * Input [N, C, H, W], maps [K] of numbers of maps; output a picture [rows, columns] of pixels: tile k shows map `maps[k]` of
 * the first of the N, stretched so that its least element is 0 and its largest 1; −1 where there is no map.
 */
export const mapTiles = defineOp<MapTilesAttributes>({
  name: NAME,
  family: NAME,
  summary: "feature maps side by side as a picture",
  inputs: [{ name: "input" }, { name: "maps", dtype: "i32" }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader(NAME, given);
    const attributes = {
      columns: read.int("columns", 8, 1),
      tile: read.int("tile", 32, 1),
      gap: read.int("gap", 1, 0),
    };
    read.done();
    return attributes;
  },

  infer: ({ input, maps }, attributes) => {
    const { shape } = input as TensorType;
    if (shape.length !== 4) throw new ShapeError({ op: NAME }, "input", formatShape(shape), "[N, C, H, W]");
    const given = (maps as TensorType).shape;
    if (given.length !== 1) throw new ShapeError({ op: NAME }, "maps", formatShape(given), "[K]");
    const rows = ceilDiv(given[0] as number, attributes.columns);
    return [f32(across(rows, attributes), across(attributes.columns, attributes))];
  },

  // Each element of a map is compared twice; each pixel takes a subtraction and a division.
  cost: (problem) => {
    const { count, height, width } = extents(problem);
    const output = problem.outputs.output as TensorType;
    const read = 4 * count * height * width;
    return { flops: 2 * count * height * width + 2 * sizeOf(output.shape), bytes: read + byteLength(output) };
  },

  reference: ({ input, maps }, problem) => {
    const { count, height, width } = extents(problem);
    const { columns, tile, gap } = problem.attributes;
    const x = view(input as Float64Array, (problem.inputs.input as TensorType).shape);
    const [rows, acrossPixels] = (problem.outputs.output as TensorType).shape as [number, number];
    const output = new Float64Array(rows * acrossPixels).fill(NOTHING);
    for (let k = 0; k < count; k++) {
      const map = (maps as Float64Array)[k] as number;
      const elements = Array.from({ length: height * width }, (_, i) => x(0, map, Math.floor(i / width), i % width));
      const [least, largest] = [Math.min(...elements), Math.max(...elements)];
      const top = Math.floor(k / columns) * (tile + gap);
      const left = (k % columns) * (tile + gap);
      for (let py = 0; py < tile; py++) {
        for (let px = 0; px < tile; px++) {
          const element = x(0, map, Math.floor((py * height) / tile), Math.floor((px * width) / tile));
          output[(top + py) * acrossPixels + left + px] = largest === least ? 0 : (element - least) / (largest - least);
        }
      }
    }
    return { output };
  },

  // Elements come as they are; a difference and a division are rounded.
  tolerance: () => ({ rtol: 1e-5, atol: 1e-6 }),

  check: ({ maps }, problem) => {
    const { channels } = extents(problem);
    maps?.forEach((map, at) => {
      if (map < 0 || map >= channels)
        throw new ValueError(
          { op: NAME },
          "maps",
          `${map} at element ${at}`,
          `whole numbers from 0 to ${channels - 1}`,
        );
    });
  },

  kernels,

  cases: [
    {
      name: "larger than they are",
      inputs: { input: f32(2, 5, 3, 4), maps: i32(4) },
      attributes: { columns: 3, tile: 7 },
      recipes: chosen(5),
    },
    {
      name: "smaller than they are",
      inputs: { input: f32(1, 3, 13, 9), maps: i32(5) },
      attributes: { columns: 2, tile: 4, gap: 0 },
      recipes: chosen(3),
    },
    {
      name: "the same everywhere",
      inputs: { input: f32(1, 1, 2, 2), maps: i32(1) },
      attributes: { columns: 1, tile: 2 },
      recipes: { ...chosen(1), input: { kind: "values", values: [0.5] } },
    },
    {
      name: "with NaN in one",
      inputs: { input: f32(1, 2, 2, 2), maps: i32(2) },
      attributes: { columns: 2, tile: 3 },
      recipes: {
        input: { kind: "values", values: [1, 2, Number.NaN, 3, 4, 5, 6, 7] },
        maps: { kind: "values", values: [0, 1] },
      },
    },
    {
      name: "alexnet conv1",
      inputs: { input: f32(1, 96, 55, 55), maps: i32(96) },
      attributes: { columns: 12, tile: 28 },
      recipes: chosen(96),
      size: "large",
    },
  ],

  random: (draw: Draw) => {
    const channels = draw.int(1, 9);
    return {
      inputs: {
        input: f32(draw.int(1, 2), channels, draw.int(1, 9), draw.int(1, 9)),
        maps: i32(draw.int(1, 12)),
      },
      attributes: { columns: draw.int(1, 5), tile: draw.int(1, 12), gap: draw.int(0, 3) },
      recipes: chosen(channels),
    };
  },
});
