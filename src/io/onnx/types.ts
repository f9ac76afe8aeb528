/** ONNX's element types: their numbers in files, how they run here, and which we do not have. */
import type { DType } from "../../core/dtype";

/** An element type that we read. Floats run as f32, whole numbers as i32, booleans as f32 0 or 1. */
export type ElementType =
  | "float"
  | "double"
  | "float16"
  | "bfloat16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool";

export interface ElementFacts {
  /** `TensorProto.DataType`. */
  readonly code: number;
  readonly kind: "float" | "integer" | "boolean";
  /** Bytes of one element in raw data. */
  readonly bytes: number;
  /** Whole numbers that it can hold; those of the 64-bit types as far as float64 has them. */
  readonly range?: readonly [min: number, max: number];
}

const integer = (code: number, bytes: number, signed: boolean): ElementFacts => ({
  code,
  kind: "integer",
  bytes,
  range: signed ? [-(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1] : [0, 2 ** (8 * bytes) - 1],
});

export const ELEMENTS: Readonly<Record<ElementType, ElementFacts>> = {
  float: { code: 1, kind: "float", bytes: 4 },
  uint8: integer(2, 1, false),
  int8: integer(3, 1, true),
  uint16: integer(4, 2, false),
  int16: integer(5, 2, true),
  int32: integer(6, 4, true),
  int64: integer(7, 8, true),
  bool: { code: 9, kind: "boolean", bytes: 1 },
  float16: { code: 10, kind: "float", bytes: 2 },
  double: { code: 11, kind: "float", bytes: 8 },
  uint32: integer(12, 4, false),
  uint64: integer(13, 8, false),
  bfloat16: { code: 16, kind: "float", bytes: 2 },
};

/** Types that ONNX has and we do not, by number. */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  8: "string",
  14: "complex64",
  15: "complex128",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
  24: "float8e8m0",
  25: "uint2",
  26: "int2",
};

const BY_CODE = new Map(Object.entries(ELEMENTS).map(([name, { code }]) => [code, name as ElementType]));

/** The element type of a number, if it is one that we read. */
export const elementOf = (code: number): ElementType | undefined => BY_CODE.get(code);

/** What a number means, whether we read it or not. */
export const elementName = (code: number): string => BY_CODE.get(code) ?? UNSUPPORTED[code] ?? `type number ${code}`;

/** Everything of ONNX's type system that is refused by name. */
export const UNSUPPORTED_TYPES: readonly string[] = [
  ...Object.values(UNSUPPORTED),
  "sequence",
  "optional",
  "map",
  "sparse tensor",
];

export const isInteger = (type: ElementType): boolean => ELEMENTS[type].kind === "integer";
export const isFloat = (type: ElementType): boolean => ELEMENTS[type].kind === "float";

/** How an element type runs. */
export const runsAs = (type: ElementType): DType => (isInteger(type) ? "i32" : "f32");
