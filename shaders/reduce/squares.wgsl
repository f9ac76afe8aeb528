// Part sums of squares: partial[i] = Σ input[j]² over j = i, i + parts, i + 2 · parts, …, so that neighbouring invocations
// read neighbouring numbers. One invocation a part.

struct Params {
  count: u32,
  parts: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.parts) { return; }
  var sum = 0.0;
  for (var j = i; j < params.count; j += params.parts) {
    let x = input[j];
    sum += x * x;
  }
  partial[i] = sum;
}
