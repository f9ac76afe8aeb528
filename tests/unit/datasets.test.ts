/** Datasets: what is in the files comes out, what is made on the spot is what it says, and no damage goes unnoticed. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src/cli/hosts/decode";
import { FormatError, TandemError, UnknownNameError } from "../../src/core/errors";
import {
  cifarDataset,
  folderDataset,
  GLYPHS,
  glyphDataset,
  type ImageDataset,
  idxDataset,
  type Photograph,
  photograph,
  renderGlyph,
  textDataset,
  textureDataset,
} from "../../src/io/datasets";
import type { Picture } from "../../src/io/image";
import { bytesSource } from "../../src/io/source";

/** Picture `index` of a dataset. */
async function pictureOf(dataset: ImageDataset, index: number): Promise<Float32Array> {
  const into = new Float32Array(dataset.channels * dataset.height * dataset.width);
  expect(await dataset.read(index, into, 0)).toBe(true);
  return into;
}

const bytesOf = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);

/** Expects a FormatError that names the file and says why. */
async function refuses(attempt: Promise<unknown> | (() => unknown), file: string, why: RegExp): Promise<void> {
  const error = await (typeof attempt === "function" ? Promise.resolve().then(attempt) : attempt).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect((error as FormatError).file).toBe(file);
  expect((error as FormatError).message).toMatch(why);
}

describe("IDX files", () => {
  const header = (type: number, ...shape: number[]) => [
    0,
    0,
    type,
    shape.length,
    ...shape.flatMap((n) => [0, 0, 0, n]),
  ];
  const images = bytesOf(...header(8, 3, 2, 2), 0, 1, 2, 3, 10, 20, 30, 40, 252, 253, 254, 255);
  const labels = bytesOf(...header(8, 3), 7, 0, 9);
  const open = (pictures: Uint8Array<ArrayBuffer>, named: Uint8Array<ArrayBuffer>, classes?: readonly string[]) =>
    idxDataset({
      images: bytesSource("images", pictures),
      labels: bytesSource("labels", named),
      ...(classes ? { classes } : {}),
    });

  test("give pictures and labels, packed or not", async () => {
    const packed = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));
    for (const dataset of [await open(images, labels), await open(packed(images), packed(labels))]) {
      const { classes, length, channels, height, width } = dataset;
      expect({ classes, length, channels, height, width }).toEqual({
        classes: [..."0123456789"],
        length: 3,
        channels: 1,
        height: 2,
        width: 2,
      });
      expect([0, 1, 2].map((index) => dataset.label(index))).toEqual([7, 0, 9]);
      const into = new Float32Array(6).fill(-1);
      expect(await dataset.read(1, into, 1)).toBe(true);
      expect([...into]).toEqual([-1, 10, 20, 30, 40, -1]);
      expect([...(await pictureOf(dataset, 2))]).toEqual([252, 253, 254, 255]);
    }
  });

  test("that are damaged are refused", async () => {
    const cases: [string, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, string, RegExp][] = [
      ["empty", bytesOf(), labels, "images", /has 0 bytes/],
      ["another format", bytesOf(0x89, 0x50, 0x4e, 0x47, 0, 0), labels, "images", /0x89 0x50 .* so this is none/],
      ["floats", bytesOf(...header(0x0d, 3, 2, 2)), labels, "images", /type 0x0d; .* type 0x08/],
      ["labels for pictures", labels, labels, "images", /has 1 dimensions; pictures have 3/],
      ["pictures for labels", images, images, "labels", /has 3 dimensions; labels have 1/],
      ["half a header", images.slice(0, 9), labels, "images", /truncated: its header has 16 bytes, but the file 9/],
      ["too few bytes", images.slice(0, -1), labels, "images", /truncated: \[3, 2, 2\] takes 28 .* has 27/],
      ["too many bytes", bytesOf(...images, 0), labels, "images", /has 29 bytes, but \[3, 2, 2\] takes 28/],
      ["no pictures", bytesOf(...header(8, 0, 2, 2)), labels, "images", /no pictures: .* \[0, 2, 2\]/],
      ["truncated labels", images, labels.slice(0, -1), "labels", /truncated/],
      ["two labels", images, bytesOf(...header(8, 2), 1, 2), "labels", /2 labels, but images holds 3 pictures/],
      ["a label too high", images, bytesOf(...header(8, 3), 1, 10, 2), "labels", /label 1 is 10; 0 to 9/],
      ["cut gzip", new Uint8Array(gzipSync(images)).slice(0, -6), labels, "images", /gzip .* truncated or damaged/],
    ];
    for (const [, pictures, named, file, why] of cases) await refuses(open(pictures, named), file, why);
    await refuses(open(images, labels, ["a", "b"]), "labels", /label 0 is 7; 0 to 1 are expected/);
  });

  test("have no pictures beyond their end", async () => {
    const dataset = await open(images, labels);
    expect(() => dataset.label(3)).toThrow(/no picture 3; it has pictures 0 to 2/);
    await expect(dataset.read(-1, new Float32Array(4), 0)).rejects.toThrow(TandemError);
    await expect(dataset.read(0, new Float32Array(4), 1)).rejects.toThrow(/4 values does not fit at 1 .* of 4/);
  });
});

describe("CIFAR files", () => {
  /** Records whose pixels are all `value + plane`. */
  const records = (...list: { labels: number[]; value: number }[]): Uint8Array<ArrayBuffer> =>
    bytesOf(
      ...list.flatMap(({ labels, value }) => [
        ...labels,
        ...[0, 1, 2].flatMap((plane) => new Array<number>(1024).fill(value + plane)),
      ]),
    );
  const plane = (picture: Float32Array, c: number) => [...new Set(picture.subarray(c * 1024, (c + 1) * 1024))];

  test("of ten classes join into one dataset", async () => {
    const dataset = await cifarDataset({
      files: [
        bytesSource("a.bin", records({ labels: [3], value: 50 }, { labels: [9], value: 60 })),
        bytesSource("b.bin", records({ labels: [0], value: 253 })),
      ],
    });
    expect([dataset.length, dataset.channels, dataset.height, dataset.width]).toEqual([3, 3, 32, 32]);
    expect([0, 1, 2].map((index) => dataset.classes[dataset.label(index)])).toEqual(["cat", "truck", "airplane"]);
    const last = await pictureOf(dataset, 2);
    expect([0, 1, 2].map((c) => plane(last, c))).toEqual([[253], [254], [255]]);
    expect(plane(await pictureOf(dataset, 1), 0)).toEqual([60]);
  });

  test("of a hundred classes have two labels", async () => {
    const files = [bytesSource("train.bin", records({ labels: [4, 0], value: 7 }, { labels: [17, 99], value: 9 }))];
    const fine = await cifarDataset({ files, layout: "cifar-100" });
    const coarse = await cifarDataset({ files, layout: "cifar-100-coarse" });
    expect([fine.classes.length, coarse.classes.length]).toEqual([100, 20]);
    expect([new Set(fine.classes).size, new Set(coarse.classes).size]).toEqual([100, 20]);
    expect([...fine.classes]).toEqual([...fine.classes].sort());
    expect([fine.classes[fine.label(0)], fine.classes[fine.label(1)]]).toEqual(["apple", "worm"]);
    expect([coarse.label(0), coarse.label(1)]).toEqual([4, 17]);
    expect(plane(await pictureOf(fine, 1), 2)).toEqual([11]);
  });

  test("that are damaged are refused", async () => {
    const good = records({ labels: [3], value: 50 });
    const open = (bytes: Uint8Array<ArrayBuffer>) => cifarDataset({ files: [bytesSource("x.bin", bytes)] });
    await refuses(open(good.slice(0, -1)), "x.bin", /0 records of 3073 and 3072 over/);
    await refuses(open(bytesOf()), "x.bin", /has 0 bytes/);
    await refuses(open(records({ labels: [1, 2], value: 0 })), "x.bin", /1 records of 3073 and 1 over.*another layout/);
    await refuses(open(records({ labels: [1], value: 0 }, { labels: [10], value: 0 })), "x.bin", /record 1 is 10/);
    await refuses(cifarDataset({ files: [] }), "cifar-10", /no files/);
  });
});

describe("an image folder", () => {
  /** A picture as the decoder below reads it: width, height, then the pixels. */
  const solid = (width: number, height: number, ...rgba: number[]) =>
    bytesOf(width, height, ...new Array<number[]>(width * height).fill(rgba).flat());

  /** Folders as objects, files as bytes. */
  type Tree = { [name: string]: Tree | Uint8Array<ArrayBuffer> };

  const host = (tree: Tree) => {
    const find = (path: string): Tree | Uint8Array<ArrayBuffer> => {
      let at: Tree | Uint8Array<ArrayBuffer> | undefined = { root: tree };
      for (const name of path.split("/")) at = at instanceof Uint8Array ? undefined : at?.[name];
      if (!at) throw new FormatError(path, "there is no such file or folder");
      return at;
    };
    return {
      path: "root",
      async list(path: string): Promise<string[]> {
        const found = find(path);
        if (found instanceof Uint8Array) throw new FormatError(path, "is a file; a folder was expected");
        return Object.keys(found);
      },
      async read(path: string): Promise<Uint8Array<ArrayBuffer>> {
        const found = find(path);
        if (!(found instanceof Uint8Array)) throw new FormatError(path, "is a folder; a file was expected");
        return found;
      },
      async decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Picture> {
        const [width = 0, height = 0, ...pixels] = bytes;
        if (pixels.length < 4 * width * height) throw new FormatError(name, "is no image that can be decoded");
        return { width, height, rgba: Uint8ClampedArray.from(pixels) };
      },
    };
  };

  test("has a class for each folder, in order", async () => {
    const red = solid(6, 4, 200, 10, 20, 255);
    const tree = {
      zebra: { "b.JPEG": red, "a.png": red, "notes.txt": bytesOf(1), ".DS_Store": bytesOf(1) },
      ant: { "x.webp": red },
      "README.md": bytesOf(1),
      ".git": {},
    };
    const dataset = await folderDataset({ ...host(tree), path: "root/", size: 3 });
    expect(dataset.classes).toEqual(["ant", "zebra"]);
    expect([dataset.length, dataset.channels, dataset.height, dataset.width]).toEqual([3, 3, 3, 3]);
    expect([0, 1, 2].map((index) => [dataset.label(index), dataset.file(index)])).toEqual([
      [0, "root/ant/x.webp"],
      [1, "root/zebra/a.png"],
      [1, "root/zebra/b.JPEG"],
    ]);
    const picture = await pictureOf(dataset, 0);
    for (const [c, wanted] of [200, 10, 20].entries()) {
      for (const value of picture.subarray(9 * c, 9 * c + 9)) expect(value).toBeCloseTo(wanted, 3);
    }
    expect(dataset.broken).toEqual([]);
  });

  test("is cut in the middle, and every pixel of the middle counts", async () => {
    // Fine checks of black and white, 8 wide and 4 high, with red ends that lie outside the middle and its reach.
    const rgba = Array.from({ length: 32 }, (_, i) => {
      const [x, y] = [i % 8, Math.floor(i / 8)];
      const value = 255 * ((x + y) % 2);
      return x === 0 || x === 7 ? [255, 0, 0, 255] : [value, value, value, 255];
    }).flat();
    const dataset = await folderDataset({ ...host({ a: { "a.png": bytesOf(8, 4, ...rgba) } }), size: 2, channels: 1 });
    // Two to one: a pixel is a weighted mean of four by four or, at the border, four by three.
    for (const value of await pictureOf(dataset, 0)) expect(Math.abs(value - 127.5)).toBeLessThan(8);
    const same = await folderDataset({ ...host({ a: { "a.png": bytesOf(8, 4, ...rgba) } }), size: 4, channels: 3 });
    const middle = await pictureOf(same, 0);
    expect([...middle.subarray(0, 16)]).toEqual(Array.from({ length: 16 }, (_, i) => 255 * ((i + (i >> 2)) % 2)));
    expect([...middle.subarray(32)]).toEqual([...middle.subarray(0, 16)]);
  });

  test("of see-through pictures shows white behind, and grey is as the eye sees it", async () => {
    const tree = { a: { "1.png": solid(2, 2, 0, 0, 0, 0), "2.png": solid(2, 2, 0, 255, 0, 255) } };
    const dataset = await folderDataset({ ...host(tree), size: 2, channels: 1 });
    expect((await pictureOf(dataset, 0))[0]).toBeCloseTo(255, 3);
    expect((await pictureOf(dataset, 1))[0]).toBeCloseTo(255 * 0.587, 3);
  });

  test("with a corrupt picture counts it, and gives the others", async () => {
    const good = solid(2, 2, 9, 9, 9, 255);
    const tree = { a: { "1.png": good, "2.png": bytesOf(9, 9, 1), "3.png": bytesOf(0, 0) }, b: { "1.png": good } };
    const dataset = await folderDataset({ ...host(tree), size: 2 });
    const into = new Float32Array(12).fill(-1);
    const read = async () => {
      const worked: boolean[] = [];
      for (let i = 0; i < dataset.length; i++) worked.push(await dataset.read(i, into.fill(-1), 0));
      return worked;
    };
    expect(await read()).toEqual([true, false, false, true]);
    expect(await read()).toEqual([true, false, false, true]);
    expect(dataset.broken).toEqual([
      { file: "root/a/2.png", reason: "root/a/2.png: is no image that can be decoded" },
      { file: "root/a/3.png", reason: "was decoded as 0×0 pixels in 0 bytes" },
    ]);
    expect(await dataset.read(1, into.fill(-1), 0)).toBe(false);
    expect(into.every((value) => value === -1)).toBe(true);
  });

  test("of real files: a photograph, and a JPEG that breaks off", async () => {
    const file = (path: string) =>
      new Uint8Array(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url))));
    const tree = {
      cat: { "chelsea.png": file("demo/photographs/chelsea.png"), "cut.jpg": file("tests/images/truncated.jpg") },
    };
    const dataset = await folderDataset({ ...host(tree), decodeImage, size: 64 });
    const cat = await pictureOf(dataset, 0);
    const mean = (plane: number) => cat.subarray(plane * 4096, (plane + 1) * 4096).reduce((a, b) => a + b) / 4096;
    // The cat is ginger: red over green over blue.
    expect(mean(0)).toBeGreaterThan(mean(1) + 15);
    expect(mean(1)).toBeGreaterThan(mean(2) + 10);
    expect(await dataset.read(1, cat, 0)).toBe(false);
    expect(dataset.broken.map((each) => each.file)).toEqual(["root/cat/cut.jpg"]);
  });

  test("without classes or pictures is refused, by the folder's name", async () => {
    const picture = solid(2, 2, 9, 9, 9, 255);
    const open = (tree: Tree) => folderDataset({ ...host(tree), size: 2 });
    await refuses(open({}), "root", /a folder for each class.*holds no folders/);
    await refuses(open({ "a.png": picture, "b.png": picture }), "root", /2 pictures lie in it, but no folders/);
    await refuses(open({ a: { "a.png": picture }, b: {} }), "root/b", /class "b", but holds no pictures/);
    await refuses(open({ a: { "a.txt": picture } }), "root/a", /holds no pictures \(\.png/);
    await refuses(folderDataset({ ...host({}), path: "nowhere", size: 2 }), "nowhere", /no such file or folder/);
  });
});

describe("a text", () => {
  test("is numbered by its sorted characters, whole code points", () => {
    const dataset = textDataset("t.txt", "hello 😀");
    expect(dataset.vocabulary).toEqual([" ", "e", "h", "l", "o", "😀"]);
    expect(dataset.length).toBe(7);
    expect([...dataset.encode("hello 😀")]).toEqual([2, 1, 3, 3, 4, 0, 5]);
    expect(dataset.decode([2, 4, 5])).toBe("ho😀");
    expect(textDataset("t.txt", new TextEncoder().encode("hello 😀")).vocabulary).toEqual(dataset.vocabulary);
  });

  test("is cut into streams that go on from window to window", () => {
    const text = "abcdefghijklmnopqrstuvwxyz";
    const dataset = textDataset("t.txt", text);
    const [steps, batch] = [3, 2];
    // 25 characters have a next one: two streams of 12, of four windows each.
    expect(dataset.windows(steps, batch)).toBe(4);
    const shown = (codes: Int32Array) =>
      [0, 1].map((b) => dataset.decode([0, 1, 2].map((t) => codes[t * batch + b] ?? -1)));
    const windows = Array.from({ length: 5 }, (_, step) => dataset.window(step, steps, batch));
    expect(windows.map(({ inputs }) => shown(inputs))).toEqual([
      ["abc", "mno"],
      ["def", "pqr"],
      ["ghi", "stu"],
      ["jkl", "vwx"],
      ["abc", "mno"],
    ]);
    expect(windows.map(({ targets }) => shown(targets))).toEqual([
      ["bcd", "nop"],
      ["efg", "qrs"],
      ["hij", "tuv"],
      ["klm", "wxy"],
      ["bcd", "nop"],
    ]);
  });

  test("may be as short as one window", () => {
    const { inputs, targets } = textDataset("t.txt", "hello").window(0, 4, 1);
    expect([[...inputs], [...targets]]).toEqual([
      [1, 0, 2, 2],
      [0, 2, 2, 3],
    ]);
  });

  test("that cannot be used is refused", async () => {
    await refuses(() => textDataset("t.txt", ""), "t.txt", /empty/);
    await refuses(() => textDataset("t.txt", bytesOf(0x68, 0xff)), "t.txt", /UTF-8/);
    await refuses(() => textDataset("t.txt", "hello").window(0, 5, 1), "t.txt", /has 5 characters, but .* at least 6/);
    await refuses(() => textDataset("t.txt", "abé", ["a", "b"]), "t.txt", /character 2 of the text is "é" \(U\+00E9\)/);
    await refuses(() => textDataset("t.txt", "hello").encode("hex"), "t.txt", /character 2 .* "x" \(U\+0078\)/);
    await refuses(() => textDataset("t.txt", "hello").decode([4]), "t.txt", /number 4; 0 to 3/);
    expect(() => textDataset("t.txt", "hello").window(-1, 2, 1)).toThrow(/step is -1/);
    expect(() => textDataset("t.txt", "hello").window(0, 0, 1)).toThrow(/steps is 0/);
  });
});

describe("glyphs", () => {
  const SIZE = 28;

  /** Correlation of two pictures, at the best of the shifts by up to `reach` pixels. */
  function likeness(a: Float32Array, b: Float32Array, reach = 2): number {
    const norm = (picture: Float32Array) => Math.sqrt(picture.reduce((sum, value) => sum + value * value, 0));
    const scale = norm(a) * norm(b);
    let best = 0;
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++) {
        let sum = 0;
        for (let y = Math.max(0, -dy); y < SIZE - Math.max(0, dy); y++) {
          for (let x = Math.max(0, -dx); x < SIZE - Math.max(0, dx); x++)
            sum += (a[y * SIZE + x] ?? 0) * (b[(y + dy) * SIZE + x + dx] ?? 0);
        }
        best = Math.max(best, sum / scale);
      }
    }
    return best;
  }

  test("differ from each other, all of them, wherever they are moved", () => {
    const pictures = GLYPHS.map((letter) => renderGlyph(letter, SIZE));
    expect(GLYPHS.length).toBe(36);
    const alike: string[] = [];
    for (const [i, a] of pictures.entries()) {
      expect(likeness(a, a)).toBeCloseTo(1, 5);
      for (const [j, b] of pictures.entries()) {
        if (j > i && likeness(a, b) > 0.92) alike.push(`${GLYPHS[i]}${GLYPHS[j]}`);
      }
    }
    expect(alike).toEqual([]);
  });

  test("lie inside their pictures and fill them, in every size", () => {
    for (const size of [12, 28, 65]) {
      for (const letter of GLYPHS) {
        const ink = renderGlyph(letter, size);
        const border = ink.filter((_, i) => {
          const [x, y] = [i % size, Math.floor(i / size)];
          return x === 0 || y === 0 || x === size - 1 || y === size - 1;
        });
        expect(Math.max(...border), letter).toBe(0);
        expect(Math.min(...ink), letter).toBe(0);
        // In the smallest pictures a stroke is thinner than two pixels, so it need not cover one.
        expect(Math.max(...ink), letter).toBeGreaterThan(size < 20 ? 0.8 : 0.999);
        const covered = ink.reduce((a, b) => a + b) / size ** 2;
        expect(covered, letter).toBeGreaterThan(0.08);
        expect(covered, letter).toBeLessThan(0.5);
        // Smooth edges: pixels that are partly covered.
        expect(ink.filter((value) => value > 0.1 && value < 0.9).length, letter).toBeGreaterThan(size / 4);
        const rows = Array.from({ length: size }, (_, y) =>
          ink.subarray(y * size, (y + 1) * size).some((v) => v > 0.4),
        );
        expect(rows.filter(Boolean).length, letter).toBeGreaterThanOrEqual(0.8 * (size - 2) - 1);
      }
    }
  });

  test("stay inside under the most that styles do, and are as black as upright ones", () => {
    for (const letter of GLYPHS) {
      for (const [sx, sy] of [
        [-1, -1],
        [1, 1],
        [1, -1],
      ] as const) {
        const ink = renderGlyph(letter, SIZE, {
          pen: [0.14, 0.03],
          slant: 0.28,
          aspect: 1.15,
          serif: 0.13,
          wobble: 0.035,
          waves: [0.1, 0.7, 1.1, 0.5],
          rotation: 20 * sx,
          scale: 1,
          shift: [sx, sy],
        });
        for (let i = 0; i < SIZE; i++) {
          for (const at of [i, SIZE * (SIZE - 1) + i, SIZE * i, SIZE * i + SIZE - 1]) expect(ink[at], letter).toBe(0);
        }
        expect(Math.max(...ink), letter).toBeGreaterThan(0.9);
      }
    }
  });

  test("cover what their strokes cover", () => {
    // A level stroke of the plain pen over an L's foot: its width in pixels, counted by area.
    const size = 101;
    const ink = renderGlyph("L", size);
    const unit = (size - 2) / (1 + 2 * 0.07);
    const column = Array.from({ length: size }, (_, y) => ink[y * size + 55] ?? 0);
    expect(column.reduce((a, b) => a + b)).toBeCloseTo(2 * 0.07 * unit, 1);
    const row = ink.subarray(40 * size, 41 * size);
    expect(row.reduce((a, b) => a + b)).toBeCloseTo(2 * 0.07 * unit, 1);
  });

  test("depend on seed, split and index alone", async () => {
    const options = { count: 80, seed: 7, split: "train" } as const;
    const a = glyphDataset(options);
    const b = glyphDataset(options);
    expect([a.length, a.channels, a.height, a.width, a.classes.length]).toEqual([80, 1, 28, 28, 36]);
    for (const index of [79, 3, 40]) expect(await pictureOf(a, index)).toEqual(await pictureOf(b, index));
    const others = [
      await pictureOf(a, 3),
      await pictureOf(a, 39),
      await pictureOf(glyphDataset({ ...options, seed: 8 }), 3),
      await pictureOf(glyphDataset({ ...options, split: "held-out" }), 3),
    ];
    expect(new Set(others.map((picture) => picture.join())).size).toBe(4);
    expect([a.label(3), a.label(39), a.classes[3]]).toEqual([3, 3, "D"]);
    const values = others.flatMap((picture) => [...picture]);
    expect(values.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
  });

  test("have no picture in both splits, and none twice", async () => {
    const count = 300;
    const seen = new Set<string>();
    for (const split of ["train", "held-out"] as const) {
      const dataset = glyphDataset({ count, seed: 1, split, letters: "A" });
      for (let i = 0; i < count; i++) seen.add((await pictureOf(dataset, i)).join());
    }
    expect(seen.size).toBe(2 * count);
  });

  test("are brighter where the ink is, enough to be read", async () => {
    const dataset = glyphDataset({ count: 144, seed: 3, split: "train" });
    for (let index = 0; index < dataset.length; index++) {
      const sorted = (await pictureOf(dataset, index)).sort();
      const mean = (part: Float32Array) => part.reduce((a, b) => a + b) / part.length;
      expect(mean(sorted.subarray(-39)) - mean(sorted.subarray(0, 392))).toBeGreaterThan(60);
    }
  });

  test("are of the letters that were asked for, or refused", () => {
    const options = { count: 6, seed: 1, split: "train" } as const;
    const dataset = glyphDataset({ ...options, letters: "X7B", size: 40 });
    expect(dataset.classes).toEqual(["X", "7", "B"]);
    expect([0, 1, 2, 3, 4, 5].map((index) => dataset.label(index))).toEqual([0, 1, 2, 0, 1, 2]);
    expect(dataset.width).toBe(40);
    expect(() => glyphDataset({ ...options, letters: "aB" })).toThrow(UnknownNameError);
    expect(() => glyphDataset({ ...options, letters: "BB" })).toThrow(/B was given twice/);
    expect(() => glyphDataset({ ...options, letters: "" })).toThrow(/no letters/);
    expect(() => glyphDataset({ ...options, size: 8 })).toThrow(/size is 8, .* from 12 on/);
    expect(() => glyphDataset({ ...options, count: 0 })).toThrow(/count is 0/);
    expect(() => renderGlyph("?", 28)).toThrow(/no glyph is named "\?"/);
  });
});

describe("texture crops", () => {
  const plane = (width: number, height: number, value: (x: number, y: number) => number): Float32Array =>
    Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));
  const grey = (name: string, value: (x: number, y: number) => number, width = 100, height = 60): Photograph => ({
    name,
    channels: 1,
    width,
    height,
    planes: plane(width, height, value),
  });
  const options = { size: 24, count: 600, seed: 5 };

  test("of the two splits cannot overlap", async () => {
    // Black up to the border, white from there on: a crop that reached over it would have both.
    const photographs = ["a", "b", "c"].map((name) => grey(name, (x) => (x < 70 ? 0 : 255)));
    for (const split of ["train", "held-out"] as const) {
      const dataset = textureDataset({ ...options, photographs, split });
      const begins = new Set<number>();
      for (let index = 0; index < dataset.length; index++) {
        const { x, y, size } = dataset.crop(index);
        expect(size).toBe(24);
        expect(y >= 0 && y + size <= 60).toBe(true);
        expect(split === "train" ? x >= 0 && x + size <= 70 : x >= 70 && x + size <= 100).toBe(true);
        begins.add(x);
        const [value, ...rest] = new Set(await pictureOf(dataset, index));
        expect(rest).toEqual([]);
        expect((value as number) < 128).toBe(split === "train");
      }
      // The whole region is used, up to its last column.
      expect(begins.size).toBe(split === "train" ? 47 : 7);
    }
  });

  test("are the photograph there, in all eight symmetries, up to light", async () => {
    const picture = grey("a", (x, y) => 100 + x / 4 + y / 2);
    const dataset = textureDataset({ ...options, photographs: [picture], split: "train" });
    const SYMMETRIES: ((i: number, j: number) => [number, number])[] = [
      (i, j) => [i, j],
      (i, j) => [23 - i, j],
      (i, j) => [i, 23 - j],
      (i, j) => [23 - i, 23 - j],
      (i, j) => [j, i],
      (i, j) => [23 - j, i],
      (i, j) => [j, 23 - i],
      (i, j) => [23 - j, 23 - i],
    ];
    const used = new Map<number, number>();
    for (let index = 0; index < 200; index++) {
      const crop = await pictureOf(dataset, index);
      const { x, y } = dataset.crop(index);
      const fits = SYMMETRIES.findIndex((symmetry) => {
        const wanted = crop.map((_, at) => {
          const [i, j] = symmetry(Math.floor(at / 24), at % 24);
          return picture.planes[(y + i) * 100 + x + j] ?? Number.NaN;
        });
        // Light is a line: two points give it, and the others must lie on it.
        const [high, low] = [wanted.indexOf(Math.max(...wanted)), wanted.indexOf(Math.min(...wanted))];
        const at = (values: Float32Array, i: number) => values[i] as number;
        const slope = (at(crop, high) - at(crop, low)) / (at(wanted, high) - at(wanted, low));
        if (slope < 0.79 || slope > 1.21) return false;
        return crop.every(
          (value, i) => Math.abs(value - at(crop, low) - slope * (at(wanted, i) - at(wanted, low))) < 1e-3,
        );
      });
      expect(fits).toBeGreaterThanOrEqual(0);
      used.set(fits, (used.get(fits) ?? 0) + 1);
    }
    expect(used.size).toBe(8);
    expect(Math.min(...used.values())).toBeGreaterThan(8);
  });

  test("depend on seed, split and index alone, and keep colours", async () => {
    const wave = (x: number, y: number) => 128 + 60 * Math.sin(x * 0.7 + y * y * 0.05);
    const colour: Photograph = {
      name: "a",
      channels: 3,
      width: 100,
      height: 60,
      planes: Float32Array.from([1, 0.5, 0.25].flatMap((part) => [...plane(100, 60, (x, y) => part * wave(x, y))])),
    };
    const make = (seed: number, split: "train" | "held-out") =>
      textureDataset({ ...options, seed, split, photographs: [colour] });
    expect(await pictureOf(make(5, "train"), 9)).toEqual(await pictureOf(make(5, "train"), 9));
    const [a, b] = [await pictureOf(make(5, "train"), 9), await pictureOf(make(6, "train"), 9)];
    expect(a.length).toBe(3 * 24 * 24);
    expect(a).not.toEqual(b);
    const mean = (picture: Float32Array, c: number) =>
      picture.subarray(c * 576, (c + 1) * 576).reduce((s, v) => s + v) / 576;
    expect(mean(a, 0)).toBeGreaterThan(mean(a, 1));
    expect(mean(a, 1)).toBeGreaterThan(mean(a, 2));
  });

  test("come from the photographs that are there", async () => {
    const names = ["brick", "grass", "gravel"];
    const photographs = await Promise.all(
      names.map(async (name) => {
        const file = fileURLToPath(new URL(`../../demo/photographs/surfaces/${name}.png`, import.meta.url));
        return photograph(name, await decodeImage(new Uint8Array(readFileSync(file)), file), 1);
      }),
    );
    const dataset = textureDataset({ photographs, size: 64, count: 12, seed: 1, split: "held-out" });
    expect(dataset.classes).toEqual(names);
    expect([0, 1, 2, 3].map((index) => dataset.label(index))).toEqual([0, 1, 2, 0]);
    for (let index = 0; index < 12; index++) {
      const crop = await pictureOf(dataset, index);
      expect(Math.min(...crop)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...crop)).toBeLessThanOrEqual(255);
      expect(Math.max(...crop) - Math.min(...crop)).toBeGreaterThan(40);
      expect(dataset.crop(index).x).toBeGreaterThanOrEqual(Math.floor(0.7 * 512));
    }
  });

  test("of photographs that do not serve are refused, by name", async () => {
    const make = (photographs: readonly Photograph[], size = 24, split: "train" | "held-out" = "train") =>
      textureDataset({ ...options, size, photographs, split });
    const flat = () => 9;
    await refuses(
      () => make([grey("a", flat)], 31, "held-out"),
      "a",
      /100×60 .* held-out crops may use 30×60; .* 31×31/,
    );
    await refuses(() => make([grey("a", flat)], 61), "a", /may use 70×60/);
    await refuses(() => make([grey("a", flat), { ...grey("b", flat), channels: 3 }]), "b", /has 3 channels, but .* 1/);
    await refuses(() => make([{ ...grey("a", flat), width: 99 }]), "a", /6000 values, but 99×60 pixels take 5940/);
    expect(() => make([])).toThrow(/no photographs/);
  });
});

test("a text read from an offset on is the text without its beginning", () => {
  const text = textDataset("t", "the quick brown fox jumps over the lazy dog");
  const rest = textDataset("t", text.text.slice(5), text.vocabulary);
  expect(text.windows(4, 2, 5)).toBe(rest.windows(4, 2));
  for (let step = 0; step < 5; step++) expect(text.window(step, 4, 2, 5)).toEqual(rest.window(step, 4, 2));
  expect(() => text.windows(4, 2, 36)).toThrow(/43 characters, but 2 streams of 4 steps take at least 45/);
});
