/** Damage for files, the same for the same seed: what breaks parsers, more often than chance would. */
import { hash } from "../../src/core/random";

/** Numbers drawn one after another. */
export type Draw = (below: number) => number;

export function draws(seed: number): Draw {
  let index = 0;
  return (below) => hash(seed, index++) % Math.max(1, below);
}

type Bytes = Uint8Array<ArrayBuffer>;

type Mutate = (bytes: Bytes, draw: Draw, other: Bytes) => Bytes;

const joined = (...parts: Uint8Array[]): Bytes => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** Numbers at which sizes, signs and precision turn over. */
const EDGES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

const DIGITS = ["0", "-1", "4294967296", "9007199254740993", "99999999999999999999", "1e309", "00"];

const setNumber =
  (width: 2 | 4 | 8): Mutate =>
  (bytes, draw) => {
    const out = bytes.slice();
    const at = draw(out.length - width + 1);
    const value = EDGES[draw(EDGES.length)] as bigint;
    for (let i = 0; i < width && at + i < out.length; i++) out[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    return out;
  };

const MUTATIONS: readonly Mutate[] = [
  (bytes, draw) => {
    const out = bytes.slice();
    for (let i = draw(4); i >= 0; i--) {
      const at = draw(out.length);
      out[at] = (out[at] ?? 0) ^ (1 << draw(8));
    }
    return out;
  },
  (bytes, draw) => {
    const out = bytes.slice();
    out[draw(out.length)] = [0, 1, 0x7f, 0x80, 0xff, 0x28, 0x2e, 0x52][draw(8)] as number;
    return out;
  },
  setNumber(2),
  setNumber(4),
  setNumber(8),
  (bytes, draw) => bytes.slice(0, draw(bytes.length)),
  (bytes, draw) =>
    joined(
      bytes,
      Uint8Array.from({ length: 1 + draw(40) }, () => draw(256)),
    ),
  (bytes, draw) => {
    const at = draw(bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + draw(16)));
  },
  (bytes, draw) => {
    const [from, to] = [draw(bytes.length), draw(bytes.length)];
    const part = bytes.subarray(from, from + 1 + draw(64));
    return joined(bytes.subarray(0, to), part, bytes.subarray(to));
  },
  (bytes, draw, other) => {
    const at = draw(bytes.length);
    return joined(bytes.subarray(0, at), other.subarray(draw(other.length)));
  },
  // A number that is written out, in a header of text: another one.
  (bytes, draw) => {
    const text = String.fromCharCode(...bytes.subarray(0, 4096));
    const runs = [...text.matchAll(/\d+/g)];
    const run = runs[draw(runs.length)];
    if (!run) return bytes.slice(1);
    const digits = new TextEncoder().encode(DIGITS[draw(DIGITS.length)]);
    return joined(bytes.subarray(0, run.index), digits, bytes.subarray(run.index + run[0].length));
  },
  (bytes, draw) => {
    const out = bytes.slice();
    const at = draw(out.length);
    out.fill(draw(2) * 255, at, at + 1 + draw(32));
    return out;
  },
];

/** `bytes`, damaged once to three times; `other` lends parts of itself. */
export function mutated(bytes: Bytes, draw: Draw, other: Bytes): Bytes {
  let out = bytes;
  for (let i = draw(3); i >= 0; i--) out = (MUTATIONS[draw(MUTATIONS.length)] as Mutate)(out, draw, other);
  return out;
}
