// output[p] = mean of the plane input[p]. A workgroup sums one plane: each invocation every WORKGROUP-th element, then a
// tree in workgroup memory. input [planes][size], output [planes].

override WORKGROUP: u32 = 64u;

struct Params {
  planes: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let plane = group.y * groups.x + group.x;
  var sum = 0.0;
  if (plane < params.planes) {
    for (var i = local; i < params.size; i += WORKGROUP) { sum += input[plane * params.size + i]; }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u && plane < params.planes) { output[plane] = partial[0] / f32(params.size); }
}
