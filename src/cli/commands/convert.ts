/** `tandem convert`: tensors from one file format to another. Needs no GPU. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { bytes, count, several, warning } from "../../bench/report";
import { convertTensors, only, WRITTEN_FORMATS, type WrittenFormat } from "../../io/convert";
import { openTensors } from "../../io/openTensors";
import { FLOAT_TYPES, type FloatType } from "../../io/tensors/elements";
import { UsageError } from "../exit";
import { explain } from "../hosts/fileSource";
import { namedFiles } from "../hosts/files";

interface Options {
  readonly dtype?: FloatType;
  readonly tensor?: string;
  readonly packed?: true;
}

const HELP = `
IN is safetensors, NumPy's npz or npy, or what PyTorch saved (pth: zip or older); its first bytes
say which. OUT's ending says what is written: .safetensors, .npz or .npy. Numbers stay of the type
that they are unless --dtype is given; then floats are rounded to it, and whole numbers stay.

Examples:
  tandem convert alexnet-owt-7be5be79.pth alexnet.safetensors
  tandem convert alexnet.safetensors half.safetensors --dtype f16      half the size
  tandem convert best.safetensors weights.npz
  tandem convert weights.npz conv1.npy --tensor conv1.weight`;

function formatOf(path: string): WrittenFormat {
  const ending = path.split(".").at(-1)?.toLowerCase();
  const format = WRITTEN_FORMATS.find((each) => each === ending);
  if (format) return format;
  throw new UsageError(`${path}: what is written is told from its ending, .${WRITTEN_FORMATS.join(", .")}`);
}

/** A file that is written beside its place and moved there when it is whole. */
async function writeWhole<T>(
  path: string,
  work: (write: (chunk: Uint8Array<ArrayBuffer>) => Promise<void>) => Promise<T>,
): Promise<T> {
  const beside = `${path}.part`;
  const stream = createWriteStream(beside);
  try {
    await once(stream, "open");
    const result = await work(async (chunk) => {
      if (!stream.write(chunk)) await once(stream, "drain");
    });
    stream.end();
    await once(stream, "close");
    await rename(beside, path);
    return result;
  } catch (error) {
    stream.destroy();
    await rm(beside, { force: true });
    throw (error as NodeJS.ErrnoException).code ? explain(path, error) : error;
  }
}

async function run(from: string, to: string, options: Options): Promise<void> {
  const format = formatOf(to);
  if (resolve(from) === resolve(to)) throw new UsageError(`${to}: a file cannot be converted into itself`);
  const opened = await openTensors(await namedFiles([from]).open(from));
  const file = options.tensor === undefined ? opened : only(opened, options.tensor);
  const { tensors, widened, overflowed } = await writeWhole(to, (write) =>
    convertTensors(
      file,
      {
        to,
        format,
        packed: options.packed ?? false,
        ...(options.dtype === undefined ? {} : { floats: options.dtype }),
      },
      write,
    ),
  );
  const { size } = await stat(to);
  console.log(`${from} (${opened.format}, ${bytes(opened.size)})`);
  console.log(`${to} (${format}, ${bytes(size)}): ${several(tensors, "tensor")}`);
  if (widened > 0) console.log(`${several(widened, "tensor")} of bfloat16 became f32: NumPy has no bfloat16`);
  if (overflowed > 0)
    console.log(warning(`${count(overflowed)} numbers are beyond half precision and became infinite`));
}

export function register(program: Command): void {
  program
    .command("convert")
    .summary("tensors from one file format to another")
    .description("write the tensors of a file in another format, or as other floats; needs no GPU")
    .argument("<in>", "safetensors, npz, npy or pth: a file or an address")
    .argument("<out>", "the file to write; its ending says the format")
    .addOption(new Option("--dtype <type>", "what floats become").choices(FLOAT_TYPES))
    .option("--tensor <name>", "only this tensor")
    .option("--packed", "deflate the members of an npz")
    .addHelpText("after", HELP)
    .action(run);
}
