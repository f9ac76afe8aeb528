// output = gamma · (input − mean) / √(variance + eps) + beta, channel by channel. input, output [N][C][inner]; statistics
// [C] pairs (mean, variance). One invocation an element.

struct Params {
  count: u32,
  channels: u32,
  inner: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let c = (i / params.inner) % params.channels;
  let s = statistics[c];
  output[i] = gamma[c] * ((input[i] - s.x) / sqrt(s.y + params.eps)) + beta[c];
}
