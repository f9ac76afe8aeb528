// output[batch, m, n] = activate(bias[n] + Σₖ a[batch, m, k] · b[batch, k, n]), for adapters on which a load is dear and
// workgroup memory no cheaper than any other: software ones. Each invocation keeps an 8 × 8 block of sums in registers, so
// that 16 numbers loaded feed 64 multiply-adds. Loops over the block are written out: a software adapter's compiler
// neither unrolls nor keeps an indexed array in registers.
// aPacked, bPacked: [batch][block of 8 lines][k] pairs of vec4s, as pack.wgsl writes them.

override HAS_BIAS: u32 = 0u;
// Adds to what the output holds: a sum whose terms are packed in turns.
override ACCUMULATE: u32 = 0u;

struct Params {
  rows: u32,
  columns: u32,
  inner: u32,
  batches: u32,
  rowBlocks: u32,
  columnBlocks: u32,
  // 0 where one matrix serves all batches.
  aBatchBlocks: u32,
  bBatchBlocks: u32,
}

@group(0) @binding(0) var<storage, read> aPacked: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bPacked: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn put(row: u32, at: u32, column: u32, value: f32) {
  if (row >= params.rows || column >= params.columns) { return; }
  var sum = value;
  if (HAS_BIAS != 0u) { sum += bias[column]; }
  if (ACCUMULATE != 0u) { sum += output[at + column]; }
  output[at + column] = activate(sum);
}

fn put8(batch: u32, row: u32, column: u32, low: vec4<f32>, high: vec4<f32>) {
  let at = (batch * params.rows + row) * params.columns;
  put(row, at, column, low.x);
  put(row, at, column + 1u, low.y);
  put(row, at, column + 2u, low.z);
  put(row, at, column + 3u, low.w);
  put(row, at, column + 4u, high.x);
  put(row, at, column + 5u, high.y);
  put(row, at, column + 6u, high.z);
  put(row, at, column + 7u, high.w);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batches * params.rowBlocks * params.columnBlocks) { return; }
  let columnBlock = i % params.columnBlocks;
  let rowBlock = (i / params.columnBlocks) % params.rowBlocks;
  let batch = i / (params.columnBlocks * params.rowBlocks);
  var pa = (batch * params.aBatchBlocks + rowBlock) * params.inner * 2u;
  var pb = (batch * params.bBatchBlocks + columnBlock) * params.inner * 2u;

  var s0l = vec4<f32>(); var s0h = vec4<f32>();
  var s1l = vec4<f32>(); var s1h = vec4<f32>();
  var s2l = vec4<f32>(); var s2h = vec4<f32>();
  var s3l = vec4<f32>(); var s3h = vec4<f32>();
  var s4l = vec4<f32>(); var s4h = vec4<f32>();
  var s5l = vec4<f32>(); var s5h = vec4<f32>();
  var s6l = vec4<f32>(); var s6h = vec4<f32>();
  var s7l = vec4<f32>(); var s7h = vec4<f32>();
  for (var k = 0u; k < params.inner; k++) {
    let al = aPacked[pa];
    let ah = aPacked[pa + 1u];
    let bl = bPacked[pb];
    let bh = bPacked[pb + 1u];
    s0l += al.x * bl; s0h += al.x * bh;
    s1l += al.y * bl; s1h += al.y * bh;
    s2l += al.z * bl; s2h += al.z * bh;
    s3l += al.w * bl; s3h += al.w * bh;
    s4l += ah.x * bl; s4h += ah.x * bh;
    s5l += ah.y * bl; s5h += ah.y * bh;
    s6l += ah.z * bl; s6h += ah.z * bh;
    s7l += ah.w * bl; s7h += ah.w * bh;
    pa += 2u;
    pb += 2u;
  }

  let row = rowBlock * 8u;
  let column = columnBlock * 8u;
  put8(batch, row, column, s0l, s0h);
  put8(batch, row + 1u, column, s1l, s1h);
  put8(batch, row + 2u, column, s2l, s2h);
  put8(batch, row + 3u, column, s3l, s3h);
  put8(batch, row + 4u, column, s4l, s4h);
  put8(batch, row + 5u, column, s5l, s5h);
  put8(batch, row + 6u, column, s6l, s6h);
  put8(batch, row + 7u, column, s7l, s7h);
}
