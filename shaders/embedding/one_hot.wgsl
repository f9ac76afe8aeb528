// output[i, d] = 1 where d is indices[i], else 0. indices [count], output [count][depth]; an index below 0 counts from the back,
// one beyond the depth gives a row of NaN, which shows. One invocation PER elements.

struct Params {
  total: u32,
  depth: u32,
}

override PER: u32 = 1u;

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

fn element(at: u32) -> f32 {
  let given = indices[at / params.depth];
  let index = select(given, given + i32(params.depth), given < 0);
  if (index < 0 || u32(index) >= params.depth) { return quiet_nan(); }
  return select(0.0, 1.0, u32(index) == at % params.depth);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.total);
  for (var i = first; i < end; i++) { output[i] = element(i); }
}
