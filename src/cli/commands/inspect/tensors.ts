/** What a file of tensors holds: names, types, shapes, sizes, and which model they are of. */
import { bytes, type Column, count, faint, several, strong, table } from "../../../bench/report";
import { formatShape, sizeOf } from "../../../core/shape";
import { shownName } from "../../../io/tensors/elements";
import type { TensorFile } from "../../../io/tensors/tensorFile";
import { modelsFor } from "../../tasks/openModel";

export interface TensorsInspection {
  readonly schema: "tandem-inspect-tensors-1";
  readonly file: string;
  readonly format: TensorFile["format"];
  readonly bytes: number;
  readonly metadata: TensorFile["metadata"];
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    /** Whether tensors of this type can be read. */
    readonly readable: boolean;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[];
  readonly elements: number;
  /** Built-in models whose parameters they are, by names and shapes. */
  readonly fits: readonly string[];
}

export function inspectTensors(file: TensorFile): TensorsInspection {
  const entries = [...file.entries.values()];
  return {
    schema: "tandem-inspect-tensors-1",
    file: file.file,
    format: file.format,
    bytes: file.size,
    metadata: file.metadata,
    tensors: entries.map(({ name, type, dtype, shape, byteLength }) => ({
      name,
      dtype,
      readable: type !== undefined,
      shape,
      bytes: byteLength,
    })),
    elements: entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    fits: modelsFor(file),
  };
}

const COLUMNS: readonly Column[] = [
  { title: "tensor" },
  { title: "type" },
  { title: "shape" },
  { title: "numbers", align: "right" },
  { title: "bytes", align: "right" },
];

/** A long list of texts, such as the names of classes, is no line for people. */
const brief = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

const plainName = (name: string): string => shownName(name).slice(1, -1);

export function tensorsText(it: TensorsInspection): string {
  const rows = it.tensors.map((each) => [
    plainName(each.name),
    each.dtype,
    formatShape(each.shape),
    count(sizeOf(each.shape)),
    count(each.bytes),
  ]);
  const unread = it.tensors.filter(({ readable }) => !readable);
  const said = Object.entries(it.metadata).map(([key, value]) =>
    faint(`${plainName(key)}: ${brief(plainName(value))}`),
  );
  return [
    `${strong(it.file)}: ${it.format}, ${bytes(it.bytes)}`,
    ...said,
    "",
    table(COLUMNS, rows),
    "",
    `numbers   ${count(it.elements)} in ${several(it.tensors.length, "tensor")}`,
    ...(unread.length > 0
      ? [
          `not read  ${several(unread.length, "tensor")} of other types: ${[...new Set(unread.map(({ dtype }) => dtype))].join(", ")}`,
        ]
      : []),
    it.fits.length > 0
      ? `fits      ${it.fits.join(", ")}`
      : "fits      no model that is built in, by its names and shapes",
  ].join("\n");
}
