// Repacks cotangents of some images for matmul/register.wgsl when it computes the gradient by the weights: output channels
// of a group in blocks of eight, zeros beyond the last. flowPacked[group][block][k] is a pair of vec4s, k = image · pixels + p.
// cotangent: [N, groups · outPerGroup, pixels]. One invocation a pair.

struct Params {
  firstImage: u32,
  images: u32,
  groups: u32,
  outPerGroup: u32,
  blocks: u32,
  pixels: u32,
}

@group(0) @binding(0) var<storage, read> cotangent: array<f32>;
@group(0) @binding(1) var<storage, read_write> flowPacked: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn at(start: u32, channel: u32) -> f32 {
  if (channel >= params.outPerGroup) { return 0.0; }
  return cotangent[start + channel * params.pixels];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  let depth = params.images * params.pixels;
  if (i >= params.groups * params.blocks * depth) { return; }
  let p = i % params.pixels;
  let image = params.firstImage + (i / params.pixels) % params.images;
  let oc = ((i / depth) % params.blocks) * 8u;
  let g = i / (depth * params.blocks);
  let start = (image * params.groups + g) * params.outPerGroup * params.pixels + p;
  flowPacked[i * 2u] = vec4<f32>(at(start, oc), at(start, oc + 1u), at(start, oc + 2u), at(start, oc + 3u));
  flowPacked[i * 2u + 1u] = vec4<f32>(at(start, oc + 4u), at(start, oc + 5u), at(start, oc + 6u), at(start, oc + 7u));
}
