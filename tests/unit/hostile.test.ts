/** Files that mean harm, each by its kind: refused in words within a second of CPU time, and before memory is taken. */
import { deflateRawSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { FormatError } from "../../src/core/errors";
import { Tensor } from "../../src/core/tensor";
import { writeNpy } from "../../src/io/npy";
import { openTensors } from "../../src/io/openTensors";
import { bytesSource, urlSource } from "../../src/io/source";
import { readTensor } from "../../src/io/tensors/tensorFile";
import { writeZip } from "../../src/io/zip";

type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string): Bytes => new TextEncoder().encode(value);

const joined = (...parts: (Uint8Array | string)[]): Bytes =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part))));

/** Opens a file, and reads all of it. */
async function readAll(bytes: Bytes): Promise<void> {
  const file = await openTensors(bytesSource("evil", bytes));
  for (const name of file.entries.keys()) await readTensor(file, name);
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** What it takes to refuse a file: under a second of CPU time, and less memory than this. */
const MEMORY_BYTES = 200 * 2 ** 20;

async function refused(bytes: Bytes, message: RegExp): Promise<void> {
  const [start, before] = [cpuMs(), process.resourceUsage().maxRSS];
  const failure = readAll(bytes);
  await expect(failure).rejects.toThrow(FormatError);
  await expect(failure).rejects.toThrow(message);
  expect(cpuMs() - start).toBeLessThan(1000);
  expect((process.resourceUsage().maxRSS - before) * 1024).toBeLessThan(MEMORY_BYTES);
}

async function zip(members: Record<string, Uint8Array>, packed = false): Promise<Bytes> {
  const chunks: Bytes[] = [];
  const list = Object.entries(members).map(([name, bytes]) => ({ name, read: async () => bytes.slice() }));
  await writeZip(list, packed, (chunk) => void chunks.push(chunk));
  return joined(...chunks);
}

/** A zip of one deflated member, whose sizes are as they are said to be. */
function rawZip(name: string, packed: Uint8Array, size: number, crc = 0): Bytes {
  const common = (view: DataView, at: number): void => {
    view.setUint16(at, 20, true);
    view.setUint16(at + 4, 8, true);
    view.setUint32(at + 10, crc, true);
    view.setUint32(at + 14, packed.length, true);
    view.setUint32(at + 18, size, true);
    view.setUint16(at + 22, name.length, true);
  };
  const local = new Uint8Array(30);
  const central = new Uint8Array(46);
  const end = new Uint8Array(22);
  const views = [local, central, end].map(({ buffer }) => new DataView(buffer)) as [DataView, DataView, DataView];
  views[0].setUint32(0, 0x04034b50, true);
  common(views[0], 4);
  views[1].setUint32(0, 0x02014b50, true);
  common(views[1], 6);
  views[2].setUint32(0, 0x06054b50, true);
  views[2].setUint16(8, 1, true);
  views[2].setUint16(10, 1, true);
  views[2].setUint32(12, 46 + name.length, true);
  views[2].setUint32(16, 30 + name.length + packed.length, true);
  return joined(local, name, packed, central, name, end);
}

describe("zip bombs", () => {
  let bomb: Buffer;
  const header = writeNpy(Tensor.f32([16], new Float32Array(16)));
  const SIZE = 100 * 2 ** 20 + header.length;
  beforeAll(() => {
    const whole = Buffer.alloc(SIZE);
    whole.set(header);
    bomb = deflateRawSync(whole, { level: 1 });
  });

  it("are refused by what they say they become", () =>
    refused(rawZip("x.npy", bomb, SIZE), /would take 104857792 bytes.*made to fill the memory/));

  it("are refused when they lie", () =>
    refused(rawZip("x.npy", bomb, header.length), /more than the 192 bytes|Invalid uncompressed size/));

  it("are refused when many members are one", async () => {
    const one = await zip({ "a.npy": writeNpy(Tensor.f32([2], [1, 2])) });
    const directory = one.length - 22 - 46 - 5 - 0;
    const entry = one.slice(directory, one.length - 22);
    const end = one.slice(one.length - 22);
    const many = 60_000;
    new DataView(end.buffer).setUint16(8, many, true);
    new DataView(end.buffer).setUint16(10, many, true);
    new DataView(end.buffer).setUint32(12, many * entry.length, true);
    await refused(joined(one.subarray(0, directory), ...new Array<Bytes>(many).fill(entry), end), /has "a\.npy" twice/);
  });
});

describe("arrays", () => {
  const npy = (header: string, data = ""): Bytes => {
    const length = new Uint8Array(2);
    new DataView(length.buffer).setUint16(0, header.length, true);
    return joined("\x93NUMPY\x01\x00", length, header, data);
  };
  const described = (shape: string): string => `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;

  it.each([
    [
      "more elements than can be counted",
      npy(described("(9007199254740991, 9007199254740991)")),
      /more elements than can be counted/,
    ],
    ["an extent beyond 2^53", npy(described("(99999999999999999999,)")), /whole numbers of 0 or more/],
    ["a negative extent", npy(described("(-1, -4)"), "1234"), /\[-1, -4\]; whole numbers of 0 or more/],
    ["an extent that is a call", npy(described("(exit(),)")), /without a shape|no number/],
    [
      "a terabyte that is not there",
      npy(described("(274877906944,)")),
      /has 0 bytes of numbers, but <f4\[274877906944\] takes 1099511627776/,
    ],
    ["a header of 4 GiB", joined("\x93NUMPY\x02\x00\xff\xff\xff\xff", "{}"), /header of 4294967295 bytes/],
    ["65 axes", npy(described(`(${"1, ".repeat(65)})`), "1234"), /65 axes/],
    ["a header without an end", npy("{'descr': '<f4"), /names no type/],
  ] as [string, Bytes, RegExp][])("of %s", (_, bytes, message) => refused(bytes, message));
});

/** A checkpoint whose pickle is these instructions, with `storage` as its storage 0. */
const checkpoint = (pickle: Uint8Array | string, storage = new Uint8Array(16)): Promise<Bytes> =>
  zip({ "a/data.pkl": typeof pickle === "string" ? joined(pickle) : pickle, "a/data/0": storage });

const unicode = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`;
const number = (value: number): string => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return `\x8a\x08${String.fromCharCode(...bytes)}`;
};
const tuple = (...items: string[]): string => `(${items.join("")}t`;

/** A tensor by its offset, shape and strides, over storage 0 of `length` floats. */
const tensor = (offset: number, shape: number[], strides: number[], length = 4): string =>
  "ctorch._utils\n_rebuild_tensor_v2\n" +
  tuple(
    `${tuple(unicode("storage"), "ctorch\nFloatStorage\n", unicode("0"), unicode("cpu"), number(length))}Q`,
    number(offset),
    tuple(...shape.map(number)),
    tuple(...strides.map(number)),
    "\x89",
    "N",
  ) +
  "R";

describe("pickles", () => {
  it("that are fine are read", async () => {
    await expect(readAll(await checkpoint(`\x80\x02${tensor(0, [2, 2], [2, 1])}.`))).resolves.toBeUndefined();
  });

  const CALLS = [
    "cos\nsystem\n(S'echo hello'\ntR.",
    "(S'echo hello'\nios\nsystem\n.",
    `${unicode("os")}${unicode("system")}\x93${unicode("ls")}\x85R.`,
    "(cos\nsystem\nS'ls'\no.",
    "cos\nsystem\n)\x81.",
  ];
  it.each(CALLS)("that call something in one way or another: %j", async (pickle) => {
    await refused(await checkpoint(pickle), /asks for "os\.system", which is refused and was not called/);
  });

  it.each([
    [
      "call a function of theirs through what is allowed",
      "ccollections\nOrderedDict\n(cos\nsystem\nlR.",
      /"os\.system"/,
    ],
    ["reach into a name", "ctorch._utils\n__builtins__.eval\n.", /"torch\._utils\.__builtins__\.eval"/],
    ["contain themselves", "(lp0\ng0\na.", /contains itself/],
    ["contain themselves by turns", "(dp0\nS'a'\n(lp1\ng0\nasp2\n.", /contains itself/],
    [
      "are lists in lists without end",
      `${"]".repeat(100_000)}${"a".repeat(99_999)}.`,
      /more than 100 containers in each other/,
    ],
    ["are two million instructions", `${"]0".repeat(1_100_000)}N.`, /more than 2000000 instructions/],
    [
      "multiply",
      `]${Array.from({ length: 60 }, () => "2\x942\x940\x94]h\x00h\x00h\x00ah").join("")}`,
      /cannot be read|truncated|contains|more than/,
    ],
    ["ask for what they did not make", "h\x07.", /was not made/],
    ["have no stack", "0.", /nothing on the stack/],
    ["have no end", "(".repeat(1000), /truncated/],
    ["have a text of 2^64 bytes", "\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", /truncated/],
    ["have a number of 2^31 bytes", "\x8b\xff\xff\xff\x7f.", /whole number of 2147483647 bytes/],
    ["have an instruction that is none", "\xff.", /0xff is no instruction/],
    ["set attributes", "(lp0\nN b.".replace(" ", ""), /sets the attributes/],
  ] as [string, string, RegExp][])("that %s", async (_, pickle, message) => {
    await refused(await checkpoint(pickle), message);
  });

  it("that are containers a billion times over", async () => {
    // Each list holds the one before it ten times: ten to the ninth paths lead to the first.
    let pickle = `${unicode("x")}\x940`;
    for (let i = 0; i < 9; i++) pickle += `](${`h${String.fromCharCode(i)}`.repeat(10)}e\x940`;
    await refused(await checkpoint(`${pickle}h\x09.`), /more than 1000000 objects/);
  });

  it.each([
    ["an offset past the end", tensor(2 ** 40, [2], [1]), /ends at element 1099511627778 of a storage of 4/],
    ["a negative offset", tensor(-4, [2], [1]), /no whole numbers/],
    ["negative strides", tensor(3, [4], [-1]), /no whole numbers/],
    ["a negative extent", tensor(0, [-4], [1]), /whole numbers of 0 or more/],
    ["strides that overflow", tensor(0, [2], [Number.MAX_SAFE_INTEGER]), /ends at element/],
    ["more strides than axes", tensor(0, [2], [1, 1]), /not one for each axis/],
    ["one number a trillion times", tensor(0, [2 ** 20, 2 ** 20], [0, 0]), /would take 4398046511104 bytes/],
    ["more elements than can be counted", tensor(0, [2 ** 50, 2 ** 50], [0, 0]), /more elements than can be counted/],
    ["a storage that is longer than it is", tensor(0, [1000], [1], 1000), /storage "0" has 16 bytes, but 1000 numbers/],
  ])("whose tensor has %s", async (_, pickle, message) => {
    await refused(await checkpoint(`\x80\x02${pickle}.`), message);
  });

  it("that refer to a storage which is not there", async () => {
    const bytes = await zip({ "a/data.pkl": joined(`\x80\x02${tensor(0, [2], [1])}.`) });
    await refused(bytes, /has no storage "0"/);
  });
});

describe("safetensors", () => {
  const file = (header: string, data: Uint8Array = new Uint8Array()): Bytes => {
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(text(header).length), true);
    return joined(length, text(header), data);
  };
  it.each([
    ["brackets in brackets", file(`{"a":${"[".repeat(1_000_000)}`), /not JSON/],
    ["200,001 tensors", file(`{${Array.from({ length: 200_001 }, (_, i) => `"${i}":0`).join()}}`), /200001 tensors/],
    [
      "offsets beyond 2^53",
      file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}'),
      /data_offsets/,
    ],
    [
      "bytes between tensors",
      file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', new Uint8Array(2)),
      /1 bytes before tensor "a"/,
    ],
    [
      "bytes behind tensors",
      file('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', new Uint8Array(2)),
      /1 bytes behind/,
    ],
    ["metadata that are no texts", file('{"__metadata__":{"a":[1]}}'), /metadata/],
    [
      "a name for terminals",
      file('{"\\u001b[2J\\u009b":{"dtype":"F32","shape":[-1]}}'),
      /tensor "\\u001b\[2J\\u009b" has shape/,
    ],
  ] as [string, Bytes, RegExp][])("with %s", (_, bytes, message) => refused(bytes, message));
});

describe("servers", () => {
  const answering =
    (status: number, headers: Record<string, string>, body: Uint8Array<ArrayBuffer>): typeof fetch =>
    async () =>
      new Response(body, { status, headers });

  it("that say a size and give another are refused", async () => {
    const source = await urlSource("u", answering(206, { "Content-Range": "bytes 0-7/1000" }, new Uint8Array(8)));
    await expect(source.read(0, 100)).rejects.toThrow(/gave 8 bytes where 100 were asked for/);
    await expect(source.read(990, 100)).rejects.toThrow(/truncated/);
  });

  it("that have an empty file are believed", async () => {
    const source = await urlSource("u", answering(416, { "Content-Range": "bytes */0" }, new Uint8Array()));
    expect(source.size).toBe(0);
  });
});
