/** A pad to draw a letter on, by pointer, finger or keys. */
import { useEffect, useRef, useState } from "preact/hooks";
import { colour, theme } from "../theme";
import { drawStrokes, type Point, type Stroke } from "./drawing";
import { words } from "./words";

const SIDE = 280;
const PEN = 22;
/** How far an arrow key moves the pen. */
const KEY_STEP = 0.05;

const MOVES: Readonly<Record<string, Point>> = {
  ArrowLeft: [-KEY_STEP, 0],
  ArrowRight: [KEY_STEP, 0],
  ArrowUp: [0, -KEY_STEP],
  ArrowDown: [0, KEY_STEP],
};

const within = (value: number): number => Math.min(1, Math.max(0, value));

export interface PadProps {
  readonly strokes: readonly Stroke[];
  /** Called while something is drawn, with all strokes so far. */
  readonly onDraw: (strokes: readonly Stroke[]) => void;
}

export function Pad({ strokes, onDraw }: PadProps) {
  const t = words();
  const canvas = useRef<HTMLCanvasElement>(null);
  /** The stroke that a pointer is drawing. */
  const pointer = useRef<number | undefined>(undefined);
  /** Where the keys' pen is, and whether it is down; none until a key is pressed. */
  const [pen, setPen] = useState<{ readonly at: Point; readonly down: boolean }>();

  useEffect(() => {
    const drawing = canvas.current?.getContext("2d");
    if (!drawing) return;
    drawing.clearRect(0, 0, SIDE, SIDE);
    const scaled = strokes.map((stroke) => stroke.map(([x, y]): Point => [x * SIDE, y * SIDE]));
    drawStrokes(drawing, scaled, PEN, colour("--ink"));
    if (!pen) return;
    drawing.beginPath();
    drawing.arc(pen.at[0] * SIDE, pen.at[1] * SIDE, PEN / 2, 0, 2 * Math.PI);
    drawing.lineWidth = 3;
    drawing.strokeStyle = colour("--tower-b");
    drawing.stroke();
  }, [strokes, pen, theme.value]);

  const placeOf = (event: PointerEvent): Point => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  };
  const extend = (point: Point): void => {
    const last = strokes.at(-1) ?? [];
    onDraw([...strokes.slice(0, -1), [...last, point]]);
  };
  const key = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    const now = pen ?? { at: [0.5, 0.5] as const, down: false };
    if (move) {
      const at: Point = [within(now.at[0] + move[0]), within(now.at[1] + move[1])];
      setPen({ ...now, at });
      if (now.down) extend(at);
    } else if (event.key === " ") {
      setPen({ ...now, down: !now.down });
      if (!now.down) onDraw([...strokes, [now.at]]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      setPen(undefined);
      onDraw([]);
    } else return;
    event.preventDefault();
  };
  return (
    <div class="train-pad">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys and the space bar are its own */}
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        role="application"
        aria-label={t.pad}
        tabIndex={0}
        onKeyDown={key}
        onBlur={() => setPen(undefined)}
        onPointerDown={(event) => {
          if (pointer.current !== undefined || event.button !== 0) return;
          pointer.current = event.pointerId;
          event.currentTarget.setPointerCapture(event.pointerId);
          setPen(undefined);
          onDraw([...strokes, [placeOf(event)]]);
        }}
        onPointerMove={(event) => {
          if (pointer.current === event.pointerId) extend(placeOf(event));
        }}
        onPointerUp={() => {
          pointer.current = undefined;
        }}
        onPointerCancel={() => {
          pointer.current = undefined;
        }}
      />
      {pen && (
        <span class="tag" role="status">
          {pen.down ? t.penDown : t.penUp}
        </span>
      )}
    </div>
  );
}
