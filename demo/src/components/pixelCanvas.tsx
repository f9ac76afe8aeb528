/** Pixels on a canvas: four bytes each, rows from the top. */
import { useLayoutEffect, useRef } from "preact/hooks";

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

export interface PixelCanvasProps {
  readonly pixels: Pixels | undefined;
  /** What the picture shows, for who cannot see it. */
  readonly label: string;
  readonly class?: string;
  /** Square edges when it is shown larger than it is. */
  readonly crisp?: boolean;
}

/** Draws pixels on a canvas, and makes it their size. */
export function paint(canvas: HTMLCanvasElement, { width, height, rgba }: Pixels): void {
  canvas.width = width;
  canvas.height = height;
  const copy = new Uint8ClampedArray(rgba.length);
  copy.set(rgba);
  canvas.getContext("2d")?.putImageData(new ImageData(copy, width, height), 0, 0);
}

export function PixelCanvas({ pixels, label, class: name, crisp = false }: PixelCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current && pixels) paint(canvas.current, pixels);
  }, [pixels]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={label}
      class={name}
      style={crisp ? { imageRendering: "pixelated" } : undefined}
    />
  );
}
