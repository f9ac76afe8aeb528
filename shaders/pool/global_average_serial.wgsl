// output[p] = mean of the plane input[p]. One invocation a plane. input [planes][size], output [planes].

struct Params {
  planes: u32,
  size: u32,
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
  let plane = index_1d(group, groups, local);
  if (plane >= params.planes) { return; }
  var sum = 0.0;
  for (var i = 0u; i < params.size; i++) { sum += input[plane * params.size + i]; }
  output[plane] = sum / f32(params.size);
}
