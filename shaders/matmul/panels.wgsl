// output[batch, m, n] = activate(bias + Σₖ a[batch, m, k] · b[batch, k, n]), for software adapters with subgroups. There a
// load is worth some ten multiply-adds, whatever it reads, and a swap of values within a quad is worth one. So the four
// invocations of a quad, which compute the same 16 rows at 8 columns each, load a quarter of a's numbers each and hand them
// on: in turn j of four, an invocation multiplies a and b at k = 4 · step + (lane xor j), and the turns add up to every k.
// aPacked: [matrix][block of 16 rows][k], bPacked: [matrix][block of 8 columns][k], the lines of a block side by side, k up to
// a multiple of four, zeros beyond the last line and the last k, as pack.wgsl writes them.
enable subgroups;

// 0 none, 1 one for each column, 2 one for each row of each of a's matrices.
override BIAS: u32 = 0u;

struct Params {
  rows: u32,
  columns: u32,
  // A fourth of the packed inner extent.
  steps: u32,
  batches: u32,
  // The matrix of the output that batch 0 is.
  firstBatch: u32,
  rowBlocks: u32,
  columnBlocks: u32,
  // columnBlocks up to a multiple of four, so that a quad keeps to its rows.
  columnLanes: u32,
  // Batch i takes a's matrix i mod aMatrices, and b's likewise.
  aMatrices: u32,
  bMatrices: u32,
}

@group(0) @binding(0) var<storage, read> aPacked: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bPacked: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn put(at: u32, column: u32, value: f32, rowBias: f32) {
  if (column >= params.columns) { return; }
  var sum = value + rowBias;
  if (BIAS == 1u) { sum += bias[column]; }
  output[at + column] = activate(sum);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) invocation: u32,
) {
  let i = index_1d(group, groups, local);
  let lane = invocation & 3u;
  let columnLane = i % params.columnLanes;
  // Quads take part as a whole, beyond the last block too: there they compute it again and keep it to themselves.
  let columnBlock = min(columnLane, params.columnBlocks - 1u);
  let rowBlock = (i / params.columnLanes) % params.rowBlocks;
  let batchOf = i / (params.columnLanes * params.rowBlocks);
  let batch = min(batchOf, params.batches - 1u);
  var pa = ((batch % params.aMatrices) * params.rowBlocks + rowBlock) * params.steps * 16u + lane * 4u;
  let pb = ((batch % params.bMatrices) * params.columnBlocks + columnBlock) * params.steps * 8u;
  var p0 = pb + lane * 2u;
  var p1 = pb + (lane ^ 1u) * 2u;
  var p2 = pb + (lane ^ 2u) * 2u;
  var p3 = pb + (lane ^ 3u) * 2u;

  // Four rows by four columns each: column r of a matrix is row r's.
  var s0l = mat4x4<f32>(); var s0h = mat4x4<f32>();
  var s1l = mat4x4<f32>(); var s1h = mat4x4<f32>();
  var s2l = mat4x4<f32>(); var s2h = mat4x4<f32>();
  var s3l = mat4x4<f32>(); var s3h = mat4x4<f32>();
  for (var step = 0u; step < params.steps; step++) {
    let b0l = bPacked[p0]; let b0h = bPacked[p0 + 1u];
    let b1l = bPacked[p1]; let b1h = bPacked[p1 + 1u];
    let b2l = bPacked[p2]; let b2h = bPacked[p2 + 1u];
    let b3l = bPacked[p3]; let b3h = bPacked[p3 + 1u];
    let x0 = aPacked[pa];
    let x0x = quadSwapX(x0); let x0y = quadSwapY(x0); let x0d = quadSwapDiagonal(x0);
    s0l += outer(x0, b0l) + outer(x0x, b1l) + outer(x0y, b2l) + outer(x0d, b3l);
    s0h += outer(x0, b0h) + outer(x0x, b1h) + outer(x0y, b2h) + outer(x0d, b3h);
    let x1 = aPacked[pa + 1u];
    let x1x = quadSwapX(x1); let x1y = quadSwapY(x1); let x1d = quadSwapDiagonal(x1);
    s1l += outer(x1, b0l) + outer(x1x, b1l) + outer(x1y, b2l) + outer(x1d, b3l);
    s1h += outer(x1, b0h) + outer(x1x, b1h) + outer(x1y, b2h) + outer(x1d, b3h);
    let x2 = aPacked[pa + 2u];
    let x2x = quadSwapX(x2); let x2y = quadSwapY(x2); let x2d = quadSwapDiagonal(x2);
    s2l += outer(x2, b0l) + outer(x2x, b1l) + outer(x2y, b2l) + outer(x2d, b3l);
    s2h += outer(x2, b0h) + outer(x2x, b1h) + outer(x2y, b2h) + outer(x2d, b3h);
    let x3 = aPacked[pa + 3u];
    let x3x = quadSwapX(x3); let x3y = quadSwapY(x3); let x3d = quadSwapDiagonal(x3);
    s3l += outer(x3, b0l) + outer(x3x, b1l) + outer(x3y, b2l) + outer(x3d, b3l);
    s3h += outer(x3, b0h) + outer(x3x, b1h) + outer(x3y, b2h) + outer(x3d, b3h);
    pa += 16u;
    p0 += 8u;
    p1 += 8u;
    p2 += 8u;
    p3 += 8u;
  }
  if (columnLane >= params.columnBlocks || batchOf >= params.batches) { return; }

  // Out of registers only now: a software adapter keeps an indexed array in memory.
  var low = array<mat4x4<f32>, 4>(s0l, s1l, s2l, s3l);
  var high = array<mat4x4<f32>, 4>(s0h, s1h, s2h, s3h);
  let column = columnBlock * 8u;
  for (var r = 0u; r < 16u; r++) {
    let row = rowBlock * 16u + r;
    if (row >= params.rows) { break; }
    var rowBias = 0.0;
    if (BIAS == 2u) { rowBias = bias[(batch % params.aMatrices) * params.rows + row]; }
    let at = ((params.firstBatch + batch) * params.rows + row) * params.columns;
    let l = low[r >> 2u][r & 3u];
    let h = high[r >> 2u][r & 3u];
    put(at, column, l.x, rowBias);
    put(at, column + 1u, l.y, rowBias);
    put(at, column + 2u, l.z, rowBias);
    put(at, column + 3u, l.w, rowBias);
    put(at, column + 4u, h.x, rowBias);
    put(at, column + 5u, h.y, rowBias);
    put(at, column + 6u, h.z, rowBias);
    put(at, column + 7u, h.w, rowBias);
  }
}
