// New running statistics: (1 − momentum) · old + momentum · the batch's, the variance unbiased: times n / (n − 1).
// statistics [C] pairs (mean, biased variance). One invocation a channel.

struct Params {
  channels: u32,
  momentum: f32,
  unbias: f32,
}

@group(0) @binding(0) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(1) var<storage, read> mean: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
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
  newMean[c] = (1.0 - params.momentum) * mean[c] + params.momentum * statistics[c].x;
  newVariance[c] = (1.0 - params.momentum) * variance[c] + params.momentum * params.unbias * statistics[c].y;
}
