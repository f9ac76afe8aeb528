// The k first elements of each line in sorted order, with their places. input [outer][extent][inner], values and indices
// [outer][k][inner]. One invocation an element of the input, which counts those that come before it: that is where it goes.
// Joined with lib/order.wgsl.

struct Params {
  count: u32,
  extent: u32,
  inner: u32,
  k: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> values: array<u32>;
@group(0) @binding(2) var<storage, read_write> indices: array<i32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let x = i % params.inner;
  let place = (i / params.inner) % params.extent;
  let outer = i / (params.inner * params.extent);
  let start = outer * params.extent * params.inner + x;
  let own = input[i];
  var rank = 0u;
  for (var j = 0u; j < params.extent; j++) {
    let before = precedes(input[start + j * params.inner], j, own, place);
    rank += select(0u, 1u, before);
  }
  if (rank < params.k) {
    let at = (outer * params.k + rank) * params.inner + x;
    values[at] = own;
    indices[at] = i32(place);
  }
}
