/** The numbers of a convolution that its kernels share. */
import { byteLength, type TensorType } from "../../core/tensor";
import type { Problem } from "../op";
import type { Conv2dAttributes } from "./conv2d";

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

/** Bytes that a convolution must move at least: every tensor once. */
export const minimalBytes = ({ inputs, outputs }: Conv2dProblem): number =>
  [...Object.values(inputs), ...Object.values(outputs)].reduce((sum, type) => sum + byteLength(type), 0);
