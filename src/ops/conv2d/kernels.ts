/** The kernels of conv2d: implicit GEMM for GPUs, packed register blocks for software adapters, and the definition. */
import implicitText from "../../../shaders/conv2d/implicit_gemm.wgsl?raw";
import naiveText from "../../../shaders/conv2d/naive.wgsl?raw";
import packPatchesText from "../../../shaders/conv2d/pack_patches.wgsl?raw";
import packWeightsText from "../../../shaders/conv2d/pack_weights.wgsl?raw";
import registerText from "../../../shaders/conv2d/register.wgsl?raw";
import { sizeOf } from "../../core/shape";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { activationConstants } from "../activation";
import { ceilDiv, grid1d } from "../kernels";
import { activationLib, gridLib } from "../lib";
import { type Dispatch, type Kernel, type KernelPlan, type Problem, shader } from "../op";
import type { Conv2dAttributes } from "./conv2d";

const naiveShader = shader("conv2d/naive.wgsl", naiveText, [...gridLib, ...activationLib]);
const implicitShader = shader("conv2d/implicit_gemm.wgsl", implicitText, activationLib);
const packWeightsShader = shader("conv2d/pack_weights.wgsl", packWeightsText, gridLib);
const packPatchesShader = shader("conv2d/pack_patches.wgsl", packPatchesText, gridLib);
export const registerShader = shader("conv2d/register.wgsl", registerText, [...gridLib, ...activationLib]);

export const WORKGROUP = 64;
/** Channels and pixels of a packed block. */
export const BLOCK = 8;
/** Rows and columns of a workgroup's tile in the implicit GEMM. */
export const TILE = 64;
export const MAX_WORKGROUPS = 65535;
/** Patches are written down for as many images at a time as stay in a processor's cache, or nearly. */
export const PATCH_BYTES = 16 * 2 ** 20;

export type Conv2dProblem = Problem<Conv2dAttributes>;

/** The numbers that every kernel wants, by the names that the shaders give them. */
export function geometry({ inputs, outputs, attributes }: Conv2dProblem) {
  const [batch, inChannels, inHeight, inWidth] = (inputs.input as TensorType).shape as [number, number, number, number];
  const [outChannels, perGroup, kernelHeight, kernelWidth] = (inputs.weight as TensorType).shape as [
    number,
    number,
    number,
    number,
  ];
  const [, , outHeight, outWidth] = (outputs.output as TensorType).shape as [number, number, number, number];
  const { groups, stride, padding, dilation } = attributes;
  return {
    batch,
    inChannels,
    inHeight,
    inWidth,
    outChannels,
    outHeight,
    outWidth,
    groups,
    kernelHeight,
    kernelWidth,
    strideHeight: stride[0],
    strideWidth: stride[1],
    padTop: padding[0],
    padLeft: padding[1],
    dilationHeight: dilation[0],
    dilationWidth: dilation[1],
    pixels: outHeight * outWidth,
    /** Products in one sum. */
    inner: perGroup * kernelHeight * kernelWidth,
    outPerGroup: outChannels / groups,
  };
}

export type Geometry = ReturnType<typeof geometry>;

export const pick = <K extends keyof Geometry>(g: Geometry, ...keys: K[]): Record<K, number> =>
  Object.fromEntries(keys.map((key) => [key, g[key]])) as Record<K, number>;

export const WINDOW = [
  "kernelHeight",
  "kernelWidth",
  "strideHeight",
  "strideWidth",
  "padTop",
  "padLeft",
  "dilationHeight",
  "dilationWidth",
] as const;

const epilogue = ({ inputs, attributes }: Conv2dProblem): Record<string, number> => ({
  HAS_BIAS: inputs.bias ? 1 : 0,
  ...activationConstants(attributes.activation),
});

/** A bias that is not there is bound to something readable, and not read. */
const biasOr = ({ inputs }: Conv2dProblem, other: string): string => (inputs.bias ? "bias" : other);

function implicitPlan(problem: Conv2dProblem): KernelPlan {
  const g = geometry(problem);
  const dispatch: Dispatch = {
    shader: implicitShader,
    constants: epilogue(problem),
    params: pick(
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
    bindings: { bias: biasOr(problem, "weight") },
    workgroups: [ceilDiv(g.pixels, TILE), ceilDiv(g.outPerGroup, TILE), g.batch * g.groups],
  };
  return { dispatches: [dispatch] };
}

/** How many images' patches are written down at once, and how many bytes those are. */
export function patching(g: Geometry): { images: number; perImage: number; blocks: number } {
  const blocks = ceilDiv(g.pixels, BLOCK);
  const perImage = g.groups * blocks * g.inner * BLOCK;
  return { images: Math.min(g.batch, Math.max(1, Math.floor(PATCH_BYTES / (perImage * 4)))), perImage, blocks };
}

function registerPlan(problem: Conv2dProblem): KernelPlan {
  const g = geometry(problem);
  const { images, perImage, blocks } = patching(g);
  const channelBlocks = ceilDiv(g.outPerGroup, BLOCK);
  const dispatches: Dispatch[] = [
    {
      shader: packWeightsShader,
      constants: { WORKGROUP },
      params: { groups: g.groups, outPerGroup: g.outPerGroup, blocks: channelBlocks, inner: g.inner },
      workgroups: grid1d(g.groups * channelBlocks * g.inner, WORKGROUP),
      prepare: true,
    },
  ];
  for (let firstImage = 0; firstImage < g.batch; firstImage += images) {
    const count = Math.min(images, g.batch - firstImage);
    dispatches.push(
      {
        shader: packPatchesShader,
        constants: { WORKGROUP },
        params: {
          firstImage,
          images: count,
          blocks,
          ...pick(g, "inChannels", "inHeight", "inWidth", "outWidth", "pixels", "groups", ...WINDOW),
        },
        workgroups: grid1d(count * g.inChannels * blocks, WORKGROUP),
      },
      {
        shader: registerShader,
        constants: { ...epilogue(problem), WORKGROUP },
        params: {
          firstImage,
          images: count,
          channelBlocks,
          pixelBlocks: blocks,
          ...pick(g, "groups", "outPerGroup", "pixels", "inner"),
        },
        bindings: { bias: biasOr(problem, "weightPacked") },
        workgroups: grid1d(count * g.groups * channelBlocks * blocks, WORKGROUP),
      },
    );
  }
  return {
    scratch: { weightPacked: f32(g.groups, channelBlocks, g.inner, BLOCK), patches: f32(images, perImage) },
    dispatches,
  };
}

export const conv2dKernels: readonly Kernel<Conv2dAttributes>[] = [
  {
    name: "implicitGemm",
    shaders: [implicitShader],
    supports: (problem) => {
      const g = geometry(problem);
      const layers = g.batch * g.groups;
      return layers <= MAX_WORKGROUPS || `has ${layers} images × groups, more than a dispatch has layers`;
    },
    // A tile of 64 channels is mostly idle when a group has one or two (depthwise convolutions).
    preference: (problem, { software }) => (software || geometry(problem).outPerGroup < BLOCK ? -10 : 10),
    plan: (problem) => implicitPlan(problem),
  },
  {
    name: "register",
    shaders: [packWeightsShader, packPatchesShader, registerShader],
    supports: (problem, { limits }) => {
      const g = geometry(problem);
      const { images, perImage } = patching(g);
      const needs = images * perImage * 4;
      const limit = limits.maxStorageBufferBindingSize;
      return needs <= limit || `patches need maxStorageBufferBindingSize of ${needs}, but the device offers ${limit}`;
    },
    preference: (problem, { software }) => (software && geometry(problem).outPerGroup >= BLOCK / 2 ? 10 : -5),
    plan: (problem) => registerPlan(problem),
  },
  {
    name: "naive",
    shaders: [naiveShader],
    plan: (problem) => {
      const g = geometry(problem);
      const count = sizeOf((problem.outputs.output as TensorType).shape);
      return {
        dispatches: [
          {
            shader: naiveShader,
            constants: { ...epilogue(problem), WORKGROUP },
            params: {
              count,
              ...pick(
                g,
                "inChannels",
                "inHeight",
                "inWidth",
                "outChannels",
                "outHeight",
                "outWidth",
                "groups",
                ...WINDOW,
              ),
            },
            bindings: { bias: biasOr(problem, "weight") },
            workgroups: grid1d(count, WORKGROUP),
          },
        ],
      };
    },
  },
];

/** Bytes that a convolution must move at least: every tensor once. */
export const minimalBytes = ({ inputs, outputs }: Conv2dProblem): number =>
  [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0);
