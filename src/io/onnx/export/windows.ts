/** Convolutions, poolings and normalisation across channels. */
import type { Shape } from "../../../core/shape";
import { activated } from "./functions";
import { padWith } from "./movement";
import { type Export, type ExportSite, type Exports, inputOf, outputShape, type Ref, shapeOf } from "./writer";

interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation?: readonly number[];
}

/** Padding that makes the output as large as it is when its extents are rounded up: more at the end. */
function wholePads({ kernel, stride, padding, dilation = [1, 1] }: Window, input: Shape, output: Shape): number[] {
  const ends = [0, 1].map((i) => {
    const reach = (dilation[i] as number) * ((kernel[i] as number) - 1) + 1;
    const needed = ((output[i + 2] as number) - 1) * (stride[i] as number) + reach;
    return Math.max(padding[i + 2] as number, needed - (input[i + 2] as number) - (padding[i] as number));
  });
  return [padding[0] as number, padding[1] as number, ...ends];
}

const conv2d: Export = (site) => {
  const { stride, padding, dilation, groups, activation } = site.attributes;
  const kernel = shapeOf(site, "weight").slice(2);
  const pads = wholePads({ kernel, stride, padding, dilation }, shapeOf(site), outputShape(site));
  const inputs = [inputOf(site), inputOf(site, "weight"), ...(site.inputs.bias ? [site.inputs.bias] : [])];
  const attributes = { strides: stride, pads, dilations: dilation, group: groups, kernel_shape: kernel };
  return activated(site.w, site.w.node("Conv", inputs, attributes), activation);
};

/**
 * Pads and output padding with which a transposed convolution has the size wanted. Output padding of a stride and more, which
 * not every reader of ONNX takes, is padding taken back, as far as there is some; `missing` are the zeros to be put behind then.
 */
function transposed(site: ExportSite, from: Shape, size: Shape) {
  const { stride, padding, dilation, groups } = site.attributes;
  const kernel = shapeOf(site, "weight").slice(2);
  const beyond = [0, 1].map((i) => {
    const reach = dilation[i] * ((kernel[i] as number) - 1) + 1;
    return (size[i + 2] as number) - (stride[i] * ((from[i + 2] as number) - 1) + reach - padding[i] - padding[i + 2]);
  });
  const ends = beyond.map((each, i) => {
    const taken = each < stride[i] ? Math.max(0, each) : 0;
    const end = padding[i + 2] + taken - each;
    return { taken, pad: Math.max(0, end), missing: Math.max(0, -end) };
  });
  const pads = [padding[0], padding[1], ...ends.map(({ pad }) => pad)];
  const output_padding = ends.map(({ taken }) => taken);
  const attributes = {
    strides: stride,
    pads,
    dilations: dilation,
    group: groups,
    kernel_shape: kernel,
    output_padding,
  };
  return { attributes, missing: [0, 0, ...ends.map(({ missing }) => missing)] };
}

function transposedConvolution(site: ExportSite, input: string): Ref {
  const { w } = site;
  const { attributes, missing } = transposed(site, shapeOf(site, input), outputShape(site));
  const operands = [inputOf(site, input), inputOf(site, "weight")];
  const { bias } = site.inputs;
  if (missing.every((each) => each === 0))
    return w.node("ConvTranspose", bias ? [...operands, bias] : operands, attributes);
  const none = missing.map(() => 0);
  const whole = padWith(w, w.node("ConvTranspose", operands, attributes), none, missing);
  return bias ? w.node("Add", [whole, w.reshape(bias, [1, -1, 1, 1])]) : whole;
}

const conv2dInputGrad: Export = (site) => transposedConvolution(site, "cotangent");

const convTranspose2d: Export = (site) =>
  activated(site.w, transposedConvolution(site, "input"), site.attributes.activation);

const poolAttributes = (site: ExportSite) => {
  const { kernel, stride, dilation = [1, 1] } = site.attributes;
  const pads = wholePads(site.attributes, shapeOf(site), outputShape(site));
  return { kernel_shape: kernel, strides: stride, pads, dilations: dilation };
};

const maxPool: Export = (site) => site.w.node("MaxPool", [inputOf(site)], poolAttributes(site));

/** ONNX's places count through the whole tensor, ours through each plane. */
const maxPoolWithIndices: Export = (site) => {
  const [output, indices] = site.w.several(2, "MaxPool", [inputOf(site)], poolAttributes(site)) as [Ref, Ref];
  const [, , height, width] = shapeOf(site) as unknown as [number, number, number, number];
  const inPlane = site.w.node("Mod", [indices, site.w.constant([height * width], [], "int64")]);
  return { output, indices: site.w.node("Cast", [inPlane], { to: 6 }) };
};

/** How many elements each window along an axis is the mean of: those in the padded input, or in the input alone. */
function members(site: ExportSite, i: number): number[] {
  const { kernel, stride, padding, dilation = [1, 1], countIncludePad } = site.attributes;
  const extent = shapeOf(site)[i + 2] as number;
  const [low, high] = countIncludePad ? [-padding[i], extent + padding[i + 2]] : [0, extent];
  return Array.from({ length: outputShape(site)[i + 2] as number }, (_, o) => {
    const taps = Array.from({ length: kernel[i] }, (__, k) => o * stride[i] - padding[i] + k * dilation[i]);
    return taps.filter((place) => place >= low && place < high).length;
  });
}

/** The sum of each window, as a convolution of each channel with ones, by the number of its members. */
const avgPool: Export = (site) => {
  const { w } = site;
  const { kernel, stride, dilation = [1, 1], countIncludePad } = site.attributes;
  const { pads } = poolAttributes(site);
  const plain = dilation.every((each: number) => each === 1);
  const same = pads.every((pad, i) => pad === site.attributes.padding[i]);
  if (plain && (!countIncludePad || same))
    return w.node("AveragePool", [inputOf(site)], {
      kernel_shape: kernel,
      strides: stride,
      pads,
      count_include_pad: countIncludePad ? 1 : 0,
    });
  const channels = shapeOf(site)[1] as number;
  const area = kernel[0] * kernel[1];
  const ones = w.constant(new Array<number>(channels * area).fill(1), [channels, 1, ...kernel]);
  const sum = w.node("Conv", [inputOf(site), ones], {
    kernel_shape: kernel,
    strides: stride,
    pads,
    dilations: dilation,
    group: channels,
  });
  const [rows, columns] = [members(site, 0), members(site, 1)];
  const counts = rows.flatMap((a) => columns.map((b) => a * b));
  return w.node("Div", [sum, w.constant(counts, [1, 1, rows.length, columns.length])]);
};

/** ONNX knows no groups, and puts the odd member of an even window after the centre. */
const lrn: Export = (site) => {
  const { w } = site;
  const { size, alpha, beta, k, alphaDivided, lean, groups } = site.attributes;
  const shape = shapeOf(site);
  const [batch, channels] = shape as unknown as [number, number];
  const grouped = [batch * groups, channels / groups, ...shape.slice(2)];
  const turn = lean === "low" && size % 2 === 0;
  const turned = (ref: Ref): Ref => (turn ? w.slice(ref, 1, -1, Number.MIN_SAFE_INTEGER, -1) : ref);
  const input = groups > 1 ? w.reshape(inputOf(site), grouped) : inputOf(site);
  const attributes = {
    size,
    alpha: { float: alphaDivided ? alpha : alpha * size },
    beta: { float: beta },
    bias: { float: k },
  };
  const result = turned(w.node("LRN", [turned(input)], attributes));
  return groups > 1 ? w.reshape(result, shape) : result;
};

/** x · (k + coefficient · Σ x²)^−β, the sum over a square window of a channel: a mean that counts padding, by its size. */
const lrnSpatial: Export = (site) => {
  const { w } = site;
  const { size, alpha, beta, k, alphaDivided, lean } = site.attributes;
  const before = lean === "low" ? Math.floor(size / 2) : Math.floor((size - 1) / 2);
  const after = size - 1 - before;
  const x = inputOf(site);
  const attributes = {
    kernel_shape: [size, size],
    strides: [1, 1],
    pads: [before, before, after, after],
    count_include_pad: 1,
  };
  const mean = w.node("AveragePool", [w.node("Mul", [x, x])], attributes);
  const factor = alphaDivided ? alpha : alpha * size ** 2;
  const base = w.node("Add", [w.node("Mul", [mean, w.scalar(factor)]), w.scalar(k)]);
  return w.node("Mul", [x, w.node("Pow", [base, w.scalar(-beta)])]);
};

export const windows: Exports = {
  avgPool2d: avgPool,
  conv2d,
  conv2dInputGrad,
  convTranspose2d,
  globalAvgPool2d: (site) => site.w.reshape(site.w.node("GlobalAveragePool", [inputOf(site)]), outputShape(site)),
  lrn,
  lrnSpatial,
  maxPool2d: maxPool,
  maxPool2dWithIndices: maxPoolWithIndices,
};
