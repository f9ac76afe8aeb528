/** `tandem inspect`: what a model or a file of tensors is made of. Needs no GPU. */
import { type Command, Option } from "commander";
import { LayoutError, TandemError } from "../../core/errors";
import { type LayoutName, layouts } from "../../layout/layout";
import { placeGraph } from "../../layout/place";
import { models } from "../../models";
import { EXIT, UsageError } from "../exit";
import { namedFiles } from "../hosts/files";
import type { OpenContext } from "../tasks/opened";
import { looksLikeFile, openFile, openModel } from "../tasks/openModel";
import { readOnnxModel } from "../tasks/openOnnx";
import { inspect, inspectionText } from "./inspect/model";
import { inspectPlaced, placedText } from "./inspect/placed";
import { graphWriter } from "./inspect/saveGraph";
import { inspectTensors, tensorsText } from "./inspect/tensors";
import { inspectUnsupported, unsupportedText } from "./inspect/unsupported";
import { dimOption, modelFiles } from "./network";
import { positive } from "./numbers";

interface Options {
  readonly batch: number;
  readonly json?: true;
  readonly saveGraph?: string;
  readonly dim?: Record<string, number>;
  readonly layout?: LayoutName;
  readonly devices?: number;
}

async function run(what: string, options: Options): Promise<void> {
  const { batch, saveGraph, dim } = options;
  if (options.devices !== undefined && options.layout === undefined)
    throw new UsageError("--devices goes with --layout");
  const save = saveGraph === undefined ? undefined : graphWriter(saveGraph);
  const context: OpenContext = { open: namedFiles(modelFiles(what)).open, progress: () => {} };
  const show = <T>(it: T, text: (it: T) => string): void =>
    console.log(options.json ? JSON.stringify(it, null, 2) : text(it));
  const tensors = await openFile(what, context);
  if (tensors) {
    if (save) throw new UsageError(`${what} holds tensors and no network: there is no graph to save`);
    show(inspectTensors(tensors), tensorsText);
    return;
  }
  try {
    const args = { model: what, batch, seed: 0, ...(dim ? { dims: dim } : {}) };
    const { model, graph, picture, preprocess } = await openModel(args, context);
    const layout = options.layout && layouts[options.layout];
    if (layout) {
      const placed = placeGraph(graph, layout, { devices: options.devices ?? 2 });
      await save?.(placed.graph);
      show(inspectPlaced(placed), placedText);
      return;
    }
    await save?.(graph);
    show(inspect(model.name, model.summary, graph, batch, picture && preprocess), inspectionText);
  } catch (error) {
    if (!looksLikeFile(what) || !(error instanceof TandemError) || error instanceof LayoutError) throw error;
    show(inspectUnsupported(await readOnnxModel(await context.open(what), context), error), unsupportedText);
    process.exitCode = EXIT.checkFailed;
  }
}

export function register(program: Command): void {
  program
    .command("inspect")
    .summary("layers, shapes, parameters, operations and memory of a model; tensors of a file")
    .description("show what a model, or a file of tensors, is made of; needs no GPU")
    .argument("<what>", `${Object.keys(models).join(", ")}, or a file: ONNX, safetensors, npz, npy, pth`)
    .option("--batch <n>", "images in a run", positive, 1)
    .addOption(dimOption())
    .option("--json", "print JSON")
    .addOption(new Option("--layout <name>", "as it lies on several devices").choices(Object.keys(layouts)))
    .option("--devices <n>", "how many (2)", positive)
    .option("--save-graph <file>", "draw the network: .svg, .dot (Graphviz) or .json")
    .addHelpText(
      "after",
      "\nExamples:\n  tandem inspect alexnet\n  tandem inspect alexnet-torchvision --batch 8 --json\n  tandem inspect weights.safetensors\n  tandem inspect model.onnx --save-graph model.svg\n  tandem inspect alexnet --layout two-tower --save-graph towers.svg",
    )
    .action(run);
}
