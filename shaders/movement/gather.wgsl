// output[…] = input[…] with axes in another order, cut or stepped through: element i of the output, at coordinates x, is
// element offset + Σ x[axis] · stride[axis] of the input. Covers transpose and slice. Data moves as bits. Up to eight axes.
// One invocation an element of the output.

struct Params {
  count: u32,
  offset: i32,
  extents: array<vec4<u32>, 2>,
  strides: array<vec4<i32>, 2>,
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
  var extents = params.extents;
  var strides = params.strides;
  var rest = i;
  var source = params.offset;
  for (var step = 0u; step < 8u; step++) {
    let axis = 7u - step;
    let extent = extents[axis >> 2u][axis & 3u];
    source += i32(rest % extent) * strides[axis >> 2u][axis & 3u];
    rest /= extent;
  }
  output[i] = input[source];
}
