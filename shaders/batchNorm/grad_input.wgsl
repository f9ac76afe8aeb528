// Gradient of batch normalisation by its input: gamma / √(variance + eps) · (cotangent − (betaGrad + x̂ · gammaGrad) · share),
// share = 1 / number of values in training, where the statistics depend on the input, and 0 otherwise (Ioffe and Szegedy
// 2015, section 3). input, cotangent, output [N][C][inner]; statistics [C] pairs (mean, variance). One invocation an element.

struct Params {
  count: u32,
  channels: u32,
  inner: u32,
  eps: f32,
  share: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> cotangent: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> gammaGrad: array<f32>;
@group(0) @binding(5) var<storage, read> betaGrad: array<f32>;
@group(0) @binding(6) var<storage, read_write> output: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

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
  let deviation = sqrt(s.y + params.eps);
  let x = (input[i] - s.x) / deviation;
  output[i] = gamma[c] / deviation * (cotangent[i] - (betaGrad[c] + x * gammaGrad[c]) * params.share);
}
