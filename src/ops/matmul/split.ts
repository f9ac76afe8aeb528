/**
 * Products of few tiles and a long inner extent, for GPUs: one workgroup a tile would leave most of a GPU idle, so the inner
 * extent is split, each part is a product of its own in a batch of them, and the parts are added up.
 */
import foldText from "../../../shaders/matmul/fold.wgsl?raw";
import type { DeviceFacts } from "../../core/device";
import { f32 } from "../../core/tensor";
import { activationConstants } from "../activation";
import { ceilDiv, grid1d } from "../kernels";
import { activationLib, gridLib } from "../lib";
import { type Dispatch, type Kernel, type KernelPlan, type Shader, shader } from "../op";
import { type AsGemm, batchAxes, type Gemm, type Operand } from "./gemm";
import { scratchFits } from "./panels";

const foldShader = shader("matmul/fold.wgsl", foldText, [...gridLib, ...activationLib]);

const WORKGROUP = 64;
/** Workgroups that keep a large GPU busy, and terms of a sum below which a part is not worth its addition. */
const BUSY = 512;
const MIN_SPAN = 32;

/** Into how many equal parts the inner extent is split: as many as keep a GPU busy, or as it divides into; 1 for none. */
export function splitsOf({ rows, columns, inner }: Pick<Gemm, "rows" | "columns" | "inner">, tile: number): number {
  const tiles = ceilDiv(rows, tile) * ceilDiv(columns, tile);
  const wished = Math.min(Math.floor(BUSY / tiles), Math.floor(inner / MIN_SPAN));
  for (let splits = wished; splits > 1; splits--) if (inner % splits === 0) return splits;
  return 1;
}

/** The operand as a batch of its parts along the inner extent. */
const parted = (operand: Operand, span: number): Operand => ({
  ...operand,
  batchStrides: batchAxes([span * operand.innerStride], 0),
});

function splitPlan(
  gemm: Gemm,
  splits: number,
  product: (gemm: Gemm & { readonly output: string }) => Dispatch,
): KernelPlan {
  const { rows, columns, inner, bias, activation } = gemm;
  const span = inner / splits;
  const count = rows * columns;
  return {
    scratch: { partial: f32(splits, rows, columns) },
    dispatches: [
      product({
        ...gemm,
        inner: span,
        batches: splits,
        batchExtents: batchAxes([splits], 1),
        a: parted(gemm.a, span),
        b: parted(gemm.b, span),
        bias: undefined,
        activation: null,
        output: "partial",
      }),
      {
        shader: foldShader,
        constants: { HAS_BIAS: bias ? 1 : 0, ...activationConstants(activation), WORKGROUP },
        params: { count, columns, splits },
        // A bias that is not there is bound to something readable, and not read.
        bindings: { bias: bias ?? "partial" },
        workgroups: grid1d(count, WORKGROUP),
      },
    ],
  };
}

/** The kernel of an op that reads as `asGemm` says, by `product`, whose tiles are of `tile` rows and columns. */
export const splitKernel = <A>(
  asGemm: AsGemm<A>,
  fits: (gemm: Gemm, device: DeviceFacts) => true | string,
  tiled: {
    readonly shader: Shader;
    readonly tile: number;
    product(gemm: Gemm & { readonly output: string }): Dispatch;
  },
): Kernel<A> => ({
  name: "splitK",
  shaders: [tiled.shader, foldShader],
  supports: (problem, device) => {
    const gemm = asGemm(problem);
    if (gemm.batches !== 1) return `is for one product, not a batch of ${gemm.batches}`;
    const splits = splitsOf(gemm, tiled.tile);
    if (splits === 1) return `finds no equal parts of ${MIN_SPAN} terms or more in an inner extent of ${gemm.inner}`;
    const fitting = fits(gemm, device);
    return fitting === true ? scratchFits(splitPlan(gemm, splits, tiled.product), device) : fitting;
  },
  // Where a product has tiles for many workgroups already, writing parts and reading them again is not paid back.
  preference: (problem, { software }) => (software ? -5 : splitsOf(asGemm(problem), tiled.tile) >= 8 ? 15 : 5),
  plan: (problem) => splitPlan(asGemm(problem), splitsOf(asGemm(problem), tiled.tile), tiled.product),
});
