/** A plan as people read it. */
import { formatType } from "../core/tensor";
import type { Plan, Step } from "./plan";

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 1)} MiB`;

const megaflops = (flops: number): string => (flops / 1e6).toFixed(flops < 1e6 ? 3 : 1);

function row(step: Step): string[] {
  const fused = step.fused.length > 0 ? ` + ${step.fused.join(" + ")}` : "";
  return [
    `${step.node}${fused}`,
    step.op,
    step.kernel,
    formatType(step.output),
    megaflops(step.cost.flops),
    String(step.dispatches.length),
  ];
}

/** Steps as a table of at most a few columns, then memory and totals. */
export function explain(plan: Plan): string {
  const header = ["node", "op", "kernel", "output", "MFLOP", "dispatches"];
  const rows = plan.steps.map(row);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => (cells[column] as string).length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column < 4 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
      )
      .join("  ")
      .trimEnd();
  const { memory } = plan;
  return [
    `plan of ${plan.name}: ${plan.steps.length} steps, ${(plan.flops / 1e9).toFixed(3)} GFLOP`,
    "",
    line(header),
    line(widths.map((width) => "─".repeat(width))),
    ...rows.map(line),
    "",
    ...(plan.prepare.length > 0
      ? [`prepared when parameters are set: ${plan.prepare.map((step) => step.node).join(", ")}`]
      : []),
    `memory: parameters ${mebibytes(memory.parameters)}, prepared ${mebibytes(memory.prepared)}, inputs ${mebibytes(memory.inputs)}`,
    `        activations ${mebibytes(memory.transient)} (${mebibytes(memory.transientUnshared)} before sharing)`,
  ].join("\n");
}
