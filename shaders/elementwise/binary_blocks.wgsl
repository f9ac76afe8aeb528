// output[i] = op(a[i], b[i]) where both operands advance in step or repeat in blocks: a is read at
// (i / aBlock) % aSize, b at (i / bBlock) % bSize. That covers equal shapes (block 1, size count), a scalar (size 1), a row
// (block 1, size of the row) and a bias of channels (block H·W, size C). OP is a code of the table BINARY in
// src/ops/elementwise/binaryRows.ts; numbers are f32 or i32 as the library joined says. One invocation four neighbouring elements.

override OP: u32 = 0u;

struct Params {
  count: u32,
  aBlock: u32,
  aSize: u32,
  bBlock: u32,
  bSize: u32,
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
  let first = index_1d(group, groups, local) * 4u;
  let end = min(first + 4u, params.count);
  for (var i = first; i < end; i++) {
    let x = a[(i / params.aBlock) % params.aSize];
    let y = b[(i / params.bBlock) % params.bSize];
    output[i] = apply_bits(OP, x, y);
  }
}
