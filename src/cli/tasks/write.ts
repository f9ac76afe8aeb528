/** `tandem write`: text from a character model. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { openDevice } from "../../engine/device";
import { readCharModel } from "../../io/charModel";
import type { CharRnnForm } from "../../models/charRnn";
import { type WritingOptions, writing } from "../../train/writing";
import type { HostFacts, TaskContext } from "../hosts/context";

export interface WriteArgs extends WritingOptions {
  readonly weights: string;
}

export interface WriteResult {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly form: CharRnnForm;
  readonly prompt: string;
  readonly text: string;
  readonly charactersPerSecond: number;
}

export async function write(args: WriteArgs, context: TaskContext): Promise<WriteResult> {
  const model = await readCharModel(await context.read(args.weights), args.weights);
  const device = await openDevice({ gpu: context.gpu });
  try {
    let text = "";
    const started = performance.now();
    for await (const character of writing(device, model, args)) {
      text += character;
      context.progress({ done: text.length, total: args.length, what: "writing" });
    }
    return {
      host: context.host,
      adapter: adapterFacts(device.facts),
      form: model.form,
      prompt: args.prompt,
      text,
      charactersPerSecond: (args.length * 1000) / (performance.now() - started),
    };
  } finally {
    device.destroy();
  }
}
