/** Arithmetic as a comment or an attribute of WGSL has it: `ceil(columns / TILE_N)`. The parser is a library's. */
import jsep from "jsep";
import { ShaderError, UnknownNameError } from "../core/errors";

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  max: Math.max,
  min: Math.min,
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

type Values = Readonly<Record<string, number>>;

function refuse(): never {
  throw new TypeError(`only numbers, names, + - * / % and ${Object.keys(FUNCTIONS).join(", ")} are understood`);
}

function compute(expression: jsep.Expression, values: Values): number {
  const node = expression as jsep.CoreExpression;
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number" ? node.value : refuse();
    case "Identifier": {
      const value = Object.hasOwn(values, node.name) ? values[node.name] : undefined;
      if (value === undefined) throw new UnknownNameError("dimension or constant", node.name, Object.keys(values));
      return value;
    }
    case "UnaryExpression":
      return node.operator === "-" ? -compute(node.argument, values) : refuse();
    case "BinaryExpression": {
      const apply = BINARY[node.operator] ?? refuse();
      return apply(compute(node.left, values), compute(node.right, values));
    }
    case "CallExpression": {
      const name = String(node.callee.name);
      const apply = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
      return (apply ?? refuse())(...node.arguments.map((each) => compute(each, values)));
    }
    default:
      return refuse();
  }
}

/** Values of the comma-separated expressions in `text`. @throws ShaderError naming `file` and the text. */
export function evaluateList(text: string, values: Values, file: string): number[] {
  try {
    // A list is what a call has between its brackets; literals lose their WGSL suffixes.
    const call = jsep(`list(${text.replace(/\b(\d+)[uif]\b/g, "$1")})`) as jsep.CoreExpression;
    return call.type === "CallExpression" ? call.arguments.map((each) => compute(each, values)) : refuse();
  } catch (error) {
    throw new ShaderError(file, `"${text}" cannot be computed: ${(error as Error).message}`);
  }
}
