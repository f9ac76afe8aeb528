/**
 * The IDX format of MNIST and its kin (yann.lecun.com/exdb/mnist): two zero bytes, the element type, the number of
 * dimensions, each dimension as a big-endian 32-bit number, then the elements.
 */
import { FormatError } from "../../core/errors";
import { formatShape, sizeOf } from "../../core/shape";
import type { ByteSource } from "../source";
import { readAll } from "./bytes";
import { checkIndex, checkRead, type ImageDataset } from "./dataset";

const UNSIGNED_BYTE = 0x08;

const hex = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;

/** Reads an IDX file of unsigned bytes with `dimensions` dimensions, and checks all of it but the elements. */
async function readIdx(
  source: ByteSource,
  what: string,
  dimensions: number,
): Promise<{ shape: readonly number[]; data: Uint8Array }> {
  const bytes = await readAll(source);
  const fail = (detail: string) => new FormatError(source.name, detail);
  const header = 4 + 4 * dimensions;
  if (bytes.length < 4) throw fail(`has ${bytes.length} bytes; an IDX file of ${what} begins with ${header}`);
  const magic = [...bytes.subarray(0, 4)];
  const [first, second, type, rank] = magic as [number, number, number, number];
  if (first !== 0 || second !== 0) {
    throw fail(`begins with ${magic.map(hex).join(" ")}; an IDX file begins with 0x00 0x00, so this is none`);
  }
  if (type !== UNSIGNED_BYTE)
    throw fail(`holds elements of type ${hex(type)}; ${what} are unsigned bytes, type ${hex(UNSIGNED_BYTE)}`);
  if (rank !== dimensions) throw fail(`has ${rank} dimensions; ${what} have ${dimensions}`);
  if (bytes.length < header) throw fail(`is truncated: its header has ${header} bytes, but the file ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  if (shape.includes(0)) throw fail(`holds no ${what}: its dimensions are ${formatShape(shape)}`);
  const wanted = header + sizeOf(shape);
  if (bytes.length < wanted)
    throw fail(`is truncated: ${formatShape(shape)} takes ${wanted} bytes, but the file has ${bytes.length}`);
  if (bytes.length > wanted)
    throw fail(`has ${bytes.length} bytes, but ${formatShape(shape)} takes ${wanted}: ${what} are not all it holds`);
  return { shape, data: bytes.subarray(header) };
}

export interface IdxOptions {
  /** `train-images-idx3-ubyte`, with or without gzip. */
  readonly images: ByteSource;
  /** `train-labels-idx1-ubyte`, with or without gzip. */
  readonly labels: ByteSource;
  /** Names of the classes in the order of their labels; the ten digits unless told. */
  readonly classes?: readonly string[];
}

/** Grey pictures and their labels. @throws FormatError naming the file, what it has and what was wanted. */
export async function idxDataset(options: IdxOptions): Promise<ImageDataset> {
  const { images, labels, classes = [..."0123456789"] } = options;
  const pictures = await readIdx(images, "pictures", 3);
  const named = await readIdx(labels, "labels", 1);
  const [length, height, width] = pictures.shape as [number, number, number];
  if (named.data.length !== length) {
    throw new FormatError(
      labels.name,
      `holds ${named.data.length} labels, but ${images.name} holds ${length} pictures; one for each is expected`,
    );
  }
  const stray = named.data.findIndex((label) => label >= classes.length);
  if (stray >= 0) {
    throw new FormatError(
      labels.name,
      `label ${stray} is ${named.data[stray]}; 0 to ${classes.length - 1} are expected, as there are ${classes.length} classes`,
    );
  }
  const area = height * width;
  const facts = { name: images.name, classes, length, channels: 1, height, width } as const;
  return {
    ...facts,
    label(index) {
      checkIndex(facts, index);
      return named.data[index] as number;
    },
    async read(index, into, offset) {
      checkRead(facts, index, into, offset);
      into.set(pictures.data.subarray(index * area, (index + 1) * area), offset);
      return true;
    },
  };
}
