// output = input, but for output[…, indices[…, k, …], …], which takes updates[…, k, …]: the element, or added to, multiplied
// with, or the larger or smaller of both. One invocation PER elements of the output, each of which looks through the numbers
// along its axis in order: no two invocations write one element, and of equal numbers the last counts. Indices and updates have
// one shape, in no axis but their own longer than the output's. Numbers below 0 count from the back, those beyond the axis are
// nobody's. Joined with lib/combine.wgsl.

override PER: u32 = 1u;

struct Params {
  count: u32,
  // The axis: its length and stride in the output, and its length and stride in the indices.
  extent: u32,
  stride: u32,
  length: u32,
  step: u32,
  extents: array<vec4<u32>, 2>,
  // Extents and strides of the indices, 1 and 0 along the axis.
  ownExtents: array<vec4<u32>, 2>,
  ownStrides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read> updates: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

fn scattered(i: u32) -> u32 {
  var value = input[i];
  var rest = i;
  var at = 0u;
  for (var n = 0u; n < 8u; n++) {
    let axis = 7u - n;
    let extent = params.extents[axis >> 2u][axis & 3u];
    let coordinate = rest % extent;
    rest /= extent;
    let step = params.ownStrides[axis >> 2u][axis & 3u];
    if (step != 0u && coordinate >= params.ownExtents[axis >> 2u][axis & 3u]) { return value; }
    at += coordinate * step;
  }
  let own = i32(i / params.stride % params.extent);
  for (var k = 0u; k < params.length; k++) {
    let given = indices[at];
    if (select(given, given + i32(params.extent), given < 0) == own) { value = combined(value, updates[at]); }
    at += params.step;
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
