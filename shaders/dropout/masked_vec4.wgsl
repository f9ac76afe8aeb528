// output[i] = input[i] · mask[i] · scale, four at a time (the last four may reach into the buffers' padding, which is
// nobody's). One invocation four elements. Without a mask every unit remains.

override MASKED: u32 = 1u;

struct Params {
  count4: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> mask: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count4) { return; }
  var value = input[i];
  if (MASKED != 0u) { value *= mask[i]; }
  output[i] = value * params.scale;
}
