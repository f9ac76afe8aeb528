// One input of a concatenation: line l of `input`, `width` numbers long, goes to output[l · outWidth + first …]. Data moves
// as bits. One invocation an element.

struct Params {
  count: u32,
  width: u32,
  outWidth: u32,
  first: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let line = i / params.width;
  output[line * params.outWidth + params.first + (i - line * params.width)] = input[i];
}
