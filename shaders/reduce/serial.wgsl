// output[o] = sum, maximum or another reduction of `length` elements, one invocation each output. Outputs and the elements of
// each are walked by extents and strides of up to eight axes, so any set of axes can be reduced.

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

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let o = index_1d(group, groups, local);
  if (o >= params.count) { return; }
  let start = batch_offset(o, params.keptExtents, params.keptStrides);
  var result = single(input[start + batch_offset(0u, params.cutExtents, params.cutStrides)], 0u);
  for (var j = 1u; j < params.length; j++) {
    let bits = input[start + batch_offset(j, params.cutExtents, params.cutStrides)];
    result = combined(result, single(bits, j));
  }
  output[o] = finished(result, params.length);
}
