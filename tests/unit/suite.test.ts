/** What can be measured: axes, families, named layers, suites, and what is refused. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { axisValues, product } from "../../src/bench/axes";
import { axesOf, axisNames, opsWithAxes, problemAt } from "../../src/bench/families";
import { type Entry, expand, opNamed, readSuite, workloadNames } from "../../src/bench/suite";
import { workloadOf } from "../../src/bench/workloads";
import { command } from "../support/command";

const shapes = (entry: Entry): Record<string, string>[] =>
  expand(entry).specimens.map(({ case: { inputs } }) =>
    Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape.join("x")])),
  );
const names = (entry: Entry): string[] => expand(entry).specimens.map(({ name }) => name);

describe("axes", () => {
  test.each([
    ["256,512", [256, 512]],
    ["128..2048*2", [128, 256, 512, 1024, 2048]],
    ["64..256+64", [64, 128, 192, 256]],
    ["1..3", [1, 2, 3]],
    ["1, 8..32*2", [1, 8, 16, 32]],
    [7, [7]],
    [
      [1, 2],
      [1, 2],
    ],
  ])("%j", (given, values) => {
    expect(axisValues("m", given)).toEqual(values);
  });

  test.each(["", "a", "1.5", "-1", "8..4", "1..9*1", "0..8*2", "1..9+0", "1..99999999", [], [1.5], [-1]])(
    "%j is refused by the axis's name",
    (given) => {
      expect(() => axisValues("m", given)).toThrow(/axis m/);
    },
  );

  test("are multiplied, the last fastest", () => {
    expect(product({ m: [1, 2], n: [3, 4] }).map(({ m, n }) => [m, n])).toEqual([
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
    ]);
    expect(product({})).toEqual([{}]);
    expect(() => product({ a: axisValues("a", "1..200"), b: axisValues("b", "1..200") })).toThrow(/10000 points/);
  });
});

describe("ops with axes", () => {
  test.each(opsWithAxes)("%s makes a valid problem, by default and along each axis", (name) => {
    const op = opNamed(name);
    const small = {
      m: 8,
      batch: 2,
      inputs: 8,
      channels: 4,
      size: 9,
      rows: 4,
      sequence: 2,
      features: 4,
      hidden: 4,
      count: 16,
    };
    const own = Object.entries(small).filter(([axis]) => Object.hasOwn(axesOf(op), axis));
    const made = problemAt(op, Object.fromEntries(own));
    expect(workloadOf(op, { ...made, name }).graph.nodes).toHaveLength(1);
    expect(problemAt(op, {}).inputs).toBeDefined();
  });

  test("have names that the command line can tell from its own options", async () => {
    const { output } = await command("bench", "--help");
    for (const axis of axisNames) {
      expect(output).toContain(`--${axis.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} <values>`);
    }
  });

  test("take the numbers that were asked for", () => {
    expect(shapes({ op: "matmul", axes: { m: 8, n: "4,5", k: [2] } })).toEqual([
      { a: "8x2", b: "2x4" },
      { a: "8x2", b: "2x5" },
    ]);
    expect(shapes({ op: "conv2d", axes: { batch: 2, channels: 4, filters: 8, size: 7, groups: 2 } })).toEqual([
      { input: "2x4x7x7", weight: "8x2x3x3", bias: "8" },
    ]);
    expect(shapes({ op: "lstm", axes: { batch: 3, sequence: 5, features: 2, hidden: 4 } })[0]).toMatchObject({
      input: "5x3x2",
      h0: "3x4",
      weightIh: "16x2",
    });
    expect(names({ op: "matmul", axes: { m: 8 }, attributes: { transposeA: true } })).toEqual([
      "matmul m=8 transposeA=true",
    ]);
    const [integers] = expand({ op: "transpose", axes: { rows: 4 }, dtype: "i32" }).specimens;
    expect(integers?.case.inputs.input).toEqual({ dtype: "i32", shape: [4, 4] });
  });

  test.each([
    [{ op: "matmul", axes: { sequence: 1 } }, /no axis of matmul is named "sequence"/],
    [{ op: "crop", axes: { m: 1 } }, /crop has no axes/],
    [{ op: "mat" }, /no op is named "mat"/],
    [{ op: "reshape" }, /is a view/],
    [{ op: "matmul", dtype: "f64" }, /no dtype is named "f64"/],
    [{ op: "matmul", case: "no such" }, /no case of matmul/],
    [{ workload: "alexnet.conv9" }, /no workload is named "alexnet.conv9"; there are: alexnet.conv1/],
    [{ workload: "alexnet.conv1", op: "lrn" }, /is a workload of conv2d, not of lrn/],
    [{ workload: "alexnet.conv1", axes: { size: 3 } }, /no axis of a layer of AlexNet is named "size"/],
    [{ model: "alexnot" }, /no model is named/],
    [{ model: "alexnet", axes: { m: 1 } }, /no axis of a model/],
    [{}, /names an op, a workload or a model/],
    [{ op: "conv2d", axes: { channels: 3, groups: 2 } }, /groups=2 should divide channels=3/],
  ] as [Entry, RegExp][])("%j is refused with a reason", (entry, reason) => {
    expect(() => expand(entry)).toThrow(reason);
  });
});

describe("layers of AlexNet", () => {
  test("are workloads by name, with the batch as an axis", () => {
    expect(workloadNames.filter((name) => name.startsWith("alexnet.conv"))).toHaveLength(5);
    expect(names({ workload: "alexnet.conv2", axes: { batch: "1,8" } })).toEqual([
      "alexnet.conv2 batch=1",
      "alexnet.conv2 batch=8",
    ]);
    expect(shapes({ workload: "alexnet.fc8", axes: { batch: 4 } })).toEqual([
      { input: "4x4096", weight: "1000x4096", bias: "1000" },
    ]);
    expect(names({ workload: "alexnet.conv*,alexnet.pool1" })).toHaveLength(6);
  });
});

describe("a suite", () => {
  test("that ships is valid, every entry of it", () => {
    const file = new URL("../../docs/suites/alexnet.json", import.meta.url);
    const suite = readSuite(readFileSync(file, "utf8"), "alexnet.json");
    expect(
      suite.workloads
        .map((entry) => expand(entry))
        .every(({ specimens, models }) => specimens.length + models.length > 0),
    ).toBe(true);
  });

  const suite = (workloads: unknown): string => JSON.stringify({ schema: "tandem-suite-1", name: "s", workloads });
  test.each([
    ["{", /s\.json: is not JSON/],
    ["[]", /is no suite/],
    [suite([]), /workloads: .*length/],
    [suite([{ op: 1 }]), /workloads\.0\.op: .*string/],
    [suite([{ op: "matmul", axis: {} }]), /axis/],
    [suite([{ op: "matmul", axes: { m: true } }]), /workloads\.0\.axes\.m/],
    ['{"schema": "tandem-suite-9", "name": "s", "workloads": [{"op": "matmul"}]}', /schema: .*tandem-suite-1/],
  ])("%s is refused by its place", (text, reason) => {
    expect(() => readSuite(text, "s.json")).toThrow(reason);
  });
});
