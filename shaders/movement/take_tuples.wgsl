// output[b, q, x] = input[b, indices[b, q, 0], …, indices[b, q, depth − 1], x]: slices by tuples of numbers. input
// [batch][extents …][inner], indices [batch][tuples][depth], output [batch][tuples][inner]. A number below 0 counts from the
// back; one beyond its axis gives NaN bits, which show. Data moves as bits. One invocation PER neighbours.

override PER: u32 = 1u;

struct Params {
  count: u32,
  tuples: u32,
  depth: u32,
  inner: u32,
  // Elements of the input that belong to one batch item.
  item: u32,
  extents: array<vec4<u32>, 2>,
  strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn taken(i: u32) -> u32 {
  let x = i % params.inner;
  let tuple = i / params.inner;
  var source = tuple / params.tuples * params.item + x;
  for (var d = 0u; d < params.depth; d++) {
    let given = indices[tuple * params.depth + d];
    let extent = params.extents[d >> 2u][d & 3u];
    let index = select(given, given + i32(extent), given < 0);
    if (index < 0 || u32(index) >= extent) { return 0x7fc00000u; }
    source += u32(index) * params.strides[d >> 2u][d & 3u];
  }
  return input[source];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) { output[i] = taken(i); }
}
