// Adds up the parts of a product whose inner extent was split: output[m, n] = activate(bias[n] + Σₛ partial[s, m, n]).
// One invocation an element of the output; neighbours read neighbours.

override HAS_BIAS: u32 = 0u;

struct Params {
  count: u32,
  columns: u32,
  splits: u32,
}

@group(0) @binding(0) var<storage, read> partial: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  var sum = 0.0;
  for (var s = 0u; s < params.splits; s++) { sum += partial[s * params.count + i]; }
  if (HAS_BIAS != 0u) { sum += bias[i % params.columns]; }
  output[i] = activate(sum);
}
