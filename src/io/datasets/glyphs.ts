/**
 * Rendered letters and digits, made on the spot without a canvas, so that they are the same in Node and in every page.
 * Each picture has a pen, a slant, proportions and serifs of its own, which is what fonts differ by, and is turned,
 * shifted, scaled, bent and covered with noise. Light ink on dark ground, as MNIST has it.
 */
import { TandemError, UnknownNameError } from "../../core/errors";
import { checkIndex, checkRead, checkWhole, Draws, type ImageDataset, type Split } from "./dataset";
import { LETTERS, type Stroke, serifs } from "./letterShapes";

/** What a glyph is drawn with. Lengths are in heights of a letter unless they are said to be pixels. */
export interface GlyphStyle {
  /** Half the pen's width and height: a pen that is wider than high draws upright strokes bold and level ones fine. */
  readonly pen: readonly [number, number];
  /** How far the top leans to the right. */
  readonly slant: number;
  /** Width, as a factor. */
  readonly aspect: number;
  /** Half the length of the bars across free ends; 0 for none. */
  readonly serif: number;
  /** How far points are moved, at most, by a smooth wave with the phases and frequencies that follow. */
  readonly wobble: number;
  readonly waves: readonly [number, number, number, number];
  /** Degrees, clockwise. */
  readonly rotation: number;
  /** Part of the room inside the margin that the glyph takes. */
  readonly scale: number;
  /** Where it lies in the room that is left: -1 at the left or top, 1 at the right or bottom. */
  readonly shift: readonly [number, number];
}

/** An upright glyph of even strokes that fills its picture. */
export const PLAIN: GlyphStyle = {
  pen: [0.07, 0.07],
  slant: 0,
  aspect: 1,
  serif: 0,
  wobble: 0,
  waves: [0, 0, 1, 1],
  rotation: 0,
  scale: 1,
  shift: [0, 0],
};

/** All that can be rendered: A to Z and 0 to 9. */
export const GLYPHS: readonly string[] = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"];

/** Pixels at each side that stay free of ink. */
const MARGIN = 1;

/** A stroke's thinnest half width in pixels: less would fade. */
const FINEST = 0.55;

/** Longer lines are bent by the wave too, so they are cut into pieces no longer than this. */
const PIECE = 0.2;

/** Pixels that a box must reach into to touch one, so that a box which ends at a pixel's edge leaves the next alone. */
const ROUNDING = 1e-6;

type Point = readonly [number, number];

/** The strokes of `letter` in `style`, in heights of a letter, before they are fitted into a picture. */
function shape(letter: string, style: GlyphStyle): Stroke[] {
  const strokes = LETTERS[letter];
  if (!strokes) throw new UnknownNameError("glyph", letter, GLYPHS);
  const { slant, aspect, wobble, waves, rotation } = style;
  const all = style.serif > 0 ? [...strokes, ...serifs(strokes, style.serif)] : strokes;
  const radians = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const place = ([x0, y0]: Point): Point => {
    const x1 = x0 + wobble * Math.sin(2 * Math.PI * (waves[0] + waves[2] * y0 + 0.3 * x0));
    const y1 = y0 + wobble * Math.sin(2 * Math.PI * (waves[1] + waves[3] * x0 + 0.3 * y0));
    const x = aspect * x1 + slant * (1 - y1);
    return [cos * x - sin * y1, sin * x + cos * y1];
  };
  return all.map((stroke) =>
    stroke.flatMap((point, i): Point[] => {
      const before = stroke[i - 1];
      if (!before) return [place(point)];
      const [dx, dy] = [point[0] - before[0], point[1] - before[1]];
      const pieces = wobble > 0 ? Math.max(1, Math.ceil(Math.sqrt(dx * dx + dy * dy) / PIECE)) : 1;
      return Array.from({ length: pieces }, (_, k) => {
        const t = (k + 1) / pieces;
        return place([before[0] + t * dx, before[1] + t * dy]);
      });
    }),
  );
}

/**
 * Draws a line with an elliptic pen: `ink` becomes the part of each pixel that is covered, or stays where it was more.
 * In a space scaled by the pen's radii the pen is the unit circle; the distance d there, minus 1, over the length of its
 * gradient in pixels is the distance to the stroke's edge in pixels.
 */
function drawLine(ink: Float32Array, size: number, [ax, ay]: Point, [bx, by]: Point, [rx, ry]: Point): void {
  const [dx, dy] = [(bx - ax) / rx, (by - ay) / ry];
  const length = dx * dx + dy * dy;
  // Only pixels that the line's box touches: the gradient is that of one point, too steep beyond the ends of a flat pen.
  const left = Math.max(0, Math.floor(Math.min(ax, bx) - rx + ROUNDING));
  const right = Math.min(size, Math.ceil(Math.max(ax, bx) + rx - ROUNDING));
  const top = Math.max(0, Math.floor(Math.min(ay, by) - ry + ROUNDING));
  const bottom = Math.min(size, Math.ceil(Math.max(ay, by) + ry - ROUNDING));
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const px = (x + 0.5 - ax) / rx;
      const py = (y + 0.5 - ay) / ry;
      const t = length > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
      const [ex, ey] = [px - t * dx, py - t * dy];
      const d = Math.sqrt(ex * ex + ey * ey);
      const slope = Math.sqrt((ex / rx) ** 2 + (ey / ry) ** 2);
      // At the stroke's middle line both vanish: all covered.
      const covered = slope > 0 ? Math.min(1, Math.max(0, 0.5 - ((d - 1) * d) / slope)) : 1;
      const at = y * size + x;
      if (covered > (ink[at] as number)) ink[at] = covered;
    }
  }
}

/**
 * How much of each pixel of a picture of `size` × `size` is inked, 0..1. The glyph is fitted into the picture first, pen
 * and all, so its ink never leaves it.
 * @throws UnknownNameError for what is no glyph
 */
export function renderGlyph(letter: string, size: number, style: GlyphStyle = PLAIN): Float32Array<ArrayBuffer> {
  const strokes = shape(letter, style);
  const points = strokes.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [penX, penY] = style.pen;
  const room = size - 2 * MARGIN;
  // The size that a unit has in pixels when the larger of width and height, pen included, fills its part of the room.
  const unit = Math.min(
    (style.scale * room) / (Math.max(right - left, bottom - top) + 2 * Math.max(penX, penY)),
    (room - 2 * FINEST) / Math.max(right - left, bottom - top),
  );
  const pen: Point = [Math.max(FINEST, penX * unit), Math.max(FINEST, penY * unit)];
  const freeX = Math.max(0, room - (right - left) * unit - 2 * pen[0]);
  const freeY = Math.max(0, room - (bottom - top) * unit - 2 * pen[1]);
  const originX = MARGIN + pen[0] + (freeX * (1 + style.shift[0])) / 2 - left * unit;
  const originY = MARGIN + pen[1] + (freeY * (1 + style.shift[1])) / 2 - top * unit;
  const ink = new Float32Array(size * size);
  for (const stroke of strokes) {
    for (let i = 1; i < stroke.length; i++) {
      const [begin, end] = [stroke[i - 1], stroke[i]] as [Point, Point];
      drawLine(
        ink,
        size,
        [originX + begin[0] * unit, originY + begin[1] * unit],
        [originX + end[0] * unit, originY + end[1] * unit],
        pen,
      );
    }
  }
  return ink;
}

/** A style at random: what fonts differ by, then how the letter lies in the picture. */
function randomStyle(draws: Draws): GlyphStyle {
  const weight = draws.between(0.045, 0.1);
  const tilt = draws.between(-0.35, 0.35);
  return {
    pen: [weight * (1 + tilt), weight * (1 - tilt)],
    slant: draws.between(-0.08, 0.28),
    aspect: draws.between(0.72, 1.15),
    serif: draws.whole(3) === 0 ? draws.between(0.07, 0.13) : 0,
    wobble: draws.between(0, 0.035),
    waves: [draws.between(0, 1), draws.between(0, 1), draws.between(0.5, 1.1), draws.between(0.5, 1.1)],
    rotation: draws.between(-20, 20),
    scale: draws.between(0.75, 1),
    shift: [draws.between(-1, 1), draws.between(-1, 1)],
  };
}

/** More numbers than a picture draws beside its noise. */
const DRAWS = 32;

/** Smaller pictures cannot be read. */
const SMALLEST = 12;

export interface GlyphOptions {
  /** Side of the pictures; 28 unless told. */
  readonly size?: number;
  readonly count: number;
  readonly seed: number;
  readonly split: Split;
  /** The classes, each once; A to Z and 0 to 9 unless told. */
  readonly letters?: string;
}

/**
 * `count` grey pictures, the letters in turn. Each is made from (seed, split, index) alone.
 * @throws UnknownNameError for a letter that has no glyph
 */
export function glyphDataset({ size = 28, count, seed, split, letters }: GlyphOptions): ImageDataset {
  const name = `glyphs (${split})`;
  checkWhole(name, "size", size, SMALLEST);
  checkWhole(name, "count", count, 1);
  const classes = letters === undefined ? GLYPHS : Array.from(letters);
  if (classes.length === 0) throw new TandemError(`${name}: no letters were given`);
  for (const [i, letter] of classes.entries()) {
    if (!GLYPHS.includes(letter)) throw new UnknownNameError("glyph", letter, GLYPHS);
    if (classes.indexOf(letter) !== i) throw new TandemError(`${name}: the letter ${letter} was given twice`);
  }
  const facts = { name, classes, length: count, channels: 1, height: size, width: size } as const;
  const label = (index: number): number => index % classes.length;
  return {
    ...facts,
    label(index) {
      checkIndex(facts, index);
      return label(index);
    },
    async read(index, into, offset) {
      checkRead(facts, index, into, offset);
      const draws = new Draws(seed, "glyphs", split, index, DRAWS + size * size);
      const ink = renderGlyph(classes[label(index)] as string, size, randomStyle(draws));
      const ground = draws.between(0, 80);
      const contrast = draws.between(110, 255 - ground);
      const noise = draws.between(0, 20);
      for (let i = 0; i < ink.length; i++) {
        const value = ground + contrast * (ink[i] as number) + noise * draws.bell();
        // Whole steps, as in a file: what sines differ by from engine to engine is far below one.
        into[offset + i] = Math.min(255, Math.max(0, Math.round(value)));
      }
      return true;
    },
  };
}
