// output[i] = weight[indices[i]]: rows of a table whose width is a multiple of four, as vec4s. weight [V][width4], indices
// [count], output [count][width4]. An index that is not of the table gives a row of NaN, which shows; those known before a
// run are refused. One invocation a vec4.

struct Params {
  count: u32,
  width4: u32,
  vocabulary: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count * params.width4) { return; }
  let row = indices[i / params.width4];
  if (row < 0 || u32(row) >= params.vocabulary) {
    output[i] = vec4<f32>(quiet_nan());
  } else {
    output[i] = weight[u32(row) * params.width4 + i % params.width4];
  }
}
