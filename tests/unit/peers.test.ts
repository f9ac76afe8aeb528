/** The comparison with peers as text: what counts as ahead, what is not supported, and where the page's tables go. */
import { describe, expect, test } from "vitest";
import { turned } from "../../src/bench/peers/peer";
import type { PeersResult, Side } from "../../src/bench/peers/peers";
import { WORKLOADS } from "../../src/bench/peers/workloads";
import { summarize } from "../../src/bench/statistics";
import { intoPage, lead, MARKS, peersMarkdown, peersText } from "../../src/cli/commands/peersText";

const result: PeersResult = {
  schema: "tandem-peers-2",
  date: "2026-01-02T03:04:05.000Z",
  host: { name: "chrome", version: "Chrome/1", flags: ["--flag"] },
  adapter: { vendor: "acme", architecture: "anvil", description: "", software: true },
  peers: [
    { id: "ort", name: "onnxruntime-web", version: "1", backend: "webgpu" },
    { id: "ort-wasm", name: "onnxruntime-web", version: "1", backend: "wasm" },
    { id: "jax", name: "jax-js", version: "2", backend: "webgpu" },
    { id: "tfjs", unsupported: "no backend" },
  ],
  samples: 7,
  budgetMs: 4000,
  rows: [
    {
      workload: "matmul 64",
      shapes: "[64, 64] [64, 64]",
      flops: 2 * 64 ** 3,
      ours: summarize([2, 2, 2]),
      kernels: ["matmul/tiled"],
      sides: [
        { peer: "ort", ms: summarize([6, 6, 6]), difference: 1e-6 },
        { peer: "ort-wasm", ms: summarize([1, 1, 1]), difference: 2e-6 },
        { peer: "jax", ms: summarize([5]), difference: 3e-6 },
      ],
    },
    {
      workload: "LSTM",
      shapes: "[1, 1, 1]",
      flops: 1e6,
      ours: summarize([1, 1]),
      kernels: ["lstm/quads"],
      sides: ["ort", "ort-wasm", "jax"].map((peer): Side => ({ peer, unsupported: "has no such op" })),
    },
  ],
};

describe("a row", () => {
  test("is ahead of the fastest peer on WebGPU, whatever runs on WebAssembly", () => {
    expect(lead(result.rows[0] as never, result.peers)).toBe(2.5);
    expect(lead(result.rows[1] as never, result.peers)).toBeUndefined();
  });

  test("names what is not supported, and each reason once", () => {
    const text = peersText(result);
    expect(text).toMatch(/LSTM.*not supported/);
    expect(text.match(/has no such op/g)).toHaveLength(3);
    expect(text).toContain("tfjs: no backend");
    expect(text).toContain("(once)");
  });
});

describe("the page", () => {
  test("keeps what stands around its tables, however often they are written", () => {
    const part = peersMarkdown(result);
    const page = `# Title\n\n${MARKS[0]}\nold\n${MARKS[1]}\n\nAfter.\n`;
    const once = intoPage(page, part);
    expect(once).toContain("# Title");
    expect(once).toContain("After.");
    expect(once).not.toContain("\nold\n");
    expect(intoPage(once, part)).toBe(once);
    expect(intoPage("# Title\n", part)).toBe(`# Title\n\n${part}\n`);
  });

  test("has a line for each workload in each of its tables", () => {
    expect(peersMarkdown(result).match(/^\| matmul 64 /gm)).toHaveLength(3);
  });
});

test("pictures are turned there and back", () => {
  const planar = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => i);
  const packed = turned(planar, 2, 3, 4, "NHWC");
  expect([...packed.subarray(0, 3)]).toEqual([0, 4, 8]);
  expect([...turned(packed, 2, 3, 4, "NCHW")]).toEqual([...planar]);
});

test("workloads have names of their own, and the quick ones are among them", () => {
  expect(new Set(WORKLOADS.map(({ name }) => name)).size).toBe(WORKLOADS.length);
  expect(WORKLOADS.filter((each) => each.quick).length).toBeGreaterThan(3);
});
