/** Axes of a sweep: names and the whole numbers each takes, as people write them, and their product. */
import { TandemError } from "../core/errors";

/** What an axis may be in a file: a number, several, or text such as `128..2048*2`. */
export type AxisGiven = number | readonly number[] | string;

export type Axes = Readonly<Record<string, readonly number[]>>;
/** One point of a sweep: a value for each axis. */
export type Point = Readonly<Record<string, number>>;

/** Points and values beyond which a sweep is more likely a slip of the pen than a wish. */
const MOST = 10_000;

const RANGE = /^(\d+)\.\.(\d+)(?:([*+])(\d+))?$/;

function rangeOf(name: string, part: string): number[] {
  const [, first = "", last = "", operator = "+", step = "1"] = RANGE.exec(part) ?? [];
  if (first === "") {
    throw new TandemError(
      `axis ${name}: "${part}" should be a whole number, or a range such as 128..2048*2 or 64..512+64`,
    );
  }
  const [from, to, by] = [Number(first), Number(last), Number(step)];
  if (to < from) throw new TandemError(`axis ${name}: the range ${part} ends before it begins`);
  if (operator === "*" ? by < 2 || from < 1 : by < 1)
    throw new TandemError(`axis ${name}: the range ${part} never ends`);
  const values: number[] = [];
  for (let value = from; value <= to; value = operator === "*" ? value * by : value + by) {
    values.push(value);
    if (values.length > MOST) throw new TandemError(`axis ${name}: the range ${part} has more than ${MOST} values`);
  }
  return values;
}

/**
 * The values of an axis, in the order they were written: `256,512,1024`, `128..2048*2` (128, 256, … 2048),
 * `64..512+64`, `1..8`, or several of these with commas.
 * @throws TandemError naming the axis and the part that cannot be read.
 */
export function axisValues(name: string, given: AxisGiven): number[] {
  if (typeof given === "string") {
    return given.split(",").flatMap((part) => {
      const text = part.trim();
      return /^\d+$/.test(text) ? [Number(text)] : rangeOf(name, text);
    });
  }
  const values = typeof given === "number" ? [given] : [...given];
  const wrong = values.find((value) => !Number.isInteger(value) || value < 0);
  if (values.length === 0 || wrong !== undefined) {
    throw new TandemError(`axis ${name}: ${wrong ?? "an empty list"} should be a whole number of 0 or more`);
  }
  return values;
}

/** Every combination of the axes' values, the last axis varying fastest; one empty point for no axes. */
export function product(axes: Axes): Point[] {
  let points: Point[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
    if (points.length > MOST) throw new TandemError(`the sweep has more than ${MOST} points`);
  }
  return points;
}

/** `m=256 n=512`: how a point reads in a report, and what tells it from the others of its op. */
export const pointName = (point: Point): string =>
  Object.entries(point)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
