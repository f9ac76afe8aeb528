/** Running sums and products along an axis. */
import libText from "../../shaders/lib/scan.wgsl?raw";
import serialText from "../../shaders/scan/serial.wgsl?raw";
import workgroupText from "../../shaders/scan/workgroup.wgsl?raw";
import { ShapeError } from "../core/errors";
import { normalizeAxis, sizeOf } from "../core/shape";
import { byteLength, f32, formatType, i32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { ceilDiv, grid1d, sumTolerance } from "./kernels";
import { gridLib } from "./lib";
import { axisOf } from "./movement/take";
import { type Draw, defineOp, type Op, type Problem, type Recipe, shader } from "./op";

export interface ScanAttributes {
  /** The axis walked along; a negative one counts from the back. */
  readonly axis: number;
  /** Leave the element itself out. */
  readonly exclusive: boolean;
  /** Walk from the back. */
  readonly reverse: boolean;
}

const WORKGROUP = 64;
const serialShader = shader("scan/serial.wgsl", serialText, [...gridLib, libText]);
const workgroupShader = shader("scan/workgroup.wgsl", workgroupText, [libText]);

function lines({ inputs, attributes }: Problem<ScanAttributes>) {
  const { shape } = inputs.input as TensorType;
  const axis = normalizeAxis(attributes.axis, shape.length) as number;
  const extent = shape[axis] as number;
  return { lines: sizeOf(shape) / extent, extent, inner: sizeOf(shape.slice(axis + 1)) };
}

function scanOp(name: "cumSum" | "cumProd"): Op<ScanAttributes> {
  const product = name === "cumProd";
  const recipe: Recipe = product ? { kind: "range", min: 0.5, max: 1.5 } : { kind: "uniform" };
  const recipes = { input: recipe };
  const constantsOf = ({ inputs, attributes }: Problem<ScanAttributes>) => ({
    PRODUCT: Number(product),
    INTEGER: Number(inputs.input?.dtype === "i32"),
    EXCLUSIVE: Number(attributes.exclusive),
    REVERSE: Number(attributes.reverse),
    WORKGROUP,
  });
  return defineOp<ScanAttributes>({
    name,
    family: "scan",
    summary: `running ${product ? "product" : "sum"} along an axis`,
    inputs: [{ name: "input", dtype: "any" }],
    outputs: ["output"],
    attributes: (given) => {
      const read = new AttributeReader(name, given);
      const attributes = {
        axis: read.int("axis", 0),
        exclusive: read.boolean("exclusive", false),
        reverse: read.boolean("reverse", false),
      };
      read.done();
      return attributes;
    },
    infer: ({ input }, { axis }) => {
      const type = input as TensorType;
      if (type.dtype === "u32") throw new ShapeError({ op: name }, "input", formatType(type), "of dtype f32 or i32");
      axisOf(name, "axis", axis, type.shape);
      return [type];
    },
    cost: ({ inputs }) => ({
      flops: sizeOf((inputs.input as TensorType).shape),
      bytes: 2 * byteLength(inputs.input as TensorType),
    }),
    reference: ({ input }, problem) => {
      const x = input as Float64Array;
      const { lines: count, extent, inner } = lines(problem);
      const { exclusive, reverse } = problem.attributes;
      const whole = problem.inputs.input?.dtype === "i32";
      const join = (a: number, b: number): number => {
        if (whole) return product ? Math.imul(a, b) : (a + b) | 0;
        return product ? a * b : a + b;
      };
      const output = new Float64Array(x.length);
      for (let line = 0; line < count; line++) {
        let total = product ? 1 : 0;
        for (let j = 0; j < extent; j++) {
          const place = reverse ? extent - 1 - j : j;
          const at = (Math.floor(line / inner) * extent + place) * inner + (line % inner);
          const next = join(total, x[at] as number);
          output[at] = exclusive ? total : next;
          total = next;
        }
      }
      return { output };
    },
    // What an element flows into is all sums after it: they are summed from the other end.
    ...(product
      ? {}
      : {
          gradient: (emit, { problem: { attributes }, cotangents }) => {
            const input = cotangents.output as (typeof cotangents)[string];
            const back = { ...attributes, reverse: !attributes.reverse };
            return { input: emit(name, { input }, back).output as typeof input };
          },
        }),
    tolerance: (problem) => {
      const { extent } = lines(problem);
      return product ? { rtol: 2e-7 * extent, atol: 1e-9 } : sumTolerance(extent);
    },
    kernels: [
      {
        name: "workgroup",
        shaders: [workgroupShader],
        preference: (problem, { software }) => (software || lines(problem).extent < 4 * WORKGROUP ? -1 : 1),
        plan: (problem) => {
          const params = { ...lines(problem), stretch: ceilDiv(lines(problem).extent, WORKGROUP) };
          const constants = constantsOf(problem);
          return {
            dispatches: [{ shader: workgroupShader, constants, params, workgroups: grid1d(params.lines, 1) }],
          };
        },
      },
      {
        name: "serial",
        shaders: [serialShader],
        plan: (problem) => {
          const params = lines(problem);
          const constants = constantsOf(problem);
          return {
            dispatches: [{ shader: serialShader, constants, params, workgroups: grid1d(params.lines, WORKGROUP) }],
          };
        },
      },
    ],
    cases: [
      { name: "line", inputs: { input: f32(7) }, recipes },
      { name: "first axis", inputs: { input: f32(5, 3) }, recipes },
      { name: "exclusive", inputs: { input: f32(2, 5) }, attributes: { axis: 1, exclusive: true }, recipes },
      {
        name: "from the back",
        inputs: { input: f32(2, 70, 3) },
        attributes: { axis: -2, exclusive: true, reverse: true },
        recipes,
      },
      { name: "integers", inputs: { input: i32(9) }, recipes: { input: { kind: "integers", min: -3, max: 5 } } },
    ],
    random: (draw: Draw) => {
      const shape = Array.from({ length: draw.int(1, 4) }, () => draw.int(1, 7));
      return {
        inputs: { input: f32(...shape) },
        attributes: { axis: draw.int(-shape.length, shape.length - 1), exclusive: draw.bool(), reverse: draw.bool() },
        recipes,
      };
    },
  });
}

export const cumSum = scanOp("cumSum");
export const cumProd = scanOp("cumProd");
