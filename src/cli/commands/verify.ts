/** `tandem verify`: runs golden cases. */
import type { Command } from "commander";
import { bad, duration, faint, figure, good, heading } from "../../bench/report";
import { UsageError } from "../exit";
import type { VerifyArgs, VerifyResult, VerifyRow, VerifyTensor } from "../tasks/verify";
import { type HostName, hostOption, onHost } from "./onHost";
import { runOnnx } from "./verifyOnnx";

interface Options {
  readonly host: HostName;
  readonly onnx?: true;
  readonly gradients?: true;
  readonly filter?: string;
  readonly json?: true;
}

const HELP = `
DIR holds index.json and cases/*.safetensors in the golden format: inputs, outputs and gradients
that something else computed, with the tolerance of each tensor. A case of an op that is not
there counts as failed; a case tagged "invalid" passes when it is refused with a clear error.

With --onnx, DIR holds cases as the ONNX project has them, at any depth. Floats are compared with
that project's own tolerances (rtol 1e-3, atol 1e-7), whole numbers and booleans exactly. A case is
skipped only for a type that we do not have, and every one is named.

Exit codes: 0 all passed, 1 a case failed, 3 no adapter, 4 device lost, 64 wrong usage.

Examples:
  tandem verify golden                    every case, in Chrome
  tandem verify golden --host node        the same on Dawn, without a browser
  tandem verify golden --filter conv2d    only cases with conv2d in their name or op
  tandem verify --onnx onnx/backend/test/data/node --host node --filter conv`;

/** What went wrong with one tensor, in a line. */
function explain({ tensor, reason, ratio, worst }: VerifyTensor): string {
  if (reason !== undefined) return `${tensor}: ${reason}`;
  if (!worst) return tensor;
  const size = typeof ratio === "number" ? `${figure(ratio)} times what is allowed` : "not comparable";
  return (
    `${tensor}[${worst.index.join(", ")}] is ${worst.got}, should be ${worst.wanted} ± ${worst.allowed} ` +
    `(${size}; ${worst.failed} of ${worst.total} elements are off)`
  );
}

function printFailure(row: VerifyRow): void {
  console.log(`${bad("failed")}  ${row.name} ${faint(row.op)}`);
  if (row.reason !== undefined) console.log(`        ${row.reason}`);
  for (const tensor of row.tensors) if (!tensor.passed) console.log(`        ${explain(tensor)}`);
}

/** The case that came nearest to its tolerance, to tell how much room there is. */
function closest(rows: readonly VerifyRow[]): string | undefined {
  let best: { name: string; tensor: string; ratio: number } | undefined;
  for (const row of rows) {
    for (const { tensor, ratio } of row.tensors) {
      if (row.status !== "passed" || typeof ratio !== "number" || ratio <= (best?.ratio ?? 0)) continue;
      best = { name: row.name, tensor, ratio };
    }
  }
  return best && `closest to its tolerance: ${best.name}, ${best.tensor}, at ${figure(best.ratio * 100)} % of it`;
}

async function run(folder: string, options: Options): Promise<void> {
  if (options.onnx) {
    if (options.gradients) throw new UsageError("--gradients is for golden cases; those of the ONNX project have none");
    return runOnnx(folder, options);
  }
  const args: VerifyArgs = {
    folder,
    gradients: options.gradients ?? false,
    ...(options.filter === undefined ? {} : { filter: options.filter }),
  };
  const result = await onHost<VerifyResult>(options.host, "verify", args, { files: [folder] });
  const number = (status: VerifyRow["status"]): number => result.rows.filter((row) => row.status === status).length;
  const [passed, failed, skipped] = [number("passed"), number("failed"), number("skipped")];
  if (failed > 0) process.exitCode = 1;
  if (options.json) {
    console.log(JSON.stringify({ schema: "tandem-verify-1", ...result, passed, failed, skipped }, null, 2));
    return;
  }
  console.log(heading(result.host, result.adapter));
  console.log(`cases     ${folder}${options.gradients ? ", outputs and gradients" : ", outputs"}\n`);
  for (const row of result.rows) if (row.status === "failed") printFailure(row);
  for (const row of result.rows) {
    if (row.status === "skipped" && !options.filter)
      console.log(`${faint("skipped")} ${row.name}: ${row.reason ?? ""}`);
  }
  const near = closest(result.rows);
  if (near) console.log(faint(near));
  console.log(faint(`${result.rows.length - skipped} cases in ${duration(result.seconds * 1000)}`));
  if (failed === 0) console.log(good("all passed"));
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
}

export function register(program: Command): void {
  hostOption(program.command("verify"))
    .description("run golden cases and compare with what they say")
    .argument("<dir>", "folder in the golden format, or of ONNX cases")
    .option("--onnx", "cases as the ONNX project has them: model.onnx and test_data_set_* in folders")
    .option("--gradients", "check gradients too; a case whose gradient nothing computes fails")
    .option("--filter <text>", "only cases with this in their name or op; the others count as skipped")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(run);
}
