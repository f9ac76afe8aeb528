/** `tandem study`: trains small networks to show an effect. */
import { adapterFacts } from "../../bench/facts";
import { openDevice } from "../../engine/device";
import type { TaskContext } from "../hosts/context";
import { ensemble } from "./studies/ensemble";
import { memory } from "./studies/memory";
import { reluTanh } from "./studies/reluTanh";
import type { Study, StudyResult } from "./studies/study";

export const STUDIES = { "relu-tanh": reluTanh, memory, ensemble } as const satisfies Readonly<Record<string, Study>>;

export interface StudyArgs {
  readonly name: keyof typeof STUDIES;
  readonly seed: number;
}

export async function study({ name, seed }: StudyArgs, context: TaskContext): Promise<StudyResult> {
  const device = await openDevice({ gpu: context.gpu });
  const started = performance.now();
  try {
    const report = await STUDIES[name](device, seed, (what, done, total) => context.progress({ what, done, total }));
    const seconds = (performance.now() - started) / 1000;
    return { ...report, host: context.host, adapter: adapterFacts(device.facts), seconds };
  } finally {
    device.destroy();
  }
}
