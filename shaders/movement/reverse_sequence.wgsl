// output[…, t, …] = input[…, length − 1 − t, …] for the steps t of a batch item that lie within its length, and as they are beyond
// it. Data moves as bits. One invocation PER neighbours.

override PER: u32 = 1u;

struct Params {
  count: u32,
  steps: u32,
  // Elements between neighbouring steps, and between neighbouring batch items.
  stepStride: u32,
  batch: u32,
  batchStride: u32,
}

@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read> lengths: array<i32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

fn source_of(i: u32) -> u32 {
  let t = (i / params.stepStride) % params.steps;
  let length = lengths[(i / params.batchStride) % params.batch];
  if (i32(t) >= length) { return i; }
  let from_step = min(u32(length), params.steps) - 1u - t;
  return i - t * params.stepStride + from_step * params.stepStride;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = index_1d(group, groups, local) * PER;
  let end = min(first + PER, params.count);
  for (var i = first; i < end; i++) {
    let source = source_of(i);
    output[i] = input[source];
  }
}
