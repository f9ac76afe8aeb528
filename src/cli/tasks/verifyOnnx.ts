/** Runs cases in the layout of the ONNX project's backend tests, where the GPU is. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { findCases, type OnnxOutcome, runOnnxCase } from "../../bench/onnxCases";
import { TandemError } from "../../core/errors";
import { openDevice } from "../../engine/device";
import type { HostFacts, TaskContext } from "../hosts/context";

export interface VerifyOnnxArgs {
  readonly folder: string;
  /** Only cases with this in their path. */
  readonly filter?: string;
}

export interface VerifyOnnxResult {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly rows: readonly OnnxOutcome[];
  readonly seconds: number;
}

export async function verifyOnnx({ folder, filter }: VerifyOnnxArgs, context: TaskContext): Promise<VerifyOnnxResult> {
  const root = folder.replace(/[/\\]+$/, "");
  await context.list(root);
  const all = await findCases(context, root);
  const cases = all.filter(({ name }) => filter === undefined || name.includes(filter));
  if (cases.length === 0) {
    const why =
      filter === undefined
        ? "with a model.onnx"
        : `whose path has "${filter}" in it, of ${all.length} with a model.onnx`;
    throw new TandemError(`${folder} has no folder ${why}`);
  }
  const start = performance.now();
  const device = await openDevice({ gpu: context.gpu, label: "verify" });
  try {
    const rows: OnnxOutcome[] = [];
    for (const [done, each] of cases.entries()) {
      context.progress({ done, total: cases.length, what: each.name });
      rows.push(await runOnnxCase(device, context, each));
    }
    context.progress({ done: cases.length, total: cases.length, what: "done" });
    const seconds = (performance.now() - start) / 1000;
    return { host: context.host, adapter: adapterFacts(device.facts), rows, seconds };
  } finally {
    device.destroy();
  }
}
