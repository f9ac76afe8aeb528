// Gradients of batch normalisation by beta and gamma: betaGrad[c] = Σ cotangent, gammaGrad[c] = Σ cotangent · x̂ with
// x̂ = (input − mean) / √(variance + eps), over the values of channel c. A workgroup does one channel: every invocation takes
// every WORKGROUP-th value, then a tree in workgroup memory. input, cotangent [N][C][inner]; statistics [C] pairs.

override WORKGROUP: u32 = 64u;

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

var<workgroup> partial: array<vec2<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let channel = group.y * groups.x + group.x;
  let inside = channel < params.channels;
  let mean = statistics[min(channel, params.channels - 1u)].x;
  var sums = vec2<f32>();
  if (inside) {
    for (var i = local; i < params.batch * params.inner; i += WORKGROUP) {
      let at = ((i / params.inner) * params.channels + channel) * params.inner + i % params.inner;
      sums += cotangent[at] * vec2<f32>(1.0, input[at] - mean);
    }
  }
  partial[local] = sums;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u && inside) {
    betaGrad[channel] = partial[0].x;
    gammaGrad[channel] = partial[0].y / sqrt(statistics[channel].y + params.eps);
  }
}
