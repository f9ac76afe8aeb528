/**
 * Normalisation of groups of elements by their own mean and variance: over the last axes (layerNorm; Ba, Kiros and Hinton, 2016),
 * each plane (instanceNorm; Ulyanov, Vedaldi and Lempitsky, 2016), or groups of planes (groupNorm; Wu and He, 2018).
 *
 *   output = (input − mean) / √(variance + eps) · scale + bias
 *
 * In memory every group is a stretch of neighbours, so one kernel does all three.
 */
import applyText from "../../shaders/norm/apply.wgsl?raw";
import statisticsText from "../../shaders/norm/statistics.wgsl?raw";
import workgroupText from "../../shaders/norm/workgroup.wgsl?raw";
import { AttributeError, ShapeError } from "../core/errors";
import { formatShape, type Shape, sameShape, sizeOf } from "../core/shape";
import { byteLength, f32, type TensorType } from "../core/tensor";
import { AttributeReader } from "./attributes";
import { reshaped, unbroadcast } from "./gradients";
import { grid1d, sumTolerance } from "./kernels";
import { gridLib } from "./lib";
import { axisOf } from "./movement/take";
import { type Case, type Draw, defineOp, type Kernel, type Op, type Problem, shader } from "./op";

export interface NormAttributes {
  /** Added to the variance, above 0. */
  readonly eps: number;
}

export interface LayerNormAttributes extends NormAttributes {
  /** The first of the axes that are normalised together; a negative one counts from the back. */
  readonly axis: number;
}

export interface GroupNormAttributes extends NormAttributes {
  /** Into how many groups the channels are cut. */
  readonly groups: number;
}

/** How an op's groups lie in its input, and its scale and bias over it. */
interface Layout {
  readonly groups: number;
  readonly length: number;
  /** Shape of scale and bias, and that shape with the axes that make it broadcast over the input. */
  readonly own: Shape;
  readonly broad: Shape;
  /** How many neighbours share an element of scale and bias. */
  readonly block: number;
}

const WORKGROUP = 64;
const workgroupShader = shader("norm/workgroup.wgsl", workgroupText);
const statisticsShader = shader("norm/statistics.wgsl", statisticsText, gridLib);
const applyShader = shader("norm/apply.wgsl", applyText, gridLib);

interface Declaration<A> {
  readonly name: string;
  readonly summary: string;
  attributes(read: AttributeReader): A;
  /** @throws ShapeError, AttributeError for an input that has no such groups. */
  layout(shape: Shape, attributes: A): Layout;
  readonly examples: readonly { readonly shape: Shape; readonly attributes: Readonly<Record<string, unknown>> }[];
  random(draw: Draw): { readonly shape: Shape; readonly attributes: Readonly<Record<string, unknown>> };
}

const readEps = (read: AttributeReader): number =>
  read.custom(
    "eps",
    1e-5,
    (value) => (typeof value === "number" && value > 0 && Number.isFinite(value) ? value : undefined),
    "a number above 0",
  );

function declare<A extends NormAttributes>(d: Declaration<A>): Op<A> {
  const shapeOf = ({ inputs }: Problem<A>): Shape => (inputs.input as TensorType).shape;
  const layoutOf = (problem: Problem<A>): Layout => d.layout(shapeOf(problem), problem.attributes);
  /** Where scale and bias are read: neighbours that share an element, and how many elements there are. */
  const repeats = (problem: Problem<A>) => {
    const { own, block } = layoutOf(problem);
    return { block, size: sizeOf(own) };
  };
  const given = ({ inputs }: Problem<A>) => ({
    constants: { HAS_SCALE: inputs.scale ? 1 : 0, HAS_BIAS: inputs.bias ? 1 : 0 },
    bindings: { ...(inputs.scale ? {} : { scale: "input" }), ...(inputs.bias ? {} : { bias: "input" }) },
  });
  const kernels: readonly Kernel<A>[] = [
    {
      name: "workgroup",
      shaders: [workgroupShader],
      preference: (problem, { software }) => (software || layoutOf(problem).length < WORKGROUP ? -1 : 1),
      plan: (problem) => {
        const { groups, length } = layoutOf(problem);
        const { constants, bindings } = given(problem);
        const params = { groups, length, ...repeats(problem), eps: problem.attributes.eps };
        return {
          dispatches: [
            {
              shader: workgroupShader,
              constants: { ...constants, WORKGROUP },
              params,
              bindings,
              workgroups: grid1d(groups, 1),
            },
          ],
        };
      },
    },
    {
      name: "serial",
      shaders: [statisticsShader, applyShader],
      plan: (problem) => {
        const { groups, length } = layoutOf(problem);
        const { constants, bindings } = given(problem);
        const count = groups * length;
        return {
          dispatches: [
            {
              shader: statisticsShader,
              constants: { WORKGROUP },
              params: { groups, length, eps: problem.attributes.eps },
              workgroups: grid1d(groups, WORKGROUP),
            },
            {
              shader: applyShader,
              constants: { ...constants, WORKGROUP },
              params: { count, length, ...repeats(problem) },
              bindings,
              workgroups: grid1d(count, WORKGROUP),
            },
          ],
        };
      },
    },
  ];
  const problemOf = (
    { shape, attributes }: Declaration<A>["examples"][number],
    scale: boolean,
    bias: boolean,
  ): Omit<Case, "name"> => {
    const { own } = d.layout(shape, d.attributes(new AttributeReader(d.name, attributes)));
    return {
      inputs: {
        input: f32(...shape),
        ...(scale ? { scale: f32(...own) } : {}),
        ...(bias ? { bias: f32(...own) } : {}),
      },
      attributes,
    };
  };
  return defineOp<A>({
    name: d.name,
    family: "norm",
    summary: d.summary,
    inputs: [{ name: "input" }, { name: "scale", optional: true }, { name: "bias", optional: true }],
    outputs: ["output", "mean", "invStd"],
    attributes: (values) => {
      const read = new AttributeReader(d.name, values);
      const attributes = d.attributes(read);
      read.done();
      return attributes;
    },
    infer: (inputs, attributes) => {
      const input = inputs.input as TensorType;
      const { groups, own } = d.layout(input.shape, attributes);
      for (const name of ["scale", "bias"]) {
        const shape = inputs[name]?.shape;
        if (!shape || sameShape(shape, own)) continue;
        const wanted = `${formatShape(own)}, as input is ${formatShape(input.shape)}`;
        throw new ShapeError({ op: d.name }, name, formatShape(shape), wanted);
      }
      return [input, f32(groups), f32(groups)];
    },
    cost: ({ inputs }) => {
      const input = inputs.input as TensorType;
      return { flops: 8 * sizeOf(input.shape), bytes: 2 * byteLength(input) };
    },
    reference: ({ input, scale, bias }, problem) => {
      const x = input as Float64Array;
      const { groups, length } = layoutOf(problem);
      const { block, size } = repeats(problem);
      const output = new Float64Array(x.length);
      const mean = new Float64Array(groups);
      const invStd = new Float64Array(groups);
      for (let g = 0; g < groups; g++) {
        const own = x.subarray(g * length, (g + 1) * length);
        const centre = own.reduce((a, b) => a + b, 0) / length;
        const variance = own.reduce((sum, value) => sum + (value - centre) ** 2, 0) / length;
        mean[g] = centre;
        invStd[g] = 1 / Math.sqrt(variance + problem.attributes.eps);
        own.forEach((value, j) => {
          const i = g * length + j;
          const at = Math.floor(i / block) % size;
          output[i] = (value - centre) * (invStd[g] as number) * (scale?.[at] ?? 1) + (bias?.[at] ?? 0);
        });
      }
      return { output, mean, invStd };
    },
    detached: ["mean", "invStd"],
    // With x̂ the normalised input and g what flows into it: (g − mean(g) − x̂ · mean(g · x̂)) · invStd.
    gradient: (emit, { inputs, outputs, problem, cotangents, wants }) => {
      type V = (typeof inputs)[string];
      const shape = shapeOf(problem);
      const { groups, length, own, broad } = layoutOf(problem);
      const two = (op: string, a: V, b: V): V => emit(op, { a, b }).output as V;
      const meanOf = (value: V): V => emit("mean", { input: value }, { axes: [1], keepDims: true }).output as V;
      const column = (value: V): V => reshaped(emit, value, [groups, 1]);
      const lines = (value: V): V => reshaped(emit, value, [groups, length]);
      const flow = cotangents.output as V;
      const inverse = column(outputs.invStd as V);
      const normal = two("mul", two("sub", lines(inputs.input as V), column(outputs.mean as V)), inverse);
      const gradients: Record<string, V> = {};
      if (wants("input")) {
        const into = inputs.scale === undefined ? flow : two("mul", flow, reshaped(emit, inputs.scale, broad));
        const g = lines(into);
        const part = two("sub", two("sub", g, meanOf(g)), two("mul", normal, meanOf(two("mul", g, normal))));
        gradients.input = reshaped(emit, two("mul", part, inverse), shape);
      }
      const summed = (value: V): V => reshaped(emit, unbroadcast(emit, value, broad, shape), own);
      if (wants("scale")) gradients.scale = summed(two("mul", flow, reshaped(emit, normal, shape)));
      if (wants("bias")) gradients.bias = summed(flow);
      return gradients;
    },
    // A group of nearly equal values divides rounding errors by a small deviation.
    tolerance: (problem) => ({ rtol: 2e-5, atol: 20 * sumTolerance(layoutOf(problem).length).atol }),
    kernels,
    cases: [
      ...d.examples.map((example, i) => ({ name: `groups ${i + 1}`, ...problemOf(example, true, true) })),
      ...d.examples.slice(0, 1).map((example) => ({ name: "bare", ...problemOf(example, false, false) })),
    ],
    random: (draw: Draw) => problemOf(d.random(draw), draw.bool(), draw.bool()),
  });
}

/** Scale and bias of the shape of the input from the axis on. */
export const layerNorm = declare<LayerNormAttributes>({
  name: "layerNorm",
  summary: "normalisation over the last axes",
  attributes: (read) => ({ axis: read.int("axis", -1), eps: readEps(read) }),
  layout: (shape, { axis: given }) => {
    const axis = axisOf("layerNorm", "axis", given, shape);
    const own = shape.slice(axis);
    return { groups: sizeOf(shape.slice(0, axis)), length: sizeOf(own), own, broad: own, block: 1 };
  },
  examples: [
    { shape: [3, 70], attributes: {} },
    { shape: [2, 3, 4, 5], attributes: { axis: 2, eps: 1e-2 } },
    { shape: [2, 6], attributes: { axis: 0 } },
  ],
  random: (draw) => {
    const shape = [...Array.from({ length: draw.int(0, 3) }, () => draw.int(1, 6)), draw.int(3, 9)];
    return { shape, attributes: { axis: draw.int(-shape.length, shape.length - 1), eps: draw.pick([1e-2, 1e-1]) } };
  },
});

/** @throws ShapeError for an input without channels. */
function channelsOf(op: string, shape: Shape): { batch: number; channels: number; inner: number; broad: Shape } {
  if (shape.length < 2) throw new ShapeError({ op }, "input", formatShape(shape), "[N, C, …]");
  const [batch, channels] = shape as [number, number];
  const broad = shape.map((extent, axis) => (axis === 1 ? extent : 1));
  return { batch, channels, inner: sizeOf(shape.slice(2)), broad };
}

const randomMaps = (draw: Draw, channels: number): Shape => [
  draw.int(1, 3),
  channels,
  ...Array.from({ length: draw.int(0, 2) }, () => draw.int(1, 5)),
  draw.int(3, 6),
];

/** Input [N, C, …], scale and bias [C]. */
export const instanceNorm = declare<NormAttributes>({
  name: "instanceNorm",
  summary: "normalisation of each plane",
  attributes: (read) => ({ eps: readEps(read) }),
  layout: (shape) => {
    const { batch, channels, inner, broad } = channelsOf("instanceNorm", shape);
    return { groups: batch * channels, length: inner, own: [channels], broad, block: inner };
  },
  examples: [
    { shape: [2, 3, 8, 9], attributes: {} },
    { shape: [1, 4, 5], attributes: { eps: 1e-2 } },
  ],
  random: (draw) => ({ shape: randomMaps(draw, draw.int(1, 5)), attributes: { eps: draw.pick([1e-2, 1e-1]) } }),
});

/** Input [N, C, …], scale and bias [C]. */
export const groupNorm = declare<GroupNormAttributes>({
  name: "groupNorm",
  summary: "normalisation of groups of planes",
  attributes: (read) => ({ groups: read.int("groups", undefined, 1), eps: readEps(read) }),
  layout: (shape, { groups }) => {
    const { batch, channels, inner, broad } = channelsOf("groupNorm", shape);
    if (channels % groups !== 0) {
      const wanted = `a divisor of the ${channels} channels of input ${formatShape(shape)}`;
      throw new AttributeError({ op: "groupNorm" }, "groups", String(groups), wanted);
    }
    return { groups: batch * groups, length: (channels / groups) * inner, own: [channels], broad, block: inner };
  },
  examples: [
    { shape: [2, 6, 5, 3], attributes: { groups: 2 } },
    { shape: [3, 4], attributes: { groups: 1, eps: 1e-2 } },
  ],
  random: (draw) => {
    const groups = draw.int(1, 3);
    return {
      shape: randomMaps(draw, groups * draw.int(1, 3)),
      attributes: { groups, eps: draw.pick([1e-2, 1e-1]) },
    };
  },
});
