/**
 * The npm package `@sparticuz/chromium` carries, for Linux x64, a whole Chromium, its SwiftShader Vulkan driver, a Vulkan
 * loader and the NSS libraries a bare system lacks, all as brotli files. This unpacks what is asked for, once, into a
 * cache folder that only this user can write to; processes that do so at the same time do not disturb each other.
 */
import {
  accessSync,
  constants,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
} from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { type ExtractOptions, extract } from "tar-fs";

/** Where the brotli files are and which Chromium they hold, or undefined where there is none for this machine. */
function bundle(): { bin: string; version: string } | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve("@sparticuz/chromium");
  } catch {
    return undefined;
  }
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(join(folder, "bin", "chromium.br")) || !existsSync(manifest)) continue;
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    return { bin: join(folder, "bin"), version };
  }
  return undefined;
}

function writable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first folder that can be written to: the user's choice, `node_modules/.cache`, the user's cache, a temporary one. */
async function cacheFolder(bin: string): Promise<string> {
  const modules = join(bin, "..", "..", "..");
  const choices = [
    process.env.TANDEM_CACHE,
    join(modules, ".cache", "tandem"),
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tandem"),
  ];
  for (const folder of choices) if (folder && writable(folder)) return folder;
  return mkdtemp(join(tmpdir(), "tandem-"));
}

const unbrotli = (from: string, to: NodeJS.WritableStream): Promise<void> =>
  pipeline(createReadStream(from), createBrotliDecompress({ chunkSize: 1 << 20 }), to);

/** Root would give the files to whoever packed them; they are to be this user's. (The option lacks in the types.) */
const OWN_FILES: ExtractOptions & { chown: boolean } = { chown: false };
const untar = (folder: string): NodeJS.WritableStream => extract(folder, OWN_FILES);

/** Fills a folder once: into a private folder first, then renamed, so that nobody sees half of it. */
async function once(target: string, fill: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const draft = await mkdtemp(`${target}.`);
  try {
    await fill(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process was first: its folder is as good as ours.
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** Vulkan loader and SwiftShader driver, for Dawn in Node. */
export interface SoftwareDriver {
  /** `libvulkan.so.1` */
  readonly loader: string;
  /** The driver's manifest, for `VK_DRIVER_FILES`. */
  readonly manifest: string;
}

/** The bundled software Vulkan driver, or undefined where the bundle is not for this machine. */
export async function unpackSoftwareDriver(): Promise<SoftwareDriver | undefined> {
  const found = bundle();
  if (!found) return undefined;
  const folder = await once(join(await cacheFolder(found.bin), `swiftshader-${found.version}`), (draft) =>
    unbrotli(join(found.bin, "swiftshader.tar.br"), untar(draft)),
  );
  return { loader: join(folder, "libvulkan.so.1"), manifest: join(folder, "vk_swiftshader_icd.json") };
}

/** A Chromium with all that a bare Linux lacks. */
export interface BundledBrowser {
  readonly executable: string;
  /** What the browser's process needs in its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const fontsConf = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/cache</cachedir>
</fontconfig>
`;

/** Whether the bundle has a browser for this machine, without unpacking it; its version if so. */
export const bundledBrowserVersion = (): string | undefined => bundle()?.version;

/** The bundled Chromium, unpacked on first use (a few seconds, about 200 MB), or undefined where there is none. */
export async function unpackBrowser(): Promise<BundledBrowser | undefined> {
  const found = bundle();
  if (!found) return undefined;
  const target = join(await cacheFolder(found.bin), `chromium-${found.version}`);
  const folder = await once(target, async (draft) => {
    await Promise.all([
      unbrotli(join(found.bin, "chromium.br"), createWriteStream(join(draft, "chromium"), { mode: 0o755 })),
      unbrotli(join(found.bin, "swiftshader.tar.br"), untar(draft)),
      unbrotli(join(found.bin, "al2023.tar.br"), untar(draft)),
      unbrotli(join(found.bin, "fonts.tar.br"), untar(join(draft, "fonts"))),
    ]);
    await writeFile(join(draft, "fonts", "fonts.conf"), fontsConf(join(target, "fonts")));
  });
  const libraries = [join(folder, "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return {
    executable: join(folder, "chromium"),
    environment: { LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(folder, "fonts") },
  };
}
