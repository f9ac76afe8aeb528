/** The page's own pictures: letters and surfaces as their networks know them, and photographs. */
import { GLYPHS, glyphDataset, photograph, textureDataset } from "../../../src/index";
import { fetchPicture, greyPicture, type NamedPicture } from "../pictures";
import type { Samples } from "./list";

const PHOTOGRAPHS = [
  ["Chelsea", new URL("../../photographs/chelsea.png", import.meta.url).href],
  ["Coffee", new URL("../../photographs/coffee.png", import.meta.url).href],
  ["Rocket", new URL("../../photographs/rocket.jpg", import.meta.url).href],
] as const;

const SURFACES = [
  ["brick", new URL("../../photographs/surfaces/brick.png", import.meta.url).href],
  ["grass", new URL("../../photographs/surfaces/grass.png", import.meta.url).href],
  ["gravel", new URL("../../photographs/surfaces/gravel.png", import.meta.url).href],
] as const;

const LETTERS = ["R", "A", "8", "G", "W", "K", "5"];

/** Pictures that neither network was trained on. */
const HELD_OUT = { seed: 4, split: "held-out" } as const;

async function glyphs(): Promise<NamedPicture[]> {
  const size = 28;
  const dataset = glyphDataset({ ...HELD_OUT, size, count: GLYPHS.length });
  return Promise.all(
    LETTERS.map(async (letter) => {
      const values = new Float32Array(size * size);
      await dataset.read(dataset.classes.indexOf(letter), values, 0);
      return greyPicture(values, size, letter);
    }),
  );
}

async function surfaces(): Promise<NamedPicture[]> {
  const size = 56;
  const photographs = await Promise.all(
    SURFACES.map(async ([name, url]) => photograph(name, await fetchPicture(url, name), 1)),
  );
  const dataset = textureDataset({ ...HELD_OUT, photographs, size, count: 6 });
  return Promise.all(
    Array.from({ length: dataset.length }, async (_, index) => {
      const values = new Float32Array(size * size);
      await dataset.read(index, values, 0);
      return greyPicture(values, size, dataset.classes[dataset.label(index)] ?? "");
    }),
  );
}

const MAKE: Readonly<Record<Samples, () => Promise<NamedPicture[]>>> = {
  glyphs,
  surfaces,
  photographs: () => Promise.all(PHOTOGRAPHS.map(([name, url]) => fetchPicture(url, name))),
};

const made = new Map<Samples, Promise<NamedPicture[]>>();

/** The pictures of a kind, made or fetched once. @throws PictureError when the page's own files are not to be had. */
export function samplesOf(kind: Samples): Promise<NamedPicture[]> {
  const known = made.get(kind);
  if (known) return known;
  const making = MAKE[kind]();
  made.set(kind, making);
  making.catch(() => made.delete(kind));
  return making;
}
