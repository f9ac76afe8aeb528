/** Golden cases of optimisers: several steps of an op that does one, each fed with what the step before gave. */
import { Tensor } from "../core/tensor";
import { singleOpGraph } from "../graph/single";
import { ops } from "../ops";
import type { AnyOp, Named } from "../ops/op";
import { type GoldenContext, judge, type NetworkRunner } from "./golden";

interface Rule {
  readonly op: AnyOp;
  /** State by its letter in the golden folder: the input that takes it and the output that gives it. */
  readonly state: Readonly<Record<string, readonly [input: string, output: string]>>;
  attributes(given: Readonly<Record<string, unknown>>, step: number): Readonly<Record<string, unknown>>;
}

const WEIGHT = ["weight", "newWeight"] as const;

const momentum: Rule = {
  op: ops.momentumSgd,
  state: { w: WEIGHT, v: ["velocity", "newVelocity"] },
  attributes: ({ lr, momentum: factor, weight_decay: weightDecay }) => ({ rate: lr, momentum: factor, weightDecay }),
};

const adam = (decoupled: boolean): Rule => ({
  op: ops.adam,
  state: { w: WEIGHT, m: ["firstMoment", "newFirstMoment"], v: ["secondMoment", "newSecondMoment"] },
  attributes: ({ lr, betas, eps, weight_decay: weightDecay }, step) => {
    const [beta1, beta2] = betas as [number, number];
    return { rate: lr, beta1, beta2, eps, weightDecay, decoupled, step };
  },
});

const runner =
  (rule: Rule): NetworkRunner =>
  async (which, tensors, { device }: GoldenContext) => {
    const weight = tensors.get("w0");
    if (!weight) throw new TypeError('the file has no tensor "w0"');
    let state: Record<string, Tensor> = Object.fromEntries(
      Object.keys(rule.state).map((letter) => [letter, tensors.get(`${letter}0`) ?? Tensor.zeros(weight)]),
    );
    const computed: Record<string, Tensor> = {};
    for (let step = 1; step <= Number(which.attrs.steps); step++) {
      const gradient = tensors.get(`g${step}`);
      if (!gradient) throw new TypeError(`the file has no tensor "g${step}"`);
      const inputs: Named<Tensor> = {
        ...Object.fromEntries(Object.entries(rule.state).map(([letter, [input]]) => [input, state[letter] as Tensor])),
        gradient,
      };
      const program = await device.compile(singleOpGraph(rule.op, inputs, rule.attributes(which.attrs, step)));
      const outputs = await program.run(inputs);
      program.destroy();
      state = Object.fromEntries(
        Object.entries(rule.state).map(([letter, [, output]]) => [letter, outputs[output] as Tensor]),
      );
      for (const [letter, tensor] of Object.entries(state)) computed[`${letter}${step}`] = tensor;
    }
    return which.outputs.map((name) => judge(which, name, computed[name], tensors.get(name)));
  };

export const goldenOptimizers: Readonly<Record<string, NetworkRunner>> = {
  momentum_sgd_paper: runner(momentum),
  adam: runner(adam(false)),
  adamw: runner(adam(true)),
};
