/** Reads the golden folder: an index of cases and a safetensors file each. Independent of the project's own reader. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Tensor } from "../../src/core/tensor";
import { ops } from "../../src/ops";
import type { AnyOp, Named } from "../../src/ops/op";

export interface GoldenCase {
  name: string;
  op: string;
  attrs: Record<string, unknown>;
  file: string;
  inputs: string[];
  outputs: string[];
  tolerance: { rtol: number; atol: number; atol_by_tensor: Record<string, number> };
  tags: string[];
}

const candidates = ["../golden/", "../../../shared/golden/"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
export const GOLDEN_DIR = candidates.find((path) => existsSync(`${path}index.json`)) as string;

export const goldenCases: readonly GoldenCase[] = JSON.parse(readFileSync(`${GOLDEN_DIR}index.json`, "utf8")).cases;

/** Every tensor of a case, by name. */
export function readGolden(golden: GoldenCase): Record<string, Tensor> {
  const bytes = readFileSync(`${GOLDEN_DIR}${golden.file}`);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString("utf8"));
  delete header.__metadata__;
  const data = new Uint8Array(bytes.subarray(8 + headerLength)).buffer as ArrayBuffer;
  return Object.fromEntries(
    Object.entries(header as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>).map(
      ([name, entry]) => {
        const slice = data.slice(...entry.data_offsets);
        return [name, new Tensor(entry.shape, entry.dtype === "F32" ? new Float32Array(slice) : new Int32Array(slice))];
      },
    ),
  );
}

/** The golden cases of an op with their tensors under the op's own names. */
export function goldenOf(op: AnyOp): readonly GoldenCase[] {
  return goldenCases.filter((golden) => golden.op === op.golden?.op);
}

/** Our input names of a golden case, in order, with the golden names: variadic prefixes expanded. */
export function goldenInputs(op: AnyOp, golden: GoldenCase): Named<string> {
  const names: Record<string, string> = {};
  op.inputs.forEach((spec, i) => {
    const theirs = op.golden?.inputs[i];
    if (theirs === undefined) return;
    if (spec.variadic) {
      golden.inputs
        .filter((name) => name.startsWith(theirs))
        .forEach((name, k) => {
          names[`${spec.name}${k}`] = name;
        });
    } else if (golden.inputs.includes(theirs)) names[spec.name] = theirs;
  });
  return names;
}

export const allOps: readonly AnyOp[] = Object.values(ops);
