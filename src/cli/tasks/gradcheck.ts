/** `tandem gradcheck`: a model's gradients against differences of its loss, on pictures and labels drawn by lot. */
import { type AdapterFacts, adapterFacts } from "../../bench/facts";
import { fillUniform, hash, streamOf } from "../../core/random";
import { sizeOf } from "../../core/shape";
import { Tensor } from "../../core/tensor";
import { openDevice } from "../../engine/device";
import { type Model, models } from "../../models";
import { checkGradients, clearWeights, type GradientCheck } from "../../train/gradcheck";
import { classifierLoss, countedMasks } from "../../train/step";
import type { HostFacts, TaskContext } from "../hosts/context";

export interface GradcheckArgs {
  readonly model: string;
  readonly batch: number;
  readonly seed: number;
}

export interface GradcheckResult {
  readonly host: HostFacts;
  readonly adapter: AdapterFacts;
  readonly model: string;
  readonly checks: readonly GradientCheck[];
}

export async function gradcheck(
  { model: name, batch, seed }: GradcheckArgs,
  context: TaskContext,
): Promise<GradcheckResult> {
  const model = (models as Readonly<Record<string, Model>>)[name] as Model;
  const device = await openDevice({ gpu: context.gpu });
  try {
    const build = () => classifierLoss(model.build({ batch, masks: countedMasks(seed) }));
    const { graph } = build();
    const shapeOf = (input: string) => graph.inputs.get(input)?.shape ?? [];
    const image = fillUniform(new Float32Array(sizeOf(shapeOf("image"))), streamOf(seed, "image"), 1);
    const classes = graph.outputs.get("logits")?.shape[1] ?? 1;
    const labels = Int32Array.from({ length: batch }, (_, i) => hash(streamOf(seed, "labels"), i) % classes);
    const inputs = {
      image: new Tensor(shapeOf("image"), image),
      labels: new Tensor([batch], labels),
      ...(graph.inputs.has("step") ? { step: Tensor.i32([], [0]) } : {}),
    };
    const checks = await checkGradients(
      device,
      build,
      clearWeights(graph.parameters, seed),
      inputs,
      (done, total, what) => context.progress({ done, total, what }),
    );
    return { host: context.host, adapter: adapterFacts(device.facts), model: name, checks };
  } finally {
    device.destroy();
  }
}
