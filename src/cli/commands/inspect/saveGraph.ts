/** `--save-graph`: a network as a picture, in Graphviz's language, or as data. */
import { writeFile } from "node:fs/promises";
import { TandemError } from "../../../core/errors";
import type { Graph } from "../../../graph/graph";
import { graphToDot, graphToJson } from "../../../graph/print";
import { graphToSvg, MAX_DRAWN } from "../../../graph/svg";
import { UsageError } from "../../exit";
import { explain } from "../../hosts/fileSource";

const FORMATS: Readonly<Record<string, (graph: Graph) => string | Promise<string>>> = {
  svg: (graph) => {
    if (graph.nodes.length > MAX_DRAWN) {
      throw new TandemError(
        `${graph.name} has ${graph.nodes.length} nodes, too many to be drawn here (${MAX_DRAWN}): save it as .dot or .json`,
      );
    }
    return graphToSvg(graph);
  },
  dot: (graph) => `${graphToDot(graph)}\n`,
  json: (graph) => `${JSON.stringify(graphToJson(graph), null, 2)}\n`,
};

/** What saves a graph at `path`, in the format that its ending says. @throws UsageError for another ending. */
export function graphWriter(path: string): (graph: Graph) => Promise<void> {
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const format = Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
  if (!format) throw new UsageError(`${path}: a graph is saved as .${Object.keys(FORMATS).join(", .")}`);
  return async (graph) => {
    const text = await format(graph);
    await writeFile(path, text).catch((error: unknown) => Promise.reject(explain(path, error)));
  };
}
