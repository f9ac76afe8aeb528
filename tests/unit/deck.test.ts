/**
 * The worked examples of the slides behind the project, and numbers of LRN's conventions, against the ops' references
 * (which the kernels are held to elsewhere). Where a slide was wrong or incomplete, the number is the recomputed one.
 */
import { describe, expect, test } from "vitest";
import { f32, Tensor, type TensorType } from "../../src/core/tensor";
import { pose } from "../../src/graph/graph";
import { type OpName, ops } from "../../src/ops";
import type { AnyOp, Named } from "../../src/ops/op";
import { referenceOf } from "../support/check";

/** First output of an op's reference. */
function run(name: OpName, inputs: Named<Tensor>, attributes: Readonly<Record<string, unknown>> = {}): number[] {
  const op: AnyOp = ops[name];
  const problem = pose(op, inputs, attributes);
  return Array.from(referenceOf(op, problem, inputs)[op.outputs[0] as string] ?? []);
}

const shapeOf = (name: OpName, inputs: Named<TensorType>, attributes: Readonly<Record<string, unknown>>) => {
  const op: AnyOp = ops[name];
  return pose(op, inputs, attributes).outputs[op.outputs[0] as string]?.shape;
};

const numbers = (text: string): number[] => text.split(/[\s/]+/).map(Number);

describe("stride: a 7 × 7 image and a 3 × 3 filter", () => {
  const image = "2 3 7 4 6 2 9/6 6 9 8 7 4 3/3 4 8 3 8 9 7/7 8 3 6 6 3 4/4 2 1 8 3 4 6/3 2 4 1 9 8 3/0 1 3 9 2 1 4";
  const filter = [3, 4, 4, 1, 0, 2, -1, 0, 3];
  const convolve = (attributes: object, weight = filter) =>
    run(
      "conv2d",
      { input: Tensor.f32([1, 1, 7, 7], numbers(image)), weight: Tensor.f32([1, 1, 3, 3], weight) },
      { ...attributes },
    );

  test.each([
    [{ stride: 2 }, "91 100 88/69 91 117/44 72 74"],
    [{ stride: 1 }, "91 80 100 84 88/99 106 126 92 77/69 98 91 93 117/80 79 87 93 61/44 72 72 63 74"],
    [{ stride: 3 }, "91 84/80 93"],
    [{ stride: 2, padding: 1 }, "24 29 12 -2/80 106 92 30/70 79 93 21/22 45 82 37"],
  ])("%j", (attributes, wanted) => {
    expect(convolve(attributes)).toEqual(numbers(wanted));
  });

  test("the filter is not flipped: a true convolution gives other numbers", () => {
    expect(convolve({ stride: 2 }, [...filter].reverse())).toEqual(numbers("72 108 115/45 73 79/34 71 48"));
  });
});

test.each([
  [7, 3, 1, 0, "floor", 5],
  [7, 3, 2, 0, "floor", 3],
  [3, 3, 1, 1, "floor", 3],
  [224, 11, 4, 0, "floor", 54],
  [224, 11, 4, 0, "ceil", 55],
  [227, 11, 4, 0, "floor", 55],
  [224, 11, 4, 2, "floor", 55],
] as const)(
  "a convolution of %d by %d, stride %d, padding %d, rounded by %s, gives %d",
  (size, kernel, stride, padding, rounding, wanted) => {
    const inputs = { input: f32(1, 1, size, size), weight: f32(1, 1, kernel, kernel) };
    expect(shapeOf("conv2d", inputs, { stride, padding, rounding })).toEqual([1, 1, wanted, wanted]);
  },
);

test.each([
  [55, 27],
  [27, 13],
  [13, 6],
])("pooling of 3 by 2 takes %d to %d", (size, wanted) => {
  expect(shapeOf("maxPool2d", { input: f32(1, 1, size, size) }, { kernel: 3, stride: 2 })).toEqual([
    1,
    1,
    wanted,
    wanted,
  ]);
});

describe("pooling a 4 × 4 map", () => {
  const input = Tensor.f32([1, 1, 4, 4], numbers("12 20 30 0/8 12 2 0/34 70 37 4/112 100 25 12"));
  test.each([
    ["maxPool2d", { kernel: 2 }, "20 30/112 37"],
    ["avgPool2d", { kernel: 2 }, "13 8/79 19.5"],
    ["maxPool2d", { kernel: 2, stride: 1 }, "20 30 30/70 70 37/112 100 37"],
    ["maxPool2d", { kernel: 3, stride: 2, rounding: "ceil" }, "70 37/112 37"],
    ["maxPool2d", { kernel: 3, stride: 2 }, "70"],
    ["maxPool2d", { kernel: 3, stride: 1 }, "70 70/112 100"],
  ] as const)("%s %j", (name, attributes, wanted) => {
    expect(run(name, { input }, attributes)).toEqual(numbers(wanted));
  });
});

test("flattening goes row by row", () => {
  const input = Tensor.f32([1, 3, 3], [1, 1, 0, 4, 2, 1, 0, 2, 1]);
  expect(run("flatten", { input })).toEqual([1, 1, 0, 4, 2, 1, 0, 2, 1]);
});

describe("a recurrent network that spells hello", () => {
  const VOCABULARY = "helo";
  const weightIh = Tensor.f32(
    [3, 4],
    [
      0.287027, 0.84606, 0.572392, 0.486813, 0.902874, 0.871522, 0.691079, 0.18998, 0.537524, 0.09224, 0.558159,
      0.491528,
    ],
  );
  // The recurrent weight is one number for all three units, so its matrix is that number times the identity.
  const weightHh = Tensor.f32([3, 3], [0.427043, 0, 0, 0, 0.427043, 0, 0, 0, 0.427043]);
  const biasIh = Tensor.f32([3], [0.567001, 0.567001, 0.567001]);
  const weightHy = Tensor.f32(
    [4, 3],
    [
      0.37168, 0.974829459, 0.830034886, 0.39141, 0.282585823, 0.659835709, 0.64985, 0.09821557, 0.334287084, 0.91266,
      0.32581642, 0.144630018,
    ],
  );
  const STATES = [
    [0.693168, 0.899554, 0.802119],
    [0.936534, 0.949104, 0.762341],
    [0.912008, 0.930672, 0.895834],
    [0.910229, 0.929611, 0.906534],
  ];
  const LOGITS = [
    [1.800334, 1.05478, 0.806943, 1.041726],
    [1.906075, 1.137792, 0.956664, 1.274228],
    [1.989795, 1.211067, 0.983541, 1.265146],
    [1.99698, 1.217131, 0.985857, 1.264724],
  ];
  const PROBABILITIES = [
    [0.432319, 0.205123, 0.160096, 0.202463],
    [0.419747, 0.194682, 0.162429, 0.223141],
    [0.433075, 0.198777, 0.158326, 0.209822],
    [0.434196, 0.199068, 0.157965, 0.208771],
  ];
  const close = (got: readonly number[], wanted: readonly number[]) => {
    expect(got).toHaveLength(wanted.length);
    // The slide prints six digits, one column of the output weights five.
    for (const [i, value] of got.entries()) expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(5e-6);
  };

  test("hidden states, outputs and probabilities of h, e, l, l", () => {
    const letters = [..."hell"].flatMap((letter) => [...VOCABULARY].map((other) => (other === letter ? 1 : 0)));
    const h0 = Tensor.f32([1, 3], [0, 0, 0]);
    const states = run("rnn", { input: Tensor.f32([4, 1, 4], letters), h0, weightIh, weightHh, biasIh });
    close(states, STATES.flat());
    const logits = run("linear", { input: Tensor.f32([4, 3], states), weight: weightHy });
    close(logits, LOGITS.flat());
    close(run("softmax", { input: Tensor.f32([4, 4], logits) }), PROBABILITIES.flat());
  });
});

describe("LRN of one pixel, by each convention", () => {
  const input = Tensor.f32([1, 6, 1, 1], [10, -20, 30, 40, -50, 60]);
  const CASES: [string, object, number[]][] = [
    ["the original", { alpha: 1e-4, k: 2 }, [5.884357, -11.631335, 17.135998, 22.295521, -27.946353, 33.745586]],
    [
      "the paper's formula",
      { alpha: 1e-4, k: 2, alphaDivided: false },
      [5.651838, -10.708635, 14.866753, 17.999544, -22.735027, 27.944183],
    ],
    ["Caffe's", { alpha: 1e-4, k: 1 }, [9.795016, -19.14479, 27.741441, 35.330394, -44.388891, 53.888599]],
    [
      "the original on two devices",
      { alpha: 1e-4, k: 2, groups: 2 },
      [5.884357, -11.768715, 17.653072, 22.497057, -28.121322, 33.745586],
    ],
  ];
  test.each(CASES)("%s", (_, attributes, wanted) => {
    for (const [i, value] of run("lrn", { input }, { ...attributes }).entries()) {
      expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(1e-6);
    }
  });
});
