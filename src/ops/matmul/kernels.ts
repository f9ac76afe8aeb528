/** The kernels of matrix products, for any op that can say how it reads as one. */
import directText from "../../../shaders/matmul/direct.wgsl?raw";
import matvecText from "../../../shaders/matmul/matvec.wgsl?raw";
import naiveText from "../../../shaders/matmul/naive.wgsl?raw";
import registerText from "../../../shaders/matmul/register.wgsl?raw";
import rowsText from "../../../shaders/matmul/rows.wgsl?raw";
import tiledText from "../../../shaders/matmul/tiled.wgsl?raw";
import type { DeviceFacts } from "../../core/device";
import { byteLength } from "../../core/tensor";
import { activationConstants } from "../activation";
import { ceilDiv, grid1d } from "../kernels";
import { activationLib, batchLib, gridLib, outerLib } from "../lib";
import { type Dispatch, type Kernel, type KernelPlan, type Range, shader, type Workgroups } from "../op";
import { type AsGemm, type Gemm, hasWeightLayout, type Operand } from "./gemm";
import { operandPacking, pack, packedType, packShader, panelsKernel, scratchFits } from "./panels";
import { splitKernel } from "./split";

const naiveShader = shader("matmul/naive.wgsl", naiveText, [...gridLib, ...batchLib, ...activationLib]);
export const tiledShader = shader("matmul/tiled.wgsl", tiledText, [...batchLib, ...activationLib]);
export const registerShader = shader("matmul/register.wgsl", registerText, [...gridLib, ...activationLib]);
const directShader = shader("matmul/direct.wgsl", directText, [...gridLib, ...outerLib, ...activationLib]);
const matvecShader = shader("matmul/matvec.wgsl", matvecText, activationLib);
const rowsShader = shader("matmul/rows.wgsl", rowsText, [...gridLib, ...activationLib]);

const WORKGROUP = 64;
/** Lines of a packed block, and sums along a side of the register kernel's block. */
const BLOCK = 8;
/** Rows up to which a product is a matrix–vector product: beyond, weights are used often enough for tiles to pay. */
const FEW_ROWS = 8;
const COLUMNS_PER_GROUP = 4;
/** Rows and columns of a workgroup of the tiled kernel. */
const TILE = 64;
const MAX_WORKGROUPS = 65535;

const constantsOf = ({ bias, activation }: Gemm): Record<string, number> => ({
  HAS_BIAS: bias ? 1 : 0,
  ...activationConstants(activation),
});

/** A bias that is not there is bound to something readable, and not read. */
const biasBinding = ({ bias, a }: Gemm): string => bias ?? a.tensor;

/** Columns of b in parts that the device can bind; one part when b fits whole. */
interface Part {
  readonly first: number;
  readonly columns: number;
  readonly binding: string | Range;
}

const greatestCommonDivisor = (x: number, y: number): number => (y === 0 ? x : greatestCommonDivisor(y, x % y));

/**
 * Splits b by columns into ranges that a device can bind: AlexNet's fc6 has 144 MiB of weights, the default limit is 128.
 * Only for b stored with its columns contiguous; parts begin at multiples of the alignment that offsets must have.
 */
function parts(gemm: Gemm, { limits }: DeviceFacts): readonly Part[] {
  const { b, columns, inner } = gemm;
  const whole = byteLength(b.type);
  if (whole <= limits.maxStorageBufferBindingSize || !hasWeightLayout(gemm)) {
    return [{ first: 0, columns, binding: b.tensor }];
  }
  const lineBytes = inner * 4;
  const align =
    limits.minStorageBufferOffsetAlignment / greatestCommonDivisor(limits.minStorageBufferOffsetAlignment, lineBytes);
  const fit = Math.floor(limits.maxStorageBufferBindingSize / lineBytes);
  const step = Math.max(align, Math.floor(fit / align) * align);
  return Array.from({ length: ceilDiv(columns, step) }, (_, i) => {
    const first = i * step;
    const count = Math.min(step, columns - first);
    return {
      first,
      columns: count,
      binding: { tensor: b.tensor, byteOffset: first * lineBytes, byteLength: count * lineBytes },
    };
  });
}

/** A limit that binds the operands as a whole, as a reason. */
function fitsWhole(gemm: Gemm, { limits }: DeviceFacts, splitsB: boolean): true | string {
  const limit = limits.maxStorageBufferBindingSize;
  for (const operand of [gemm.a, gemm.b]) {
    const needs = byteLength(operand.type);
    if (needs <= limit || (splitsB && operand === gemm.b && hasWeightLayout(gemm))) continue;
    return `${operand.tensor} needs maxStorageBufferBindingSize of ${needs}, but the device offers ${limit}`;
  }
  return true;
}

const strides = ({ a, b }: Gemm) => ({
  aRow: a.lineStride,
  aInner: a.innerStride,
  bInner: b.innerStride,
  bColumn: b.lineStride,
});

const batchParams = ({ batchExtents, a, b }: Gemm) => ({
  batchExtents,
  aBatch: a.batchStrides,
  bBatch: b.batchStrides,
});

function naivePlan(gemm: Gemm, device: DeviceFacts): readonly Dispatch[] {
  return parts(gemm, device).map(({ first, columns, binding }) => ({
    shader: naiveShader,
    constants: { ...constantsOf(gemm), WORKGROUP },
    params: {
      rows: gemm.rows,
      columns,
      inner: gemm.inner,
      batches: gemm.batches,
      firstColumn: first,
      outColumns: gemm.columns,
      ...strides(gemm),
      ...batchParams(gemm),
    },
    bindings: { a: gemm.a.tensor, b: binding, bias: biasBinding(gemm) },
    workgroups: grid1d(gemm.batches * gemm.rows * columns, WORKGROUP),
  }));
}

/** The product by `tiled.wgsl`, into `output` unless another tensor is named. */
export function tiledProduct(gemm: Gemm & { readonly output?: string }): Dispatch {
  const { rows, columns, inner, batches, output = "output" } = gemm;
  return {
    shader: tiledShader,
    constants: constantsOf(gemm),
    params: { rows, columns, inner, batches, ...strides(gemm), ...batchParams(gemm) },
    bindings: { a: gemm.a.tensor, b: gemm.b.tensor, bias: biasBinding(gemm), output },
    workgroups: [ceilDiv(columns, TILE), ceilDiv(rows, TILE), batches],
  };
}

function registerPlan(gemm: Gemm): KernelPlan {
  const { rows, columns, inner, batches } = gemm;
  const a = operandPacking(gemm, gemm.a, "aPacked", rows, BLOCK, inner);
  const b = operandPacking(gemm, gemm.b, "bPacked", columns, BLOCK, inner);
  const rowBlocks = ceilDiv(rows, BLOCK);
  const columnBlocks = ceilDiv(columns, BLOCK);
  return {
    scratch: { aPacked: packedType(a), bPacked: packedType(b) },
    dispatches: [
      pack(a),
      pack(b),
      {
        shader: registerShader,
        constants: { ...constantsOf(gemm), WORKGROUP },
        params: {
          rows,
          columns,
          inner,
          batches,
          rowBlocks,
          columnBlocks,
          aBatchBlocks: a.batches === 1 ? 0 : rowBlocks,
          bBatchBlocks: b.batches === 1 ? 0 : columnBlocks,
        },
        bindings: { bias: biasBinding(gemm) },
        workgroups: grid1d(batches * rowBlocks * columnBlocks, WORKGROUP),
      },
    ],
  };
}

/** How an operand of `lines` lies for the direct kernel: its stride in vec4s, along k or across it; or why it cannot be read so. */
function inFours({ tensor, lineStride, innerStride }: Operand): { along: 0 | 1; stride: number } | string {
  if (innerStride === 1 && lineStride % 4 === 0) return { along: 1, stride: lineStride / 4 };
  if (lineStride === 1 && innerStride % 4 === 0) return { along: 0, stride: innerStride / 4 };
  return `wants ${tensor} in lines of a multiple of 4`;
}

function directPlan(gemm: Gemm): readonly Dispatch[] | string {
  const { rows, columns, inner, batches } = gemm;
  if (batches !== 1) return `is for one product, not a batch of ${batches}`;
  if (inner % 4 !== 0) return `wants an inner extent that is a multiple of 4, not ${inner}`;
  const [a, b] = [inFours(gemm.a), inFours(gemm.b)];
  if (typeof a === "string") return a;
  if (typeof b === "string") return b;
  const [rowBlocks, columnBlocks] = [ceilDiv(rows, BLOCK), ceilDiv(columns, BLOCK)];
  return [
    {
      shader: directShader,
      constants: { ...constantsOf(gemm), A_ALONG: a.along, B_ALONG: b.along, WORKGROUP },
      params: { rows, columns, inner4: inner / 4, rowBlocks, columnBlocks, aStride: a.stride, bStride: b.stride },
      bindings: { a: gemm.a.tensor, b: gemm.b.tensor, bias: biasBinding(gemm) },
      workgroups: grid1d(rowBlocks * columnBlocks, WORKGROUP),
    },
  ];
}

/** Why a product is not one of few rows by contiguous weights. */
function fewRows(gemm: Gemm, device: DeviceFacts): true | string {
  if (!hasWeightLayout(gemm)) return "wants one matrix b with contiguous columns";
  if (gemm.rows > FEW_ROWS) return `is for at most ${FEW_ROWS} rows, not ${gemm.rows}`;
  if (gemm.inner % 4 !== 0) return `wants an inner extent that is a multiple of 4, not ${gemm.inner}`;
  if (gemm.rows > 1 && gemm.a.lineStride !== gemm.inner) return "wants contiguous rows of a";
  return fitsWhole(gemm, device, true);
}

function fewRowsPlan(
  gemm: Gemm,
  device: DeviceFacts,
  kernel: "matvec" | "rows",
  constants: Record<string, number>,
): readonly Dispatch[] {
  return parts(gemm, device).map(({ first, columns, binding }) => {
    const groups = grid1d(columns, COLUMNS_PER_GROUP);
    const matvec: Workgroups = [groups[0], groups[1], gemm.rows];
    return {
      shader: kernel === "matvec" ? matvecShader : rowsShader,
      constants: { ...constantsOf(gemm), ...constants },
      params: { rows: gemm.rows, columns, inner4: gemm.inner / 4, firstColumn: first, outColumns: gemm.columns },
      bindings: { x: gemm.a.tensor, weight: binding, bias: biasBinding(gemm) },
      workgroups:
        kernel === "matvec" ? matvec : grid1d(gemm.rows * ceilDiv(columns, 4), constants.WORKGROUP ?? WORKGROUP),
    };
  });
}

/** The kernels of an op that reads as `asGemm` says. */
export function gemmKernels<A>(asGemm: AsGemm<A>): readonly Kernel<A>[] {
  return [
    {
      name: "tiled",
      shaders: [tiledShader],
      supports: (problem, device) => {
        const gemm = asGemm(problem);
        if (gemm.batches > MAX_WORKGROUPS) return `has ${gemm.batches} batches, more than a dispatch has layers`;
        return fitsWhole(gemm, device, false);
      },
      preference: (_, { software }) => (software ? 0 : 10),
      plan: (problem) => ({ dispatches: [tiledProduct(asGemm(problem))] }),
    },
    splitKernel(asGemm, (gemm, device) => fitsWhole(gemm, device, false), {
      shader: tiledShader,
      tile: TILE,
      product: tiledProduct,
    }),
    panelsKernel(asGemm, (gemm, device) => fitsWhole(gemm, device, false), BLOCK),
    {
      name: "register",
      shaders: [packShader, registerShader],
      supports: (problem, device) => {
        const gemm = asGemm(problem);
        const fits = scratchFits(registerPlan(gemm), device);
        return fits === true ? fitsWhole(gemm, device, false) : fits;
      },
      // Packing pays once each packed number is used several times.
      preference: (problem, { software }) => {
        const { rows, columns } = asGemm(problem);
        return software && rows >= BLOCK / 2 && columns >= BLOCK / 2 ? 10 : 0;
      },
      plan: (problem) => registerPlan(asGemm(problem)),
    },
    {
      name: "direct",
      shaders: [directShader],
      supports: (problem, device) => {
        const gemm = asGemm(problem);
        const plan = directPlan(gemm);
        return typeof plan === "string" ? plan : fitsWhole(gemm, device, false);
      },
      // As fast as `register` on a software adapter, and without its packing.
      preference: (problem, { software }) => {
        const { rows, columns } = asGemm(problem);
        return software && rows >= BLOCK / 2 && columns >= BLOCK / 2 ? 11 : 0;
      },
      plan: (problem) => ({ dispatches: directPlan(asGemm(problem)) as readonly Dispatch[] }),
    },
    {
      name: "matvec",
      shaders: [matvecShader],
      tunables: { LANES: [32, 16, 64] },
      supports: (problem, device) => fewRows(asGemm(problem), device),
      preference: (_, { software }) => (software ? 0 : 20),
      plan: (problem, { LANES = 32 }, device) => ({
        dispatches: fewRowsPlan(asGemm(problem), device, "matvec", { LANES }),
      }),
    },
    {
      name: "rows",
      shaders: [rowsShader],
      supports: (problem, device) => fewRows(asGemm(problem), device),
      preference: (problem, { software }) => (software && asGemm(problem).rows < BLOCK / 2 ? 20 : 1),
      plan: (problem, _, device) => ({ dispatches: fewRowsPlan(asGemm(problem), device, "rows", { WORKGROUP }) }),
    },
    {
      name: "naive",
      shaders: [naiveShader],
      plan: (problem, _, device) => ({ dispatches: naivePlan(asGemm(problem), device) }),
    },
  ];
}
