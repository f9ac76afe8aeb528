/** AlexNet's layers in numbers, from its graph; its update rule, its normalisation, and the size of its first maps. */
import { f32, Graph, models, Tensor, type Value } from "../../../../src/index";
import type { Computation } from "../computation";

export interface LayerFacts {
  readonly name: string;
  readonly kind: "convolution" | "connected";
  /** Of one picture, without the batch. */
  readonly output: readonly number[];
  readonly parameters: number;
  /** Multiplications with addition, for one picture. */
  readonly products: number;
}

const product = (numbers: readonly number[]): number => numbers.reduce((total, number) => total * number, 1);

/** The layers that have weights. */
export function layerFacts(): LayerFacts[] {
  return (models.alexnet?.build().nodes ?? []).flatMap(({ name, op, inputs, outputs }): LayerFacts[] => {
    const [weight, bias, output] = [inputs.weight?.shape, inputs.bias?.shape, outputs.output?.shape.slice(1)];
    if (!weight || !bias || !output) return [];
    const fanIn = product(weight.slice(1));
    return [
      {
        name,
        kind: op.name === "conv2d" ? "convolution" : "connected",
        output,
        parameters: product(weight) + product(bias),
        products: product(output) * fanIn,
      },
    ];
  });
}

/** Where the picture's border goes: how conv1 makes 55 columns, or 54. */
export interface FirstMaps {
  readonly pixels: number;
  readonly padding: number;
  readonly rounding: "floor" | "ceil";
}

/** Side of the maps of a convolution of 11 by 11 at a stride of 4, as the engine's shape rule has it. */
export function firstMapSide({ pixels, padding, rounding }: FirstMaps): number {
  const graph = new Graph("conv1");
  const input = graph.input("image", f32(1, 3, pixels, pixels));
  const weight = graph.parameter("weight", f32(96, 3, 11, 11));
  return graph.apply("conv2d", { input, weight }, { stride: 4, padding, rounding }).shape[3] ?? 0;
}

export interface Descent {
  readonly rate: number;
  readonly momentum: number;
  readonly decay: number;
}

/** A valley: ½ · (steep · x² + flat · y²). */
export const VALLEY = [1, 0.04] as const;
export const START = [-1, -9] as const;

/**
 * `steps` steps of the paper's rule down the valley, each a run of the optimiser's kernel; output `path` [steps, 2].
 */
export function descend({ rate, momentum, decay }: Descent, steps: number): Computation {
  return {
    key: `descent ${momentum} ${decay} ${steps}`,
    build: () => {
      const graph = new Graph("descent");
      const curvature = graph.input("curvature", f32(1, 2));
      const schedule = graph.input("schedule", f32(3));
      let weight: Value = graph.input("start", f32(1, 2));
      let velocity: Value = graph.input("rest", f32(1, 2));
      const places: Value[] = [];
      for (let step = 0; step < steps; step++) {
        const gradient = graph.apply("mul", { a: curvature, b: weight });
        const after = graph.applyAll(
          "momentumSgd",
          { weight, velocity, gradient, schedule },
          { rate: 1, momentum, weightDecay: decay },
        );
        [weight, velocity] = [after.newWeight as Value, after.newVelocity as Value];
        places.push(weight);
      }
      const named = Object.fromEntries(places.map((place, i) => [`input${i}`, place]));
      graph.output("path", graph.apply("concat", named, { axis: 0 }));
      return graph;
    },
    inputs: {
      curvature: Tensor.f32([1, 2], VALLEY),
      schedule: Tensor.f32([3], [rate, 1, 1]),
      start: Tensor.f32([1, 2], START),
      rest: Tensor.f32([1, 2], [0, 0]),
    },
  };
}

/** One place of six maps, as the fact sheet of conventions has it. */
export const PIXEL: readonly number[] = [10, -20, 30, 40, -50, 60];

export const CONVENTIONS = {
  original: { alpha: 1e-4, k: 2, alphaDivided: true, groups: 1 },
  paper: { alpha: 1e-4, k: 2, alphaDivided: false, groups: 1 },
  caffe: { alpha: 1e-4, k: 1, alphaDivided: true, groups: 1 },
  split: { alpha: 1e-4, k: 2, alphaDivided: true, groups: 2 },
} as const;
export type Convention = keyof typeof CONVENTIONS;

/** Output `output` [1, 6, 1, 1]. */
export function normalise(values: readonly number[], convention: Convention): Computation {
  const shape = [1, values.length, 1, 1];
  return {
    key: `lrn ${convention}`,
    build: () => {
      const graph = new Graph("lrn");
      const input = graph.input("pixel", f32(...shape));
      graph.output("output", graph.apply("lrn", { input }, { size: 5, beta: 0.75, ...CONVENTIONS[convention] }));
      return graph;
    },
    inputs: { pixel: Tensor.f32(shape, values) },
  };
}
