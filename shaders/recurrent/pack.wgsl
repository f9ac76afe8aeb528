// Weights with the gates side by side: packed [columns][rows] from weight [rows][columns]. An invocation takes a row's element
// of every groups.y-th column.

override WORKGROUP: u32 = 64u;

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x;
  if (row >= params.rows) { return; }
  for (var column = id.y; column < params.columns; column += groups.y) {
    packed[column * params.rows + row] = weight[row * params.columns + column];
  }
}
