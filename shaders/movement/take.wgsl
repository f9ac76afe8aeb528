// output[o, k, x] = input[o, indices[k], x]: slices of a tensor by their numbers along an axis. input [outer][extent][inner],
// indices [taken], output [outer][taken][inner]. A number below 0 counts from the back; one beyond the axis gives NaN bits,
// which show. Data moves as bits. One invocation PER neighbours.

override PER: u32 = 1u;

struct Params {
  count: u32,
  extent: u32,
  taken: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn taken(i: u32) -> u32 {
  let x = i % params.inner;
  let k = (i / params.inner) % params.taken;
  let o = i / (params.inner * params.taken);
  let given = indices[k];
  let index = select(given, given + i32(params.extent), given < 0);
  if (index < 0 || u32(index) >= params.extent) { return 0x7fc00000u; }
  return input[(o * params.extent + u32(index)) * params.inner + x];
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
