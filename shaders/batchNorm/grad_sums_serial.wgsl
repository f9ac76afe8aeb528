// Gradients of batch normalisation by beta and gamma: betaGrad[c] = Σ cotangent, gammaGrad[c] = Σ cotangent · x̂ with
// x̂ = (input − mean) / √(variance + eps), over the values of channel c. One invocation a channel; sums of one image first, so
// that small terms are not rounded away. input, cotangent [N][C][inner]; statistics [C] pairs (mean, variance).

struct Params {
  batch: u32,
  channels: u32,
  inner: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> cotangent: array<f32>;
@group(0) @binding(2) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> gammaGrad: array<f32>;
@group(0) @binding(4) var<storage, read_write> betaGrad: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let channel = index_1d(group, groups, local);
  if (channel >= params.channels) { return; }
  let s = statistics[channel];
  var sums = vec2<f32>();
  for (var n = 0u; n < params.batch; n++) {
    let start = (n * params.channels + channel) * params.inner;
    var image = vec2<f32>();
    for (var i = start; i < start + params.inner; i++) { image += cotangent[i] * vec2<f32>(1.0, input[i] - s.x); }
    sums += image;
  }
  betaGrad[channel] = sums.x;
  gammaGrad[channel] = sums.y / sqrt(s.y + params.eps);
}
