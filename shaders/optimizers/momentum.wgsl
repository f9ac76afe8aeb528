// The update of the paper (Krizhevsky et al. 2012, section 5), weight decay inside the velocity:
// v' = momentum · v − weightDecay · rate · w − rate · g, w' = w + v'. One invocation PER elements.

override PER: u32 = 1u;

struct Params {
  count: u32,
  rate: f32,
  momentum: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> velocity: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> newWeight: array<f32>;
@group(0) @binding(4) var<storage, read_write> newVelocity: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) {
    let v = params.momentum * velocity[i] - params.rate * (params.weightDecay * weight[i] + gradient[i]);
    newVelocity[i] = v;
    newWeight[i] = weight[i] + v;
  }
}
