/** The program of the `tandem` command. Each command is a file in `commands/` that registers itself. */
import { Command } from "commander";
import * as bench from "./commands/bench";
import * as compare from "./commands/compare";
import * as convert from "./commands/convert";
import * as doctor from "./commands/doctor";
import * as exporting from "./commands/export";
import * as gradcheck from "./commands/gradcheck";
import * as inspect from "./commands/inspect";
import * as peers from "./commands/peers";
import * as run from "./commands/run";
import * as study from "./commands/study";
import * as train from "./commands/train";
import * as tune from "./commands/tune";
import * as verify from "./commands/verify";
import * as write from "./commands/write";
import { packageVersion } from "./hosts/package";

const commands = [
  doctor,
  run,
  inspect,
  convert,
  exporting,
  bench,
  compare,
  tune,
  train,
  write,
  study,
  gradcheck,
  verify,
  peers,
];

const HELP = `
Start here:
  tandem doctor                       What this machine offers: browsers, adapters, limits
  tandem run alexnet photo.jpg        Classify a picture (weights: --weights FILE, else seeded ones)
  tandem inspect alexnet              Layers, shapes, parameters, FLOPs, memory
  tandem bench alexnet                Time per layer, against what this adapter can do
  tandem bench matmul --wgsl my.wgsl  Your own kernel, checked and timed beside ours
  tandem tune alexnet                 Find the fastest kernels here, and keep them for later runs
  tandem train alexnet-glyphs         Train a small network on letters drawn on the spot
  tandem write "The Walrus"           Let a recurrent network write on
  tandem verify golden/               Check every case of a folder of reference vectors

Commands run in a headless Chrome, an installed one or the one npm brought; --host node runs them in
this process on Dawn. Without a GPU both use a software adapter: right, but slow, and every report
says so.

Environment:
  TANDEM_CHROME        Browser to use (a path; "npm" for the one npm brought)
  TANDEM_DRIVER        Driver in Node: "system" or "swiftshader"
  TANDEM_NO_SANDBOX    Start the browser without its sandbox (always so for root)
  TANDEM_CACHE         Folder for what is unpacked from npm's Chromium
  TANDEM_TUNING        File with measured kernel choices; "off" for none
  TANDEM_DEBUG         Show stack traces and what the browser prints

Exit status: 0 fine, 1 a check failed, 2 slower than the baseline, 3 no adapter, 4 device lost,
64 wrong usage.
`;

/** The program, ready to parse. `exit` statuses are thrown as commander's errors, never taken. */
export function program(): Command {
  const root = new Command("tandem")
    .description("A GPU compute engine on WebGPU, and AlexNet on it.")
    .version(packageVersion(), "-V, --version", "Print the version")
    .helpOption("-h, --help", "Show help; also for a command: tandem run --help")
    .helpCommand("help [command]", "Show help for a command")
    .addHelpText("after", HELP)
    .showHelpAfterError("Run it with --help to see what it takes.")
    .exitOverride();
  for (const { register } of commands) register(root);
  return root;
}
