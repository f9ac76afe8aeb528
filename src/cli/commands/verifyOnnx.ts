/** `tandem verify --onnx`: cases of the ONNX project, told to people. */
import { ONNX_TOLERANCE, type OnnxOutcome } from "../../bench/onnxCases";
import { bad, duration, faint, good, heading } from "../../bench/report";
import { UNSUPPORTED_TYPES } from "../../io/onnx";
import type { VerifyOnnxArgs, VerifyOnnxResult } from "../tasks/verifyOnnx";
import { type HostName, onHost } from "./onHost";

interface Options {
  readonly host: HostName;
  readonly filter?: string;
  readonly json?: true;
}

const KINDS = {
  unsupported: "operators or attributes that we do not have",
  error: "could not be read, translated or run",
  values: "values that are off",
  type: "types that we do not have",
} as const;

/** Width of a line of case names. */
const SHOWN = 12;

/** What several failures may have in common: their reason without the names of model and nodes. */
const common = ({ reason = "" }: OnnxOutcome): string =>
  reason
    .replace(/^\S*model\.onnx asks for what we do not have:\n\s*/, "")
    .replace(/ \(node "[^"]*"\)/g, "")
    .replace(/\S*model\.onnx: /g, "")
    .replace(/node "[^"]*"/g, "a node");

function printGroup(kind: keyof typeof KINDS, rows: readonly OnnxOutcome[], mark: (text: string) => string): void {
  const own = rows.filter((row) => row.kind === kind);
  if (own.length === 0) return;
  console.log(`${mark(String(own.length))} ${KINDS[kind]}`);
  for (const [reason, members] of groupBy(own)) {
    const names = members.slice(0, SHOWN).map(({ name }) => name);
    const more = members.length > SHOWN ? ` … ${members.length} in all` : "";
    console.log(`  ${reason.split("\n").join("\n  ")}`);
    console.log(faint(`      ${names.join(" ")}${more}`));
  }
  console.log();
}

function groupBy(rows: readonly OnnxOutcome[]): [string, OnnxOutcome[]][] {
  const groups = new Map<string, OnnxOutcome[]>();
  for (const row of rows) {
    const key = common(row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}

export async function runOnnx(folder: string, options: Options): Promise<void> {
  const args: VerifyOnnxArgs = { folder, ...(options.filter === undefined ? {} : { filter: options.filter }) };
  const result = await onHost<VerifyOnnxResult>(options.host, "verifyOnnx", args, { files: [folder] });
  const rowsOf = (status: OnnxOutcome["status"]) => result.rows.filter((row) => row.status === status);
  const [passed, failed, skipped] = [rowsOf("passed"), rowsOf("failed"), rowsOf("skipped")];
  if (failed.length > 0) process.exitCode = 1;
  if (options.json) {
    const counts = { passed: passed.length, failed: failed.length, skipped: skipped.length };
    console.log(
      JSON.stringify({ schema: "tandem-verify-onnx-1", ...result, tolerance: ONNX_TOLERANCE, ...counts }, null, 2),
    );
    return;
  }
  const { rtol, atol } = ONNX_TOLERANCE;
  console.log(heading(result.host, result.adapter));
  console.log(`cases     ${folder}, |got − wanted| ≤ ${atol} + ${rtol} · |wanted|; whole numbers and booleans equal\n`);
  printGroup("type", skipped, faint);
  for (const kind of ["unsupported", "error", "values"] as const) printGroup(kind, failed, bad);
  if (skipped.length > 0) console.log(faint(`we do not have: ${UNSUPPORTED_TYPES.join(", ")}`));
  const folded = passed.filter((row) => row.folded).length;
  if (folded > 0)
    console.log(faint(`${folded} of those that passed were known before the run: their inputs are shapes or the like`));
  console.log(faint(`${result.rows.length - skipped.length} cases in ${duration(result.seconds * 1000)}`));
  if (failed.length === 0) console.log(good("all passed"));
  console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
}
