// The k first elements of each line in sorted order, with their places, as ranks.wgsl. One invocation a line, which looks k times
// for the next in order. Joined with lib/order.wgsl.

struct Params {
  lines: u32,
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
  let line = index_1d(group, groups, local);
  if (line >= params.lines) { return; }
  let x = line % params.inner;
  let outer = line / params.inner;
  let start = outer * params.extent * params.inner + x;
  var last = 0u;
  var lastPlace = 0u;
  for (var rank = 0u; rank < params.k; rank++) {
    var found = false;
    var best = 0u;
    var place = 0u;
    for (var j = 0u; j < params.extent; j++) {
      let bits = input[start + j * params.inner];
      let after = precedes(last, lastPlace, bits, j);
      if (rank > 0u && !after) { continue; }
      let before = precedes(bits, j, best, place);
      if (!found || before) {
        best = bits;
        place = j;
        found = true;
      }
    }
    let at = (outer * params.k + rank) * params.inner + x;
    values[at] = best;
    indices[at] = i32(place);
    last = best;
    lastPlace = place;
  }
}
