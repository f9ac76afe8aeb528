/** A tensor of one value throughout: what an op needs that has no input to begin with. */
import fillText from "../../../shaders/movement/fill.wgsl?raw";
import { AttributeError } from "../../core/errors";
import { sizeOf } from "../../core/shape";
import { byteLength, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { grid1d } from "../kernels";
import { gridLib } from "../lib";
import { type Draw, defineOp, type Kernel, shader } from "../op";
import { checkAxes, exact } from "./gather";

export interface FillAttributes {
  readonly shape: readonly number[];
  readonly value: number;
  readonly dtype: "f32" | "i32";
}

const WORKGROUP = 64;
const fillShader = shader("movement/fill.wgsl", fillText, gridLib);

/** The bits of `value` in a tensor of `dtype`. */
export const bitsOf = (value: number, dtype: string): number =>
  new Uint32Array(dtype === "i32" ? Int32Array.of(value).buffer : Float32Array.of(value).buffer)[0] as number;

/** Reads an attribute that is any number, infinities and NaN too. */
export const readValue = (read: AttributeReader): number =>
  read.custom("value", 0, (value) => (typeof value === "number" ? value : undefined), "a number");

const kernel = (name: string, PER: number): Kernel<FillAttributes> => ({
  name,
  shaders: [fillShader],
  plan: ({ attributes: { shape, value, dtype } }) => {
    const count = sizeOf(shape);
    return {
      dispatches: [
        {
          shader: fillShader,
          constants: { PER, WORKGROUP },
          params: { count, bits: bitsOf(value, dtype) },
          workgroups: grid1d(count, PER * WORKGROUP),
        },
      ],
    };
  },
});

export const fill = defineOp<FillAttributes>({
  name: "fill",
  family: "movement",
  summary: "a tensor of one value throughout",
  inputs: [],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("fill", given);
    const attributes = {
      shape: read.ints("shape", undefined, 1),
      value: readValue(read),
      dtype: read.choice("dtype", ["f32", "i32"], "f32"),
    };
    read.done();
    const { value, dtype } = attributes;
    if (dtype === "i32" && (!Number.isInteger(value) || Math.abs(value) > 2 ** 31)) {
      throw new AttributeError({ op: "fill" }, "value", String(value), "a 32-bit whole number, as dtype is i32");
    }
    return attributes;
  },
  infer: (_, { shape, dtype }) => {
    checkAxes("fill", shape);
    return [{ shape, dtype }];
  },
  cost: ({ outputs }) => ({ flops: 0, bytes: byteLength(outputs.output as TensorType) }),
  reference: (_, { attributes: { shape, value } }) => ({ output: new Float64Array(sizeOf(shape)).fill(value) }),
  tolerance: exact,
  kernels: [kernel("quads", 4), kernel("naive", 1)],
  cases: [
    { name: "ones", inputs: {}, attributes: { shape: [3, 5], value: 1 } },
    { name: "infinite", inputs: {}, attributes: { shape: [], value: -Infinity } },
    { name: "not a number", inputs: {}, attributes: { shape: [2], value: Number.NaN } },
    { name: "integers", inputs: {}, attributes: { shape: [7], value: -9, dtype: "i32" } },
  ],
  random: (draw: Draw) => ({
    inputs: {},
    attributes: { shape: Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 6)), value: draw.int(-9, 9) },
  }),
});
