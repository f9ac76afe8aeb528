/** The kernels of conv2d: implicit GEMM for GPUs, packed register blocks for software adapters, and the definition. */
import implicitText from "../../../shaders/conv2d/implicit_gemm.wgsl?raw";
import naiveText from "../../../shaders/conv2d/naive.wgsl?raw";
import packPatchesText from "../../../shaders/conv2d/pack_patches.wgsl?raw";
import registerText from "../../../shaders/conv2d/register.wgsl?raw";
import { sizeOf } from "../../core/shape";
import { f32, type TensorType } from "../../core/tensor";
import { activationConstants } from "../activation";
import { ceilDiv, grid1d } from "../kernels";
import { activationLib, gridLib } from "../lib";
import { batchAxes } from "../matmul/gemm";
import {
  PANEL,
  type Packing,
  pack,
  packedType,
  packShader,
  panelDepth,
  panelProduct,
  panelsGain,
  panelsRun,
  panelsShader,
  scratchFits,
} from "../matmul/panels";
import { type Dispatch, type Kernel, type KernelPlan, shader } from "../op";
import type { Conv2dAttributes } from "./conv2d";
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
import { winogradKernels } from "./winograd";

const naiveShader = shader("conv2d/naive.wgsl", naiveText, [...gridLib, ...activationLib]);
const implicitShader = shader("conv2d/implicit_gemm.wgsl", implicitText, activationLib);
const packPatchesShader = shader("conv2d/pack_patches.wgsl", packPatchesText, gridLib);
export const registerShader = shader("conv2d/register.wgsl", registerText, [...gridLib, ...activationLib]);

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

/** How many images' patches are written down at once, and how many numbers those of one are. */
function patching(g: Geometry, depth: number): { images: number; perImage: number; blocks: number } {
  const blocks = ceilDiv(g.pixels, BLOCK);
  const perImage = g.groups * blocks * depth * BLOCK;
  return { images: Math.min(g.batch, Math.max(1, Math.floor(PATCH_BYTES / (perImage * 4)))), perImage, blocks };
}

/** The filters of each group as a matrix to be packed in blocks of `block` channels. */
const filterPacking = (g: Geometry, block: number, depth: number): Packing => ({
  source: "weight",
  into: "weightPacked",
  lines: g.outPerGroup,
  block,
  inner: g.inner,
  depth,
  batches: g.groups,
  lineStride: g.inner,
  innerStride: 1,
  batchExtents: batchAxes([g.groups], 1),
  batchStrides: batchAxes([g.outPerGroup * g.inner], 0),
});

/** Filters packed, then for some images at a time patches written down and multiplied by them. */
function patchesPlan(
  problem: Conv2dProblem,
  block: number,
  depth: number,
  product: (g: Geometry, firstImage: number, images: number, pixelBlocks: number) => Dispatch,
): KernelPlan {
  const g = geometry(problem);
  const { images, perImage, blocks } = patching(g, depth);
  const filters = filterPacking(g, block, depth);
  const dispatches: Dispatch[] = [pack(filters)];
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
          depth,
          ...pick(g, "inChannels", "inHeight", "inWidth", "outWidth", "pixels", "groups", ...WINDOW),
        },
        workgroups: grid1d(count * g.inChannels * blocks, WORKGROUP),
      },
      product(g, firstImage, count, blocks),
    );
  }
  return { scratch: { weightPacked: packedType(filters), patches: f32(images, perImage) }, dispatches };
}

const registerPlan = (problem: Conv2dProblem): KernelPlan =>
  patchesPlan(problem, BLOCK, geometry(problem).inner, (g, firstImage, images, pixelBlocks) => {
    const channelBlocks = ceilDiv(g.outPerGroup, BLOCK);
    return {
      shader: registerShader,
      constants: { ...epilogue(problem), WORKGROUP },
      params: {
        firstImage,
        images,
        channelBlocks,
        pixelBlocks,
        ...pick(g, "groups", "outPerGroup", "pixels", "inner"),
      },
      bindings: { bias: biasOr(problem, "weightPacked") },
      workgroups: grid1d(images * g.groups * channelBlocks * pixelBlocks, WORKGROUP),
    };
  });

function panelsPlan(problem: Conv2dProblem): KernelPlan {
  const depth = panelDepth(geometry(problem).inner);
  return patchesPlan(problem, PANEL.rows, depth, (g, firstImage, images) =>
    panelProduct({
      rows: g.outPerGroup,
      columns: g.pixels,
      depth,
      batches: images * g.groups,
      firstBatch: firstImage * g.groups,
      aMatrices: g.groups,
      bMatrices: images * g.groups,
      bias: problem.inputs.bias ? { tensor: "bias", along: "rows" } : undefined,
      activation: problem.attributes.activation,
      bindings: { aPacked: "weightPacked", bPacked: "patches", output: "output" },
    }),
  );
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
  ...winogradKernels,
  {
    name: "panels",
    shaders: [packShader, packPatchesShader, panelsShader],
    supports: (problem, device) => {
      const runs = panelsRun(device);
      return runs === true ? scratchFits(panelsPlan(problem), device) : runs;
    },
    preference: (problem) => {
      const { outPerGroup, pixels } = geometry(problem);
      return outPerGroup >= BLOCK && panelsGain(outPerGroup, pixels, BLOCK) > 1 ? 15 : 1;
    },
    plan: (problem) => panelsPlan(problem),
  },
  {
    name: "register",
    shaders: [packShader, packPatchesShader, registerShader],
    supports: (problem, device) => scratchFits(registerPlan(problem), device),
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
