/** The lessons of the demo: their graphs in float64 against worked examples, and their own arithmetic against the graphs. */
import { describe, expect, test } from "vitest";
import { curve, FUNCTIONS, steps } from "../../demo/src/learn/activations/functions";
import {
  CONVENTIONS,
  type Convention,
  descend,
  firstMapSide,
  layerFacts,
  normalise,
  PIXEL,
  START,
} from "../../demo/src/learn/alexnet/facts";
import { CROP, colourShift, cutVariants, drawVariants, PLACES, SIDE } from "../../demo/src/learn/augmentation/variants";
import type { Computation } from "../../demo/src/learn/computation";
import { ACTIVATIONS, dropUnits, UNITS } from "../../demo/src/learn/dropout/masks";
import { rotation, throughTime, verdict } from "../../demo/src/learn/gradients/through";
import {
  convolveNumbers,
  convolvePicture,
  type Geometry,
  outputSize,
  PRESETS,
  resized,
  SLIDE_IMAGE,
  SLIDE_KERNEL,
  sizeFormula,
  termsOf,
} from "../../demo/src/learn/kernels/convolution";
import { runMemory, STORY } from "../../demo/src/learn/lstm/memory";
import { type Pooling, pool, SLIDE_MAP, windowsOf } from "../../demo/src/learn/pooling/pooling";
import { SLIDE_WEIGHTS, spellHello } from "../../demo/src/learn/rnn/hello";
import { SLIDE_SCORES, softmax } from "../../demo/src/learn/softmax/softmax";
import { sizeOf } from "../../src/core/shape";
import { Tensor } from "../../src/core/tensor";
import { evaluate } from "../../src/graph/evaluate";

/** Runs a lesson's graph in float64; every input must be one that the graph has, of its type. */
function run({ build, inputs }: Computation): Record<string, number[]> {
  const graph = build();
  expect([...graph.inputs.keys()].sort()).toEqual(Object.keys(inputs).sort());
  for (const [name, { shape, dtype }] of Object.entries(inputs)) {
    expect(graph.inputs.get(name)?.type).toEqual({ shape, dtype });
  }
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, Float64Array.from(data)]));
  return Object.fromEntries(Object.entries(evaluate(graph, feeds)).map(([name, data]) => [name, [...data]]));
}

const numbers = (text: string): number[] => text.split(/[\s/]+/).map(Number);

function close(got: readonly number[] | undefined, wanted: readonly number[], within: number): void {
  expect(got).toHaveLength(wanted.length);
  for (const [i, value] of (got ?? []).entries()) {
    expect(Math.abs(value - (wanted[i] as number)), `element ${i}: ${value} for ${wanted[i]}`).toBeLessThan(within);
  }
}

const plain: Geometry = { stride: 1, padding: 0, dilation: 1 };

describe("convolution", () => {
  test.each([
    [{ stride: 2 }, "91 100 88/69 91 117/44 72 74", "⌊(7 + 2·0 − 3) / 2⌋ + 1 = 3"],
    [
      { stride: 1 },
      "91 80 100 84 88/99 106 126 92 77/69 98 91 93 117/80 79 87 93 61/44 72 72 63 74",
      "⌊(7 + 2·0 − 3) / 1⌋ + 1 = 5",
    ],
    [{ stride: 3 }, "91 84/80 93", "⌊(7 + 2·0 − 3) / 3⌋ + 1 = 2"],
    [{ stride: 2, padding: 1 }, "24 29 12 -2/80 106 92 30/70 79 93 21/22 45 82 37", "⌊(7 + 2·1 − 3) / 2⌋ + 1 = 4"],
  ])("the slides' example at %j", (changes, wanted, formula) => {
    const geometry = { ...plain, ...changes };
    expect(run(convolveNumbers(SLIDE_IMAGE, SLIDE_KERNEL, geometry)).output).toEqual(numbers(wanted));
    expect(sizeFormula(7, 3, geometry)).toBe(formula);
  });

  test("the products that are shown sum to the output, whatever the geometry", () => {
    for (const stride of [1, 2, 3]) {
      for (const padding of [0, 1, 2]) {
        for (const dilation of [1, 2, 3]) {
          for (const kernel of [SLIDE_KERNEL, PRESETS.gauss]) {
            const geometry = { stride, padding, dilation };
            const { size } = outputSize(7, kernel.size, geometry);
            if (size === 0) {
              expect(() => convolveNumbers(SLIDE_IMAGE, kernel, geometry).build()).toThrow();
              continue;
            }
            const { output = [] } = run(convolveNumbers(SLIDE_IMAGE, kernel, geometry));
            expect(output).toHaveLength(size * size);
            const sums = output.map((_, i) =>
              termsOf(SLIDE_IMAGE, 7, kernel, geometry, [Math.floor(i / size), i % size]).reduce(
                (sum, { value, weight }) => sum + value * weight,
                0,
              ),
            );
            close(output, sums, 1e-4);
          }
        }
      }
    }
  });

  test("a picture's colours are convolved each by itself; the identity leaves them", () => {
    const picture = Tensor.f32([1, 3, 4, 5], steps(0, 59, 60));
    const same = convolvePicture(picture, PRESETS.identity, { ...plain, padding: 1 }, false);
    expect(run(same).output).toEqual([...picture.data]);
    const edges = run(convolvePicture(picture, PRESETS.upright, plain, false)).output ?? [];
    // From left to right it grows by one everywhere: (1 + 2 + 1) · 2.
    expect(edges).toEqual(new Array(3 * 2 * 3).fill(8));
    const turned = { size: 3, values: PRESETS.upright.values.map((value) => -value) } as const;
    expect(run(convolvePicture(picture, turned, plain, true)).output).toEqual(edges);
  });

  test("a kernel keeps its numbers when it is made larger and smaller again", () => {
    expect(resized(resized(PRESETS.sharpen, 5), 3)).toEqual(PRESETS.sharpen);
    const large = convolvePicture(
      Tensor.f32([1, 1, 5, 5], steps(0, 24, 25)),
      resized(PRESETS.sharpen, 5),
      plain,
      false,
    );
    const small = convolvePicture(Tensor.f32([1, 1, 5, 5], steps(0, 24, 25)), PRESETS.sharpen, plain, false);
    expect(run(large).output).toEqual([run(small).output?.[4]]);
  });
});

describe("pooling the slides' map", () => {
  test.each([
    ["max", 2, 2, "floor", "20 30/112 37"],
    ["average", 2, 2, "floor", "13 8/79 19.5"],
    ["max", 2, 1, "floor", "20 30 30/70 70 37/112 100 37"],
    ["max", 3, 2, "ceil", "70 37/112 37"],
    ["max", 3, 2, "floor", "70"],
    ["max", 3, 1, "floor", "70 70/112 100"],
  ] as const)("%s of %d at %d, %s", (kind, window, stride, rounding, wanted) => {
    const pooling: Pooling = { kind, window, stride, rounding };
    const { output, winners } = run(pool(SLIDE_MAP, pooling));
    expect(output).toEqual(numbers(wanted));
    if (kind === "max") expect(winners?.map((place) => SLIDE_MAP[place])).toEqual(output);
  });

  test("there are as many windows as the engine gives outputs, and they hold what is pooled", () => {
    for (const window of [1, 2, 3, 4]) {
      for (const stride of [1, 2, 3]) {
        for (const rounding of ["floor", "ceil"] as const) {
          const pooling: Pooling = { kind: "max", window, stride, rounding };
          const windows = windowsOf(4, pooling);
          const largest = windows.flatMap(([top, bottom]) =>
            windows.map(([left, right]) =>
              Math.max(...SLIDE_MAP.filter((_, i) => i / 4 >= top && i / 4 < bottom && i % 4 >= left && i % 4 < right)),
            ),
          );
          expect(run(pool(SLIDE_MAP, pooling)).output, JSON.stringify(pooling)).toEqual(largest);
        }
      }
    }
  });
});

describe("activation functions", () => {
  test("their slopes are those of their curves", () => {
    const at = [-2.3, -0.7, 0.4, 1.9];
    for (const name of FUNCTIONS) {
      const { slope = [] } = run(curve(name, at));
      const h = 1e-3;
      const { value: up = [] } = run(
        curve(
          name,
          at.map((x) => x + h),
        ),
      );
      const { value: down = [] } = run(
        curve(
          name,
          at.map((x) => x - h),
        ),
      );
      close(
        slope,
        up.map((value, i) => (value - (down[i] as number)) / (2 * h)),
        1e-3,
      );
    }
  });

  test("ten sigmoids in a row leave less than a millionth of a slope, ten ReLUs all of it", () => {
    expect(run(curve("sigmoid", [0], 1)).slope).toEqual([0.25]);
    expect(run(curve("sigmoid", [0], 10)).slope?.[0]).toBeLessThan(1e-6);
    expect(run(curve("relu", [0.5], 10)).slope).toEqual([1]);
  });
});

describe("softmax", () => {
  test("the slides' scores, whose probabilities were not printed", () => {
    const { probabilities, loss, gradient } = run(softmax(SLIDE_SCORES, 1, 2));
    close(probabilities, [0.419747, 0.194682, 0.162429, 0.223141], 2e-6);
    close(loss, [-Math.log(0.162429)], 1e-5);
    close(gradient, [0.419747, 0.194682, 0.162429 - 1, 0.223141], 2e-6);
  });

  test("cold, it takes the largest; hot, all alike", () => {
    expect(run(softmax(SLIDE_SCORES, 0.05, 0)).probabilities?.[0]).toBeGreaterThan(0.999);
    close(run(softmax(SLIDE_SCORES, 1000, 0)).probabilities, [0.25, 0.25, 0.25, 0.25], 1e-3);
  });
});

describe("dropout", () => {
  const setting = { p: 0.5, seed: 3, step: 7, form: "paper" } as const;

  test("the same seed and step give the same mask; another step, another", () => {
    expect(run(dropUnits(setting))).toEqual(run(dropUnits(setting)));
    expect(run(dropUnits({ ...setting, step: 8 })).mask).not.toEqual(run(dropUnits(setting)).mask);
    expect(run(dropUnits({ ...setting, seed: 4 })).mask).not.toEqual(run(dropUnits(setting)).mask);
  });

  test("on average, training passes on what testing does, in both forms", () => {
    for (const form of ["paper", "inverted"] as const) {
      const { mask = [], train = [], test: after = [], average = [] } = run(dropUnits({ ...setting, p: 0.3, form }));
      const factor = form === "paper" ? 1 : 1 / 0.7;
      close(
        train,
        mask.map((kept, i) => kept * (ACTIVATIONS[i] as number) * factor),
        1e-6,
      );
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum(average) / sum(after) - 1)).toBeLessThan(0.02);
      expect(average).toHaveLength(UNITS);
    }
  });
});

describe("augmentation", () => {
  test("colour shifts of the network of 2012, and how many crops there are", () => {
    // The vectors have eight digits, and the largest deviation is 12 after scaling.
    close(colourShift([0, 0, 1], 0.1), [-6.86243374, -7.0167771, -7.20941571], 1e-7);
    close(colourShift([1, 1, 1], 0.1), [-8.68142568, -8.71525615, -3.82487506], 1e-7);
    expect(PLACES).toBe(2178);
  });

  test("variants are cut, mirrored and shifted as they say", () => {
    const picture = Tensor.f32(
      [1, 3, SIDE, SIDE],
      new Float32Array(3 * SIDE * SIDE).map((_, i) => i % 251),
    );
    const variants = drawVariants(3, 5, { crop: true, mirror: true, colour: 0.1 });
    expect(variants).toEqual(drawVariants(3, 5, { crop: true, mirror: true, colour: 0.1 }));
    const { output = [] } = run(cutVariants(picture, variants));
    const at = (plane: number, y: number, x: number): number => picture.data[(plane * SIDE + y) * SIDE + x] as number;
    for (const [n, { top, left, mirrored, shift }] of variants.entries()) {
      for (const [plane, y, x] of [
        [0, 0, 0],
        [2, 100, 223],
      ] as const) {
        const wanted = at(plane, top + y, left + (mirrored ? CROP - 1 - x : x)) + (shift[plane] as number);
        expect(output[((n * 3 + plane) * CROP + y) * CROP + x]).toBeCloseTo(wanted, 4);
      }
    }
    expect(drawVariants(1, 0, { crop: false, mirror: false, colour: 0 })[0]).toEqual({
      top: 16,
      left: 16,
      mirrored: false,
      shift: [0, 0, 0],
    });
  });
});

test("the network of the slides reads hell", () => {
  const { drive, states, scores, probabilities } = run(spellHello(SLIDE_WEIGHTS));
  close(drive?.slice(0, 3), [0.287027, 0.902874, 0.537524], 1e-6);
  close(
    states,
    numbers(
      "0.693168 0.899554 0.802119/0.936534 0.949104 0.762341/0.912008 0.930672 0.895834/0.910229 0.929611 0.906534",
    ),
    5e-6,
  );
  close(scores?.slice(4, 8), [1.906075, 1.137792, 0.956664, 1.274228], 5e-6);
  close(probabilities?.slice(12), [0.434196, 0.199068, 0.157965, 0.208771], 5e-6);
});

describe("an LSTM as a memory", () => {
  test("gates written out give what the engine's own LSTM gives", () => {
    for (const bias of [6, 1, -2]) {
      const { hidden, fused } = run(runMemory(STORY, bias));
      close(hidden, fused ?? [], 1e-12);
    }
  });

  test("a number is written, kept, read and erased", () => {
    const { cells = [], hidden = [] } = run(runMemory(STORY, 6));
    const written = Math.tanh(2 * 0.8);
    expect(cells[0]).toBeCloseTo(written, 2);
    expect(cells[4]).toBeCloseTo(written, 1);
    expect(Math.abs(hidden[1] as number)).toBeLessThan(0.01);
    expect(hidden[3]).toBeCloseTo(Math.tanh(written), 1);
    expect(Math.abs(cells[5] as number)).toBeLessThan(0.02);
    expect(cells[9]).toBeCloseTo(Math.tanh(-1), 1);
  });

  test("with its forget gate half open it forgets by half a step", () => {
    const { cells = [] } = run(runMemory(STORY, 0));
    expect((cells[2] as number) / (cells[1] as number)).toBeCloseTo(0.5, 1);
  });
});

describe("gradients through time", () => {
  const setting = { cell: "tanh", steps: 20, stretch: 1, forgetBias: 3 } as const;

  test("a rotation keeps lengths", () => {
    const rows = rotation(16, 9);
    for (const [i, a] of rows.entries()) {
      for (const [j, b] of rows.entries()) {
        const along = a.reduce((sum, value, k) => sum + value * (b[k] as number), 0);
        expect(along).toBeCloseTo(i === j ? 1 : 0, 10);
      }
    }
  });

  test("they vanish, explode and live as the field says", () => {
    const judged = (changes: Partial<Parameters<typeof throughTime>[0]>) =>
      verdict(run(throughTime({ ...setting, ...changes })).norms ?? []);
    expect(judged({ stretch: 0.5 })).toBe("vanished");
    expect(judged({ cell: "relu", stretch: 2 })).toBe("exploded");
    expect(judged({ cell: "lstm" })).toBe("alive");
    expect(judged({ cell: "lstm", forgetBias: -3 })).toBe("vanished");
  });

  test("without squashing each step stretches them by the same factor", () => {
    const setting6 = throughTime({ ...setting, steps: 6, stretch: 0.8 });
    const { shape, data } = setting6.inputs.signals as Tensor;
    const signals = Tensor.f32(
      shape,
      Array.from(data, (x) => x / 100),
    );
    const { norms = [] } = run({ ...setting6, inputs: { ...setting6.inputs, signals } });
    for (let t = 1; t < norms.length; t++) {
      expect((norms[t - 1] as number) / (norms[t] as number)).toBeCloseTo(0.8, 3);
    }
  });
});

describe("AlexNet in numbers", () => {
  test("parameters and products of its layers", () => {
    const layers = layerFacts();
    const sum = (of: "parameters" | "products", kind?: string): number =>
      layers.filter((layer) => !kind || layer.kind === kind).reduce((total, layer) => total + layer[of], 0);
    expect(layers.map(({ name }) => name)).toEqual(["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"]);
    expect(sum("parameters")).toBe(60_965_224);
    expect(sum("products")).toBe(724_406_816);
    expect(sum("parameters", "convolution")).toBe(2_334_080);
    expect(sum("products", "convolution")).toBe(665_784_864);
    expect(sizeOf(layers[0]?.output ?? [])).toBe(290_400);
  });

  test.each([
    [224, 0, "floor", 54],
    [224, 0, "ceil", 55],
    [227, 0, "floor", 55],
    [224, 2, "floor", 55],
  ] as const)("%d pixels, padding %d, %s: %d", (pixels, padding, rounding, side) => {
    expect(firstMapSide({ pixels, padding, rounding })).toBe(side);
  });

  test("its rule goes down the valley as its formula says", () => {
    const setting = { rate: 0.1, momentum: 0.9, decay: 0.0005 };
    const { path = [] } = run(descend(setting, 30));
    let [w, v] = [START[1] as number, 0];
    for (let step = 0; step < 30; step++) {
      v = 0.9 * v - 0.0005 * 0.1 * w - 0.1 * 0.04 * w;
      w += v;
      expect(path[2 * step + 1]).toBeCloseTo(w, 5);
    }
  });

  const NORMALISED: Record<Convention, number[]> = {
    original: [5.884357, -11.631335, 17.135998, 22.295521, -27.946353, 33.745586],
    paper: [5.651838, -10.708635, 14.866753, 17.999544, -22.735027, 27.944183],
    caffe: [9.795016, -19.14479, 27.741441, 35.330394, -44.388891, 53.888599],
    split: [5.884357, -11.768715, 17.653072, 22.497057, -28.121322, 33.745586],
  };
  test.each(Object.keys(CONVENTIONS) as Convention[])("normalisation: %s", (convention) => {
    close(run(normalise(PIXEL, convention)).output, NORMALISED[convention], 1e-6);
  });
});
