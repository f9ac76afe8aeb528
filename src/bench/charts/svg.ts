/** SVG as text, made without a DOM: elements, and what all charts share. */

type Attributes = Readonly<Record<string, string | number>>;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Numbers to a hundredth of a pixel: more only makes files long. */
const written = (value: string | number): string =>
  typeof value === "number" ? String(Math.round(value * 100) / 100) : escaped(value);

/** An element; children are elements already, or text made by `text`. */
export function tag(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${written(value)}"`);
  return children.length > 0 ? `<${name}${list.join("")}>${children.join("")}</${name}>` : `<${name}${list.join("")}/>`;
}

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  tag("text", { x, y, ...attributes }, escaped(content));

/** Shown by browsers while one points at its parent, and read by screen readers. */
export const title = (content: string): string => tag("title", {}, escaped(content));

/** Colours that remain apart for people who see few of them (Okabe and Ito, "Color Universal Design", 2008). */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#7f7f7f"] as const;

/** A colour for each name, in order. */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name, i) => [name, COLOURS[i % COLOURS.length] as string]));
}

/** Room around the drawing, in pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Colours follow the page's theme where there is one, and are dark on white elsewhere. */
const STYLE = `
  .tandem-chart { background: var(--chart-paper, #fff); }
  .tandem-chart text { font: 12px system-ui, "Open Sans", "DejaVu Sans", sans-serif; fill: var(--chart-ink, #222); }
  .tandem-chart .title { font-size: 15px; font-weight: 600; }
  .tandem-chart .faint { fill: var(--chart-faint, #666); font-size: 11px; }
  .tandem-chart .grid { stroke: var(--chart-grid, #ddd); stroke-width: 1; }
  .tandem-chart .axis { stroke: var(--chart-ink, #222); stroke-width: 1; fill: none; }
  .tandem-chart .roof { stroke: var(--chart-ink, #222); stroke-width: 2; fill: none; }
  .tandem-chart .other { stroke: var(--chart-faint, #666); stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
`;

export function picture(frame: Frame, heading: string, note: string, ...children: readonly string[]): string {
  const { width, height, left } = frame;
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    class: "tandem-chart",
    role: "img",
  };
  return tag(
    "svg",
    { ...attributes, "aria-label": heading },
    title(heading),
    tag("style", {}, STYLE),
    text(left, 22, heading, { class: "title" }),
    text(left, 40, note, { class: "faint" }),
    ...children,
  );
}

/** Lines of a legend, one below the other, beginning at `x`, `y`. */
export const legend = (x: number, y: number, colours: ReadonlyMap<string, string>): string =>
  [...colours]
    .map(([name, colour], i) =>
      tag("g", {}, tag("circle", { cx: x, cy: y + 18 * i - 4, r: 5, fill: colour }), text(x + 12, y + 18 * i, name)),
    )
    .join("");
