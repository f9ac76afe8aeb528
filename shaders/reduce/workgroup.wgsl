// output[o] = sum, maximum or another reduction of `length` elements, a workgroup each output: every invocation takes every
// WORKGROUP-th element, then a tree in workgroup memory. Outputs and elements are walked by extents and strides
// of up to eight axes, so any set of axes can be reduced.

override WORKGROUP: u32 = 64u;

struct Params {
  count: u32,
  length: u32,
  keptExtents: array<vec4<u32>, 2>,
  keptStrides: array<vec4<u32>, 2>,
  cutExtents: array<vec4<u32>, 2>,
  cutStrides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> values: array<u32, WORKGROUP>;
var<workgroup> places: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let o = group.y * groups.x + group.x;
  let inside = o < params.count;
  let start = batch_offset(min(o, params.count - 1u), params.keptExtents, params.keptStrides);
  let own = local < params.length;
  let first = select(0u, local, own);
  let bits = input[start + batch_offset(first, params.cutExtents, params.cutStrides)];
  var result = single(bits, first);
  if (!own) { result = empty(bits, first); }
  for (var j = local + WORKGROUP; j < params.length; j += WORKGROUP) {
    let next = input[start + batch_offset(j, params.cutExtents, params.cutStrides)];
    result = combined(result, single(next, j));
  }
  values[local] = result.bits;
  places[local] = result.place;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      result = combined(Running(values[local], places[local]), Running(values[local + half], places[local + half]));
      values[local] = result.bits;
      places[local] = result.place;
    }
    workgroupBarrier();
  }
  if (local == 0u && inside) { output[o] = finished(Running(values[0], places[0]), params.length); }
}
