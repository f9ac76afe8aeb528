// output[batch, m, n] = activate(bias[n] + Σₖ a[batch, m, k] · b[batch, k, n]), for GPUs.
// A workgroup computes a TILE_M × TILE_N block; blocks of a and b, TILE_K deep, are staged in workgroup memory, and each
// of the 16 × 16 invocations keeps a 4 × 4 block of sums in registers (rows and columns 16 apart, so that neighbouring
// invocations read neighbouring words). a and b are read with strides: either may be stored transposed.
// Method: S. Boehm, "How to Optimize a CUDA Matmul Kernel for cuBLAS-like Performance" (2022), kernels 3 to 5.

override HAS_BIAS: u32 = 0u;

const TILE_M: u32 = 64u;
const TILE_N: u32 = 64u;
const TILE_K: u32 = 16u;

struct Params {
  rows: u32,
  columns: u32,
  inner: u32,
  batches: u32,
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

// One word of padding a row keeps the banks apart when a is staged transposed.
var<workgroup> aTile: array<f32, TILE_K * (TILE_M + 1u)>;
var<workgroup> bTile: array<f32, TILE_K * (TILE_N + 1u)>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let batch = group.z;
  let firstRow = group.y * TILE_M;
  let firstColumn = group.x * TILE_N;
  let aBase = batch_offset(batch, params.batchExtents, params.aBatch);
  let bBase = batch_offset(batch, params.batchExtents, params.bBatch);

  var sums: array<array<f32, 4>, 4>;
  for (var first = 0u; first < params.inner; first += TILE_K) {
    // The axis that is contiguous in memory varies fastest over the invocations.
    for (var i = index; i < TILE_M * TILE_K; i += 256u) {
      var m = i / TILE_K;
      var k = i % TILE_K;
      if (params.aRow == 1u) {
        m = i % TILE_M;
        k = i / TILE_M;
      }
      var value = 0.0;
      if (firstRow + m < params.rows && first + k < params.inner) {
        value = a[aBase + (firstRow + m) * params.aRow + (first + k) * params.aInner];
      }
      aTile[k * (TILE_M + 1u) + m] = value;
    }
    for (var i = index; i < TILE_N * TILE_K; i += 256u) {
      var n = i % TILE_N;
      var k = i / TILE_N;
      if (params.bInner == 1u) {
        n = i / TILE_K;
        k = i % TILE_K;
      }
      var value = 0.0;
      if (firstColumn + n < params.columns && first + k < params.inner) {
        value = b[bBase + (first + k) * params.bInner + (firstColumn + n) * params.bColumn];
      }
      bTile[k * (TILE_N + 1u) + n] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE_K; k++) {
      var x: array<f32, 4>;
      var y: array<f32, 4>;
      for (var i = 0u; i < 4u; i++) {
        x[i] = aTile[k * (TILE_M + 1u) + local.y + i * 16u];
        y[i] = bTile[k * (TILE_N + 1u) + local.x + i * 16u];
      }
      for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
          sums[i][j] = fma(x[i], y[j], sums[i][j]);
        }
      }
    }
    workgroupBarrier();
  }

  for (var i = 0u; i < 4u; i++) {
    let m = firstRow + local.y + i * 16u;
    if (m >= params.rows) { continue; }
    for (var j = 0u; j < 4u; j++) {
      let n = firstColumn + local.x + j * 16u;
      if (n >= params.columns) { continue; }
      var sum = sums[i][j];
      if (HAS_BIAS != 0u) { sum += bias[n]; }
      output[(batch * params.rows + m) * params.columns + n] = activate(sum);
    }
  }
}
