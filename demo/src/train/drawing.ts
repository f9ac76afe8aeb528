/** Strokes of a pen on a pad of side 1, and how they become a picture of the kind that the network learns from. */
import { DRAWN } from "./network";

export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

/** Pixels at each side that stay free, and the pen's width: those of the letters that are learnt from, in the middle. */
const MARGIN = 3;
const PEN = 2.6;
/** Light ink on dark ground, as it is learnt from. */
const GROUND = 40;
const INK = 190;

/** The strokes moved and scaled, alike in both directions, so that they fill the middle of a picture of `size` pixels. */
export function fittedStrokes(strokes: readonly Stroke[], size = DRAWN): Stroke[] {
  const points = strokes.flat();
  if (points.length === 0) return [];
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const room = size - 2 * MARGIN;
  const extent = Math.max(right - left, bottom - top);
  // A dot stays a dot.
  const unit = extent > 0 ? room / extent : 0;
  const place = ([x, y]: Point): Point => [
    size / 2 + (x - (left + right) / 2) * unit,
    size / 2 + (y - (top + bottom) / 2) * unit,
  ];
  return strokes.map((stroke) => stroke.map(place));
}

type Drawing = Pick<
  CanvasRenderingContext2D,
  "lineWidth" | "lineCap" | "lineJoin" | "strokeStyle" | "beginPath" | "moveTo" | "lineTo" | "stroke"
>;

/** Draws strokes with a round pen; one that never moved leaves a dot. */
export function drawStrokes(drawing: Drawing, strokes: readonly Stroke[], width: number, colour: string): void {
  drawing.lineWidth = width;
  drawing.lineCap = "round";
  drawing.lineJoin = "round";
  drawing.strokeStyle = colour;
  for (const stroke of strokes) {
    const [first] = stroke;
    if (!first) continue;
    drawing.beginPath();
    drawing.moveTo(...first);
    for (const point of stroke) drawing.lineTo(...point);
    drawing.stroke();
  }
}

/** The drawing as the network is given it: 28 × 28 grey values of 0 to 255. */
export function pictureOf(strokes: readonly Stroke[]): Float32Array {
  const drawing = new OffscreenCanvas(DRAWN, DRAWN).getContext("2d", { willReadFrequently: true });
  if (!drawing) throw new Error("no canvas could be made to draw on");
  drawing.fillStyle = "black";
  drawing.fillRect(0, 0, DRAWN, DRAWN);
  drawStrokes(drawing as unknown as Drawing, fittedStrokes(strokes), PEN, "white");
  const { data } = drawing.getImageData(0, 0, DRAWN, DRAWN);
  return Float32Array.from({ length: DRAWN * DRAWN }, (_, i) => GROUND + ((data[4 * i] ?? 0) / 255) * INK);
}
