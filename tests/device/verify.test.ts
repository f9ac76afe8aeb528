/** `verify` passes what is right, fails what is wrong with a reason, and never mistakes silence for success. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { namedFiles } from "../../src/cli/hosts/files";
import { nodeGpu } from "../../src/cli/hosts/node";
import { type VerifyArgs, type VerifyRow, verify } from "../../src/cli/tasks/verify";

const folder = mkdtempSync(join(tmpdir(), "tandem-verify-"));

/** A safetensors file of f32 vectors. */
function safetensors(tensors: Record<string, number[]>): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => {
      const begin = end;
      end += 4 * values.length;
      return [name, { dtype: "F32", shape: [values.length], data_offsets: [begin, end] }];
    }),
  );
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(new Uint8Array(Float32Array.from(Object.values(tensors).flat()).buffer), 8 + text.length);
  return bytes;
}

const relu = { op: "relu", attrs: {}, inputs: ["x"], outputs: ["y"], tolerance: { rtol: 0, atol: 0 } };
const refuse = { op: "relu", file: null, inputs: ["x"], outputs: [], tags: ["invalid"] };

const CASES = [
  { name: "right", ...relu, file: "cases/right.safetensors", grads: { x: "d_x" }, cotangents: { y: "ct_y" } },
  { name: "wrong", ...relu, file: "cases/wrong.safetensors" },
  { name: "not-a-number", ...relu, file: "cases/nan.safetensors" },
  { name: "other-shape", ...relu, file: "cases/shape.safetensors" },
  { name: "no-file", ...relu, file: "cases/none.safetensors" },
  { name: "truncated", ...relu, file: "cases/truncated.safetensors" },
  { name: "unknown-op", ...relu, op: "nope", file: "cases/right.safetensors" },
  { name: "unknown-output", ...relu, outputs: ["z"], file: "cases/right.safetensors" },
  { name: "refused", ...refuse, shapes: { x: [2, 0] } },
  { name: "refused-attribute", ...refuse, attrs: { slope: 3 }, shapes: { x: [2, 2] } },
  { name: "accepted", ...refuse, shapes: { x: [2, 2] } },
  { name: "unknown-op-refused", ...refuse, op: "nope", shapes: { x: [2, 2] } },
];

async function run(changes: Partial<VerifyArgs> = {}): Promise<Record<string, VerifyRow>> {
  const context = {
    gpu: await nodeGpu(),
    host: { name: "node", version: "", flags: [] },
    progress: () => undefined,
    stopping: () => false,
    decodeImage: () => Promise.reject(new Error("no pictures here")),
    ...namedFiles([folder]),
  } as const;
  const { rows } = await verify({ folder, gradients: false, ...changes }, context);
  return Object.fromEntries(rows.map((row) => [row.name, row]));
}

beforeAll(() => {
  mkdirSync(join(folder, "cases"));
  const write = (name: string, bytes: Uint8Array): void =>
    writeFileSync(join(folder, "cases", `${name}.safetensors`), bytes);
  const right = safetensors({ x: [-1, 2, 3], y: [0, 2, 3], ct_y: [1, 1, 1], d_x: [0, 1, 1] });
  write("right", right);
  write("wrong", safetensors({ x: [-1, 2, 3], y: [0, 2.5, 3] }));
  write("nan", safetensors({ x: [Number.NaN, 2], y: [0, 2] }));
  write("shape", safetensors({ x: [1, 2], y: [1, 2, 3] }));
  write("truncated", right.slice(0, right.length - 8));
  writeFileSync(join(folder, "index.json"), JSON.stringify({ format: 1, cases: CASES }));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("verify", () => {
  let rows: Record<string, VerifyRow> = {};
  beforeAll(async () => {
    rows = await run();
  });

  test.each(["right", "refused", "refused-attribute"])("%s passes", (name) => {
    expect(rows[name]).toMatchObject({ status: "passed" });
  });

  test.each([
    ["wrong", undefined],
    ["not-a-number", undefined],
    ["other-shape", undefined],
    ["no-file", /no such file/],
    ["truncated", /truncated|bytes|end/i],
    ["unknown-op", /no op "nope"/],
    ["unknown-output", /no output for "z"/],
    ["accepted", /should be refused/],
    ["unknown-op-refused", /no op "nope"/],
  ] as const)("%s fails, with its reason", (name, reason) => {
    expect(rows[name]?.status).toBe("failed");
    if (reason) expect(rows[name]?.reason).toMatch(reason);
  });

  test("the worst element is told", () => {
    expect(rows.wrong?.tensors[0]).toMatchObject({
      tensor: "y",
      worst: { index: [1], got: 2, wanted: 2.5, failed: 1, total: 3 },
    });
    expect(rows["not-a-number"]?.tensors[0]).toMatchObject({ worst: { got: "NaN", wanted: 0 } });
    expect(rows["other-shape"]?.tensors[0]?.reason).toContain("[2]");
  });

  test("a filter skips the rest, and one that chooses nothing is an error", async () => {
    const chosen = await run({ filter: "right" });
    expect(chosen.right?.status).toBe("passed");
    expect(chosen.wrong?.status).toBe("skipped");
    await expect(run({ filter: "nothing" })).rejects.toThrow(/nothing/);
  });

  test("a gradient asked for is computed or is a failure", async () => {
    const { right } = await run({ gradients: true, filter: "right" });
    const gradient = right?.tensors.find(({ tensor }) => tensor === "d_x");
    expect(gradient).toBeDefined();
    expect(gradient?.passed || gradient?.reason === "no gradient for op relu").toBe(true);
  });

  test("a folder that is not there is an error", async () => {
    await expect(run({ folder: join(folder, "cases") })).rejects.toThrow(/no such file/);
  });
});
