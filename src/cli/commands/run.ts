/** `tandem run`: classifies pictures. */
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { bytes, count, duration, heading, strong } from "../../bench/report";
import { FormatError } from "../../core/errors";
import { type LayoutName, layouts } from "../../layout/layout";
import { models } from "../../models";
import type { PreprocessName } from "../../models/preprocess";
import { UsageError } from "../exit";
import { checkModel } from "../tasks/openModel";
import type { RunArgs, RunResult } from "../tasks/run";
import { dimOption, guessLines, modelFiles, preprocessLine, preprocessOption, weightsLine } from "./network";
import { natural, positive } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";
import { shippedFor } from "./shipped";

interface Options {
  readonly host: HostName;
  readonly weights?: string;
  readonly seed?: number;
  readonly top: number;
  readonly labels?: string;
  readonly preprocess?: PreprocessName;
  readonly dim?: Record<string, number>;
  readonly layout?: LayoutName;
  readonly devices?: number;
  readonly json?: true;
}

const HELP = `
Pictures are PNG, JPEG or WebP; each is resized, cropped and normalised on the GPU as the model was
trained. MODEL is a name or a file: ONNX, or weights that fit a model by names and shapes. Weights
are safetensors, NumPy's npz or PyTorch's pth, in our names, torchvision's or Caffe's. Without
--weights the small networks (alexnet-glyphs, alexnet-textures) take those that come with the
package; others are filled with random numbers, which shows that they run and nothing else.

How a picture is prepared (colour order, scale, mean) is told from the file's own names and printed.
A wrong guess shows as unsure or odd answers: choose with --preprocess.

Exit codes: 0 fine, 1 something could not be read, 3 no adapter, 4 device lost, 64 wrong usage.

Examples:
  tandem run alexnet cat.jpg
  tandem run alexnet-owt-7be5be79.pth cat.jpg dog.png --top 3
  tandem run bvlcalexnet-12.onnx cat.jpg --preprocess caffe
  tandem run alexnet-torchvision cat.jpg --weights alexnet.safetensors
  tandem run alexnet cat.jpg --layout two-tower
  tandem run alexnet cat.jpg --host node --json`;

/** One name a line, in the order of the classes. */
async function readLabels(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new FormatError(path, `cannot be read (${(error as Error).message})`);
  }
  return text.replace(/\r/g, "").replace(/\n+$/, "").split("\n");
}

function placedLines({ placed }: RunResult): string[] {
  if (!placed) return [];
  const held = placed.devices.map((each) => `${each.label} holds ${count(each.parameters)} parameters`).join(", ");
  return [`layout    ${placed.layout}: ${held}; ${count(placed.crossing)} bytes cross in a run`];
}

function resultText(result: RunResult): string {
  const { times } = result;
  const lines = [
    heading(result.host, result.adapter),
    `model     ${result.model}: ${result.summary}`,
    `weights   ${weightsLine(result.weights)}`,
    preprocessLine(result.preprocess),
  ];
  for (const picture of result.pictures) {
    lines.push("", strong(`${picture.file} (${picture.width}×${picture.height})`), ...guessLines(picture.top));
  }
  lines.push(
    "",
    `start     device ${duration(times.openMs)}, compile ${duration(times.compileMs)}, weights ${duration(times.weightsMs)}, upload ${duration(times.uploadMs)}`,
    `pictures  decoded and prepared in ${duration(times.preprocessMs)}`,
    `runs      first ${duration(times.firstMs)}${times.steadyMs === null ? "" : `, then ${duration(times.steadyMs)} each`}`,
    `memory    peak ${bytes(result.peakBytes)} on the device${result.placed ? "s" : ""}`,
    ...placedLines(result),
  );
  return lines.join("\n");
}

async function run(model: string, images: readonly string[], options: Options): Promise<void> {
  checkModel(model);
  const { layout, devices } = options;
  if (devices !== undefined && layout === undefined) throw new UsageError("--devices goes with --layout");
  const seats = devices ?? (layout === "single" ? 1 : 2);
  const weights = options.weights ?? (options.seed === undefined ? shippedFor(model) : undefined);
  const args: RunArgs = {
    model,
    images,
    // A layout that cuts samples has every device look at the picture.
    batch: layout === "data-parallel" || layout === "hybrid" ? seats : 1,
    seed: options.seed ?? 0,
    top: options.top,
    ...(weights === undefined ? {} : { weights }),
    ...(layout === undefined ? {} : { layout, devices: seats }),
    ...(options.dim === undefined ? {} : { dims: options.dim }),
    ...(options.preprocess === undefined ? {} : { preprocess: options.preprocess }),
    ...(options.labels === undefined ? {} : { labels: await readLabels(options.labels) }),
  };
  const files = [...images, ...modelFiles(model), ...(weights === undefined ? [] : [weights])];
  const result = await onHost<RunResult>(options.host, "run", args, { files });
  console.log(options.json ? JSON.stringify(result, null, 2) : resultText(result));
}

export function register(program: Command): void {
  hostOption(program.command("run"))
    .summary("classify pictures")
    .description("classify pictures with a model")
    .argument("<model>", `${Object.keys(models).join(", ")}, or a file`)
    .argument("<image...>", "pictures: PNG, JPEG or WebP")
    .option("--weights <file>", "file or address: safetensors, npz or pth (the shipped ones unless told)")
    .option("--seed <n>", "random weights from this seed", natural)
    .option("--top <n>", "how many guesses to show", positive, 5)
    .option("--labels <file>", "names of the classes, one a line")
    .addOption(preprocessOption())
    .addOption(dimOption())
    .addOption(new Option("--layout <name>", "how the network lies on devices").choices(Object.keys(layouts)))
    .option("--devices <n>", "how many, with --layout (2)", positive)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(run);
}
