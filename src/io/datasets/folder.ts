/** A folder of pictures with one folder for each class, as ImageNet's training pictures are kept. */
import { FormatError, TandemError } from "../../core/errors";
import type { Picture } from "../image";
import { checkIndex, checkRead, checkWhole, type ImageDataset } from "./dataset";
import { centralSquare } from "./pixels";

export interface FolderOptions {
  readonly path: string;
  /** Pictures come as squares of this side: the shorter side is resized to it, and the middle cut out. */
  readonly size: number;
  /** 3 unless told; 1 for grey. */
  readonly channels?: 1 | 3;
  /** Names of the files and folders in a folder. Rejects for a file. */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Rejects what is no picture; `name` is for the error. */
  decodeImage(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Picture>;
}

/** A picture that could not be read, and why. */
export interface BrokenPicture {
  readonly file: string;
  readonly reason: string;
}

export interface FolderDataset extends ImageDataset {
  /** Pictures that could not be read so far, each once. */
  readonly broken: readonly BrokenPicture[];
  /** The file of picture `index`. */
  file(index: number): string;
}

const PICTURE = /\.(png|jpe?g|webp)$/i;
const KINDS = ".png, .jpg, .jpeg or .webp";

/** Files that systems leave in folders. */
const hidden = (name: string): boolean => name.startsWith(".") || /^(thumbs\.db|desktop\.ini)$/i.test(name);

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What is in `path` if it is a folder. A name with an extension that cannot be listed is taken for a file. */
async function inside(options: FolderOptions, path: string): Promise<readonly string[] | undefined> {
  try {
    return (await options.list(path)).filter((name) => !hidden(name));
  } catch (error) {
    if (/\.\w+$/.test(path)) return undefined;
    throw error;
  }
}

function checkPicture({ width, height, rgba }: Picture): void {
  if (!(width > 0 && height > 0 && rgba.length === 4 * width * height))
    throw new TandemError(`was decoded as ${width}×${height} pixels in ${rgba.length} bytes`);
}

/**
 * Lists the classes (folders of `path`, sorted) and their pictures (sorted too). Pictures are read and decoded when they
 * are asked for; one that cannot be is remembered in `broken`.
 * @throws FormatError naming the folder that has no class or no picture
 */
export async function folderDataset(options: FolderOptions): Promise<FolderDataset> {
  const { size, channels = 3 } = options;
  const path = options.path.replace(/(?<=.)[/\\]+$/, "");
  checkWhole(path, "size", size, 1);
  const names = (await options.list(path)).filter((name) => !hidden(name)).sort(byName);
  const classes: string[] = [];
  const files: { readonly file: string; readonly label: number }[] = [];
  for (const name of names) {
    const folder = `${path}/${name}`;
    const content = await inside(options, folder);
    if (!content) continue;
    const pictures = content.filter((file) => PICTURE.test(file)).sort(byName);
    if (pictures.length === 0) {
      throw new FormatError(folder, `is the folder of class "${name}", but holds no pictures (${KINDS})`);
    }
    for (const file of pictures) files.push({ file: `${folder}/${file}`, label: classes.length });
    classes.push(name);
  }
  if (classes.length === 0) {
    const loose = names.filter((name) => PICTURE.test(name)).length;
    const found = loose > 0 ? `${loose} pictures lie in it, but no folders` : "it holds no folders";
    throw new FormatError(path, `a folder for each class, with its pictures, is expected; ${found}`);
  }
  const broken = new Map<string, BrokenPicture>();
  const facts = { name: path, classes, length: files.length, channels, height: size, width: size } as const;
  const at = (index: number) => {
    checkIndex(facts, index);
    return files[index] as (typeof files)[number];
  };
  return {
    ...facts,
    get broken() {
      return [...broken.values()];
    },
    file: (index) => at(index).file,
    label: (index) => at(index).label,
    async read(index, into, offset) {
      checkRead(facts, index, into, offset);
      const { file } = at(index);
      let picture: Picture;
      try {
        picture = await options.decodeImage(await options.read(file), file);
        checkPicture(picture);
      } catch (error) {
        broken.set(file, { file, reason: error instanceof Error ? error.message : String(error) });
        return false;
      }
      into.set(centralSquare(picture, channels, size), offset);
      return true;
    },
  };
}
