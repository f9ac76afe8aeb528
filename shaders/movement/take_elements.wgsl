// output[…, k, …] = input[…, indices[…, k, …], …]: elements by their numbers along one axis. Output and indices have one shape,
// `extents`; the input, read by `strides`, has the same number of axes, none shorter but the one of the numbers. A number below
// 0 counts from the back; one beyond the axis gives NaN bits, which show. Data moves as bits. One invocation PER neighbours.

override PER: u32 = 1u;

struct Params {
  count: u32,
  // Length and stride of the input along the axis of the numbers, whose stride in `strides` is 0.
  extent: u32,
  stride: u32,
  extents: array<vec4<u32>, 2>,
  strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn taken(i: u32) -> u32 {
  let given = indices[i];
  let index = select(given, given + i32(params.extent), given < 0);
  if (index < 0 || u32(index) >= params.extent) { return 0x7fc00000u; }
  return input[batch_offset(i, params.extents, params.strides) + u32(index) * params.stride];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) { output[i] = taken(i); }
}
