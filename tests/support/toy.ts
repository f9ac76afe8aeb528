/** A tiny op for tests of the engine's own machinery, so that they do not lean on the registry. */
import type { TensorType } from "../../src/core/tensor";
import { type Op, type Shader, shader } from "../../src/ops/op";

export const TOY_WGSL = `
struct Params { count: u32, factor: f32 }
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
override WORKGROUP: u32 = 64u;
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < params.count) { output[id.x] = input[id.x] * params.factor; }
}
`;

/** `output = factor · input`, by the given shader. */
export function toyOp(
  changes: { shader?: Shader; params?: Record<string, number>; workgroups?: number } = {},
): Op<{ factor: number }> {
  const toy = changes.shader ?? shader("toy/toy.wgsl", TOY_WGSL);
  return {
    name: "toy",
    family: "toy",
    summary: "scales",
    inputs: [{ name: "input" }],
    outputs: ["output"],
    attributes: (given) => ({ factor: Number(given.factor ?? 2) }),
    infer: (inputs) => [inputs.input as TensorType],
    cost: ({ inputs }) => ({ flops: (inputs.input as TensorType).shape[0] as number, bytes: 0 }),
    reference: ({ input }, { attributes }) => ({ output: (input as Float64Array).map((x) => x * attributes.factor) }),
    tolerance: () => ({ rtol: 0, atol: 0 }),
    kernels: [
      {
        name: "naive",
        shaders: [toy],
        plan: ({ inputs, attributes }) => {
          const count = (inputs.input as TensorType).shape[0] as number;
          return {
            dispatches: [
              {
                shader: toy,
                params: changes.params ?? { count, factor: attributes.factor },
                workgroups: [changes.workgroups ?? Math.ceil(count / 64), 1, 1],
              },
            ],
          };
        },
      },
    ],
    cases: [],
    random: () => ({ inputs: {} }),
  };
}
