// output[i] = value, as bits. One invocation PER neighbours.

override PER: u32 = 1u;

struct Params {
  count: u32,
  bits: u32,
}

@group(0) @binding(0) var<storage, read_write> output: array<u32>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) { output[i] = params.bits; }
}
