/** `tandem bench OP`: an op's kernels on its cases, or on a problem of the user's. */
import type { Case } from "../../../ops/op";
import { EXIT } from "../../exit";
import type { BenchOpsArgs, BenchOpsReport } from "../../tasks/benchOps";
import { onHost } from "../onHost";
import { keep } from "./keep";
import { opsText } from "./opsText";
import type { Options } from "./options";

export async function benchOp(name: string, options: Options): Promise<void> {
  const problem: Case | undefined = options.input && {
    name: "as given",
    inputs: options.input,
    size: "large",
    ...(options.set ? { attributes: options.set } : {}),
  };
  const args: BenchOpsArgs = {
    op: name,
    budgetMs: options.budget * 1000,
    ...(options.case === undefined ? {} : { filter: options.case }),
    ...(problem ? { problem } : {}),
    ...(options.kernel === undefined ? {} : { kernel: options.kernel }),
    ...(options.runs === undefined ? {} : { runs: options.runs }),
  };
  const report = await onHost<BenchOpsReport>(options.host, "benchOps", args, { exactTimestamps: true });
  if (options.json !== "-") console.log(opsText(report));
  await keep(options.json, report);
  if (report.failures.some(({ wrong }) => wrong)) process.exitCode = EXIT.checkFailed;
}
