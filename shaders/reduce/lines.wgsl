// output[o] = sum or mean of the `length` neighbouring numbers from o · length on: reductions over the last axes. One
// invocation an output, four running sums, so that additions need not wait for each other.

override MEAN: u32 = 0u;

struct Params {
  count: u32,
  length: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let o = index_1d(group, groups, local);
  if (o >= params.count) { return; }
  let start = o * params.length;
  let end = start + params.length;
  let whole = start + params.length / 4u * 4u;
  var sums = vec4<f32>();
  for (var i = start; i < whole; i += 4u) { sums += vec4<f32>(input[i], input[i + 1u], input[i + 2u], input[i + 3u]); }
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
  for (var i = whole; i < end; i++) { sum += input[i]; }
  if (MEAN != 0u) { sum /= f32(params.length); }
  output[o] = sum;
}
