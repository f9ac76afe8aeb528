// output[i] = f(input[i]) for a function of the table UNARY (src/ops/activation.ts), chosen by OP, four at a time.
// input, output: count4 groups of four numbers (the last may reach into the padding of the buffer, which is nobody's).
// One invocation a group of four.

override OP: u32 = 0u;
override ALPHA: f32 = 0.0;
override BETA: f32 = 0.0;

struct Params { count4: u32 }

@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i < params.count4) {
    let x = input[i];
    output[i] = vec4<f32>(
      apply_unary(OP, x.x, ALPHA, BETA),
      apply_unary(OP, x.y, ALPHA, BETA),
      apply_unary(OP, x.z, ALPHA, BETA),
      apply_unary(OP, x.w, ALPHA, BETA),
    );
  }
}
