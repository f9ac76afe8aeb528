// The update of the paper (Krizhevsky et al. 2012, section 5), weight decay inside the velocity, in place:
// v' = momentum · v − rate · (weightDecay · w + g), w' = w + v', or with NESTEROV w' = w + momentum · v' − rate · (…).
// The rate is multiplied by schedule[0] where there is one. One invocation four elements (the last four may reach into
// the padding of the buffers, which is nobody's).

override NESTEROV: u32 = 0u;
override HAS_SCHEDULE: u32 = 0u;
override HAS_SCALE: u32 = 0u;
override HAS_GUARD: u32 = 0u;

struct Params {
  count4: u32,
  clip: f32,
  rate: f32,
  momentum: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> schedule: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> guard: array<f32>;
@group(0) @binding(4) var<storage, read_write> newWeight: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> newVelocity: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count4 || !step_taken()) { return; }
  var rate = params.rate;
  if (HAS_SCHEDULE != 0u) { rate *= schedule[0]; }
  let w = newWeight[i];
  let pull = rate * (params.weightDecay * w + gradient_taken(i));
  let v = params.momentum * newVelocity[i] - pull;
  newVelocity[i] = v;
  if (NESTEROV != 0u) {
    newWeight[i] = w + params.momentum * v - pull;
  } else {
    newWeight[i] = w + v;
  }
}
