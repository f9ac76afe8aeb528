// The gates' share of a hidden state: sums[b, r] = bias[r] + Σₖ state[b, k] · weightHh[r, k] for `count` rows from `first` on. state
// [B][H], weightHh [rows][H], sums [B][rows]. One invocation a row of a batch item.

override HAS_BIAS: u32 = 0u;

struct Params {
  batch: u32,
  hidden: u32,
  rows: u32,
  first: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> state: array<f32>;
@group(0) @binding(1) var<storage, read> weightHh: array<f32>;
@group(0) @binding(2) var<storage, read> biasHh: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batch * params.count) { return; }
  let b = i / params.count;
  let row = params.first + i % params.count;
  var sum = 0.0;
  if (HAS_BIAS != 0u) { sum = biasHh[row]; }
  for (var k = 0u; k < params.hidden; k++) {
    sum += state[b * params.hidden + k] * weightHh[row * params.hidden + k];
  }
  sums[b * params.rows + row] = sum;
}
