// output[batch, m, n] = activate(bias[n] + Σₖ a[batch, m, k] · b[batch, k, n]), by the definition.
// a and b are read with strides, so either may be stored transposed. One invocation an element of the output.
// b may be bound in part: then columns count from firstColumn, and `columns` of them are computed.

override HAS_BIAS: u32 = 0u;

struct Params {
  rows: u32,
  columns: u32,
  inner: u32,
  batches: u32,
  firstColumn: u32,
  outColumns: u32,
  aRow: u32,
  aInner: u32,
  bInner: u32,
  bColumn: u32,
  batchExtents: array<vec4<u32>, 2>,
  aBatch: array<vec4<u32>, 2>,
  bBatch: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batches * params.rows * params.columns) { return; }
  let n = i % params.columns;
  let m = (i / params.columns) % params.rows;
  let batch = i / (params.columns * params.rows);
  let at = batch_offset(batch, params.batchExtents, params.aBatch) + m * params.aRow;
  let bt = batch_offset(batch, params.batchExtents, params.bBatch) + n * params.bColumn;
  var sum = 0.0;
  for (var k = 0u; k < params.inner; k++) {
    sum += a[at + k * params.aInner] * b[bt + k * params.bInner];
  }
  let column = params.firstColumn + n;
  if (HAS_BIAS != 0u) { sum += bias[column]; }
  output[(batch * params.rows + m) * params.outColumns + column] = activate(sum);
}
