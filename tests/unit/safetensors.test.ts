/** Weights files: what is written comes back, and no damage goes unnoticed. */
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/core/errors";
import { Tensor } from "../../src/core/tensor";
import { parseSafetensors, writeSafetensors } from "../../src/io/safetensors";
import { bytesSource, urlSource } from "../../src/io/source";
import { readWeights } from "../../src/io/weights";
import { models } from "../../src/models";

/** A file from a header and its data. */
function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const one = (dtype: string, shape: number[], data: ArrayBufferView): Promise<Tensor | undefined> =>
  parseSafetensors(
    file({ x: { dtype, shape, data_offsets: [0, data.byteLength] } }, new Uint8Array(data.buffer as ArrayBuffer)),
    "f",
  ).then(({ tensors }) => tensors.get("x"));

describe("a file", () => {
  test("comes back as it was written", async () => {
    const tensors = {
      w: Tensor.f32([2, 3], [1, -2, Number.NaN, Infinity, 0, 3]),
      i: Tensor.i32([2], [-5, 7]),
      s: Tensor.f32([], [4]),
    };
    const back = await parseSafetensors(writeSafetensors(tensors, { step: "3" }), "f");
    expect(Object.fromEntries(back.tensors)).toEqual(tensors);
    expect(back.metadata).toEqual({ step: "3" });
  });

  test("may hold half-precision and wide numbers", async () => {
    expect([...((await one("F16", [4], Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00)))?.data ?? [])]).toEqual([
      1,
      -2,
      2 ** -24,
      Infinity,
    ]);
    expect([...((await one("BF16", [2], Uint16Array.of(0x3f80, 0xc040)))?.data ?? [])]).toEqual([1, -3]);
    expect([...((await one("I64", [2], BigInt64Array.of(-3n, 9n)))?.data ?? [])]).toEqual([-3, 9]);
    expect([...((await one("F64", [1], Float64Array.of(0.5)))?.data ?? [])]).toEqual([0.5]);
    await expect(one("I64", [1], BigInt64Array.of(2n ** 40n))).rejects.toThrow(/"x" holds 1099511627776/);
  });
});

describe("damage is refused, by file and tensor", () => {
  const entry = (changes: object = {}) => ({ x: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...changes } });
  const data = new Uint8Array(8);
  const CASES: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
    ["an empty file", new Uint8Array(), /has 0 bytes/],
    ["a header beyond the end", file(entry(), data).subarray(0, 20), /truncated, or no safetensors/],
    ["an absurd header length", new Uint8Array(16).fill(255), /header has 18446744073709551615 bytes/],
    ["a header that is no JSON", file("{nope"), /not JSON/],
    ["a header that is a list", file("[]"), /not a JSON object/],
    ["missing data", file(entry(), data.subarray(0, 4)), /"x" ends at byte .*truncated/],
    ["offsets in the wrong order", file(entry({ data_offsets: [8, 0] }), data), /"x" has data_offsets \[8,0\]/],
    ["negative offsets", file(entry({ data_offsets: [-8, 0] }), data), /"x" has data_offsets/],
    ["a negative extent", file(entry({ shape: [-2] }), data), /"x" has shape \[-2\]/],
    ["a size that does not fit the shape", file(entry({ shape: [3] }), data), /"x" has 8 bytes, but F32\[3\] takes 12/],
    [
      "an extent that overflows",
      file(entry({ shape: [2 ** 52, 2 ** 52] }), data),
      /"x" has shape .*more elements than can be counted/,
    ],
    ["an unknown dtype", file(entry({ dtype: "Q4" }), data), /"x" is of dtype Q4; we read f64/],
    [
      "tensors that overlap",
      file({ ...entry(), y: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, data),
      /"y" overlaps/,
    ],
  ];
  test.each(CASES)("%s", async (_, bytes, message) => {
    const failure = parseSafetensors(bytes, "weights.safetensors");
    await expect(failure).rejects.toThrow(FormatError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(/^weights\.safetensors: /);
  });

  test("every truncation of a good file", async () => {
    const whole = writeSafetensors({ a: Tensor.f32([3], [1, 2, 3]), b: Tensor.f32([2], [4, 5]) });
    for (let length = 0; length < whole.length; length++) {
      await expect(parseSafetensors(whole.slice(0, length), "f")).rejects.toThrow(FormatError);
    }
  });
});

describe("weights", () => {
  const graph = models["alexnet-tiny"].build();
  const weights = models["alexnet-tiny"].initialise(1);

  test("are read by our names", async () => {
    const back = await readWeights(graph, bytesSource("f", writeSafetensors(weights)));
    expect(back).toEqual(weights);
  });

  test("are read by torchvision's names", async () => {
    const model = models["alexnet-torchvision"];
    expect(model.weightNames["features.0.weight"]).toBe("conv1.weight");
    expect(model.weightNames["classifier.6.bias"]).toBe("fc8.bias");
    const theirs = { "features.0.weight": weights["conv1.weight"] as Tensor };
    const failure = readWeights(graph, bytesSource("f", writeSafetensors(theirs)), model.weightNames);
    await expect(failure).rejects.toThrow(/"conv1.bias" \[12\] is missing/);
    await expect(failure).rejects.not.toThrow(/"conv1.weight"/);
  });

  test("that do not fit are listed, all of them, before anything is read", async () => {
    const { "fc8.bias": _, ...rest } = weights;
    const wrong = { ...rest, "conv2.bias": Tensor.f32([3], [1, 2, 3]) };
    const failure = readWeights(graph, bytesSource("w.safetensors", writeSafetensors(wrong)));
    await expect(failure).rejects.toThrow(/w\.safetensors: does not fit/);
    await expect(failure).rejects.toThrow(/"conv2.bias" is \[3\], but should be \[32\]/);
    await expect(failure).rejects.toThrow(/"fc8.bias" \[10\] is missing/);
  });
});

describe("an address", () => {
  const bytes = writeSafetensors({ a: Tensor.f32([64], new Float32Array(64).fill(2)) });

  test("is read in ranges where the server takes them", async () => {
    const asked: string[] = [];
    const fetcher = (async (_: string, init: RequestInit = {}) => {
      const range = (init.headers as Record<string, string>).Range ?? "";
      asked.push(range);
      const [, from = "0", to = "0"] = /bytes=(\d+)-(\d+)/.exec(range) ?? [];
      const part = bytes.slice(Number(from), Number(to) + 1);
      return new Response(part, { status: 206, headers: { "Content-Range": `bytes ${from}-${to}/${bytes.length}` } });
    }) as typeof fetch;
    const source = await urlSource("http://host/w", fetcher);
    expect(source.size).toBe(bytes.length);
    expect([...(await source.read(8, 4))]).toEqual([...bytes.slice(8, 12)]);
    expect(asked).toEqual(["bytes=0-7", "bytes=8-11"]);
    await expect(source.read(bytes.length, 1)).rejects.toThrow(/truncated/);
  });

  test("is read whole where it does not, and a refusal is told", async () => {
    const whole = await urlSource("http://host/w", (async () => new Response(bytes)) as typeof fetch);
    expect(whole.size).toBe(bytes.length);
    const gone = urlSource(
      "http://host/w",
      (async () => new Response("", { status: 404, statusText: "Not Found" })) as typeof fetch,
    );
    await expect(gone).rejects.toThrow(/http:\/\/host\/w: cannot be fetched: the server says 404/);
  });
});
