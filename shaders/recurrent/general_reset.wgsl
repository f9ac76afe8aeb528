// The hidden state as a GRU resets it before the product: resetState[b, j] = r · hidden[b, j]. Rows of the step are found as in
// general_cells.wgsl. One invocation a hidden unit of a batch item. Joined with lib/cell_general.wgsl and lib/step_row.wgsl.

struct Params {
  step: u32,
  steps: u32,
  batch: u32,
  hidden: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read> hiddenState: array<f32>;
@group(0) @binding(4) var<storage, read_write> resetState: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batch * params.hidden) { return; }
  let b = i / params.hidden;
  let j = i % params.hidden;
  let row = step_of(b) * params.batch + b;
  let reset = gate(projected[row * 3u * params.hidden + j] + sums[b * 3u * params.hidden + j]);
  resetState[i] = reset * hiddenState[i];
}
