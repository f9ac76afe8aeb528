// Repacks weights for register.wgsl: output channels of a group in blocks of eight, zeros beyond the last, so that at each
// step of the inner index a block is two whole vec4s. weightPacked[group][block][k] is a pair of vec4s.
// weight: [groups · outPerGroup][inner]. One invocation a pair.

struct Params {
  groups: u32,
  outPerGroup: u32,
  blocks: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> weightPacked: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn at(group: u32, channel: u32, k: u32) -> f32 {
  if (channel >= params.outPerGroup) { return 0.0; }
  return weight[(group * params.outPerGroup + channel) * params.inner + k];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.groups * params.blocks * params.inner) { return; }
  let k = i % params.inner;
  let oc = ((i / params.inner) % params.blocks) * 8u;
  let g = i / (params.inner * params.blocks);
  weightPacked[i * 2u] = vec4<f32>(at(g, oc, k), at(g, oc + 1u, k), at(g, oc + 2u, k), at(g, oc + 3u, k));
  weightPacked[i * 2u + 1u] = vec4<f32>(at(g, oc + 4u, k), at(g, oc + 5u, k), at(g, oc + 6u, k), at(g, oc + 7u, k));
}
