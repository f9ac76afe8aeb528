/**
 * Local response normalisation: output = input · (k + coefficient · Σ input²)^(−beta), the sum over a window around each
 * element, across channels (`lrn`) or within a map (`lrnSpatial`), clipped where channels, groups or the map end.
 *
 * Conventions differ in the coefficient: `alpha / size` in the network of 2012 (cuda-convnet's `cmrnorm`, whose layer.py
 * divides), Caffe, PyTorch and ONNX; `alpha` itself in the formula of the paper (Krizhevsky et al. 2012, section 3.3) and in
 * TensorFlow. `alphaDivided` says which. They also differ in where the odd member of an even window goes: below the centre
 * in cuda-convnet (`lean: "low"`), above it in ONNX and PyTorch (`"high"`).
 */
import powerText from "../../../shaders/lib/power.wgsl?raw";
import fivesText from "../../../shaders/lrn/fives.wgsl?raw";
import naiveText from "../../../shaders/lrn/naive.wgsl?raw";
import quadsText from "../../../shaders/lrn/quads.wgsl?raw";
import spatialText from "../../../shaders/lrn/spatial.wgsl?raw";
import spatialRowsText from "../../../shaders/lrn/spatial_rows.wgsl?raw";
import { AttributeError, ShapeError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { AttributeReader } from "../attributes";
import { planeCuts } from "../cut";
import { ceilDiv, grid1d } from "../kernels";
import { gridLib } from "../lib";
import { type Case, type Cost, type Draw, defineOp, type KernelPlan, type Problem, type Shader, shader } from "../op";
import { lrnCuts } from "./cuts";

/** Input and output [N, C, H, W]; `lrn` takes any number of axes after C. */
export interface LrnSpatialAttributes {
  /** Members of the window, along each axis. */
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
  /** Whether alpha is divided by the number of the window's members. */
  readonly alphaDivided: boolean;
  /** Where the odd member of an even window goes. */
  readonly lean: "low" | "high";
}

export interface LrnAttributes extends LrnSpatialAttributes {
  /** Windows never cross from one group of channels into another. */
  readonly groups: number;
}

function readCommon(read: AttributeReader): LrnSpatialAttributes {
  return {
    size: read.int("size", 5, 1),
    alpha: read.number("alpha", 1e-4, 0),
    beta: read.number("beta", 0.75, 0),
    k: read.number("k", 1, 0),
    alphaDivided: read.boolean("alphaDivided", true),
    lean: read.choice("lean", ["low", "high"], "high"),
  };
}

/** Members before and after the centre. */
function reach({ size, lean }: LrnSpatialAttributes): { before: number; after: number } {
  const before = lean === "low" ? Math.floor(size / 2) : Math.floor((size - 1) / 2);
  return { before, after: size - 1 - before };
}

const LOWEST_BASE = 1e-30;

function checkBase(op: string, { k, alpha }: LrnSpatialAttributes): void {
  // With neither, a window of zeros would be divided by zero.
  if (k < LOWEST_BASE && alpha === 0) throw new AttributeError({ op }, "k", String(k), "above 0 when alpha is 0");
}

const costOf = ({ inputs, attributes }: Problem<LrnSpatialAttributes>, members: number): Cost => {
  const input = inputs.input as TensorType;
  return {
    flops: sizeOf(input.shape) * (2 * Math.min(members, attributes.size ** 2) + 4),
    bytes: 2 * byteLength(input),
  };
};

const lib = [...gridLib, powerText];
const fivesShader = shader("lrn/fives.wgsl", fivesText, lib);
const quadsShader = shader("lrn/quads.wgsl", quadsText, lib);
const naiveShader = shader("lrn/naive.wgsl", naiveText, lib);
const spatialShader = shader("lrn/spatial.wgsl", spatialText, lib);
const spatialRowsShader = shader("lrn/spatial_rows.wgsl", spatialRowsText, lib);
const WORKGROUP = 64;

const divisor = (attributes: LrnSpatialAttributes, members: number): number => (attributes.alphaDivided ? members : 1);

function channelParams({ inputs, attributes }: Problem<LrnAttributes>) {
  const { shape } = inputs.input as TensorType;
  const channels = shape[1] as number;
  return {
    pixels: sizeOf(shape.slice(2)),
    perGroup: channels / attributes.groups,
    ...reach(attributes),
    coefficient: attributes.alpha / divisor(attributes, attributes.size),
    k: attributes.k,
  };
}

/** How a window lies on tensors seen as [planes][rows][columns]. */
export interface Window {
  readonly rows: number;
  readonly columns: number;
  readonly before: number;
  readonly after: number;
  /** Reach along a row; 0 where the window lies across rows only. */
  readonly beforeColumn: number;
  readonly afterColumn: number;
  readonly coefficient: number;
  readonly k: number;
}

/** The window of either op: across channels, of groups and pixels, or within maps. */
export function lrnWindow(problem: Problem<LrnSpatialAttributes>): Window {
  if (!("groups" in problem.attributes)) {
    const { height, width, before, after, ...rest } = spatialParams(problem);
    return { rows: height, columns: width, before, after, beforeColumn: before, afterColumn: after, ...rest };
  }
  const { perGroup, pixels, ...rest } = channelParams(problem as Problem<LrnAttributes>);
  return { rows: perGroup, columns: pixels, beforeColumn: 0, afterColumn: 0, ...rest };
}

const tolerance = () => ({ rtol: 1e-5, atol: 1e-6 });
const VALUES = { kind: "uniform", scale: 30 } as const;
const alexnetCase = (name: string, input: TensorType, attributes: Record<string, unknown>): Case => ({
  name: `alexnet.${name}`,
  inputs: { input },
  attributes,
  recipes: { input: VALUES },
  size: "large",
});
const NONFINITE = { kind: "values", values: [1, 2, Number.NaN, 3, 4, 5, 6, -7, 8] } as const;

/** A plan whose invocations compute four neighbouring channels of a pixel each. */
function fourChannels<P extends { readonly perGroup: number }>(
  { inputs, attributes }: Problem<LrnAttributes>,
  kernel: Shader,
  params: P,
): KernelPlan {
  const quadsPerGroup = ceilDiv(params.perGroup, 4);
  const quads = (sizeOf((inputs.input as TensorType).shape) / params.perGroup) * quadsPerGroup;
  return {
    dispatches: [
      {
        shader: kernel,
        constants: { BETA: attributes.beta, WORKGROUP },
        params: { quads, quadsPerGroup, ...params },
        workgroups: grid1d(quads, WORKGROUP),
      },
    ],
  };
}

export const lrn = defineOp<LrnAttributes>({
  name: "lrn",
  family: "lrn",
  summary: "local response normalisation across channels",
  inputs: [{ name: "input" }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("lrn", given);
    const attributes = { ...readCommon(read), groups: read.int("groups", 1, 1) };
    read.done();
    checkBase("lrn", attributes);
    return attributes;
  },

  infer: ({ input }, { groups }) => {
    const { shape } = input as TensorType;
    if (shape.length < 2) throw new ShapeError({ op: "lrn" }, "input", formatShape(shape), "[N, C, …]");
    if ((shape[1] as number) % groups !== 0) {
      throw new AttributeError(
        { op: "lrn" },
        "groups",
        String(groups),
        `a divisor of the ${shape[1]} channels of input ${formatShape(shape)}`,
      );
    }
    return [input as TensorType];
  },

  cost: (problem) => costOf(problem, problem.attributes.size),

  reference: ({ input }, problem) => {
    const x = input as Float64Array;
    const { pixels, perGroup, before, after, coefficient, k } = channelParams(problem);
    const output = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const c = Math.floor(i / pixels) % perGroup;
      let sum = 0;
      for (let j = Math.max(0, c - before); j <= Math.min(perGroup - 1, c + after); j++)
        sum += (x[i + (j - c) * pixels] as number) ** 2;
      output[i] = (x[i] as number) * (k + coefficient * sum) ** -problem.attributes.beta;
    }
    return { output };
  },

  gradient: (emit, { inputs, problem, cotangents }) => {
    type V = (typeof inputs)[string];
    const given = { input: inputs.input as V, cotangent: cotangents.output as V };
    return { input: emit("lrnGrad", given, { ...problem.attributes }).output as V };
  },
  cuts: (problem) => lrnCuts(problem, reach(problem.attributes)),
  tolerance,
  golden: {
    op: "lrn",
    inputs: ["x"],
    outputs: ["y"],
    attributes: ({ n, ...rest }) => ({ size: n, alphaDivided: false, ...rest }),
  },

  kernels: [
    {
      name: "fives",
      shaders: [fivesShader],
      supports: ({ attributes }) => attributes.size === 5 || `is for windows of 5 channels, not ${attributes.size}`,
      plan: (problem) => {
        const { before: _, after: __, ...params } = channelParams(problem);
        return fourChannels(problem, fivesShader, params);
      },
    },
    {
      name: "quads",
      shaders: [quadsShader],
      plan: (problem) => fourChannels(problem, quadsShader, channelParams(problem)),
    },
    {
      name: "naive",
      shaders: [naiveShader],
      plan: (problem) => {
        const count = sizeOf((problem.inputs.input as TensorType).shape);
        return {
          dispatches: [
            {
              shader: naiveShader,
              constants: { BETA: problem.attributes.beta, WORKGROUP },
              params: { count, ...channelParams(problem) },
              workgroups: grid1d(count, WORKGROUP),
            },
          ],
        };
      },
    },
  ],

  cases: [
    { name: "odd", inputs: { input: f32(2, 7, 3, 5) }, attributes: { k: 2 }, recipes: { input: VALUES } },
    { name: "one", inputs: { input: f32(1, 1, 1, 1) }, recipes: { input: VALUES } },
    {
      name: "groups",
      inputs: { input: f32(1, 40, 2, 2) },
      attributes: { groups: 2, alpha: 0.01 },
      recipes: { input: VALUES },
    },
    {
      name: "even size leaning low",
      inputs: { input: f32(1, 9, 2, 3) },
      attributes: { size: 4, lean: "low", alpha: 0.1 },
      recipes: { input: VALUES },
    },
    {
      name: "size beyond the channels",
      inputs: { input: f32(1, 4, 3, 3) },
      attributes: { size: 11, beta: 0.5 },
      recipes: { input: VALUES },
    },
    { name: "nonfinite", inputs: { input: f32(1, 24, 1, 1) }, attributes: { size: 3 }, recipes: { input: NONFINITE } },
    alexnetCase("lrn1", f32(1, 96, 55, 55), { k: 2, alphaDivided: false }),
    alexnetCase("lrn2", f32(1, 256, 27, 27), { k: 2, alphaDivided: false }),
  ],

  random: (draw: Draw) => {
    const groups = draw.int(1, 3);
    return {
      inputs: {
        input: f32(
          draw.int(1, 2),
          groups * draw.int(1, 20),
          ...Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 5)),
        ),
      },
      attributes: {
        size: draw.int(1, 9),
        alpha: draw.pick([1e-4, 0.1]),
        beta: draw.pick([0.75, 0.5, 1, 0.6]),
        k: draw.pick([1, 2]),
        alphaDivided: draw.bool(),
        lean: draw.pick(["low", "high"]),
        groups,
      },
      recipes: { input: VALUES },
    };
  },
});

function spatialParams({ inputs, attributes }: Problem<LrnSpatialAttributes>) {
  const [, , height, width] = (inputs.input as TensorType).shape as [number, number, number, number];
  return {
    height,
    width,
    ...reach(attributes),
    coefficient: attributes.alpha / divisor(attributes, attributes.size ** 2),
    k: attributes.k,
  };
}

export const lrnSpatial = defineOp<LrnSpatialAttributes>({
  name: "lrnSpatial",
  family: "lrn",
  summary: "local response normalisation within each map",
  inputs: [{ name: "input" }],
  outputs: ["output"],

  attributes: (given) => {
    const read = new AttributeReader("lrnSpatial", given);
    const attributes = readCommon(read);
    read.done();
    checkBase("lrnSpatial", attributes);
    return attributes;
  },

  infer: ({ input }) => {
    const { shape } = input as TensorType;
    if (shape.length !== 4) throw new ShapeError({ op: "lrnSpatial" }, "input", formatShape(shape), "[N, C, H, W]");
    return [input as TensorType];
  },

  cost: (problem) => costOf(problem, problem.attributes.size ** 2),

  reference: ({ input }, problem) => {
    const x = input as Float64Array;
    const { height, width, before, after, coefficient, k } = spatialParams(problem);
    const output = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const column = i % width;
      const row = Math.floor(i / width) % height;
      let sum = 0;
      for (let v = Math.max(0, row - before); v <= Math.min(height - 1, row + after); v++) {
        for (let u = Math.max(0, column - before); u <= Math.min(width - 1, column + after); u++) {
          sum += (x[i + (v - row) * width + u - column] as number) ** 2;
        }
      }
      output[i] = (x[i] as number) * (k + coefficient * sum) ** -problem.attributes.beta;
    }
    return { output };
  },

  gradient: (emit, { inputs, problem, cotangents }) => {
    type V = (typeof inputs)[string];
    const given = { input: inputs.input as V, cotangent: cotangents.output as V };
    return { input: emit("lrnSpatialGrad", given, { ...problem.attributes }).output as V };
  },
  cuts: planeCuts,
  tolerance,

  kernels: [
    {
      name: "rows",
      shaders: [spatialRowsShader],
      plan: (problem) => {
        const params = spatialParams(problem);
        const quadsPerRow = ceilDiv(params.width, 4);
        const quads = (sizeOf((problem.inputs.input as TensorType).shape) / params.width) * quadsPerRow;
        return {
          dispatches: [
            {
              shader: spatialRowsShader,
              constants: { BETA: problem.attributes.beta, WORKGROUP },
              params: { quads, quadsPerRow, ...params },
              workgroups: grid1d(quads, WORKGROUP),
            },
          ],
        };
      },
    },
    {
      name: "naive",
      shaders: [spatialShader],
      plan: (problem) => {
        const count = sizeOf((problem.inputs.input as TensorType).shape);
        return {
          dispatches: [
            {
              shader: spatialShader,
              constants: { BETA: problem.attributes.beta, WORKGROUP },
              params: { count, ...spatialParams(problem) },
              workgroups: grid1d(count, WORKGROUP),
            },
          ],
        };
      },
    },
  ],

  cases: [
    { name: "odd", inputs: { input: f32(1, 2, 5, 7) }, attributes: { alpha: 0.1 }, recipes: { input: VALUES } },
    { name: "one", inputs: { input: f32(1, 1, 1, 1) }, recipes: { input: VALUES } },
    {
      name: "even size leaning low",
      inputs: { input: f32(1, 1, 4, 6) },
      attributes: { size: 2, lean: "low" },
      recipes: { input: VALUES },
    },
    alexnetCase("cnorm2", f32(1, 256, 27, 27), { alpha: 1e-3 }),
  ],

  random: (draw: Draw) => ({
    inputs: { input: f32(draw.int(1, 2), draw.int(1, 3), draw.int(1, 9), draw.int(1, 9)) },
    attributes: {
      size: draw.int(1, 6),
      alpha: draw.pick([1e-3, 0.1]),
      beta: draw.pick([0.75, 0.9]),
      alphaDivided: draw.bool(),
      lean: draw.pick(["low", "high"]),
    },
    recipes: { input: VALUES },
  }),
});
