/**
 * Products of packed operands: the lines of a and b in blocks, side by side at each step of the inner index. What the
 * `register` and `panels` kernels of matrix products share with convolutions.
 */
import packText from "../../../shaders/matmul/pack.wgsl?raw";
import panelsText from "../../../shaders/matmul/panels.wgsl?raw";
import type { DeviceFacts } from "../../core/device";
import { byteLength, f32, type TensorType } from "../../core/tensor";
import { activationConstants } from "../activation";
import { ceilDiv, grid1d } from "../kernels";
import { activationLib, batchLib, gridLib, outerLib } from "../lib";
import { type Activation, type Dispatch, type Kernel, type KernelPlan, shader } from "../op";
import type { AsGemm, Gemm, Operand } from "./gemm";

export const packShader = shader("matmul/pack.wgsl", packText, [...gridLib, ...batchLib]);
export const panelsShader = shader("matmul/panels.wgsl", panelsText, [...gridLib, ...outerLib, ...activationLib]);

const WORKGROUP = 64;

/** Rows of a and columns of b in a block of `panels.wgsl`, and invocations that share rows. */
export const PANEL = { rows: 16, columns: 8, lanes: 4 } as const;

/** The inner extent as `panels.wgsl` wants it: in whole steps of four. */
export const panelDepth = (inner: number): number => ceilDiv(inner, 4) * 4;

/** Why a device cannot run `panels.wgsl`. It is written for adapters that compute a subgroup's invocations in one thread. */
export function panelsRun({ software, features }: DeviceFacts): true | string {
  if (!features.has("subgroups")) return "wants the feature subgroups";
  return software || "is for software adapters: a GPU shares loads through workgroup memory";
}

/** Lines of an operand to pack. */
export interface Packing {
  readonly source: string;
  readonly into: string;
  readonly lines: number;
  /** Lines in a block: a multiple of 4. */
  readonly block: number;
  readonly inner: number;
  /** The inner extent as packed; zeros beyond `inner`. */
  readonly depth: number;
  readonly batches: number;
  readonly lineStride: number;
  readonly innerStride: number;
  readonly batchExtents: readonly number[];
  readonly batchStrides: readonly number[];
}

export const packedType = ({ batches, lines, block, depth }: Packing): TensorType =>
  f32(batches, ceilDiv(lines, block), depth, block);

export function pack({ source, into, block, ...packing }: Packing): Dispatch {
  const blocks = ceilDiv(packing.lines, block);
  const quads = block / 4;
  return {
    shader: packShader,
    constants: { QUADS: quads, WORKGROUP },
    params: { ...packing, blocks },
    bindings: { source, packed: into },
    workgroups: grid1d(packing.batches * blocks * packing.depth * quads, WORKGROUP),
    prepare: true,
  };
}

/** How an operand is packed: one matrix that serves every batch is packed once. */
export function operandPacking(
  { inner, batches, batchExtents }: Gemm,
  { tensor, lineStride, innerStride, batchStrides }: Operand,
  into: string,
  lines: number,
  block: number,
  depth: number,
): Packing {
  const shared = batchStrides.every((stride) => stride === 0);
  return {
    source: tensor,
    into,
    lines,
    block,
    inner,
    depth,
    batches: shared ? 1 : batches,
    lineStride,
    innerStride,
    batchExtents,
    batchStrides,
  };
}

/** A product of packed operands and where its parts are. */
export interface PanelProduct {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batches: number;
  readonly firstBatch: number;
  readonly aMatrices: number;
  readonly bMatrices: number;
  readonly bias: { readonly tensor: string; readonly along: "rows" | "columns" } | undefined;
  readonly activation: Activation | null;
  readonly bindings: Readonly<Record<"aPacked" | "bPacked" | "output", string>>;
}

export function panelProduct({ bias, activation, bindings, depth, ...product }: PanelProduct): Dispatch {
  const rowBlocks = ceilDiv(product.rows, PANEL.rows);
  const columnBlocks = ceilDiv(product.columns, PANEL.columns);
  const columnLanes = ceilDiv(columnBlocks, PANEL.lanes) * PANEL.lanes;
  return {
    shader: panelsShader,
    constants: { BIAS: bias ? (bias.along === "rows" ? 2 : 1) : 0, ...activationConstants(activation), WORKGROUP },
    params: { ...product, steps: depth / 4, rowBlocks, columnBlocks, columnLanes },
    // A bias that is not there is bound to something readable, and not read.
    bindings: { ...bindings, bias: bias?.tensor ?? bindings.aPacked },
    workgroups: grid1d(product.batches * rowBlocks * columnLanes, WORKGROUP),
  };
}

const filled = (extent: number, block: number): number => extent / (ceilDiv(extent, block) * block);

/** Numbers that blocks of `block` rows by `block` columns compute, to those wanted, against panels': above 1 where panels win. */
export const panelsGain = (rows: number, columns: number, block: number): number =>
  (2 * filled(rows, PANEL.rows) * filled(columns, PANEL.columns * PANEL.lanes)) /
  (filled(rows, block) * filled(columns, block));

/** The packings of a product, then the product. */
function panelsPlan(gemm: Gemm): KernelPlan {
  const { rows, columns, inner, batches, bias, activation } = gemm;
  const depth = panelDepth(inner);
  const a = operandPacking(gemm, gemm.a, "aPacked", rows, PANEL.rows, depth);
  const b = operandPacking(gemm, gemm.b, "bPacked", columns, PANEL.columns, depth);
  const product = panelProduct({
    rows,
    columns,
    depth,
    batches,
    firstBatch: 0,
    aMatrices: a.batches,
    bMatrices: b.batches,
    bias: bias === undefined ? undefined : { tensor: bias, along: "columns" },
    activation,
    bindings: { aPacked: "aPacked", bPacked: "bPacked", output: "output" },
  });
  return {
    scratch: { aPacked: packedType(a), bPacked: packedType(b) },
    dispatches: [pack(a), pack(b), product],
  };
}

/** Why what a plan packs cannot be bound on a device, if it cannot. */
export function scratchFits({ scratch = {} }: KernelPlan, { limits }: DeviceFacts): true | string {
  const needs = Math.max(0, ...Object.values(scratch).map(byteLength));
  const limit = limits.maxStorageBufferBindingSize;
  return (
    needs <= limit || `packed operands need maxStorageBufferBindingSize of ${needs}, but the device offers ${limit}`
  );
}

/** Lines below which packing is not paid back. */
const MIN_LINES = 12;

/** The kernel of an op that reads as `asGemm` says; `fits` says why its operands cannot be bound. */
export const panelsKernel = <A>(
  asGemm: AsGemm<A>,
  fits: (gemm: Gemm, device: DeviceFacts) => true | string,
  block: number,
): Kernel<A> => ({
  name: "panels",
  shaders: [packShader, panelsShader],
  supports: (problem, device) => {
    const runs = panelsRun(device);
    if (runs !== true) return runs;
    const fitting = fits(asGemm(problem), device);
    return fitting === true ? scratchFits(panelsPlan(asGemm(problem)), device) : fitting;
  },
  preference: (problem) => {
    const { rows, columns } = asGemm(problem);
    return rows >= MIN_LINES && columns >= MIN_LINES && panelsGain(rows, columns, block) > 1 ? 15 : 0;
  },
  plan: (problem) => panelsPlan(asGemm(problem)),
});
