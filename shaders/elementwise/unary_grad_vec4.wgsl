// output[i] = cotangent[i] · f′ as in unary_grad.wgsl, four at a time (the last four may reach into the padding of the
// buffers, which is nobody's). value, cotangent, output: count4 groups of four numbers. One invocation a group of four.

override OP: u32 = 0u;
override ALPHA: f32 = 0.0;
override BETA: f32 = 0.0;

struct Params { count4: u32 }

@group(0) @binding(0) var<storage, read> value: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> cotangent: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i < params.count4) {
    let v = value[i];
    output[i] = cotangent[i] * vec4<f32>(
      unary_derivative(OP, v.x, ALPHA, BETA),
      unary_derivative(OP, v.y, ALPHA, BETA),
      unary_derivative(OP, v.z, ALPHA, BETA),
      unary_derivative(OP, v.w, ALPHA, BETA),
    );
  }
}
