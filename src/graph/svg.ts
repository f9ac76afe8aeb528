/** A graph as a picture: a box for every node with its op and what comes out, arrows with the shapes that travel along them. */
import { formatShape, type Shape } from "../core/shape";
import type { Graph, Node, Value } from "./graph";
import { bytesOf, deviceFill } from "./print";

interface Box {
  readonly id: string;
  readonly lines: readonly string[];
  readonly family: string;
  /** In place of the family's. */
  readonly fill?: string;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** Of the font that boxes are written in; wide enough for the widest of the usual ones. */
const CHARACTER = 7.2;
const LINE = 16;
const PADDING = 10;

/** Fills by what an op is for, quiet enough for black text. */
const FILLS: Readonly<Record<string, string>> = {
  input: "#e8e8e8",
  output: "#e8e8e8",
  conv2d: "#cfe3f7",
  matmul: "#f7ddc9",
  pool: "#d7efd3",
  activation: "#f6efc4",
  softmax: "#eed3ec",
};

const PLAIN = "#f4f4f4";

/** Of a transfer between devices. */
const CROSSING = "#ffe08a";

const escaped = (text: string): string =>
  text
    .replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] as string)
    .replace(/[^\P{C}\n]/gu, "�");

const short = (text: string): string => (text.length > 40 ? `…${text.slice(-39)}` : text);

/** What a node does beyond its op's usual way, in a few words: `11×11, stride 4`. */
function details(node: Node): string {
  if (node.op.crossing) return `${bytesOf(node)} bytes`;
  const attributes = node.problem.attributes as Readonly<Record<string, unknown>>;
  const weight = node.inputs.weight?.shape;
  const kernel = attributes.kernel ?? (weight?.length === 4 ? weight.slice(2) : undefined);
  const pair = (value: unknown): string => (Array.isArray(value) ? value.join("×") : `${value}×${value}`);
  const parts: string[] = [];
  if (typeof kernel === "number" || Array.isArray(kernel)) parts.push(pair(kernel));
  for (const name of ["stride", "padding", "groups", "axis"]) {
    const value = attributes[name];
    const usual = name === "padding" ? 0 : name === "axis" ? undefined : 1;
    const said = Array.isArray(value)
      ? value.some((each) => each !== usual)
      : typeof value === "number" && value !== usual;
    if (said) parts.push(`${name} ${Array.isArray(value) && new Set(value).size === 1 ? value[0] : String(value)}`);
  }
  return parts.join(", ");
}

function boxesOf(graph: Graph): { boxes: Box[]; arrows: Arrow[] } {
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  const made = new Map<Value, string>();
  const arrow = (value: Value, to: string): void => {
    const from = made.get(value);
    if (from !== undefined) arrows.push({ from, to, label: formatShape(value.shape) });
  };
  for (const value of graph.inputs.values()) {
    const id = `input ${value.name}`;
    boxes.push({ id, lines: [short(value.name), `${value.type.dtype}${formatShape(value.shape)}`], family: "input" });
    made.set(value, id);
  }
  for (const node of graph.nodes) {
    const id = `node ${node.name}`;
    const parameters = Object.values(node.inputs).filter(({ kind }) => kind === "parameter");
    const numbers = parameters.reduce((sum, { shape }) => sum + shape.reduce((a: number, b) => a * b, 1), 0);
    const lines = [
      short(node.name),
      node.op.name,
      details(node),
      numbers > 0 ? `${numbers.toLocaleString("en-US")} parameter${numbers === 1 ? "" : "s"}` : "",
    ];
    boxes.push({
      id,
      lines: lines.filter((line, i) => line !== "" && (i !== 1 || line !== lines[0])),
      family: node.op.family,
      ...(node.device === undefined ? {} : { fill: node.op.crossing ? CROSSING : deviceFill(node.device) }),
    });
    for (const value of new Set(Object.values(node.inputs))) arrow(value, id);
    for (const value of Object.values(node.outputs)) made.set(value, id);
  }
  for (const [name, value] of graph.outputs) {
    const id = `output ${name}`;
    boxes.push({ id, lines: [short(name), formatShape(value.shape as Shape)], family: "output" });
    arrow(value, id);
  }
  return { boxes, arrows };
}

/** Beyond this many boxes a layered layout takes minutes, and nobody could read the picture. */
export const MAX_DRAWN = 2000;

/** Draws a graph as an SVG document, from the top down. Parameters are counted in their nodes, not drawn. */
export async function graphToSvg(graph: Graph): Promise<string> {
  const { Graph: Layout, layout } = await import("@dagrejs/dagre");
  const { boxes, arrows } = boxesOf(graph);
  const drawing = new Layout({ multigraph: true });
  drawing.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 30, edgesep: 12, marginx: 16, marginy: 16 });
  for (const box of boxes) {
    const width = Math.max(...box.lines.map((line) => line.length)) * CHARACTER + 2 * PADDING;
    drawing.setNode(box.id, { width, height: box.lines.length * LINE + PADDING });
  }
  arrows.forEach(({ from, to, label }, i) => {
    drawing.setEdge(from, to, { width: label.length * 6 + 8, height: 14, labelpos: "r" }, String(i));
  });
  layout(drawing);
  const { width = 0, height = 0 } = drawing.graph() as { width?: number; height?: number };
  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="ui-monospace, Menlo, Consolas, monospace">`,
    `<title>${escaped(graph.name)}</title>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>',
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...arrows.map(({ from, to, label }, i) => arrowSvg(drawing.edge(from, to, String(i)) as Laid, label)),
    ...boxes.map((box) => boxSvg(box, drawing.node(box.id) as Placed)),
    "</svg>",
    "",
  ].join("\n");
}

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Laid {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly x?: number;
  readonly y?: number;
}

const at = (value: number): string => value.toFixed(1);

function arrowSvg({ points, x, y }: Laid, label: string): string {
  const path = points.map((point, i) => `${i === 0 ? "M" : "L"}${at(point.x)} ${at(point.y)}`).join("");
  const text =
    x === undefined || y === undefined
      ? ""
      : `<text x="${at(x)}" y="${at(y + 4)}" text-anchor="middle" font-size="10" fill="#555">${escaped(label)}</text>`;
  return `<path d="${path}" fill="none" stroke="#777" stroke-linejoin="round" marker-end="url(#head)"/>${text}`;
}

function boxSvg({ lines, family, fill: own }: Box, { x, y, width, height }: Placed): string {
  const fill = own ?? (Object.hasOwn(FILLS, family) ? FILLS[family] : PLAIN);
  const round = family === "input" || family === "output" ? height / 2 : 5;
  const texts = lines.map((line, i) => {
    const place = `x="${at(x)}" y="${at(y - height / 2 + PADDING / 2 + LINE * (i + 0.75))}"`;
    return `<text ${place} text-anchor="middle" font-size="12"${i === 0 ? ' font-weight="bold"' : ""}>${escaped(line)}</text>`;
  });
  const box = `<rect x="${at(x - width / 2)}" y="${at(y - height / 2)}" width="${at(width)}" height="${at(height)}" rx="${at(round)}" fill="${fill}" stroke="#999"/>`;
  return `<g>${box}${texts.join("")}</g>`;
}
