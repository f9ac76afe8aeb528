/** The kernels of conv2d's gradients: implicit GEMM for GPUs, packed register blocks for software adapters, the definition. */
import foldText from "../../../shaders/conv2d/fold.wgsl?raw";
import inputGemmText from "../../../shaders/conv2d/input_grad_gemm.wgsl?raw";
import inputNaiveText from "../../../shaders/conv2d/input_grad_naive.wgsl?raw";
import packCotangentText from "../../../shaders/conv2d/pack_cotangent.wgsl?raw";
import packFlowText from "../../../shaders/conv2d/pack_flow.wgsl?raw";
import packTapsText from "../../../shaders/conv2d/pack_taps.wgsl?raw";
import packTransposedText from "../../../shaders/conv2d/pack_weights_transposed.wgsl?raw";
import weightGemmText from "../../../shaders/conv2d/weight_grad_gemm.wgsl?raw";
import weightNaiveText from "../../../shaders/conv2d/weight_grad_naive.wgsl?raw";
import type { DeviceFacts } from "../../core/device";
import { f32 } from "../../core/tensor";
import { activationConstants } from "../activation";
import { ceilDiv, grid1d } from "../kernels";
import { activationLib, gridLib } from "../lib";
import { registerShader as gemmRegisterShader } from "../matmul/kernels";
import { type Activation, type Dispatch, type Kernel, type KernelPlan, type Problem, shader } from "../op";
import {
  BLOCK,
  type Conv2dProblem,
  type Geometry,
  geometry,
  MAX_WORKGROUPS,
  PATCH_BYTES,
  pick,
  TILE,
  WINDOW,
  WORKGROUP,
} from "./geometry";
import { registerShader } from "./kernels";

const inputNaiveShader = shader("conv2d/input_grad_naive.wgsl", inputNaiveText, [...gridLib, ...activationLib]);
const inputGemmShader = shader("conv2d/input_grad_gemm.wgsl", inputGemmText, activationLib);
const packTransposedShader = shader("conv2d/pack_weights_transposed.wgsl", packTransposedText, gridLib);
const packFlowShader = shader("conv2d/pack_flow.wgsl", packFlowText, gridLib);
const weightNaiveShader = shader("conv2d/weight_grad_naive.wgsl", weightNaiveText, gridLib);
const weightGemmShader = shader("conv2d/weight_grad_gemm.wgsl", weightGemmText);
const foldShader = shader("conv2d/fold.wgsl", foldText, gridLib);
const packCotangentShader = shader("conv2d/pack_cotangent.wgsl", packCotangentText, gridLib);
const packTapsShader = shader("conv2d/pack_taps.wgsl", packTapsText, gridLib);

/** The convolution that a gradient's problem belongs to. */
type Forward<A> = (problem: Problem<A>) => Conv2dProblem;

const inPerGroup = (g: Geometry): number => g.inChannels / g.groups;
const taps = (g: Geometry): number => g.kernelHeight * g.kernelWidth;

/** How many images are packed at once when one takes `bytes`. */
const imagesAtOnce = (g: Geometry, bytes: number): number =>
  Math.min(g.batch, Math.max(1, Math.floor(PATCH_BYTES / bytes)));

function fits(needs: number, { limits }: DeviceFacts): true | string {
  const limit = limits.maxStorageBufferBindingSize;
  return (
    needs <= limit || `packed tensors need maxStorageBufferBindingSize of ${needs}, but the device offers ${limit}`
  );
}

/** Calls `plan` for each run of images. */
function eachRun(
  g: Geometry,
  images: number,
  plan: (firstImage: number, count: number) => readonly Dispatch[],
): Dispatch[] {
  const dispatches: Dispatch[] = [];
  for (let first = 0; first < g.batch; first += images)
    dispatches.push(...plan(first, Math.min(images, g.batch - first)));
  return dispatches;
}

function inputPacking(g: Geometry) {
  const inner = g.outPerGroup * taps(g);
  const pixelBlocks = ceilDiv(g.inHeight * g.inWidth, BLOCK);
  const perImage = g.groups * pixelBlocks * inner * BLOCK;
  return {
    inner,
    pixelBlocks,
    channelBlocks: ceilDiv(inPerGroup(g), BLOCK),
    perImage,
    images: imagesAtOnce(g, perImage * 4),
  };
}

/** What a transposed convolution has beyond the gradient that it is: other names, a bias, an activation. */
interface Epilogue {
  /** The input that the shaders call `cotangent`. */
  readonly cotangent: string;
  readonly bias: boolean;
  readonly activation: Activation | null;
}

const NONE: Epilogue = { cotangent: "cotangent", bias: false, activation: null };

const epilogueConstants = ({ bias, activation }: Epilogue) => ({
  HAS_BIAS: bias ? 1 : 0,
  ...activationConstants(activation),
});

function inputRegisterPlan(g: Geometry, epilogue: Epilogue): KernelPlan {
  const { inner, pixelBlocks, channelBlocks, perImage, images } = inputPacking(g);
  const pixels = g.inHeight * g.inWidth;
  return {
    scratch: { weightPacked: f32(g.groups, channelBlocks, inner, BLOCK), patches: f32(images, perImage) },
    dispatches: [
      {
        shader: packTransposedShader,
        constants: { WORKGROUP },
        params: {
          groups: g.groups,
          outPerGroup: g.outPerGroup,
          inPerGroup: inPerGroup(g),
          taps: taps(g),
          blocks: channelBlocks,
        },
        workgroups: grid1d(g.groups * channelBlocks * inner, WORKGROUP),
        prepare: true,
      },
      ...eachRun(g, images, (firstImage, count) => [
        {
          shader: packFlowShader,
          constants: { STRIDED: g.strideHeight * g.strideWidth > 1 ? 1 : 0, WORKGROUP },
          params: {
            firstImage,
            images: count,
            pixels,
            blocks: pixelBlocks,
            ...pick(g, "outChannels", "outHeight", "outWidth", "inWidth", "groups", ...WINDOW),
          },
          bindings: { cotangent: epilogue.cotangent },
          workgroups: grid1d(count * g.outChannels * pixelBlocks, WORKGROUP),
        },
        {
          shader: registerShader,
          constants: { ...epilogueConstants(epilogue), WORKGROUP },
          params: {
            firstImage,
            images: count,
            groups: g.groups,
            outPerGroup: inPerGroup(g),
            pixels,
            inner,
            channelBlocks,
            pixelBlocks,
          },
          bindings: epilogue.bias ? {} : { bias: "weightPacked" },
          workgroups: grid1d(count * g.groups * channelBlocks * pixelBlocks, WORKGROUP),
        },
      ]),
    ],
  };
}

/** What the shaders of the definition and of the matrix product bind beside tensors of their own names. */
const inputBindings = ({ cotangent, bias }: Epilogue) => ({ cotangent, ...(bias ? {} : { bias: "weight" }) });

/** Kernels of the gradient by the input, which is a transposed convolution. */
export const inputGradKernels = <A>(
  forward: Forward<A>,
  epilogueOf: (problem: Problem<A>) => Epilogue = () => NONE,
): readonly Kernel<A>[] => [
  {
    name: "implicitGemm",
    shaders: [inputGemmShader],
    supports: (problem) => {
      const g = geometry(forward(problem));
      const layers = g.batch * g.groups;
      return layers <= MAX_WORKGROUPS || `has ${layers} images × groups, more than a dispatch has layers`;
    },
    // A tile of 64 channels is mostly idle when a group has one or two; a stride leaves most products zero.
    preference: (problem, { software }) => {
      const g = geometry(forward(problem));
      return software || inPerGroup(g) < BLOCK || g.strideHeight * g.strideWidth > BLOCK ? -10 : 10;
    },
    plan: (problem) => {
      const g = geometry(forward(problem));
      const inPixels = g.inHeight * g.inWidth;
      return {
        dispatches: [
          {
            shader: inputGemmShader,
            constants: epilogueConstants(epilogueOf(problem)),
            bindings: inputBindings(epilogueOf(problem)),
            params: {
              inPixels,
              ...pick(g, "inChannels", "inWidth", "outChannels", "outHeight", "outWidth", "groups", ...WINDOW),
            },
            workgroups: [ceilDiv(inPixels, TILE), ceilDiv(inPerGroup(g), TILE), g.batch * g.groups],
          },
        ],
      };
    },
  },
  {
    name: "register",
    shaders: [packTransposedShader, packFlowShader, registerShader],
    supports: (problem, device) => {
      const { images, perImage } = inputPacking(geometry(forward(problem)));
      return fits(images * perImage * 4, device);
    },
    preference: (problem, { software }) => {
      const g = geometry(forward(problem));
      return software && inPerGroup(g) >= BLOCK / 2 && g.strideHeight * g.strideWidth <= BLOCK ? 10 : -5;
    },
    plan: (problem) => inputRegisterPlan(geometry(forward(problem)), epilogueOf(problem)),
  },
  {
    name: "naive",
    shaders: [inputNaiveShader],
    plan: (problem) => {
      const g = geometry(forward(problem));
      const count = g.batch * g.inChannels * g.inHeight * g.inWidth;
      const { outPerGroup: _, pixels: __, inner: ___, batch: ____, ...params } = g;
      return {
        dispatches: [
          {
            shader: inputNaiveShader,
            constants: { ...epilogueConstants(epilogueOf(problem)), WORKGROUP },
            bindings: inputBindings(epilogueOf(problem)),
            params: { count, ...params },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  },
];

/** Workgroups that keep a large GPU busy, terms below which a split does not pay, and memory that splits may take. */
const BUSY = 512;
const MIN_SPAN = 512;
const SPLIT_BYTES = 64 * 2 ** 20;

/** Into how many parts the sums of the gradient by the weights are split, and how long a part is. */
function splitting(g: Geometry): { splits: number; span: number; depth: number } {
  const tiles = ceilDiv(g.outPerGroup, TILE) * ceilDiv(g.inner, TILE) * g.groups;
  const depth = g.batch * g.pixels;
  const affordable = Math.max(1, Math.floor(SPLIT_BYTES / (4 * g.outChannels * g.inner)));
  const wished = Math.min(ceilDiv(BUSY, tiles), Math.max(1, Math.floor(depth / MIN_SPAN)), affordable);
  const span = ceilDiv(depth, wished);
  return { splits: ceilDiv(depth, span), span, depth };
}

function weightGemmPlan(g: Geometry): KernelPlan {
  const { splits, span, depth } = splitting(g);
  const count = g.outChannels * g.inner;
  const gemm: Dispatch = {
    shader: weightGemmShader,
    params: {
      depth,
      span,
      ...pick(
        g,
        "inChannels",
        "inHeight",
        "inWidth",
        "outChannels",
        "outWidth",
        "pixels",
        "groups",
        "inner",
        ...WINDOW,
      ),
    },
    bindings: splits === 1 ? { partial: "output" } : {},
    workgroups: [ceilDiv(g.inner, TILE), ceilDiv(g.outPerGroup, TILE), g.groups * splits],
  };
  if (splits === 1) return { dispatches: [gemm] };
  return {
    scratch: { partial: f32(splits, count) },
    dispatches: [
      gemm,
      { shader: foldShader, constants: { WORKGROUP }, params: { count, splits }, workgroups: grid1d(count, WORKGROUP) },
    ],
  };
}

function weightPacking(g: Geometry) {
  const rowBlocks = ceilDiv(g.outPerGroup, BLOCK);
  const columnBlocks = ceilDiv(g.inner, BLOCK);
  const perImage = g.groups * Math.max(rowBlocks, columnBlocks) * g.pixels * BLOCK;
  return { rowBlocks, columnBlocks, perImage, images: imagesAtOnce(g, perImage * 4) };
}

function weightRegisterPlan(g: Geometry): KernelPlan {
  const { rowBlocks, columnBlocks, images } = weightPacking(g);
  return {
    scratch: {
      flowPacked: f32(g.groups, rowBlocks, images * g.pixels, BLOCK),
      tapsPacked: f32(g.groups, columnBlocks, images * g.pixels, BLOCK),
    },
    dispatches: eachRun(g, images, (firstImage, count) => [
      {
        shader: packCotangentShader,
        constants: { WORKGROUP },
        params: { firstImage, images: count, blocks: rowBlocks, ...pick(g, "groups", "outPerGroup", "pixels") },
        workgroups: grid1d(g.groups * rowBlocks * count * g.pixels, WORKGROUP),
      },
      {
        shader: packTapsShader,
        constants: { WORKGROUP },
        params: {
          firstImage,
          images: count,
          blocks: columnBlocks,
          ...pick(g, "inChannels", "inHeight", "inWidth", "outHeight", "outWidth", "groups", "inner", ...WINDOW),
        },
        workgroups: grid1d(g.groups * columnBlocks * count * g.outHeight, WORKGROUP),
      },
      {
        shader: gemmRegisterShader,
        constants: { HAS_BIAS: 0, ACCUMULATE: firstImage > 0 ? 1 : 0, ...activationConstants(null), WORKGROUP },
        params: {
          rows: g.outPerGroup,
          columns: g.inner,
          inner: count * g.pixels,
          batches: g.groups,
          rowBlocks,
          columnBlocks,
          aBatchBlocks: rowBlocks,
          bBatchBlocks: columnBlocks,
        },
        bindings: { aPacked: "flowPacked", bPacked: "tapsPacked", bias: "flowPacked" },
        workgroups: grid1d(g.groups * rowBlocks * columnBlocks, WORKGROUP),
      },
    ]),
  };
}

/** Kernels of the gradient by the weights. */
export const weightGradKernels = <A>(forward: Forward<A>): readonly Kernel<A>[] => [
  {
    name: "implicitGemm",
    shaders: [weightGemmShader, foldShader],
    supports: (problem) => {
      const g = geometry(forward(problem));
      const layers = g.groups * splitting(g).splits;
      return layers <= MAX_WORKGROUPS || `has ${layers} groups × splits, more than a dispatch has layers`;
    },
    preference: (problem, { software }) => (software || geometry(forward(problem)).outPerGroup < BLOCK ? -10 : 10),
    plan: (problem) => weightGemmPlan(geometry(forward(problem))),
  },
  {
    name: "register",
    shaders: [packCotangentShader, packTapsShader, gemmRegisterShader],
    supports: (problem, device) => {
      const { images, perImage } = weightPacking(geometry(forward(problem)));
      return fits(images * perImage * 4, device);
    },
    preference: (problem, { software }) => (software && geometry(forward(problem)).outPerGroup >= BLOCK / 2 ? 10 : -5),
    plan: (problem) => weightRegisterPlan(geometry(forward(problem))),
  },
  {
    name: "naive",
    shaders: [weightNaiveShader],
    plan: (problem) => {
      const g = geometry(forward(problem));
      const count = g.outChannels * g.inner;
      const { outPerGroup: _, pixels: __, inner: ___, ...params } = g;
      return {
        dispatches: [
          {
            shader: weightNaiveShader,
            constants: { WORKGROUP },
            params: { count, ...params },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  },
];
