/** The tasks by name. A page and Node run the same ones; nothing here may use Node's or the page's own features. */
import type { PeersArgs } from "../../bench/peers/peers";
import type { PeersTrainingArgs } from "../../bench/peers/training";
import type { Task, TaskContext } from "../hosts/context";
import { benchLayout } from "./benchLayout";
import { benchModel } from "./benchModel";
import { benchOps } from "./benchOps";
import { doctor } from "./doctor";
import { gradcheck } from "./gradcheck";
import { run } from "./run";
import { study } from "./study";
import { train } from "./train";
import { tune } from "./tune";
import { verify } from "./verify";
import { verifyOnnx } from "./verifyOnnx";
import { write } from "./write";

/** Loaded when asked for: nothing else needs it. */
const peers = async (args: PeersArgs, context: TaskContext): Promise<unknown> =>
  (await import("../../bench/peers/peers")).peers(args, context);

/** Loaded when asked for, like its neighbour. */
const peersTraining = async (args: PeersTrainingArgs, context: TaskContext): Promise<unknown> =>
  (await import("../../bench/peers/training")).peersTraining(args, context);

export const tasks: Readonly<Record<string, Task>> = {
  benchLayout,
  benchModel,
  benchOps,
  doctor,
  gradcheck,
  peers,
  peersTraining,
  run,
  study,
  train,
  tune,
  verify,
  verifyOnnx,
  write,
};
