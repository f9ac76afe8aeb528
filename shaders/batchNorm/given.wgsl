// The running statistics as pairs (mean, variance), for the kernels that take either these or a batch's own, and copies of
// them as the new running statistics. One invocation a channel.

struct Params {
  channels: u32,
}

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read> variance: array<f32>;
@group(0) @binding(2) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> newMean: array<f32>;
@group(0) @binding(4) var<storage, read_write> newVariance: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let c = index_1d(group, groups, local);
  if (c >= params.channels) { return; }
  statistics[c] = vec2<f32>(mean[c], variance[c]);
  newMean[c] = mean[c];
  newVariance[c] = variance[c];
}
