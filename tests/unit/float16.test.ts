/** Sixteen-bit floats: every value there and back, and rounding against the neighbours of a number. */
import { describe, expect, it } from "vitest";
import {
  decodeBfloat16,
  decodeHalves,
  encodeBfloat16,
  encodeHalves,
  fromBfloat16,
  fromHalf,
  toBfloat16,
  toHalf,
} from "../../src/core/float16";
import { hash } from "../../src/core/random";

const ALL = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

const FORMATS = [
  { name: "half", from: fromHalf, to: toHalf, decode: decodeHalves, encode: encodeHalves, infinity: 0x7c00 },
  {
    name: "bfloat16",
    from: fromBfloat16,
    to: toBfloat16,
    decode: decodeBfloat16,
    encode: encodeBfloat16,
    infinity: 0x7f80,
  },
];

describe.each(FORMATS)("$name", ({ from, to, decode, encode, infinity }) => {
  it("gives every value back", () => {
    const back = encode(decode(ALL));
    const wrong = [...ALL].filter((bits) => {
      const nan = (bits & 0x7fff) > infinity;
      const kept = nan ? Number.isNaN(from(back[bits] as number)) : back[bits] === bits;
      return !kept || (!nan && to(from(bits)) !== bits);
    });
    expect(wrong).toEqual([]);
  });

  it("rounds to the nearest, ties to even", () => {
    for (let i = 0; i < 8_000; i++) {
      const lower = hash(1, i) % (infinity - 1);
      const [a, b] = [from(lower), from(lower + 1)];
      const middle = a / 2 + b / 2;
      const even = lower % 2 === 0 ? lower : lower + 1;
      expect(to(middle)).toBe(even);
      // Either side of the middle, as far as float32 can tell the two apart.
      const [below, above] = [Math.fround(a + (b - a) * 0.499), Math.fround(a + (b - a) * 0.501)];
      if (below < middle) expect(to(below)).toBe(lower);
      if (above > middle) expect(to(above)).toBe(lower + 1);
      expect(to(-middle)).toBe(even | 0x8000);
    }
  });

  it("keeps zeros' signs, infinities and NaN", () => {
    expect([to(0), to(-0), to(Infinity), to(-Infinity)]).toEqual([0, 0x8000, infinity, infinity | 0x8000]);
    expect(from(to(Number.NaN))).toBeNaN();
    expect(Object.is(from(0x8000), -0)).toBe(true);
  });
});

it("knows half precision's bounds", () => {
  expect(fromHalf(0x7bff)).toBe(65504);
  expect(fromHalf(1)).toBe(2 ** -24);
  expect(toHalf(65519.99)).toBe(0x7bff);
  expect(toHalf(65520)).toBe(0x7c00);
  expect(toHalf(2 ** -25)).toBe(0);
  expect(toHalf(2 ** -25 * 1.001)).toBe(1);
  expect(toHalf(1 / 3)).toBe(0x3555);
});

it("knows bfloat16's bounds", () => {
  expect(toBfloat16(1 / 3)).toBe(0x3eab);
  expect(toBfloat16(3.4e38)).toBe(0x7f80);
});
