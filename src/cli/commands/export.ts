/** `tandem export`: a model as an ONNX file. Needs no GPU. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { bytes, several } from "../../bench/report";
import { exportOnnx, readOnnx } from "../../io/onnx";
import { models } from "../../models";
import { UsageError } from "../exit";
import { namedFiles } from "../hosts/files";
import type { OpenContext } from "../tasks/opened";
import { openModel } from "../tasks/openModel";
import { modelFiles, weightsLine } from "./network";
import { natural, positive } from "./numbers";
import { shippedFor } from "./shipped";

interface Options {
  readonly output: string;
  readonly weights?: string;
  readonly seed?: number;
  readonly batch: number;
  readonly opset: number;
}

const HELP = `
What is written is the network and its weights, in single precision, for a batch of --batch. Every
op is written as ONNX's own operators, one or a few; one that has no form in ONNX is named with its
node. A graph read from an ONNX file can be written again, in another version of the operators.

Examples:
  tandem export alexnet-torchvision --weights alexnet-owt-7be5be79.pth -o alexnet.onnx
  tandem export alexnet-glyphs --weights out/best.safetensors -o glyphs.onnx
  tandem export old.onnx -o new.onnx --opset 21`;

async function run(what: string, options: Options): Promise<void> {
  const { output, opset, batch } = options;
  const weights = options.weights ?? (options.seed === undefined ? shippedFor(what) : undefined);
  if (!/\.onnx$/i.test(output)) throw new UsageError(`${output}: what is written is an ONNX file, and ends in .onnx`);
  if (resolve(what) === resolve(output)) throw new UsageError(`${output}: a file cannot be written from itself`);
  const files = namedFiles([...modelFiles(what), ...(weights === undefined ? [] : [weights])], [output]);
  const context: OpenContext = { open: files.open, progress: () => {} };
  const seed = options.seed ?? 0;
  const args = { model: what, batch, seed, ...(weights === undefined ? {} : { weights }) };
  const { model, graph, file, readParameters } = await openModel(args, context);
  const parameters = await readParameters();
  const written = exportOnnx(graph, parameters, { opset });
  await files.write(output, written);
  const { operators } = await readOnnx(written, { name: output });
  const nodes = [...operators.values()].reduce((sum, count) => sum + count, 0);
  const origin = { seed, tensors: graph.parameters.size, ...(file === undefined ? {} : { file }) };
  console.log(`${model.name}: ${model.summary}`);
  console.log(`weights   ${weightsLine(origin)}`);
  console.log(`${output} (${bytes((await stat(output)).size)}): ${several(nodes, "node")}, operator set ${opset}`);
}

export function register(program: Command): void {
  program
    .command("export")
    .summary("a model as an ONNX file")
    .description("write a model and its weights as an ONNX file; needs no GPU")
    .argument("<model>", `${Object.keys(models).join(", ")}, or a file: ONNX, or weights that fit one of those`)
    .requiredOption("-o, --output <file>", "the file to write")
    .option("--weights <file>", "weights of a built-in model: safetensors, npz or pth")
    .option("--seed <n>", "random weights from this seed", natural)
    .option("--batch <n>", "images in a run", positive, 1)
    .option("--opset <n>", "version of ONNX's operators, 17 to 25", positive, 17)
    .addHelpText("after", HELP)
    .action(run);
}
