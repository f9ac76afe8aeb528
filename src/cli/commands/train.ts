/** `tandem train`: trains a model on pictures. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { bytes, count, heading, percent, several, warning } from "../../bench/report";
import { FormatError, UnknownNameError } from "../../core/errors";
import { type LayoutName, layouts } from "../../layout/layout";
import { models } from "../../models";
import { CHAR_MODELS } from "../../models/charRnn";
import { packageFolder } from "../hosts/package";
import type { TrainArgs, TrainResult } from "../tasks/train";
import { above0, atLeast0, natural, positive, share } from "./numbers";
import { type HostName, hostOption, onHost } from "./onHost";

interface Options {
  readonly host: HostName;
  readonly data?: string;
  readonly layout: LayoutName;
  readonly devices: number;
  readonly epochs: number;
  readonly batch?: number;
  readonly accumulate: number;
  readonly rate?: number;
  readonly optimizer?: "sgd" | "nesterov" | "adam" | "adamw";
  readonly momentum: number;
  readonly weightDecay?: number;
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly maxNorm?: number;
  readonly schedule: string;
  readonly onNan: "stop" | "skip";
  readonly heldOut: number;
  readonly unroll: number;
  readonly hidden: number;
  readonly layers: number;
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

/** What is taken where nothing is told: for pictures the recipe of 2012, for characters what recurrent networks do well with. */
const DEFAULTS = {
  pictures: { data: "glyphs", batch: 128, rate: 0.01, optimizer: "sgd", weightDecay: 0.0005, clipNorm: null },
  characters: { data: "carroll", batch: 32, rate: 0.005, optimizer: "adam", weightDecay: 0, clipNorm: 5 },
} as const;

/** Data that comes with the package, below its folder. */
const SHIPPED: Readonly<Record<string, string>> = {
  textures: "demo/photographs/surfaces",
  carroll: "demo/texts/carroll.txt",
};

const HELP = `
Pictures are "glyphs" (letters and digits drawn on the spot), "textures" (crops of brick, grass and
gravel), or a folder: MNIST's four IDX files, CIFAR-10's binary batches, a folder of pictures for
each class (in train/ and val/ if there are such; otherwise a tenth is held out), or photographs of
surfaces, each a class of its own. Where nothing is told the recipe is that of 2012: momentum 0.9,
weight decay 0.0005 inside the velocity, twice the rate and no decay for biases, random crops,
dropout.

Character models (char-rnn, char-gru, char-lstm) learn from a text file; "carroll" is a few poems.
Where nothing is told they learn by Adam at a rate of 0.005, batches of 32 streams, gradients
clipped to norm 5.

OUT gets last.safetensors (a checkpoint after each epoch), best.safetensors (weights, which "tandem
run --weights" and "tandem write --weights" take) and log.jsonl. --resume goes on from
last.safetensors as if the run had never stopped. Ctrl-C saves first.

Schedules: constant, step:EPOCHS:FACTOR, plateau:EPOCHS (divides by ten when held-out accuracy
stalls), cosine:STEPS; any with warmup:STEPS, in front.

Exit codes: 0 fine, 1 something could not be read or the loss was no number, 3 no adapter, 4 device
lost, 64 wrong usage.

Examples:
  tandem train alexnet-glyphs --epochs 6 --out runs/glyphs
  tandem train alexnet-textures --mirror
  tandem train alexnet-glyphs --data mnist/ --schedule warmup:100,plateau:2
  tandem train char-lstm --data book.txt --epochs 50
  tandem train alexnet-glyphs --epochs 12 --out runs/glyphs --resume`;

function resultText(result: TrainResult, out: string): string {
  const { samples, unit, best, tenViews } = result;
  const heldOut = samples.heldOut > 0 ? `${count(samples.heldOut)} held out` : "judged by the same";
  const text = [
    heading(result.host, result.adapter),
    `model      ${result.model}, ${count(result.parameters)} parameters`,
    `${unit.padEnd(11)}${count(samples.train)} to learn from, ${heldOut}`,
    "",
    ...(result.epochs.length > 0
      ? [`epoch      loss    right   ${samples.heldOut > 0 ? "held-out" : "  judged"} loss    right   ${unit}/s`]
      : []),
  ];
  const shown = thinned(result.epochs);
  for (const { epoch, train, heldOut: judged, best: isBest, perSecond, findings } of shown) {
    const cells = [
      String(epoch).padStart(5),
      train.loss.toFixed(3).padStart(10),
      percent(train.accuracy).padStart(9),
      judged.loss.toFixed(3).padStart(16),
      percent(judged.accuracy).padStart(9),
      count(Math.round(perSecond)).padStart(unit.length + 5),
    ];
    text.push(`${cells.join("")}${isBest ? "  best" : ""}`);
    for (const finding of findings) text.push(`           ${warning(finding)}`);
  }
  if (shown.length < result.epochs.length) text.push(`           (${result.epochs.length} epochs; all are in the log)`);
  const steps = `after ${several(result.step, "step")}`;
  const ends = {
    finished: `finished ${steps}`,
    stopped: `stopped ${steps}; --resume goes on`,
    patience: `ended ${steps}: no better for a while`,
  };
  text.push(...(result.epochs.length > 0 ? [""] : []), ends[result.ended]);
  if (best !== null) {
    text.push(`best       ${percent(best)} of the ${samples.heldOut > 0 ? "held-out " : ""}${unit}`);
  }
  if (tenViews) text.push(`ten views  ${percent(tenViews.accuracy)}, averaged over crops and mirrors`);
  const leftOut = result.skipped === 1 ? "was left out: its" : "were left out: their";
  if (result.skipped > 0) text.push(warning(`${several(result.skipped, "step")} ${leftOut} loss was no number`));
  if (result.broken.length > 0) {
    const pictures = result.broken.length === 1 ? "picture was left out: it" : "pictures were left out: they";
    const first = `${result.broken.length > 1 ? ", first" : ":"} ${result.broken[0]?.file}`;
    text.push(warning(`${result.broken.length} ${pictures} could not be read${first}`));
  }
  text.push(`memory     peak ${bytes(result.memoryBytes)} on the device`, `files      ${out}`);
  return text.join("\n");
}

/** Epochs that a table shows; of more than this some are left out, never the last. */
const SHOWN = 24;

function thinned<T>(epochs: readonly T[]): readonly T[] {
  const every = Math.ceil(epochs.length / SHOWN);
  return epochs.filter((_, i) => (epochs.length - 1 - i) % every === 0);
}

async function run(model: string, options: Options): Promise<void> {
  const known = [...Object.keys(models), ...Object.keys(CHAR_MODELS)];
  if (!known.includes(model)) throw new UnknownNameError("model", model, known);
  const usual = DEFAULTS[Object.hasOwn(CHAR_MODELS, model) ? "characters" : "pictures"];
  const data = options.data ?? (model === "alexnet-textures" ? "textures" : usual.data);
  const shipped = SHIPPED[data];
  const path = data === "glyphs" ? null : shipped ? join(packageFolder(), shipped) : data;
  if (path === null && usual === DEFAULTS.characters) throw new FormatError(data, "holds pictures, and no text");
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
    data,
    path,
    epochs: options.epochs,
    batch: options.batch ?? usual.batch,
    accumulate: options.accumulate,
    seed: options.seed,
    optimizer: {
      rule: options.optimizer ?? usual.optimizer,
      rate: options.rate ?? usual.rate,
      momentum: options.momentum,
      weightDecay: options.weightDecay ?? usual.weightDecay,
      clipNorm: options.clipNorm ?? usual.clipNorm,
      clipValue: options.clipValue ?? null,
      maxNorm: options.maxNorm ?? null,
    },
    schedule: options.schedule,
    onNan: options.onNan,
    mirror: options.mirror,
    colour: options.colour,
    count: options.count ?? null,
    heldOut: options.heldOut,
    unroll: options.unroll,
    hidden: options.hidden,
    layers: options.layers,
    every: options.every,
    patience: options.patience ?? null,
    out: { last, best, log },
    tenCrop: options.tenCrop ?? false,
    resume: options.resume ?? false,
    logged,
    steps: options.steps ?? null,
    layout: options.layout,
    devices: options.devices,
  };
  const earlier = options.resume ? [last, ...(logged ? [log] : [])] : [];
  const files = [...(path === null ? [] : [path]), ...earlier];
  const result = await onHost<TrainResult>(options.host, "train", args, { files, outputs: [last, best, log] });
  console.log(options.json ? JSON.stringify(result, null, 2) : resultText(result, options.out));
}

export function register(program: Command): void {
  hostOption(program.command("train"))
    .summary("train a model on pictures or a text")
    .description("train a model on pictures, by the recipe of 2012 unless told otherwise, or on a text")
    .argument("<model>", [...Object.keys(models), ...Object.keys(CHAR_MODELS)].join(", "))
    .option("--data <what>", "glyphs, textures, a folder, or a text file; see below")
    .addOption(
      new Option("--layout <name>", "how the network lies on devices").choices(Object.keys(layouts)).default("single"),
    )
    .option("--devices <n>", "of a layout other than single", positive, 2)
    .option("--epochs <n>", "how often to see everything", positive, 6)
    .option("--batch <n>", "pictures, or streams of characters, in a batch (128; 32)", positive)
    .option("--accumulate <n>", "batches whose gradients are averaged for a step", positive, 1)
    .option("--rate <x>", "learning rate (0.01; characters 0.005)", above0)
    .addOption(
      new Option("--optimizer <rule>", "how weights follow gradients (sgd; characters adam)").choices([
        "sgd",
        "nesterov",
        "adam",
        "adamw",
      ]),
    )
    .option("--momentum <x>", "of sgd and nesterov", atLeast0, 0.9)
    .option("--weight-decay <x>", "of weights; biases have none (0.0005; characters 0)", atLeast0)
    .option("--clip-norm <x>", "scale all gradients down to this norm (none; characters 5)", above0)
    .option("--clip-value <x>", "cut each gradient to this", above0)
    .option("--max-norm <x>", "scale what leads to a unit down to this norm", above0)
    .option("--schedule <how>", "of the rate; see below", "constant")
    .addOption(
      new Option("--on-nan <what>", "end at a loss that is no number, or leave its step out")
        .choices(["stop", "skip"])
        .default("stop"),
    )
    .option("--mirror", "mirror half of the pictures", false)
    .option("--colour <x>", "deviation of the colour shift (0.1 in the paper)", atLeast0, 0)
    .option("--seed <n>", "of weights, order, crops and dropout", natural, 0)
    .option("--count <n>", "pictures made for an epoch of glyphs or textures", positive)
    .option("--held-out <share>", "of a text, or of a folder that is not split, to be judged by", share, 0.1)
    .option("--unroll <n>", "characters that gradients go back through", positive, 50)
    .option("--hidden <n>", "units in each layer of a character model", positive, 128)
    .option("--layers <n>", "layers of a character model", positive, 1)
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
