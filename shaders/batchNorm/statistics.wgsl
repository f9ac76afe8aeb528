// Mean and biased variance of each channel, in two passes over its values so that no large numbers are subtracted. A
// workgroup does one channel: every invocation takes every WORKGROUP-th value, then a tree in workgroup memory.
// input [N][C][inner]; statistics [C] pairs (mean, variance).

override WORKGROUP: u32 = 64u;

struct Params {
  batch: u32,
  channels: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let channel = group.y * groups.x + group.x;
  let inside = channel < params.channels;
  let count = params.batch * params.inner;
  var sum = 0.0;
  if (inside) {
    for (var i = local; i < count; i += WORKGROUP) {
      sum += input[((i / params.inner) * params.channels + channel) * params.inner + i % params.inner];
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  let mean = partial[0] / f32(count);
  workgroupBarrier();
  sum = 0.0;
  if (inside) {
    for (var i = local; i < count; i += WORKGROUP) {
      let d = input[((i / params.inner) * params.channels + channel) * params.inner + i % params.inner] - mean;
      sum += d * d;
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u && inside) { statistics[channel] = vec2<f32>(mean, partial[0] / f32(count)); }
}
