/**
 * Sixteen-bit floats, as files and some buffers hold them: half precision (IEEE 754 binary16) and bfloat16 (the upper half
 * of a float32). Rounding is to the nearest, ties to even, as hardware does it. Numbers stand in `Uint16Array`s as their
 * bits: a `Float16Array` is younger than the oldest Node that must do.
 */

const F32 = new Float32Array(1);
const BITS = new Uint32Array(F32.buffer);

/** The float32 whose bits these are. */
function fromBits(bits: number): number {
  BITS[0] = bits;
  return F32[0] as number;
}

/** The bits of a number rounded to float32. */
function bitsOf(value: number): number {
  F32[0] = value;
  return BITS[0] as number;
}

/** The number whose half-precision bits these are. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Bits of the half-precision number next to a float32; beyond 65520 they are infinity's. */
export function toHalf(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    // 13 bits of the fraction go; the exponent's bias falls from 127 to 15. A carry moves on into the exponent, as it should.
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  // Below 2^-14 halves are multiples of 2^-24; half of the smallest rounds to 0.
  if (magnitude <= 0x33000000) return sign;
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  return sign | ((fraction + (1 << (shift - 1)) - 1 + (kept & 1)) >>> shift);
}

/** The number whose bfloat16 bits these are. */
export const fromBfloat16 = (bits: number): number => fromBits((bits << 16) >>> 0);

/** Bits of the bfloat16 next to a float32. */
export function toBfloat16(value: number): number {
  const bits = bitsOf(value);
  // Rounding could carry a NaN into infinity: it keeps its sign and becomes quiet.
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

let halves: Float32Array<ArrayBuffer> | undefined;

/** Half-precision bits as float32, which holds every one of them exactly. */
export function decodeHalves(bits: Uint16Array): Float32Array<ArrayBuffer> {
  // All 65,536 values: a look-up is several times as fast as taking each apart.
  halves ??= Float32Array.from({ length: 0x10000 }, (_, i) => fromHalf(i));
  const out = new Float32Array(bits.length);
  for (let i = 0; i < out.length; i++) out[i] = halves[bits[i] as number] as number;
  return out;
}

/** float32 rounded to half precision. */
export function encodeHalves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = toHalf(values[i] as number);
  return out;
}

/** bfloat16 bits as float32, which holds every one of them exactly. */
export function decodeBfloat16(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < out.length; i++) out[i] = (bits[i] as number) << 16;
  return new Float32Array(out.buffer);
}

/** float32 rounded to bfloat16. */
export function encodeBfloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = toBfloat16(values[i] as number);
  return out;
}
