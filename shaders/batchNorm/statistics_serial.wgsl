// Mean and biased variance of each channel, in two passes over its values so that no large numbers are subtracted. One
// invocation a channel. input [N][C][inner]; statistics [C] pairs (mean, variance).

struct Params {
  batch: u32,
  channels: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let channel = index_1d(group, groups, local);
  if (channel >= params.channels) { return; }
  let count = params.batch * params.inner;
  var sum = 0.0;
  for (var i = 0u; i < count; i++) {
    sum += input[((i / params.inner) * params.channels + channel) * params.inner + i % params.inner];
  }
  let mean = sum / f32(count);
  sum = 0.0;
  for (var i = 0u; i < count; i++) {
    let d = input[((i / params.inner) * params.channels + channel) * params.inner + i % params.inner] - mean;
    sum += d * d;
  }
  statistics[channel] = vec2<f32>(mean, sum / f32(count));
}
