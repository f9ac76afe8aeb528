/** The table of ops in docs/ops.md, made from the registry. */
import type { AnyOp, InputSpec } from "../../src/ops/op";

const input = (spec: InputSpec): string => `${spec.name}${spec.variadic ? "…" : ""}${spec.optional ? "?" : ""}`;

/** One row an op: what it computes, its arguments, its kernels in order of liking. */
export function opTable(ops: readonly AnyOp[]): string {
  const rows = ops.map((op) => {
    const kernels = op.view ? "none: a view" : op.kernels.map((kernel) => kernel.name).join(", ");
    const signature = `(${op.inputs.map(input).join(", ")}) → ${op.outputs.join(", ")}`;
    return `| \`${op.name}\` | ${op.summary.replaceAll("|", "\\|")} | ${signature} | ${kernels} |`;
  });
  return [
    "# Ops",
    "",
    "Made from the registry (`src/ops/index.ts`). `?` marks an input that may be left out, `…` one that may be repeated.",
    "Kernels are in order of liking; the last is the simplest and runs every valid problem.",
    "",
    "| op | computes | inputs → outputs | kernels |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
