/**
 * The letters and digits as strokes of a pen, drawn by hand for this project. A glyph stands in a box one unit high:
 * x to the right, y down, the top at 0 and the baseline at 1. Stroke width, slant and the like come when it is rendered.
 */

/** A stroke: points in turn, joined by straight lines. */
export type Stroke = readonly (readonly [x: number, y: number])[];

/** Lines through x, y, x, y, … */
function line(...xy: number[]): Stroke {
  return Array.from({ length: xy.length / 2 }, (_, i) => [xy[2 * i] as number, xy[2 * i + 1] as number]);
}

/** Degrees between two points of an arc. */
const ARC_STEP = 18;

/** Part of an ellipse about (cx, cy). Degrees: 0 is right, 90 down, -90 up; falling ones run against the clock. */
function arc(cx: number, cy: number, rx: number, ry: number, begin: number, end: number): Stroke {
  const steps = Math.max(1, Math.round(Math.abs(end - begin) / ARC_STEP));
  return Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((begin + ((end - begin) * i) / steps) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
  });
}

/** Pieces drawn without lifting the pen. */
const joined = (...pieces: Stroke[]): Stroke => pieces.flat();

const BOWL = joined(line(0, 0, 0.38, 0), arc(0.38, 0.27, 0.3, 0.27, -90, 90), line(0, 0.54));

/** Zero has a stroke through it, one has a foot, and I has two bars, so that O, I and L are told from them. */
export const LETTERS: Readonly<Record<string, readonly Stroke[]>> = {
  A: [line(0, 1, 0.4, 0, 0.8, 1), line(0.14, 0.65, 0.66, 0.65)],
  B: [
    line(0, 0, 0, 1),
    joined(line(0, 0, 0.34, 0), arc(0.34, 0.235, 0.25, 0.235, -90, 90), line(0, 0.47)),
    joined(line(0, 0.47, 0.36, 0.47), arc(0.36, 0.735, 0.31, 0.265, -90, 90), line(0, 1)),
  ],
  C: [arc(0.45, 0.5, 0.45, 0.5, -48, -312)],
  D: [line(0, 0, 0, 1), joined(line(0, 0, 0.3, 0), arc(0.3, 0.5, 0.48, 0.5, -90, 90), line(0, 1))],
  E: [line(0.66, 0, 0, 0, 0, 1, 0.66, 1), line(0, 0.49, 0.54, 0.49)],
  F: [line(0.66, 0, 0, 0, 0, 1), line(0, 0.49, 0.54, 0.49)],
  G: [joined(arc(0.45, 0.5, 0.45, 0.5, -48, -342), line(0.9, 0.55, 0.52, 0.55))],
  H: [line(0, 0, 0, 1), line(0.74, 0, 0.74, 1), line(0, 0.49, 0.74, 0.49)],
  I: [line(0.24, 0, 0.24, 1), line(0, 0, 0.48, 0), line(0, 1, 0.48, 1)],
  J: [joined(line(0.58, 0, 0.58, 0.68), arc(0.29, 0.68, 0.29, 0.32, 0, 170))],
  K: [line(0, 0, 0, 1), line(0.68, 0, 0, 0.58), line(0.22, 0.392, 0.74, 1)],
  L: [line(0, 0, 0, 1, 0.62, 1)],
  M: [line(0, 1, 0, 0, 0.44, 0.66, 0.88, 0, 0.88, 1)],
  N: [line(0, 1, 0, 0, 0.74, 1, 0.74, 0)],
  O: [arc(0.48, 0.5, 0.48, 0.5, -90, 270)],
  P: [line(0, 0, 0, 1), BOWL],
  Q: [arc(0.48, 0.5, 0.48, 0.5, -90, 270), line(0.5, 0.58, 0.98, 1)],
  R: [line(0, 0, 0, 1), BOWL, line(0.32, 0.54, 0.72, 1)],
  S: [joined(arc(0.35, 0.25, 0.33, 0.25, -25, -270), arc(0.35, 0.75, 0.35, 0.25, -90, 155))],
  T: [line(0, 0, 0.8, 0), line(0.4, 0, 0.4, 1)],
  U: [joined(line(0, 0), arc(0.37, 0.62, 0.37, 0.38, 180, 0), line(0.74, 0))],
  V: [line(0, 0, 0.4, 1, 0.8, 0)],
  W: [line(0, 0, 0.26, 1, 0.53, 0.22, 0.8, 1, 1.06, 0)],
  X: [line(0, 0, 0.74, 1), line(0.74, 0, 0, 1)],
  Y: [line(0, 0, 0.39, 0.48, 0.78, 0), line(0.39, 0.48, 0.39, 1)],
  Z: [line(0, 0, 0.72, 0, 0, 1, 0.72, 1)],
  0: [arc(0.31, 0.5, 0.31, 0.5, -90, 270), line(0.13, 0.72, 0.49, 0.28)],
  1: [line(0.02, 0.24, 0.3, 0, 0.3, 1), line(0.05, 1, 0.55, 1)],
  2: [joined(arc(0.33, 0.3, 0.32, 0.3, -165, 35), line(0, 1, 0.68, 1))],
  3: [joined(arc(0.31, 0.245, 0.29, 0.245, -155, 90), arc(0.31, 0.745, 0.34, 0.255, -90, 155))],
  4: [line(0.52, 1, 0.52, 0, 0, 0.7, 0.72, 0.7)],
  5: [joined(line(0.6, 0, 0.1, 0, 0.06, 0.45), arc(0.3, 0.68, 0.34, 0.32, -135, 150))],
  6: [arc(0.33, 0.68, 0.33, 0.32, -90, 270), arc(0.62, 0.68, 0.62, 0.68, 180, 262)],
  7: [line(0, 0, 0.65, 0, 0.22, 1)],
  8: [arc(0.33, 0.24, 0.27, 0.24, -90, 270), arc(0.33, 0.74, 0.33, 0.26, -90, 270)],
  9: [arc(0.33, 0.32, 0.33, 0.32, -90, 270), arc(0.04, 0.32, 0.62, 0.68, 0, 82)],
};

/** How near an end may come to another stroke and still be free. */
const APART = 0.02;

function distance([px, py]: readonly [number, number], stroke: Stroke, without?: 0 | 1): number {
  let least = Number.POSITIVE_INFINITY;
  const begin = without === 0 ? 2 : 1;
  const end = without === 1 ? stroke.length - 1 : stroke.length;
  for (let i = begin; i < end; i++) {
    const [ax, ay] = stroke[i - 1] as Stroke[number];
    const [bx, by] = stroke[i] as Stroke[number];
    const [dx, dy] = [bx - ax, by - ay];
    const t = Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)));
    const [ex, ey] = [px - ax - t * dx, py - ay - t * dy];
    least = Math.min(least, Math.sqrt(ex * ex + ey * ey));
  }
  return least;
}

/**
 * Small bars across the free ends of a letter's strokes: level ones where the stroke comes from above or below, upright
 * ones where it comes from the side.
 */
export function serifs(strokes: readonly Stroke[], half: number): Stroke[] {
  const bars: Stroke[] = [];
  for (const stroke of strokes) {
    const ends = [
      [stroke[0], stroke[1], 0],
      [stroke[stroke.length - 1], stroke[stroke.length - 2], 1],
    ] as [Stroke[number], Stroke[number], 0 | 1][];
    for (const [tip, before, which] of ends) {
      const free = strokes.every((other) => distance(tip, other, other === stroke ? which : undefined) > APART);
      if (!free) continue;
      const [x, y] = tip;
      const upright = Math.abs(tip[1] - before[1]) >= Math.abs(tip[0] - before[0]);
      bars.push(upright ? line(x - half, y, x + half, y) : line(x, y - half, x, y + half));
    }
  }
  return bars;
}
