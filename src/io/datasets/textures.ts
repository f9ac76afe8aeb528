/**
 * Surface inspection in small: crops from photographs of surfaces, one class for each photograph. Crops to learn from lie
 * in the left part of each photograph and held-out crops in the rest, so that no pixel is ever in both.
 */
import { FormatError, TandemError } from "../../core/errors";
import type { Picture } from "../image";
import { checkIndex, checkRead, checkWhole, Draws, type ImageDataset, type Split } from "./dataset";
import { picturePlanes } from "./pixels";

/** A photograph of one surface: planes [C, H, W] of values 0..255. */
export interface Photograph {
  /** Of the class. */
  readonly name: string;
  readonly channels: 1 | 3;
  readonly width: number;
  readonly height: number;
  readonly planes: Float32Array;
}

/** A decoded picture as a photograph, grey or in colour. */
export const photograph = (name: string, picture: Picture, channels: 1 | 3): Photograph => ({
  name,
  channels,
  width: picture.width,
  height: picture.height,
  planes: picturePlanes(picture, channels),
});

export interface TextureOptions {
  readonly photographs: readonly Photograph[];
  /** Side of the crops. */
  readonly size: number;
  readonly count: number;
  readonly seed: number;
  readonly split: Split;
}

/** Where in its photograph a crop lies: columns `x` to `x + size - 1`, rows `y` to `y + size - 1`. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export interface TextureDataset extends ImageDataset {
  crop(index: number): Crop;
}

/** The part of each photograph's width that is learnt from. */
const LEARNT = 0.7;

/** Light varies by this factor about the middle grey, and by this many steps up or down. */
const CONTRAST = [0.8, 1.2] as const;
const BRIGHTNESS = 24;

/** More numbers than a crop draws: x, y, its symmetry, contrast, brightness. */
const DRAWS = 8;

/** Columns that a split may use: [begin, end). */
export function region(width: number, split: Split): readonly [number, number] {
  const border = Math.floor(LEARNT * width);
  return split === "train" ? [0, border] : [border, width];
}

function check(photographs: readonly Photograph[], size: number, split: Split): void {
  const channels = photographs[0]?.channels;
  for (const { name, width, height, planes, ...photograph } of photographs) {
    if (photograph.channels !== channels)
      throw new FormatError(name, `has ${photograph.channels} channels, but the first photograph ${channels}`);
    const wanted = photograph.channels * width * height;
    if (planes.length !== wanted)
      throw new FormatError(name, `has ${planes.length} values, but ${width}×${height} pixels take ${wanted}`);
    const [begin, end] = region(width, split);
    if (end - begin < size || height < size) {
      throw new FormatError(
        name,
        `is ${width}×${height} pixels, of which ${split} crops may use ${end - begin}×${height}; crops of ${size}×${size} do not fit`,
      );
    }
  }
}

/**
 * `count` crops, the classes in turn, each at a random place, turned by a quarter of a circle or mirrored (all eight
 * symmetries of the square), and in another light.
 * @throws FormatError naming the photograph that is too small or not what it says
 */
export function textureDataset({ photographs, size, count, seed, split }: TextureOptions): TextureDataset {
  const name = `textures (${split})`;
  checkWhole(name, "size", size, 1);
  checkWhole(name, "count", count, 1);
  const [first] = photographs;
  if (!first) throw new TandemError(`${name}: no photographs were given`);
  check(photographs, size, split);
  const { channels } = first;
  const classes = photographs.map((photograph) => photograph.name);
  const facts = { name, classes, length: count, channels, height: size, width: size } as const;
  const of = (index: number): Photograph => photographs[index % photographs.length] as Photograph;
  const place = (index: number, draws: Draws): Crop => {
    const { width, height } = of(index);
    const [begin, end] = region(width, split);
    return { x: begin + draws.whole(end - begin - size + 1), y: draws.whole(height - size + 1), size };
  };
  const drawsOf = (index: number) => new Draws(seed, "textures", split, index, DRAWS);
  return {
    ...facts,
    label(index) {
      checkIndex(facts, index);
      return index % photographs.length;
    },
    crop(index) {
      checkIndex(facts, index);
      return place(index, drawsOf(index));
    },
    async read(index, into, offset) {
      checkRead(facts, index, into, offset);
      const { width, height, planes } = of(index);
      const draws = drawsOf(index);
      const { x, y } = place(index, draws);
      const symmetry = draws.whole(8);
      const contrast = draws.between(...CONTRAST);
      const brightness = draws.between(-BRIGHTNESS, BRIGHTNESS);
      for (let c = 0; c < channels; c++) {
        for (let row = 0; row < size; row++) {
          for (let column = 0; column < size; column++) {
            const i = symmetry & 1 ? size - 1 - row : row;
            const j = symmetry & 2 ? size - 1 - column : column;
            const [down, across] = symmetry & 4 ? [j, i] : [i, j];
            const value = planes[(c * height + y + down) * width + x + across] as number;
            const lit = (value - 127.5) * contrast + 127.5 + brightness;
            into[offset + (c * size + row) * size + column] = Math.min(255, Math.max(0, lit));
          }
        }
      }
      return true;
    },
  };
}
