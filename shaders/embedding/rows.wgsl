// output[i] = weight[indices[i]]: rows of a table. weight [V][width], indices [count], output [count][width]. An index that
// is not of the table gives a row of NaN, which shows; those known before a run are refused. One invocation an element.

struct Params {
  count: u32,
  width: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count * params.width) { return; }
  let row = indices[i / params.width];
  if (row < 0 || u32(row) >= params.vocabulary) {
    output[i] = quiet_nan();
  } else {
    output[i] = weight[u32(row) * params.width + i % params.width];
  }
}
