// Repacks weights for register.wgsl when it computes the gradient by the input: input channels of a group in blocks of
// eight, zeros beyond the last. weightPacked[group][block][k] is a pair of vec4s, k = oc · taps + tap.
// weight: [groups · outPerGroup][inPerGroup][taps]. One invocation a pair.

struct Params {
  groups: u32,
  outPerGroup: u32,
  inPerGroup: u32,
  taps: u32,
  blocks: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> weightPacked: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn at(oc: u32, channel: u32, tap: u32) -> f32 {
  if (channel >= params.inPerGroup) { return 0.0; }
  return weight[(oc * params.inPerGroup + channel) * params.taps + tap];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  let inner = params.outPerGroup * params.taps;
  if (i >= params.groups * params.blocks * inner) { return; }
  let tap = i % params.taps;
  let c = ((i / inner) % params.blocks) * 8u;
  let oc = (i / (inner * params.blocks)) * params.outPerGroup + (i / params.taps) % params.outPerGroup;
  weightPacked[i * 2u] = vec4<f32>(at(oc, c, tap), at(oc, c + 1u, tap), at(oc, c + 2u, tap), at(oc, c + 3u, tap));
  weightPacked[i * 2u + 1u] = vec4<f32>(at(oc, c + 4u, tap), at(oc, c + 5u, tap), at(oc, c + 6u, tap), at(oc, c + 7u, tap));
}
