/**
 * Convolutions of 3 × 3 with a stride of 1 by Winograd's F(2×2, 3×3): 16 multiplications for 4 pixels instead of 36. Tiles
 * and filters are transformed, 16 matrix products follow, and their results are transformed back. F(4×4, 3×3) would take
 * 36 for 16 pixels, but is off by more than the tolerance of a convolution in f32.
 */
import inputText from "../../../shaders/conv2d/winograd_input.wgsl?raw";
import outputText from "../../../shaders/conv2d/winograd_output.wgsl?raw";
import weightText from "../../../shaders/conv2d/winograd_weight.wgsl?raw";
import type { DeviceFacts } from "../../core/device";
import { f32 } from "../../core/tensor";
import { activationConstants } from "../activation";
import { ceilDiv, grid1d } from "../kernels";
import { activationLib, gridLib } from "../lib";
import { batchAxes } from "../matmul/gemm";
import { tiledProduct, tiledShader } from "../matmul/kernels";
import { PANEL, panelDepth, panelProduct, panelsRun, panelsShader, scratchFits } from "../matmul/panels";
import { type Dispatch, type Kernel, type KernelPlan, shader } from "../op";
import type { Conv2dAttributes } from "./conv2d";
import { type Conv2dProblem, type Geometry, geometry, MAX_WORKGROUPS, PATCH_BYTES, pick, WORKGROUP } from "./geometry";

const inputShader = shader("conv2d/winograd_input.wgsl", inputText, gridLib);
const weightShader = shader("conv2d/winograd_weight.wgsl", weightText, gridLib);
const outputShader = shader("conv2d/winograd_output.wgsl", outputText, [...gridLib, ...activationLib]);

/** Products for a tile of four pixels, and pixels along its side. */
const POINTS = 16;
const SIDE = 2;
/** Tiles written down at once on a GPU, in bytes; on a processor as much as its cache holds. */
const TILE_BYTES = 96 * 2 ** 20;

type Product = "panels" | "tiled";

function tiling(g: Geometry, product: Product) {
  const tileRows = ceilDiv(g.outHeight, SIDE);
  const tileColumns = ceilDiv(g.outWidth, SIDE);
  const inPerGroup = g.inChannels / g.groups;
  const depth = product === "panels" ? panelDepth(inPerGroup) : inPerGroup;
  const perImage = POINTS * g.groups * depth * tileRows * tileColumns * 4;
  const images = Math.floor((product === "panels" ? PATCH_BYTES : TILE_BYTES) / perImage);
  return { tileRows, tileColumns, inPerGroup, depth, images: Math.min(g.batch, Math.max(1, images)) };
}

/** Why a problem is not one for these kernels. */
function suits({ kernelHeight, kernelWidth, ...g }: Geometry): true | string {
  if (kernelHeight !== 3 || kernelWidth !== 3) return `is for kernels of 3 × 3, not ${kernelHeight} × ${kernelWidth}`;
  if (g.strideHeight !== 1 || g.strideWidth !== 1) return "is for a stride of 1";
  if (g.dilationHeight !== 1 || g.dilationWidth !== 1) return "is for a dilation of 1";
  return POINTS * g.groups <= MAX_WORKGROUPS || `has ${g.groups} groups, more than a dispatch has layers`;
}

function plan(problem: Conv2dProblem, product: Product): KernelPlan {
  const g = geometry(problem);
  const { tileRows, tileColumns, inPerGroup, depth, images } = tiling(g, product);
  const { groups, outPerGroup } = g;
  const most = images * tileRows * tileColumns;
  const lines = product === "panels" ? PANEL : { rows: outPerGroup, columns: most };
  const rowBlocks = ceilDiv(outPerGroup, lines.rows);
  const dispatches: Dispatch[] = [
    {
      shader: weightShader,
      constants: { LINES: lines.rows, WORKGROUP },
      params: { groups, outPerGroup, inPerGroup, depth, blocks: rowBlocks },
      workgroups: grid1d(groups * rowBlocks * lines.rows * depth, WORKGROUP),
      prepare: true,
    },
  ];
  for (let firstImage = 0; firstImage < g.batch; firstImage += images) {
    const count = Math.min(images, g.batch - firstImage) * tileRows * tileColumns;
    const columns = product === "panels" ? lines.columns : count;
    const blocks = ceilDiv(count, columns);
    const tiles = { firstImage, count, tileRows, tileColumns };
    dispatches.push(
      {
        shader: inputShader,
        constants: { LINES: columns, WORKGROUP },
        params: { ...tiles, groups, inPerGroup, depth, blocks, ...pick(g, "inHeight", "inWidth", "padTop", "padLeft") },
        workgroups: grid1d(groups * blocks * columns * depth, WORKGROUP),
      },
      product === "panels"
        ? panelProduct({
            rows: outPerGroup,
            columns: count,
            depth,
            batches: POINTS * groups,
            firstBatch: 0,
            aMatrices: POINTS * groups,
            bMatrices: POINTS * groups,
            bias: undefined,
            activation: null,
            bindings: { aPacked: "taps", bPacked: "tiles", output: "products" },
          })
        : tiledProduct({
            rows: outPerGroup,
            columns: count,
            inner: depth,
            batches: POINTS * groups,
            batchExtents: batchAxes([POINTS * groups], 1),
            a: across("taps", outPerGroup, depth),
            b: across("tiles", count, depth),
            bias: undefined,
            activation: null,
            output: "products",
          }),
      {
        shader: outputShader,
        constants: {
          HAS_BIAS: problem.inputs.bias ? 1 : 0,
          ...activationConstants(problem.attributes.activation),
          WORKGROUP,
        },
        params: { ...tiles, ...pick(g, "outChannels", "outHeight", "outWidth") },
        bindings: { bias: problem.inputs.bias ? "bias" : "products" },
        workgroups: grid1d(g.outChannels * count, WORKGROUP),
      },
    );
  }
  return {
    scratch: {
      taps: f32(POINTS, groups, rowBlocks, depth, lines.rows),
      tiles: f32(POINTS, groups, ceilDiv(most, lines.columns), depth, lines.columns),
      products: f32(POINTS, g.outChannels, most),
    },
    dispatches,
  };
}

/** A batch of matrices whose lines are neighbours in memory. */
const across = (tensor: string, lines: number, depth: number) => ({
  tensor,
  type: f32(lines, depth),
  lineStride: 1,
  innerStride: lines,
  batchStrides: batchAxes([lines * depth], 0),
});

/** What a load or store costs on a software adapter, in multiply-adds. */
const LOAD = 5;
/** Loads and stores that the transforms of a tile take, for an input channel and for an output channel. */
const TILE_LOADS = 32;
const PIXEL_LOADS = 20;

const upTo = (extent: number, block: number): number => ceilDiv(extent, block) * block;

/** True where the multiplications saved are worth more than the transforms, next to a product of packed patches. */
function pays(g: Geometry): boolean {
  const { tileRows, tileColumns, inPerGroup } = tiling(g, "panels");
  const block = PANEL.columns * PANEL.lanes;
  const tiles = g.batch * tileRows * tileColumns;
  const rows = upTo(g.outPerGroup, PANEL.rows);
  const patches = 9 * inPerGroup * upTo(g.pixels, block) * g.batch * (rows + 2 * LOAD);
  const transforms = LOAD * tiles * (TILE_LOADS * inPerGroup + PIXEL_LOADS * g.outPerGroup);
  return POINTS * inPerGroup * upTo(tiles, block) * rows + transforms < patches;
}

const kernel = (product: Product, runs: (device: DeviceFacts) => true | string): Kernel<Conv2dAttributes> => ({
  name: product === "panels" ? "winogradPanels" : "winograd",
  shaders: [weightShader, inputShader, product === "panels" ? panelsShader : tiledShader, outputShader],
  supports: (problem, device) => {
    for (const reason of [runs(device), suits(geometry(problem))]) if (reason !== true) return reason;
    return scratchFits(plan(problem, product), device);
  },
  preference: (problem, { software }) => {
    if (product === "panels") return pays(geometry(problem)) ? 20 : 2;
    return software ? -5 : 5;
  },
  plan: (problem) => plan(problem, product),
});

export const winogradKernels: readonly Kernel<Conv2dAttributes>[] = [
  kernel("tiled", () => true),
  kernel("panels", panelsRun),
];
