// output[…] = op(a[…], b[…]) with NumPy's broadcasting: element i of the output, at coordinates x, reads a at
// Σ x[axis] · aStrides[axis], b likewise; strides are 0 along stretched axes. Up to eight axes. OP is a code of the table
// BINARY in src/ops/elementwise/binaryRows.ts; numbers are f32 or i32 as the library joined says. One invocation an element of
// the output.

override OP: u32 = 0u;

struct Params {
  count: u32,
  extents: array<vec4<u32>, 2>,
  aStrides: array<vec4<u32>, 2>,
  bStrides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> a: array<Element>;
@group(0) @binding(1) var<storage, read> b: array<Element>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let x = a[batch_offset(i, params.extents, params.aStrides)];
  let y = b[batch_offset(i, params.extents, params.bStrides)];
  output[i] = apply_bits(OP, x, y);
}
