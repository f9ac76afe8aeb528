/** Files of tensors that other programs wrote (tests/files/make_files.py): what is in them, and what is refused. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { FormatError } from "../../src/core/errors";
import { f32, Tensor } from "../../src/core/tensor";
import { Graph } from "../../src/graph/graph";
import { writeNpy } from "../../src/io/npy";
import { writeNpz } from "../../src/io/npz";
import { openTensors } from "../../src/io/openTensors";
import { writeSafetensors } from "../../src/io/safetensors";
import { type ByteSource, bytesSource } from "../../src/io/source";
import { readTensor } from "../../src/io/tensors/tensorFile";
import { readWeights } from "../../src/io/weights";

const FILES = fileURLToPath(new URL("../files", import.meta.url));

const bytesOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(FILES, name)));
const open = (name: string) => openTensors(bytesSource(name, bytesOf(name)));

/** What every file holds in one form or another: 2 × 3 × 4 eighths from -1 on. */
const ROW = Array.from({ length: 24 }, (_, i) => i / 8 - 1);

async function values(name: string): Promise<Record<string, [shape: readonly number[], values: number[]]>> {
  const file = await open(name);
  const out: Record<string, [readonly number[], number[]]> = {};
  for (const each of file.entries.keys()) {
    const { shape, data } = await readTensor(file, each);
    out[each] = [shape, [...data]];
  }
  return out;
}

describe("npy", () => {
  test.each(["f4", "f8-big", "f2-fortran", "version3"])("%s", async (name) => {
    expect(await values(`${name}.npy`)).toEqual({ [name]: [[2, 3, 4], ROW] });
  });

  it("holds whole numbers, scalars, and nothing", async () => {
    expect(await values("i8.npy")).toEqual({ i8: [[3], [-3, 2 ** 31 - 1, -(2 ** 31)]] });
    expect(await values("scalar.npy")).toEqual({ scalar: [[], [2.5]] });
    expect(await values("empty.npy")).toEqual({ empty: [[0, 3], []] });
  });

  test.each([
    ["strings.npy", /"strings" is of dtype <U1; we read f64/],
    ["objects.npy", /Python objects .*pickle/],
    ["records.npy", /records of several fields/],
    ["i8-wide.npy", /holds 1099511627776, which does not fit 32 bits/],
  ])("%s is refused", async (name, message) => {
    await expect(values(name)).rejects.toThrow(FormatError);
    await expect(values(name)).rejects.toThrow(message);
  });
});

describe("npz", () => {
  test.each(["stored", "packed"])("%s", async (name) => {
    expect(await values(`${name}.npz`)).toEqual({
      "conv.weight": [[2, 3, 4], ROW],
      "deep/name": [[2, 3, 4], ROW],
      half: [[2, 3, 4], ROW],
      bytes: [[2], [0, 200]],
      flags: [[2], [1, 0]],
      words: [[2], [-2, 3]],
      long: [[1], [4_000_000_000]],
    });
  });
});

const CHECKPOINT = {
  weight: [[2, 3, 4], ROW],
  transposed: [[4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11].map((i) => ROW[i])],
  slice: [[3], [13, 17, 21].map((i) => ROW[i])],
  expanded: [[2, 2], new Array(4).fill(ROW[3])],
  parameter: [[24], ROW],
  half: [[24], ROW],
  brain: [[2], [1, -3]],
  count: [[], [7]],
  double: [[2], [0.5, -0.25]],
  mask: [[2], [1, 0]],
  none: [[0, 3], []],
};

describe("PyTorch's checkpoints", () => {
  test.each(["plain.pth", "big.pth", "legacy.pth"])("%s", async (name) => {
    expect(await values(name)).toEqual(CHECKPOINT);
  });

  it("are found inside what training saves", async () => {
    const named = Object.entries(CHECKPOINT).map(([name, value]) => [`state_dict.${name}`, value]);
    expect(await values("training.pth")).toEqual(Object.fromEntries(named));
    const graph = new Graph("g");
    graph.parameter("weight", f32(2, 3, 4));
    graph.parameter("half", f32(24));
    const weights = await readWeights(graph, bytesSource("training.pth", bytesOf("training.pth")));
    expect(weights).toEqual({ weight: Tensor.f32([2, 3, 4], ROW), half: Tensor.f32([24], ROW) });
  });

  test.each([
    ["calls.pth", /asks for "posix\.system", "__builtin__\.eval", which is refused and was not called/],
    ["model.pth", /asks for "__main__\.Net", which is refused/],
    ["circle.pth", /contains itself, at "a\.0"/],
  ])("%s is refused", async (name, message) => {
    await expect(open(name)).rejects.toThrow(FormatError);
    await expect(open(name)).rejects.toThrow(message);
  });
});

describe("written files", () => {
  const tensors = { w: Tensor.f32([2, 3, 4], ROW), i: Tensor.i32([2], [-5, 7]), s: Tensor.f32([], [4]) };
  const WRITERS: [string, () => Promise<Uint8Array<ArrayBuffer>>][] = [
    ["safetensors f32", async () => writeSafetensors(tensors)],
    ["safetensors f16", async () => writeSafetensors(tensors, {}, "f16")],
    ["safetensors bf16", async () => writeSafetensors(tensors, {}, "bf16")],
    ["npz", () => writeNpz(tensors)],
    ["npz f16, packed", () => writeNpz(tensors, { floats: "f16", packed: true })],
  ];
  // All of these eighths are exact in eight bits, so that no format changes them.
  test.each(WRITERS)("%s", async (_, write) => {
    const file = await openTensors(bytesSource("out", await write()));
    const back = Object.fromEntries(
      await Promise.all([...file.entries.keys()].map(async (name) => [name, await readTensor(file, name)] as const)),
    );
    expect(back).toEqual(tensors);
  });

  it("npy", async () => {
    const file = await openTensors(bytesSource("w.npy", writeNpy(tensors.w)));
    expect(await readTensor(file, "w")).toEqual(tensors.w);
    // What NumPy wrote of the same numbers, byte for byte.
    expect(writeNpy(tensors.w)).toEqual(bytesOf("f4.npy"));
  });
});

describe("reads", () => {
  const numbers = new Uint8Array(400_000);
  const big = {
    a: Tensor.f32([100_000], new Float32Array(numbers.buffer)),
    b: Tensor.f32([100_000], new Float32Array(100_000)),
  };

  /** A source that counts the bytes that are asked of it. */
  function counting(bytes: Uint8Array<ArrayBuffer>): { source: ByteSource; count: () => number } {
    const inner = bytesSource("counted", bytes);
    let total = 0;
    const read = (offset: number, length: number) => {
      total += length;
      return inner.read(offset, length);
    };
    return { source: { ...inner, read }, count: () => total };
  }

  test.each([
    ["safetensors", async () => writeSafetensors(big)],
    ["npz", () => writeNpz(big)],
  ] as [string, () => Promise<Uint8Array<ArrayBuffer>>][])(
    "%s: of a large file, what is wanted, once",
    async (_, write) => {
      const bytes = await write();
      const { source, count } = counting(bytes);
      const file = await openTensors(source);
      expect(count()).toBeLessThan(70_000);
      const before = count();
      await readTensor(file, "b");
      expect(count() - before).toBeLessThan(410_000);
    },
  );
});

test.each([
  [
    "a picture",
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0),
    /is a picture \(PNG\); safetensors, NumPy/,
  ],
  ["nothing", new Uint8Array(), /is empty; safetensors/],
  ["a pointer", new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), /git lfs pull/],
  ["text", new TextEncoder().encode("hello there, this is no file of tensors"), /no file of tensors that is known/],
] as [string, Uint8Array<ArrayBuffer>, RegExp][])("%s is called what it is", async (_, bytes, message) => {
  await expect(openTensors(bytesSource("x", bytes))).rejects.toThrow(message);
});
