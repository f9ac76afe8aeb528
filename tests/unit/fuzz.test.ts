/**
 * Files damaged at random, of every format that is read: each is read, or refused in words, in bounded time and memory.
 * `npm run fuzz -- --minutes 10` goes on for longer, from another seed each time.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { TandemError } from "../../src/core/errors";
import { Tensor } from "../../src/core/tensor";
import { importOnnx, readOnnx } from "../../src/io/onnx";
import { openTensors } from "../../src/io/openTensors";
import { writeSafetensors } from "../../src/io/safetensors";
import { bytesSource } from "../../src/io/source";
import { readTensor } from "../../src/io/tensors/tensorFile";
import { type Draw, draws, mutated } from "../support/mutate";
import { type ModelParts, node, onnxModel, port, tensor } from "../support/onnxModel";

const FILES = fileURLToPath(new URL("../files", import.meta.url));

type Bytes = Uint8Array<ArrayBuffer>;

/** Reads all that there is in a file. */
type Read = (bytes: Bytes, name: string) => Promise<unknown>;

const tensors: Read = async (bytes, name) => {
  const file = await openTensors(bytesSource(name, bytes));
  for (const entry of file.entries.keys()) await readTensor(file, entry).catch(refusal);
};

const models: Read = async (bytes, name) => {
  const model = await readOnnx(bytesSource(name, bytes));
  importOnnx(model);
};

/** Models whose shapes are computed, whose branches are taken, whose weights are shared: where a reader has to think. */
const ONNX: Readonly<Record<string, ModelParts>> = {
  "classifier.onnx": {
    nodes: [
      node("Conv", ["x", "w", "b"], ["c"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }),
      node("MaxPool", ["c"], ["p"], { kernel_shape: [2, 2], ceil_mode: 1 }),
      node("Shape", ["p"], ["s"]),
      node("Gather", ["s", "zero"], ["n"], { axis: 0 }),
      node("Unsqueeze", ["n", "axes"], ["n1"]),
      node("Concat", ["n1", "rest"], ["to"], { axis: 0 }),
      node("Reshape", ["p", "to"], ["flat"]),
      node("Softmax", ["flat"], ["y"], { axis: 1 }),
    ],
    inputs: [port("x", ["batch", 3, 8, 8])],
    outputs: [port("y", ["batch", 8])],
    initializers: [
      tensor(
        "w",
        [2, 3, 3, 3],
        Array.from({ length: 54 }, (_, i) => i / 9),
      ),
      tensor("b", [2], [1, -1]),
      tensor("zero", [], [0], "int64"),
      tensor("axes", [1], [0], "int64"),
      tensor("rest", [1], [-1], "int64"),
    ],
  },
  "shapes.onnx": {
    nodes: [
      node("ConstantOfShape", ["k"], ["ones"], { value: tensor("", [1], [2]) }),
      node("Tile", ["ones", "k"], ["tiled"]),
      node("Pad", ["x", "pads"], ["padded"], { mode: "reflect" }),
      node("Slice", ["padded", "starts", "ends"], ["cut"]),
      node("Add", ["cut", "tiled"], ["y"]),
    ],
    inputs: [port("x", [3, 3])],
    outputs: [port("y", [4, 4])],
    initializers: [
      tensor("k", [2], [2, 2], "int64"),
      tensor("pads", [4], [1, 1, 0, 0], "int64"),
      tensor("starts", [2], [0, 0], "int64"),
      tensor("ends", [2], [4, 4], "int64"),
    ],
  },
};

interface Seed {
  readonly name: string;
  readonly bytes: Bytes;
  readonly read: Read;
}

const SEEDS: readonly Seed[] = [
  ...readdirSync(FILES)
    .filter((name) => /\.(npy|npz|pth)$/.test(name))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(FILES, name))), read: tensors })),
  {
    name: "some.safetensors",
    bytes: writeSafetensors({ w: Tensor.f32([2, 3], [1, 2, 3, 4, 5, 6]), i: Tensor.i32([2], [7, 8]) }, { a: "b" }),
    read: tensors,
  },
  ...Object.entries(ONNX).map(([name, parts]) => ({ name, bytes: onnxModel(parts), read: models })),
];

/** CPU time that one file may take. The bound is a second; a loaded machine counts others' collections into ours. */
const CPU_MS = 1000;

/** Memory that the whole run may need beyond what it began with. */
const MEMORY_BYTES = 400 * 2 ** 20;

/** A refusal in words; anything else goes on. */
function refusal(error: unknown): string {
  if (!(error instanceof TandemError)) throw error;
  const { message } = error;
  if (message.length > 3000 || /\bundefined\b|\[object |\bNaN\b/.test(message))
    throw new Error(`says: ${message.slice(0, 300)}`);
  return message;
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Damages a seed and reads it. @throws Error that says which, for another run with the same seed. */
async function attempt(seed: number): Promise<boolean> {
  const draw: Draw = draws(seed);
  const { name, bytes, read } = SEEDS[draw(SEEDS.length)] as Seed;
  const other = SEEDS[draw(SEEDS.length)] as Seed;
  const damaged = mutated(bytes, draw, other.bytes);
  const start = cpuMs();
  let refused = false;
  try {
    await read(damaged, name).catch((error: unknown) => {
      refused = refusal(error) !== "";
    });
  } catch (error) {
    const { stack } = error as Error;
    throw new Error(`seed ${seed}, ${name}: no refusal in words, but ${stack ?? String(error)}`);
  }
  const spent = cpuMs() - start;
  if (spent > CPU_MS) throw new Error(`seed ${seed}, ${name}: took ${spent.toFixed(0)} ms of CPU time`);
  return refused;
}

const minutes = Number(process.env.TANDEM_FUZZ_MINUTES ?? 0);
const first = Number(process.env.TANDEM_FUZZ_SEED ?? 1);
/** Files in a run of all tests, always the same ones: about a minute. */
const COUNT = 120_000;

test(
  "damaged files are read, or refused in words",
  async () => {
    const before = process.resourceUsage().maxRSS * 1024;
    const until = performance.now() + minutes * 60_000;
    let done = 0;
    let refused = 0;
    for (; minutes > 0 ? performance.now() < until : done < COUNT; done++) {
      if (await attempt(first + done)) refused++;
    }
    const grown = process.resourceUsage().maxRSS * 1024 - before;
    if (minutes > 0)
      console.log(
        `${done} files from seed ${first} on: ${refused} refused, ${(grown / 2 ** 20).toFixed(0)} MiB more than at first`,
      );
    // If nearly none were, or nearly all, the damage would be none, or total.
    expect(refused / done).toBeGreaterThan(0.3);
    expect(refused / done).toBeLessThan(0.98);
    expect(grown).toBeLessThan(MEMORY_BYTES);
  },
  (minutes + 5) * 60_000,
);
