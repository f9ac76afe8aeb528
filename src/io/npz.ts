/** NumPy's archives of named arrays: a zip of `npy` files, in and out. */
import { FormatError } from "../core/errors";
import type { Tensor } from "../core/tensor";
import { type NpyArray, openArray, writeNpy } from "./npy";
import type { ByteSource } from "./source";
import { shownName } from "./tensors/elements";
import type { TensorEntry, TensorFile } from "./tensors/tensorFile";
import { openZip, writeZip } from "./zip";

/** Opens the arrays among an archive's members; other members are left alone. @throws FormatError. */
export async function openNpz(source: ByteSource, members?: ReadonlyMap<string, ByteSource>): Promise<TensorFile> {
  const arrays = new Map<string, NpyArray>();
  const entries = new Map<string, TensorEntry>();
  for (const [member, inside] of members ?? (await openZip(source))) {
    if (!member.endsWith(".npy")) continue;
    const name = member.slice(0, -".npy".length);
    const array = await openArray(inside);
    arrays.set(name, array);
    entries.set(name, { ...array, name });
  }
  return {
    file: source.name,
    format: "npz",
    size: source.size,
    entries,
    metadata: {},
    readBytes: async (name) => {
      const array = arrays.get(name);
      if (!array) throw new FormatError(source.name, `has no tensor ${shownName(name)}`);
      return array.readBytes();
    },
  };
}

/** Tensors as an archive that `numpy.load` opens; floats as `floats` says, stored unless `packed`. */
export async function writeNpz(
  tensors: Readonly<Record<string, Tensor>>,
  { floats = "f32", packed = false }: { readonly floats?: "f32" | "f16"; readonly packed?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const members = Object.entries(tensors).map(([name, tensor]) => ({
    name: `${name}.npy`,
    read: async () => writeNpy(tensor, floats),
  }));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  await writeZip(members, packed, (chunk) => void chunks.push(chunk));
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
