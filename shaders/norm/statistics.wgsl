// Mean and 1 / √(variance + eps) of groups of `length` neighbouring elements. One invocation a group.

struct Params {
  groups: u32,
  length: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> invStd: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let g = index_1d(group, groups, local);
  if (g >= params.groups) { return; }
  let start = g * params.length;
  let end = start + params.length;
  var sum = 0.0;
  for (var i = start; i < end; i++) { sum += input[i]; }
  let centre = sum / f32(params.length);
  var squares = 0.0;
  for (var i = start; i < end; i++) {
    let d = input[i] - centre;
    squares += d * d;
  }
  mean[g] = centre;
  invStd[g] = inverseSqrt(squares / f32(params.length) + params.eps);
}
