/** `tandem inspect`: what a model or a file of tensors is made of. Needs no GPU. */
import type { Command } from "commander";
import { models } from "../../models";
import { namedFiles } from "../hosts/files";
import type { OpenContext } from "../tasks/opened";
import { openFile, openModel } from "../tasks/openModel";
import { inspect, inspectionText } from "./inspect/model";
import { inspectTensors, tensorsText } from "./inspect/tensors";
import { modelFiles } from "./network";
import { positive } from "./numbers";

interface Options {
  readonly batch: number;
  readonly json?: true;
}

async function run(what: string, options: Options): Promise<void> {
  const context: OpenContext = { open: namedFiles(modelFiles(what)).open, progress: () => {} };
  const tensors = await openFile(what, context);
  const show = <T>(it: T, text: (it: T) => string): void =>
    console.log(options.json ? JSON.stringify(it, null, 2) : text(it));
  if (tensors) {
    show(inspectTensors(tensors), tensorsText);
    return;
  }
  const { batch } = options;
  const { model, graph, picture, preprocess } = await openModel({ model: what, batch, seed: 0 }, context);
  show(inspect(model.name, model.summary, graph, batch, picture && preprocess), inspectionText);
}

export function register(program: Command): void {
  program
    .command("inspect")
    .summary("layers, shapes, parameters, operations and memory of a model; tensors of a file")
    .description("show what a model, or a file of tensors, is made of; needs no GPU")
    .argument("<what>", `${Object.keys(models).join(", ")}, or a file: safetensors, npz, npy, pth`)
    .option("--batch <n>", "images in a run", positive, 1)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tandem inspect alexnet\n  tandem inspect alexnet-torchvision --batch 8 --json\n  tandem inspect weights.safetensors",
    )
    .action(run);
}
