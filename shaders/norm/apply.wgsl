// output[i] = (input[i] − mean[g]) · invStd[g] · scale + bias, g = i / length; scale and bias are read at (i / block) % size. One
// invocation an element.

override HAS_SCALE: u32 = 0u;
override HAS_BIAS: u32 = 0u;

struct Params {
  count: u32,
  length: u32,
  block: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> invStd: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let g = i / params.length;
  let at = (i / params.block) % params.size;
  var value = (input[i] - mean[g]) * invStd[g];
  if (HAS_SCALE != 0u) { value *= scale[at]; }
  if (HAS_BIAS != 0u) { value += bias[at]; }
  output[i] = value;
}
