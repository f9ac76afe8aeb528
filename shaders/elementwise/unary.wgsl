// output[i] = f(input[i]) for a function of the table UNARY (src/ops/activation.ts), chosen by OP.
// input, output: count numbers, any shape. One invocation an element.

override OP: u32 = 0u;
override ALPHA: f32 = 0.0;
override BETA: f32 = 0.0;

struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i < params.count) {
    output[i] = apply_unary(OP, input[i], ALPHA, BETA);
  }
}
