// Weights with the gates side by side: packed [columns][rows] from weight [rows][columns]. One invocation an element.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.rows * params.columns) { return; }
  packed[i] = weight[(i % params.rows) * params.columns + i / params.rows];
}
