/** What can be measured: `tandem bench --list`. */
import { axesOf, opsWithAxes } from "../../../bench/families";
import { strong, table } from "../../../bench/report";
import { opNamed, workloadNames } from "../../../bench/suite";
import { models } from "../../../models";
import { ops } from "../../../ops";

/** Items in lines of at most `width`, with commas between them. */
function wrapped(items: readonly string[], width: number): string {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length + 3 <= width) lines[lines.length - 1] = `${last}, ${item}`;
    else lines.push(item);
  }
  return lines.join(",\n");
}

export function listText(): string {
  const families = new Map<string, string[]>();
  for (const name of opsWithAxes) {
    const axes = Object.entries(axesOf(opNamed(name)))
      .map(([axis, meaning]) => `${axis}: ${meaning}`)
      .join("; ");
    families.set(axes, [...(families.get(axes) ?? []), name]);
  }
  const rows = [...families].map(([axes, names]) => [wrapped(names, 30), wrapped(axes.split("; "), 66)]);
  const others = Object.values(ops)
    .filter(({ name, kernels }) => !opsWithAxes.includes(name) && kernels.length > 0)
    .map(({ name }) => name);
  return [
    strong("Ops with axes (defaults in brackets)"),
    table([{ title: "op" }, { title: "axes" }], rows),
    "",
    strong("Ops with cases of their own only"),
    others
      .join(", ")
      .replace(/(.{1,96})(?:, |$)/g, "$1,\n")
      .replace(/,\n$/, ""),
    "",
    strong("Workloads: layers of AlexNet, with the axis batch"),
    wrapped(workloadNames, 100),
    "",
    strong("Models, with the axis batch"),
    wrapped(Object.keys(models), 100),
  ].join("\n");
}
