// Adam (Kingma and Ba, 2015, algorithm 1) and AdamW (Loshchilov and Hutter, 2019, algorithm 2), in place: moments
// m' = β₁ m + (1 − β₁) g, v' = β₂ v + (1 − β₂) g²; w' = w − rate · m' · correction₁ / (√v' · correction₂ + eps), where the
// corrections undo the moments' beginning at zero. Weight decay is added to the gradient, or taken off the weight first when
// it is DECOUPLED. A schedule holds a factor of the rate and the two corrections. One invocation
// four elements (the last four may reach into the padding of the buffers, which is nobody's).

override DECOUPLED: u32 = 0u;
override HAS_SCHEDULE: u32 = 0u;
override HAS_SCALE: u32 = 0u;
override HAS_GUARD: u32 = 0u;

struct Params {
  count4: u32,
  clip: f32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  eps: f32,
  weightDecay: f32,
  // 1 / (1 − β₁ᵗ)
  firstCorrection: f32,
  // 1 / √(1 − β₂ᵗ)
  rootCorrection: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> schedule: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> guard: array<f32>;
@group(0) @binding(4) var<storage, read_write> newWeight: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> newFirstMoment: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> newSecondMoment: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count4 || !step_taken()) { return; }
  var rate = params.rate;
  var firstCorrection = params.firstCorrection;
  var rootCorrection = params.rootCorrection;
  if (HAS_SCHEDULE != 0u) {
    rate *= schedule[0];
    firstCorrection = schedule[1];
    rootCorrection = schedule[2];
  }
  var w = newWeight[i];
  var g = gradient_taken(i);
  if (DECOUPLED != 0u) {
    w -= rate * params.weightDecay * w;
  } else {
    g += params.weightDecay * w;
  }
  let m = params.beta1 * newFirstMoment[i] + (1.0 - params.beta1) * g;
  let v = params.beta2 * newSecondMoment[i] + (1.0 - params.beta2) * g * g;
  newFirstMoment[i] = m;
  newSecondMoment[i] = v;
  newWeight[i] = w - rate * firstCorrection * m / (sqrt(v) * rootCorrection + vec4<f32>(params.eps));
}
