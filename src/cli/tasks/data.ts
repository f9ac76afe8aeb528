/** Datasets by what the command line calls them: made on the spot, or a folder in one of the usual layouts. */
import { FormatError } from "../../core/errors";
import {
  cifarDataset,
  type FolderDataset,
  folderDataset,
  glyphDataset,
  type ImageDataset,
  idxDataset,
  type Photograph,
  photograph,
  textureDataset,
} from "../../io/datasets";
import { bytesSource } from "../../io/source";
import type { TaskContext } from "../hosts/context";

export interface Splits {
  readonly train: ImageDataset;
  readonly heldOut: ImageDataset;
  /** Pictures of a folder that could not be read so far. */
  broken(): readonly { readonly file: string; readonly reason: string }[];
}

/** Pictures rendered for an epoch, and to be tested on. */
const GLYPHS = { train: 36_000, heldOut: 3600 };
/** Crops drawn from photographs of surfaces for an epoch, and to be tested on. */
const TEXTURES = { train: 6000, heldOut: 1500 };
const LAYOUTS =
  "the folder should hold train-images-idx3-ubyte and its kin (MNIST), data_batch_1.bin and its kin (CIFAR-10), a folder for each class (perhaps in train/ and val/), or photographs of surfaces, each a class of its own";

const isPicture = (name: string): boolean => /\.(png|jpe?g|webp)$/i.test(name);

export interface WantedData {
  /** Side of the pictures that the network's are cut from. */
  readonly size: number;
  readonly channels: 1 | 3;
  readonly seed: number;
  /** Pictures made for an epoch, where they are made on the spot; null for the usual number. */
  readonly count: number | null;
  /** Of a folder without a part of its own for it, the share that is held out. */
  readonly share: number;
}

/**
 * @param what a folder; null for glyphs, made on the spot
 * @throws FormatError for a folder in no known layout, or files that are damaged
 */
export async function openData(what: string | null, wanted: WantedData, context: TaskContext): Promise<Splits> {
  const { size, channels, seed, count, share } = wanted;
  const nothing = () => [];
  if (what === null) {
    const learnt = count ?? GLYPHS.train;
    const train = glyphDataset({ size, count: learnt, seed, split: "train" });
    const heldOut = glyphDataset({ size, count: Math.min(learnt, GLYPHS.heldOut), seed, split: "held-out" });
    return { train, heldOut, broken: nothing };
  }
  const names = await context.list(what);
  const source = async (name: string) => bytesSource(`${what}/${name}`, await context.read(`${what}/${name}`));
  const idx = async (part: string): Promise<ImageDataset> => {
    const find = (kind: string): string => {
      const name = names.find((each) => each.startsWith(`${part}-${kind}`));
      if (!name) throw new FormatError(what, `has no ${part}-${kind}-ubyte`);
      return name;
    };
    return idxDataset({ images: await source(find("images")), labels: await source(find("labels")) });
  };
  if (names.some((name) => name.startsWith("train-images"))) {
    return { train: await idx("train"), heldOut: await idx("t10k"), broken: nothing };
  }
  const batches = names.filter((name) => /^data_batch_\d+\.bin$/.test(name));
  if (batches.length > 0) {
    const train = await cifarDataset({ files: await Promise.all(batches.map(source)) });
    return { train, heldOut: await cifarDataset({ files: [await source("test_batch.bin")] }), broken: nothing };
  }
  const open = (path: string): Promise<FolderDataset> =>
    folderDataset({ path, size, channels, list: context.list, read: context.read, decodeImage: context.decodeImage });
  const test = names.find((name) => ["val", "test", "held-out"].includes(name));
  if (names.includes("train") && test) {
    const [train, heldOut] = [await open(`${what}/train`), await open(`${what}/${test}`)];
    if (train.classes.join("\n") !== heldOut.classes.join("\n")) {
      throw new FormatError(
        what,
        `train/ has classes ${train.classes.join(", ")}, but ${test}/ ${heldOut.classes.join(", ")}`,
      );
    }
    return { train, heldOut, broken: () => [...train.broken, ...heldOut.broken] };
  }
  const photographs = names.filter(isPicture);
  if (photographs.length > 0 && photographs.length === names.length) {
    return textures(
      photographs.map((name) => `${what}/${name}`),
      wanted,
      context,
    );
  }
  if (names.length === 0) throw new FormatError(what, `is empty; ${LAYOUTS}`);
  const all = await open(what);
  const every = Math.round(1 / share);
  if (!(share > 0) || all.length < every) {
    throw new FormatError(what, `holds ${all.length} pictures, of which a share of ${share} is none to be held out`);
  }
  const numbers = Array.from({ length: all.length }, (_, i) => i);
  const [heldOut, train] = [numbers.filter((i) => i % every === 0), numbers.filter((i) => i % every !== 0)];
  return { train: part(all, train, "train"), heldOut: part(all, heldOut, "held-out"), broken: () => all.broken };
}

/** Crops from photographs of surfaces: of the left part to learn from, of the right part held out. */
async function textures(
  files: readonly string[],
  { size, channels, seed, count }: WantedData,
  context: TaskContext,
): Promise<Splits> {
  const photographs: Photograph[] = [];
  for (const file of files) {
    const name = file.replace(/^.*\//, "").replace(/\.\w+$/, "");
    photographs.push(photograph(name, await context.decodeImage(await context.read(file), file), channels));
  }
  const common = { photographs, size, seed };
  const learnt = count ?? TEXTURES.train;
  return {
    train: textureDataset({ ...common, count: learnt, split: "train" }),
    heldOut: textureDataset({ ...common, count: Math.min(learnt, TEXTURES.heldOut), split: "held-out" }),
    broken: () => [],
  };
}

/** Some of a dataset's pictures. */
const part = (all: ImageDataset, which: readonly number[], name: string): ImageDataset => ({
  ...all,
  name: `${all.name} (${name})`,
  length: which.length,
  label: (index) => all.label(which[index] as number),
  read: (index, into, offset) => all.read(which[index] as number, into, offset),
});
