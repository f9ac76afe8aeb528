// output[n] = 1 where the label's logit is among the k largest of its row, else 0: where fewer than k others are larger, or
// equal and in front of it. A row in which the label's own logit is NaN is a miss. input [N][C], labels [N]. One invocation a
// row.

struct Params {
  rows: u32,
  classes: u32,
  k: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let row = index_1d(group, groups, local);
  if (row >= params.rows) { return; }
  let label = u32(labels[row]);
  let start = row * params.classes;
  if (label >= params.classes || is_nan(input[start + label])) {
    output[row] = 0.0;
    return;
  }
  let own = input[start + label];
  var ahead = 0u;
  for (var c = 0u; c < params.classes; c++) {
    let x = input[start + c];
    if (x > own || (x == own && c < label)) { ahead++; }
  }
  output[row] = select(0.0, 1.0, ahead < params.k);
}
