/** Rows of a table by index, and indices as rows of ones and zeros. */
import oneHotText from "../../shaders/embedding/one_hot.wgsl?raw";
import rowsText from "../../shaders/embedding/rows.wgsl?raw";
import rowsVec4Text from "../../shaders/embedding/rows_vec4.wgsl?raw";
import type { TensorData } from "../core/dtype";
import { ShapeError, ValueError } from "../core/errors";
import { formatShape, sizeOf } from "../core/shape";
import { byteLength, f32, i32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { axisCut, unitCut } from "./cut";
import { product, reshaped } from "./gradients";
import { grid1d } from "./kernels";
import { gridLib, nonfiniteLib } from "./lib";
import { type Draw, defineOp, type Kernel, type Problem, shader } from "./op";

const WORKGROUP = 64;
const lib = [...gridLib, ...nonfiniteLib];
const rowsShader = shader("embedding/rows.wgsl", rowsText, lib);
const rowsVec4Shader = shader("embedding/rows_vec4.wgsl", rowsVec4Text, lib);
const oneHotShader = shader("embedding/one_hot.wgsl", oneHotText, lib);

/** @throws ValueError naming the first index that is not in [first, end). */
function checkIndices(op: string, indices: TensorData | undefined, end: number, first = 0): void {
  indices?.forEach((index, at) => {
    if (index < first || index >= end)
      throw new ValueError({ op }, "indices", `${index} at element ${at}`, `whole numbers from ${first} to ${end - 1}`);
  });
}

const exact = () => ({ rtol: 0, atol: 0 });
const indicesTo = (end: number) => ({ kind: "integers" as const, min: 0, max: end - 1 });

type Empty = Record<never, never>;

const table = ({ inputs }: Problem<Empty>) => {
  const [vocabulary, width] = (inputs.weight as TensorType).shape as [number, number];
  return { vocabulary, width, count: sizeOf((inputs.indices as TensorType).shape) };
};

/** Weight [V, D], indices of any shape […]; output […, D]. */
export const embedding = defineOp<Empty>({
  name: "embedding",
  family: "embedding",
  summary: "rows of a table by index",
  inputs: [{ name: "weight" }, { name: "indices", dtype: "i32" }],
  outputs: ["output"],
  attributes: (given) => {
    new AttributeReader("embedding", given).done();
    return {};
  },
  infer: ({ weight, indices }) => {
    const { shape } = weight as TensorType;
    if (shape.length !== 2) throw new ShapeError({ op: "embedding" }, "weight", formatShape(shape), "[V, D]");
    return [f32(...(indices as TensorType).shape, shape[1] as number)];
  },
  cost: ({ inputs, outputs }) => ({
    flops: 0,
    bytes: 2 * byteLength(outputs.output as TensorType) + byteLength(inputs.indices as TensorType),
  }),
  reference: ({ weight, indices }, problem) => {
    const { width } = table(problem);
    const rows = Array.from(indices as Float64Array, (row) =>
      (weight as Float64Array).subarray(row * width, (row + 1) * width),
    );
    return { output: Float64Array.from(rows.flatMap((row) => [...row])) };
  },
  // Each row of the table gets the sum of what flows into the places that read it: one-hot indices, transposed, times that.
  gradient: (emit, { inputs, problem, cotangents }) => {
    type V = (typeof inputs)[string];
    const { vocabulary, width, count } = table(problem);
    const flow = cotangents.output as V;
    const hot = emit("oneHot", { indices: inputs.indices as V }, { depth: vocabulary }).output as V;
    const rows = (value: V, columns: number) => reshaped(emit, value, [count, columns]);
    return { weight: product(emit, rows(hot, vocabulary), rows(flow, width), true, false) };
  },
  cuts: ({ inputs, outputs }) => [
    ...(inputs.indices as TensorType).shape.map((extent, axis) =>
      axisCut(axis, extent, { indices: axis }, { output: axis }),
    ),
    unitCut(
      (inputs.weight as TensorType).shape[1] as number,
      { weight: 1 },
      {
        output: (outputs.output as TensorType).shape.length - 1,
      },
    ),
  ],
  tolerance: exact,
  check: ({ indices }, problem) => checkIndices("embedding", indices, table(problem).vocabulary),
  golden: { op: "embedding", inputs: ["w", "indices"], outputs: ["y"] },
  kernels: [
    {
      name: "vec4",
      shaders: [rowsVec4Shader],
      supports: (problem) => table(problem).width % 4 === 0 || "wants rows of a multiple of 4 numbers",
      plan: (problem) => {
        const { count, width, vocabulary } = table(problem);
        const params = { count, width4: width / 4, vocabulary };
        return {
          dispatches: [
            {
              shader: rowsVec4Shader,
              constants: { WORKGROUP },
              params,
              workgroups: grid1d((count * width) / 4, WORKGROUP),
            },
          ],
        };
      },
    },
    {
      name: "naive",
      shaders: [rowsShader],
      plan: (problem) => {
        const params = table(problem);
        return {
          dispatches: [
            {
              shader: rowsShader,
              constants: { WORKGROUP },
              params,
              workgroups: grid1d(params.count * params.width, WORKGROUP),
            },
          ],
        };
      },
    },
  ],
  cases: [
    { name: "odd", inputs: { weight: f32(6, 5), indices: i32(7) }, recipes: { indices: indicesTo(6) } },
    { name: "vec4", inputs: { weight: f32(9, 8), indices: i32(2, 3) }, recipes: { indices: indicesTo(9) } },
    { name: "one", inputs: { weight: f32(1, 1), indices: i32() }, recipes: { indices: indicesTo(1) } },
  ],
  random: (draw: Draw) => {
    const vocabulary = draw.int(1, 20);
    const shape = Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 6));
    return {
      inputs: { weight: f32(vocabulary, draw.int(1, 12)), indices: i32(...shape) },
      recipes: { indices: indicesTo(vocabulary) },
    };
  },
});

export interface OneHotAttributes {
  /** Numbers in a row. */
  readonly depth: number;
}

const oneHotKernel = (name: string, PER: number): Kernel<OneHotAttributes> => ({
  name,
  shaders: [oneHotShader],
  plan: ({ outputs, attributes: { depth } }) => {
    const total = sizeOf((outputs.output as TensorType).shape);
    return {
      dispatches: [
        {
          shader: oneHotShader,
          constants: { PER, WORKGROUP },
          params: { total, depth },
          workgroups: grid1d(total, PER * WORKGROUP),
        },
      ],
    };
  },
});

/** Indices of any shape […], those below 0 counted from the back; output […, depth]. */
export const oneHot = defineOp<OneHotAttributes>({
  name: "oneHot",
  family: "embedding",
  summary: "indices as rows of zeros with a single one",
  inputs: [{ name: "indices", dtype: "i32" }],
  outputs: ["output"],
  attributes: (given) => {
    const read = new AttributeReader("oneHot", given);
    const attributes = { depth: read.int("depth", undefined, 1) };
    read.done();
    return attributes;
  },
  infer: ({ indices }, { depth }) => [f32(...(indices as TensorType).shape, depth)],
  cost: ({ inputs, outputs }) => ({
    flops: 0,
    bytes: byteLength(outputs.output as TensorType) + byteLength(inputs.indices as TensorType),
  }),
  reference: ({ indices }, { attributes: { depth } }) => {
    const output = new Float64Array((indices as Float64Array).length * depth);
    (indices as Float64Array).forEach((index, i) => {
      output[i * depth + (index < 0 ? index + depth : index)] = 1;
    });
    return { output };
  },
  cuts: ({ inputs }) =>
    (inputs.indices as TensorType).shape.map((extent, axis) =>
      axisCut(axis, extent, { indices: axis }, { output: axis }),
    ),
  tolerance: exact,
  check: ({ indices }, { attributes: { depth } }) => checkIndices("oneHot", indices, depth, -depth),
  golden: { op: "one_hot", inputs: ["indices"], outputs: ["y"] },
  kernels: [oneHotKernel("several", 8), oneHotKernel("naive", 1)],
  cases: [
    { name: "odd", inputs: { indices: i32(7) }, attributes: { depth: 5 }, recipes: { indices: indicesTo(5) } },
    { name: "two axes", inputs: { indices: i32(2, 3) }, attributes: { depth: 4 }, recipes: { indices: indicesTo(4) } },
    { name: "one", inputs: { indices: i32() }, attributes: { depth: 1 }, recipes: { indices: indicesTo(1) } },
    {
      name: "from the back",
      inputs: { indices: i32(9) },
      attributes: { depth: 4 },
      recipes: { indices: { kind: "integers", min: -4, max: 3 } },
    },
  ],
  random: (draw: Draw) => {
    const depth = draw.int(1, 12);
    return { inputs: { indices: i32(draw.int(1, 9)) }, attributes: { depth }, recipes: { indices: indicesTo(depth) } };
  },
});
