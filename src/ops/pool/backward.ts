/**
 * Gradients of poolings. Windows overlap, so an element gathers what each window over it gives back: a maximum to the element
 * that won, or to every element that ties with it; a mean an equal part to each.
 */
import shareText from "../../../shaders/lib/window_share.wgsl?raw";
import tapsText from "../../../shaders/pool/grad_taps.wgsl?raw";
import windowsText from "../../../shaders/pool/grad_windows.wgsl?raw";
import { ShapeError } from "../../core/errors";
import { formatShape, sameShape, sizeOf } from "../../core/shape";
import { byteLength, f32, i32, type TensorType } from "../../core/tensor";
import { AttributeReader, type Pair } from "../attributes";
import { planeCuts } from "../cut";
import { ceilDiv, grid1d, sumTolerance } from "../kernels";
import { gridLib, nonfiniteLib } from "../lib";
import { type Case, type Draw, defineOp, type InputSpec, type Kernel, type Named, type Problem, shader } from "../op";
import { eachWindow, inferWindow, type PoolProblem, readWindow, type WindowAttributes, windowParams } from "./window";

/** The pooling's own attributes, and what its input was. */
export interface GradAttributes extends WindowAttributes {
  /** [y, x]; 1 where the pooling has none. */
  readonly dilation?: Pair;
  /** [H, W] of the pooling's input: several sizes give the same output. */
  readonly size: Pair;
}

export interface AvgGradAttributes extends GradAttributes {
  readonly countIncludePad: boolean;
}

const dilationOf = ({ dilation }: GradAttributes): Pair => dilation ?? [1, 1];

const WORKGROUP = 64;
const lib = [...gridLib, shareText, ...nonfiniteLib];
const tapsShader = shader("pool/grad_taps.wgsl", tapsText, lib);
const windowsShader = shader("pool/grad_windows.wgsl", windowsText, lib);

/** Which rule of `shaders/lib/window_share.wgsl` an op follows, and on what. */
interface Rule<A> {
  readonly code: number;
  /** Tensors for the shader's `chosen` and `maxima`; the cotangent stands in for what is not read. */
  readonly chosen: string;
  readonly maxima: string;
  countsPadding(attributes: A): boolean;
}

function kernelsOf<A extends GradAttributes>(rule: Rule<A>): readonly Kernel<A>[] {
  const plan = (problem: Problem<A>, by: "windows" | "taps") => {
    const { attributes } = problem;
    const { planes: _, ...params } = windowParams(pooling(problem));
    const { shape } = problem.outputs.output as TensorType;
    const quadsPerRow = ceilDiv(params.inWidth, 4);
    const count = by === "taps" ? sizeOf(shape) : (sizeOf(shape) / params.inWidth) * quadsPerRow;
    const [dilationHeight, dilationWidth] = dilationOf(attributes);
    const [, , padBottom, padRight] = attributes.padding;
    return {
      dispatches: [
        {
          shader: by === "taps" ? tapsShader : windowsShader,
          constants: { RULE: rule.code, COUNT_PADDING: rule.countsPadding(attributes) ? 1 : 0, WORKGROUP },
          params: {
            ...params,
            padBottom,
            padRight,
            ...(by === "taps" ? { count, dilationHeight, dilationWidth } : { quads: count, quadsPerRow }),
          },
          bindings: { chosen: rule.chosen, maxima: rule.maxima },
          workgroups: grid1d(count, WORKGROUP),
        },
      ],
    };
  };
  return [
    {
      name: "windows",
      shaders: [windowsShader],
      supports: ({ attributes }) => dilationOf(attributes).every((apart) => apart === 1) || "wants no dilation",
      plan: (problem) => plan(problem, "windows"),
    },
    { name: "taps", shaders: [tapsShader], plan: (problem) => plan(problem, "taps") },
  ];
}

/** The pooling that a gradient's problem belongs to. */
const pooling = ({ inputs, outputs, attributes }: Problem<GradAttributes>): PoolProblem => ({
  inputs: { input: outputs.output as TensorType },
  outputs: { output: inputs.cotangent as TensorType },
  attributes,
});

function readGrad(read: AttributeReader): GradAttributes {
  return { ...readWindow(read), dilation: read.pair("dilation", [1, 1], 1), size: read.pair("size", undefined, 1) };
}

/** @throws ShapeError unless the cotangent, and all that comes with it, has the shape that the pooling's output has. */
function inferGrad(op: string, inputs: Named<TensorType>, attributes: GradAttributes): TensorType {
  const { shape } = inputs.cotangent as TensorType;
  if (shape.length !== 4) throw new ShapeError({ op }, "cotangent", formatShape(shape), "[N, C, outH, outW]");
  const input = f32(shape[0] as number, shape[1] as number, ...attributes.size);
  const output = inferWindow(op, input, attributes, dilationOf(attributes));
  for (const [name, { shape: given }] of Object.entries(inputs)) {
    const wanted = name === "input" ? input.shape : output.shape;
    if (!sameShape(given, wanted)) {
      const why = `${formatShape(wanted)}, for an input of ${formatShape(input.shape)}`;
      throw new ShapeError({ op }, name, formatShape(given), why);
    }
  }
  return input;
}

const taps = ({ attributes: { kernel } }: Problem<GradAttributes>): number => kernel[0] * kernel[1];

interface Declaration<A extends GradAttributes> {
  readonly name: string;
  readonly summary: string;
  readonly inputs: readonly InputSpec[];
  attributes(read: AttributeReader): A;
  readonly rule: Rule<A>;
  /** The part of window `window` that element `at` gets, in float64. */
  share(inputs: Named<Float64Array>, window: number, at: number, inPlane: number, size: number): number;
  /** Types and recipes of the inputs for a pooling of `input` to `output`. */
  given(input: TensorType, output: TensorType): Pick<Case, "inputs" | "recipes">;
  readonly extra?: Readonly<Record<string, unknown>>;
}

function declare<A extends GradAttributes>(d: Declaration<A>) {
  const one = (name: string, input: TensorType, output: TensorType, attributes: Record<string, unknown>): Case => ({
    name,
    ...d.given(input, output),
    attributes: { ...attributes, size: input.shape.slice(2), ...d.extra },
  });
  const overlapping = { kernel: 3, stride: 2 };
  return defineOp<A>({
    name: d.name,
    family: "pool",
    summary: d.summary,
    inputs: d.inputs,
    outputs: ["output"],
    attributes: (given) => {
      const read = new AttributeReader(d.name, given);
      const attributes = d.attributes(read);
      read.done();
      return attributes;
    },
    infer: (inputs, attributes) => [inferGrad(d.name, inputs, attributes)],
    cost: (problem) => ({
      flops: sizeOf((problem.inputs.cotangent as TensorType).shape) * taps(problem),
      bytes: [...Object.values(problem.inputs), ...Object.values(problem.outputs)].reduce(
        (sum, type) => sum + byteLength(type),
        0,
      ),
    }),
    reference: (inputs, problem) => {
      const { attributes } = problem;
      const output = new Float64Array(sizeOf((problem.outputs.output as TensorType).shape));
      const p = windowParams(pooling(problem));
      const [, , padBottom, padRight] = attributes.padding;
      let under: [at: number, inPlane: number][] = [];
      eachWindow(
        pooling(problem),
        dilationOf(attributes),
        (at, inPlane) => under.push([at, inPlane]),
        (window, oy, ox) => {
          const [top, left] = [oy * p.strideHeight, ox * p.strideWidth];
          const height = Math.min(top + p.kernelHeight, p.padTop + p.inHeight + padBottom) - top;
          const width = Math.min(left + p.kernelWidth, p.padLeft + p.inWidth + padRight) - left;
          const size = d.rule.countsPadding(attributes) ? height * width : under.length;
          for (const [at, inPlane] of under) {
            output[at] = (output[at] as number) + d.share(inputs, window, at, inPlane, size);
          }
          under = [];
        },
      );
      return { output };
    },
    cuts: planeCuts,
    tolerance: (problem) => sumTolerance(taps(problem)),
    kernels: kernelsOf(d.rule),
    cases: [
      one("2 × 2", f32(1, 1, 4, 4), f32(1, 1, 2, 2), { kernel: 2 }),
      one("overlapping", f32(2, 3, 9, 11), f32(2, 3, 4, 5), overlapping),
      one("rounded up", f32(1, 2, 6, 8), f32(1, 2, 3, 4), { ...overlapping, rounding: "ceil" }),
      one("padded", f32(1, 2, 7, 7), f32(1, 2, 4, 4), { ...overlapping, padding: 1 }),
      one("rows that no window reaches", f32(1, 1, 7, 8), f32(1, 1, 2, 2), { kernel: 2, stride: 4 }),
      one("one", f32(1, 1, 1, 1), f32(1, 1, 1, 1), { kernel: 1 }),
      { ...one("alexnet.pool1", f32(16, 96, 55, 55), f32(16, 96, 27, 27), overlapping), size: "large" },
      { ...one("alexnet.pool2", f32(16, 256, 27, 27), f32(16, 256, 13, 13), overlapping), size: "large" },
      { ...one("alexnet.pool5", f32(16, 256, 13, 13), f32(16, 256, 6, 6), overlapping), size: "large" },
    ],
    random: (draw: Draw) => {
      const kernel = [draw.int(1, 4), draw.int(1, 4)] as const;
      const dilation = d.extra ? ([1, 1] as const) : ([draw.int(1, 2), draw.int(1, 2)] as const);
      const pad = (axis: 0 | 1) => draw.int(0, kernel[axis] - 1);
      const attributes = {
        kernel,
        stride: [draw.int(1, 3), draw.int(1, 3)],
        padding: [pad(0), pad(1), pad(0), pad(1)],
        rounding: draw.pick(["floor", "ceil"]),
        ...(d.extra ? {} : { dilation }),
      };
      const extent = (axis: 0 | 1) => dilation[axis] * (kernel[axis] - 1) + draw.int(1, 9);
      const input = f32(draw.int(1, 2), draw.int(1, 3), extent(0), extent(1));
      const read = new AttributeReader(d.name, { ...attributes, size: input.shape.slice(2), ...d.extra });
      const output = inferWindow(d.name, input, d.attributes(read), dilation);
      return one("random", input, output, attributes);
    },
  });
}

/** Indices and cotangent [N, C, outH, outW]; output [N, C, H, W]. */
export const maxPool2dGrad = declare<GradAttributes>({
  name: "maxPool2dGrad",
  summary: "gradient of max-pooling, to the winners that their places name",
  inputs: [{ name: "indices", dtype: "i32" }, { name: "cotangent" }],
  attributes: readGrad,
  rule: { code: 0, chosen: "indices", maxima: "cotangent", countsPadding: () => false },
  share: ({ indices, cotangent }, window, _, inPlane) =>
    indices?.[window] === inPlane ? (cotangent?.[window] as number) : 0,
  given: (input, output) => ({
    inputs: { indices: i32(...output.shape), cotangent: output },
    recipes: { indices: { kind: "integers", min: 0, max: sizeOf(input.shape.slice(2)) - 1 } },
  }),
});

/** Input [N, C, H, W], its maxima and cotangent [N, C, outH, outW]; output as input. */
export const maxPool2dTiesGrad = declare<GradAttributes>({
  name: "maxPool2dTiesGrad",
  summary: "gradient of max-pooling, to every element that equals the maximum of its window",
  inputs: [{ name: "input" }, { name: "maxima" }, { name: "cotangent" }],
  attributes: readGrad,
  rule: { code: 1, chosen: "input", maxima: "maxima", countsPadding: () => false },
  share: ({ input, maxima, cotangent }, window, at) => {
    const [x, largest] = [input?.[at] as number, maxima?.[window] as number];
    return x === largest || (Number.isNaN(x) && Number.isNaN(largest)) ? (cotangent?.[window] as number) : 0;
  },
  // Few different values, so that many elements meet the maximum that is claimed for their window.
  given: (input, output) => ({
    inputs: { input, maxima: output, cotangent: output },
    recipes: { input: { kind: "integers", min: 0, max: 2 }, maxima: { kind: "integers", min: 1, max: 2 } },
  }),
});

/** Cotangent [N, C, outH, outW]; output [N, C, H, W]. */
export const avgPool2dGrad = declare<AvgGradAttributes>({
  name: "avgPool2dGrad",
  summary: "gradient of average pooling",
  inputs: [{ name: "cotangent" }],
  attributes: (read) => ({
    ...readWindow(read),
    countIncludePad: read.boolean("countIncludePad", true),
    size: read.pair("size", undefined, 1),
  }),
  rule: {
    code: 2,
    chosen: "cotangent",
    maxima: "cotangent",
    countsPadding: ({ countIncludePad }) => countIncludePad,
  },
  share: ({ cotangent }, window, _, __, size) => (cotangent?.[window] as number) / size,
  given: (_, output) => ({ inputs: { cotangent: output } }),
  extra: { countIncludePad: false },
});
