/**
 * Counter-based random numbers: a value depends on (stream, index) alone, so a tensor comes out the same on every
 * machine and in every order. The mixer is "lowbias32" (C. Wellons, "Prospecting for Hash Functions", 2018), and the
 * way that stream and index are combined is the golden vectors' own.
 */

function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 32 random bits of `stream` at `index`, as an unsigned integer. */
export function hash(stream: number, index: number): number {
  return mix(mix((index + 0x9e3779b9) >>> 0) ^ mix((stream + 0x85ebca6b) >>> 0));
}

/** Uniform in [-1, 1) on a grid of 2^-23, exact in float32. */
export const uniform = (stream: number, index: number): number => (hash(stream, index) >>> 8) * 2 ** -23 - 1;

/** Fill `out` with uniform values in [-scale, scale). */
export function fillUniform(out: Float32Array<ArrayBuffer>, stream: number, scale = 1): Float32Array<ArrayBuffer> {
  const rounded = Math.fround(scale);
  for (let i = 0; i < out.length; i++) out[i] = uniform(stream, i) * rounded;
  return out;
}

/** Fill `out` with normal values of mean 0 and deviation `std` (Box–Muller over two streams of bits). */
export function fillNormal(out: Float32Array<ArrayBuffer>, stream: number, std = 1): Float32Array<ArrayBuffer> {
  for (let i = 0; i < out.length; i += 2) {
    const u = ((hash(stream, i) >>> 8) + 0.5) * 2 ** -24;
    const angle = 2 * Math.PI * ((hash(stream, i + 1) >>> 8) * 2 ** -24);
    const radius = std * Math.sqrt(-2 * Math.log(u));
    out[i] = radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** A stream number from a seed and a name, so that each tensor of a model has its own. FNV-1a over the name. */
export function streamOf(seed: number, name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return mix((h ^ mix(seed >>> 0)) >>> 0);
}
