// Groups of neighbouring elements normalised: output[i] = (input[i] − mean) · invStd · scale + bias, with mean and invStd =
// 1 / √(variance + eps) of the group of `length` elements that i belongs to, which are written too; scale and bias are read at
// (i / block) % size. A workgroup takes a group: two sums by a tree in workgroup memory, of the elements and of the squares of
// what they differ from their mean by, and then the result.

override WORKGROUP: u32 = 64u;
override HAS_SCALE: u32 = 0u;
override HAS_BIAS: u32 = 0u;

struct Params {
  groups: u32,
  length: u32,
  block: u32,
  size: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> invStd: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let g = group.y * groups.x + group.x;
  let inside = g < params.groups;
  let start = min(g, params.groups - 1u) * params.length;
  let end = start + params.length;

  var sum = 0.0;
  for (var i = start + local; i < end; i += WORKGROUP) { sum += input[i]; }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { sums[local] += sums[local + half]; }
    workgroupBarrier();
  }
  let centre = sums[0] / f32(params.length);
  workgroupBarrier();

  sum = 0.0;
  for (var i = start + local; i < end; i += WORKGROUP) {
    let d = input[i] - centre;
    sum += d * d;
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { sums[local] += sums[local + half]; }
    workgroupBarrier();
  }
  let inverse = inverseSqrt(sums[0] / f32(params.length) + params.eps);

  if (!inside) { return; }
  if (local == 0u) {
    mean[g] = centre;
    invStd[g] = inverse;
  }
  for (var i = start + local; i < end; i += WORKGROUP) {
    let at = (i / params.block) % params.size;
    var value = (input[i] - centre) * inverse;
    if (HAS_SCALE != 0u) { value *= scale[at]; }
    if (HAS_BIAS != 0u) { value += bias[at]; }
    output[i] = value;
  }
}
