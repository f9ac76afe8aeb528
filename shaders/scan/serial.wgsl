// output[o, k, x] = the sum (or product) of input[o, j, x] over j ≤ k; over j < k where EXCLUSIVE, and from the other end where
// REVERSE. Tensors are [outer][extent][inner]. One invocation a line along the axis. Joined with lib/scan.wgsl.

struct Params {
  lines: u32,
  extent: u32,
  inner: u32,
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
  let line = index_1d(group, groups, local);
  if (line >= params.lines) { return; }
  let start = line / params.inner * params.extent * params.inner + line % params.inner;
  var at = origin(start, params.extent, params.inner);
  let step = pace(params.inner);
  var total = nothing();
  for (var j = 0u; j < params.extent; j++) {
    let next = joined(total, input[at]);
    output[at] = select(next, total, EXCLUSIVE != 0u);
    total = next;
    at += step;
  }
}
