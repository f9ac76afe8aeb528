/** What can be said of an ONNX file that cannot run here: what it takes and gives, its operators, and what is in the way. */
import { type Column, count, strong, table, warning } from "../../../bench/report";
import type { TandemError } from "../../../core/errors";
import { type OnnxModel, type OnnxPort, type OnnxProblem, OnnxUnsupportedError } from "../../../io/onnx";
import { shownName } from "../../../io/tensors/elements";

export interface UnsupportedInspection {
  readonly schema: "tandem-inspect-unsupported-1";
  readonly file: string;
  readonly producer: string;
  readonly opsets: OnnxModel["opsets"];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** How often each operator occurs. */
  readonly operators: Readonly<Record<string, number>>;
  readonly problems: readonly OnnxProblem[];
  /** All of it in words. */
  readonly reason: string;
}

export const inspectUnsupported = (model: OnnxModel, error: TandemError): UnsupportedInspection => ({
  schema: "tandem-inspect-unsupported-1",
  file: model.file,
  producer: model.producer,
  opsets: model.opsets,
  inputs: model.inputs,
  outputs: model.outputs,
  operators: Object.fromEntries(model.operators),
  problems: error instanceof OnnxUnsupportedError ? error.problems : [],
  reason: error.message.replace(`${model.file}: `, ""),
});

const COLUMNS: readonly Column[] = [{ title: "operator" }, { title: "nodes", align: "right" }, { title: "" }];

const plainName = (name: string): string => shownName(name).slice(1, -1);

const portText = ({ name, type, shape }: OnnxPort): string =>
  `${plainName(name)} ${type}${shape ? `[${shape.map((extent) => extent ?? "?").join(", ")}]` : ""}`;

export function unsupportedText(it: UnsupportedInspection): string {
  const lacking = new Set(it.problems.map(({ operator }) => operator));
  const rows = Object.entries(it.operators)
    .sort(([, a], [, b]) => b - a)
    .map(([name, nodes]) => [plainName(name), count(nodes), lacking.has(name) ? warning("not supported here") : ""]);
  return [
    `${strong(it.file)}: ONNX${it.producer ? ` by ${plainName(it.producer)}` : ""}, operator set ${it.opsets[""] ?? "unknown"}`,
    `in   ${it.inputs.map(portText).join(", ")}`,
    `out  ${it.outputs.map(portText).join(", ")}`,
    "",
    table(COLUMNS, rows),
    "",
    warning(it.problems.length > 0 ? "This model cannot run here:" : `This model cannot run as it is: ${it.reason}`),
    ...it.problems.map(({ node, operator, reason }) => `  ${plainName(operator)} (node ${shownName(node)}): ${reason}`),
  ].join("\n");
}
