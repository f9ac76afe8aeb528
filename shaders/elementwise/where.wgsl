// output[…] = a[…] where condition[…] is not 0, else b[…], with NumPy's broadcasting: element i of the output, at coordinates
// x, reads an operand at Σ x[axis] · strides[axis], with strides of 0 along stretched axes. Data moves as bits; the condition
// is f32 or i32. An operand left out is 0. Up to eight axes. One invocation an element of the output.

override FLOAT: u32 = 1u;
override HAS_A: u32 = 1u;
override HAS_B: u32 = 1u;

struct Params {
  count: u32,
  extents: array<vec4<u32>, 2>,
  conditionStrides: array<vec4<u32>, 2>,
  aStrides: array<vec4<u32>, 2>,
  bStrides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> condition: array<u32>;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> output: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  var bits = condition[batch_offset(i, params.extents, params.conditionStrides)];
  // -0 is 0.
  if (FLOAT != 0u) { bits &= 0x7fffffffu; }
  var value = 0u;
  if (bits != 0u) {
    if (HAS_A != 0u) { value = a[batch_offset(i, params.extents, params.aStrides)]; }
  } else if (HAS_B != 0u) {
    value = b[batch_offset(i, params.extents, params.bStrides)];
  }
  output[i] = value;
}
