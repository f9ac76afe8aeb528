/** `tandem train`: trains a model on pictures. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { bytes, count, heading, percent, warning } from "../../bench/report";
import { FormatError, UnknownNameError } from "../../core/errors";
import { models } from "../../models";
import type { TrainArgs, TrainResult } from "../tasks/train";
import { natural, positive } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";

interface Options {
  readonly host: HostName;
  readonly data: string;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly optimizer: "sgd" | "nesterov" | "adam" | "adamw";
  readonly momentum: number;
  readonly weightDecay: number;
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly schedule: string;
  readonly mirror: boolean;
  readonly colour: number;
  readonly seed: number;
  readonly count?: number;
  readonly every: number;
  readonly patience?: number;
  readonly out: string;
  readonly tenCrop?: true;
  readonly resume?: true;
  readonly steps?: number;
  readonly json?: true;
}

const HELP = `
Data is "glyphs" (letters and digits drawn on the spot), or a folder: MNIST's four IDX files,
CIFAR-10's binary batches, or a folder of pictures for each class (in train/ and val/ if there are
such; otherwise a tenth is held out). The defaults are the recipe of 2012: momentum 0.9, weight
decay 0.0005 inside the velocity, twice the rate and no decay for biases, random crops, dropout.

OUT gets last.safetensors (a checkpoint after each epoch), best.safetensors (weights, which
"tandem run --weights" takes) and log.jsonl. --resume goes on from last.safetensors as if the run
had never stopped. Ctrl-C saves first.

Schedules: constant, step:EPOCHS:FACTOR, plateau:EPOCHS (divides by ten when held-out accuracy
stalls), cosine:STEPS; any with warmup:STEPS, in front.

Exit codes: 0 fine, 1 something could not be read or the loss was no number, 3 no adapter, 4 device
lost, 64 wrong usage.

Examples:
  tandem train alexnet-glyphs --epochs 6 --out runs/glyphs
  tandem train alexnet-glyphs --data mnist/ --schedule warmup:100,plateau:2
  tandem train alexnet-glyphs --epochs 12 --out runs/glyphs --resume`;

const above0 = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("Wants a number above 0.");
  return value;
};

const atLeast0 = (text: string): number => {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("Wants a number of 0 or more.");
  return value;
};

function resultText(result: TrainResult, out: string): string {
  const { pictures, best, tenViews } = result;
  const text = [
    heading(result.host, result.adapter),
    `model      ${result.model}, ${count(result.parameters)} parameters`,
    `pictures   ${count(pictures.train)} to learn from, ${count(pictures.heldOut)} held out`,
    "",
    ...(result.epochs.length > 0 ? ["epoch      loss    right   held-out loss    right   images/s"] : []),
  ];
  for (const { epoch, train, heldOut, best: isBest, imagesPerSecond, findings } of result.epochs) {
    const cells = [
      String(epoch).padStart(5),
      train.loss.toFixed(3).padStart(10),
      percent(train.accuracy).padStart(9),
      heldOut.loss.toFixed(3).padStart(16),
      percent(heldOut.accuracy).padStart(9),
      imagesPerSecond.toFixed(0).padStart(11),
    ];
    text.push(`${cells.join("")}${isBest ? "  best" : ""}`);
    for (const finding of findings) text.push(`           ${warning(finding)}`);
  }
  const steps = `after ${count(result.step)} steps`;
  const ends = {
    finished: `finished ${steps}`,
    stopped: `stopped ${steps}; --resume goes on`,
    patience: `ended ${steps}: no better for a while`,
  };
  text.push(...(result.epochs.length > 0 ? [""] : []), ends[result.ended]);
  if (best !== null) text.push(`best       ${percent(best)} of the held-out pictures`);
  if (tenViews) text.push(`ten views  ${percent(tenViews.accuracy)}, averaged over crops and mirrors`);
  if (result.broken.length > 0) {
    text.push(
      warning(`${result.broken.length} pictures could not be read and were left out, first ${result.broken[0]?.file}`),
    );
  }
  text.push(`memory     peak ${bytes(result.memoryBytes)} on the device`, `files      ${out}`);
  return text.join("\n");
}

async function run(model: string, options: Options): Promise<void> {
  if (!Object.hasOwn(models, model)) throw new UnknownNameError("model", model, Object.keys(models));
  const [last, best, log] = ["last.safetensors", "best.safetensors", "log.jsonl"].map((name) =>
    join(options.out, name),
  ) as [string, string, string];
  if (options.resume && !existsSync(last)) throw new FormatError(last, "there is no checkpoint to go on from");
  if (!options.resume && existsSync(last)) {
    throw new FormatError(last, "is there already: give --resume to go on from it, or another --out");
  }
  const logged = existsSync(log);
  await mkdir(options.out, { recursive: true });
  const args: TrainArgs = {
    model,
    data: options.data,
    epochs: options.epochs,
    batch: options.batch,
    seed: options.seed,
    optimizer: {
      rule: options.optimizer,
      rate: options.rate,
      momentum: options.momentum,
      weightDecay: options.weightDecay,
      clipNorm: options.clipNorm ?? null,
      clipValue: options.clipValue ?? null,
    },
    schedule: options.schedule,
    mirror: options.mirror,
    colour: options.colour,
    count: options.count ?? null,
    every: options.every,
    patience: options.patience ?? null,
    out: { last, best, log },
    tenCrop: options.tenCrop ?? false,
    resume: options.resume ?? false,
    logged,
    steps: options.steps ?? null,
  };
  const earlier = options.resume ? [last, ...(logged ? [log] : [])] : [];
  const files = [...(options.data === "glyphs" ? [] : [options.data]), ...earlier];
  const result = await onHost<TrainResult>(options.host, "train", args, { files, outputs: [last, best, log] });
  console.log(options.json ? JSON.stringify(result, null, 2) : resultText(result, options.out));
}

export function register(program: Command): void {
  hostOption(program.command("train"))
    .summary("train a model on pictures")
    .description("train a model on pictures, by the recipe of 2012 unless told otherwise")
    .argument("<model>", Object.keys(models).join(", "))
    .option("--data <what>", "glyphs, or a folder", "glyphs")
    .option("--epochs <n>", "how often to see every picture", positive, 6)
    .option("--batch <n>", "pictures in a step", positive, 128)
    .option("--rate <x>", "learning rate", above0, 0.01)
    .addOption(
      new Option("--optimizer <rule>", "how weights follow gradients")
        .choices(["sgd", "nesterov", "adam", "adamw"])
        .default("sgd"),
    )
    .option("--momentum <x>", "of sgd and nesterov", atLeast0, 0.9)
    .option("--weight-decay <x>", "of weights; biases have none", atLeast0, 0.0005)
    .option("--clip-norm <x>", "scale all gradients down to this norm", above0)
    .option("--clip-value <x>", "cut each gradient to this", above0)
    .option("--schedule <how>", "of the rate; see below", "constant")
    .option("--mirror", "mirror half of the pictures", false)
    .option("--colour <x>", "deviation of the colour shift (0.1 in the paper)", atLeast0, 0)
    .option("--seed <n>", "of weights, order, crops and dropout", natural, 0)
    .option("--count <n>", "pictures drawn for an epoch of glyphs", positive)
    .option("--every <n>", "steps between two readings of the loss", positive, 10)
    .option("--patience <n>", "end after so many epochs without a better result", positive)
    .option("--ten-crop", "at the end, average ten views of each held-out picture")
    .option("--out <folder>", "where checkpoints and log go", "run")
    .option("--resume", "go on from the checkpoint in --out")
    .option("--steps <n>", "end after so many steps, with a checkpoint", positive)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(run);
}
