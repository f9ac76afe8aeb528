// output = input, but for the slices output[indices[q, 0], …, indices[q, depth − 1]], which take updates[q]: the slice, or added
// to, multiplied with, or the larger or smaller of both. output [slices][inner], indices [tuples][depth], updates
// [tuples][inner]. One invocation PER elements of the output, each of which looks through the tuples in order: no two
// invocations write one element, and of equal tuples the last counts. Numbers below 0 count from the back, tuples beyond the
// axes are nobody's. Joined with lib/combine.wgsl.

override PER: u32 = 1u;

struct Params {
  count: u32,
  tuples: u32,
  depth: u32,
  inner: u32,
  extents: array<vec4<u32>, 2>,
  // In slices.
  strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read> updates: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

// The slice that a tuple names; beyond all where there is none.
fn named(tuple: u32) -> u32 {
  var slice = 0u;
  for (var d = 0u; d < params.depth; d++) {
    let given = indices[tuple * params.depth + d];
    let extent = params.extents[d >> 2u][d & 3u];
    let index = select(given, given + i32(extent), given < 0);
    if (index < 0 || u32(index) >= extent) { return 0xffffffffu; }
    slice += u32(index) * params.strides[d >> 2u][d & 3u];
  }
  return slice;
}

fn scattered(i: u32) -> u32 {
  var value = input[i];
  let slice = i / params.inner;
  for (var q = 0u; q < params.tuples; q++) {
    if (named(q) == slice) { value = combined(value, updates[q * params.inner + i % params.inner]); }
  }
  return value;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) { output[i] = scattered(i); }
}
