// Adam (Kingma and Ba, 2015, algorithm 1) and AdamW (Loshchilov and Hutter, 2019, algorithm 2): moments
// m' = β₁ m + (1 − β₁) g, v' = β₂ v + (1 − β₂) g²; w' = w − rate · m' · correction₁ / (√v' · correction₂ + eps), where the
// corrections undo the moments' beginning at zero. Weight decay is added to the gradient, or taken off the weight first when
// it is decoupled. One invocation PER elements.

override PER: u32 = 1u;

struct Params {
  count: u32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  // rate / (1 − β₁ᵗ)
  stepSize: f32,
  // 1 / √(1 − β₂ᵗ)
  rootCorrection: f32,
  // Added to the gradient, times the weight.
  decay: f32,
  // What the weight is multiplied by first: 1 − rate · decay when decoupled.
  shrink: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> firstMoment: array<f32>;
@group(0) @binding(2) var<storage, read> secondMoment: array<f32>;
@group(0) @binding(3) var<storage, read> gradient: array<f32>;
@group(0) @binding(4) var<storage, read_write> newWeight: array<f32>;
@group(0) @binding(5) var<storage, read_write> newFirstMoment: array<f32>;
@group(0) @binding(6) var<storage, read_write> newSecondMoment: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) {
    let w = weight[i];
    let g = gradient[i] + params.decay * w;
    let m = params.beta1 * firstMoment[i] + (1.0 - params.beta1) * g;
    let v = params.beta2 * secondMoment[i] + (1.0 - params.beta2) * g * g;
    newFirstMoment[i] = m;
    newSecondMoment[i] = v;
    newWeight[i] = w * params.shrink - params.stepSize * m / (sqrt(v) * params.rootCorrection + params.eps);
  }
}
