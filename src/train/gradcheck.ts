/**
 * Gradients of a whole network on a device against differences of its own loss: for every parameter, along its gradient and
 * along a direction drawn by lot, (loss(w + εd) − loss(w − εd)) / 2ε should be ⟨gradient, d⟩.
 */
import { fillNormal, streamOf, uniform } from "../core/random";
import { type Shape, sizeOf } from "../core/shape";
import { Tensor } from "../core/tensor";
import type { Device } from "../engine/device";
import type { Named } from "../ops/op";
import { type LossGraph, lossGradients, ONE } from "./step";

export interface GradientCheck {
  readonly parameter: string;
  readonly direction: "gradient" | "random";
  /** ⟨gradient, d⟩. */
  readonly expected: number;
  /** From differences. */
  readonly measured: number;
  readonly allowed: number;
  /** `unsure`: the slope is below what the loss's own rounding lets one see. */
  readonly status: "passed" | "failed" | "unsure";
}

/** Change of the loss that is aimed at: far above float32's rounding, far below where the loss bends. */
const CHANGE = 0.01;
/** No element moves by more than this share of the parameter's root mean square, so that few ReLUs switch. */
const REACH = 0.02;
/** Allowed error: of the slope, for a loss that bends; of the steepest slope, for ReLUs that switch; of the losses' rounding. */
const RELATIVE = 0.03;
const SWITCHES = 0.002;
const ROUNDING = 4e-6;

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
};

/**
 * @param build makes the network with its loss; called twice
 * @param parameters its weights
 * @param inputs what the network reads
 * @param onProgress parameters done, of how many
 */
export async function checkGradients(
  device: Device,
  build: () => LossGraph,
  parameters: Named<Tensor>,
  inputs: Named<Tensor>,
  onProgress: (done: number, total: number, parameter: string) => void = () => undefined,
): Promise<readonly GradientCheck[]> {
  const forward = build();
  forward.graph.output("gradcheck.loss", forward.loss);
  const program = await device.compile(forward.graph);
  await program.setParameters(parameters);
  const differentiated = build();
  for (const [parameter, gradient] of lossGradients(differentiated)) {
    differentiated.graph.output(`gradient ${parameter.name}`, gradient);
  }
  const names = [...differentiated.graph.outputs.keys()].filter((name) => name.startsWith("gradient "));
  const backward = await device.compile(differentiated.graph, { share: program });
  const results: GradientCheck[] = [];
  try {
    const gradients = await backward.run({ ...inputs, one: ONE }, { outputs: names });
    const lossAt = async (name: string, direction: Float64Array, by: number): Promise<number> => {
      const { shape, data } = parameters[name] as Tensor;
      const moved = Float32Array.from(data, (w, i) => w + by * (direction[i] as number));
      await program.setParameters({ [name]: new Tensor(shape, moved) });
      const { "gradcheck.loss": loss } = await program.run(inputs, { outputs: ["gradcheck.loss"] });
      return (loss as Tensor).data[0] as number;
    };
    for (const [done, output] of names.entries()) {
      const name = output.slice("gradient ".length);
      onProgress(done, names.length, name);
      const weight = parameters[name] as Tensor;
      const gradient = Float64Array.from((gradients[output] as Tensor).data);
      const steepest = Math.sqrt(dot(gradient, gradient));
      const lots = gradient.map((_, i) => uniform(streamOf(1, name), i));
      for (const [direction, d] of [
        ["gradient", gradient],
        ["random", lots],
      ] as const) {
        const size = Math.sqrt(dot(d, d));
        const unit = d.map((x) => (size > 0 ? x / size : 0));
        const expected = dot(gradient, unit);
        const largest = unit.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        const rms = Math.sqrt(dot(weight.data, weight.data) / weight.data.length) || REACH;
        const by = Math.min(CHANGE / Math.max(steepest, 1e-12), (REACH * rms) / Math.max(largest, 1e-12));
        const [above, below] = [await lossAt(name, unit, by), await lossAt(name, unit, -by)];
        const measured = (above - below) / (2 * by);
        const floor = (ROUNDING * Math.max(1, Math.abs(above))) / (2 * by) + SWITCHES * steepest;
        const allowed = RELATIVE * Math.abs(expected) + floor;
        const agrees = Math.abs(measured - expected) <= allowed;
        const status = !agrees ? "failed" : floor > Math.abs(expected) ? "unsure" : "passed";
        results.push({ parameter: name, direction, expected, measured, allowed, status });
      }
      await program.setParameters({ [name]: weight });
    }
  } finally {
    backward.destroy();
    program.destroy();
  }
  return results;
}

/**
 * Weights to check gradients at: of such size that the signal neither dies nor grows on its way through (He et al. 2015), so
 * that every layer has a gradient that can be seen; biases small, and not all on one side.
 */
export function clearWeights(
  shapes: ReadonlyMap<string, { readonly shape: Shape }>,
  seed: number,
): Record<string, Tensor> {
  return Object.fromEntries(
    [...shapes].map(([name, { shape }]) => {
      const fanIn = sizeOf(shape.slice(1));
      const data = new Float32Array(sizeOf(shape));
      fillNormal(data, streamOf(seed, name), shape.length > 1 ? Math.sqrt(2 / fanIn) : 0.1);
      return [name, new Tensor(shape, data)];
    }),
  );
}
