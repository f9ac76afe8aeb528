// output[m, n] = activate(bias[n] + Σₖ a[m, k] · b[k, n]) as register.wgsl has it, 8 × 8 sums in registers, but straight from
// the operands, four k at a time: for weights that change from run to run, which packing would read and write once more.
// An operand lies ALONG k (each line's elements are neighbours) or across it (each k's are).

override HAS_BIAS: u32 = 0u;
override A_ALONG: u32 = 1u;
override B_ALONG: u32 = 1u;

struct Params {
  rows: u32,
  columns: u32,
  // A fourth of the inner extent.
  inner4: u32,
  rowBlocks: u32,
  columnBlocks: u32,
  // Strides in vec4s: of a line where it lies along k, of k where it lies across.
  aStride: u32,
  bStride: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// Eight lines of four k: column k of `low` holds the first four lines' elements, of `high` those of the others.
struct Eight {
  low: mat4x4<f32>,
  high: mat4x4<f32>,
}

fn a_lines(block8: u32, quad: u32) -> Eight {
  if (A_ALONG == 0u) {
    let at = 4u * quad * params.aStride + 2u * block8;
    let s = params.aStride;
    return Eight(
      mat4x4<f32>(a[at], a[at + s], a[at + 2u * s], a[at + 3u * s]),
      mat4x4<f32>(a[at + 1u], a[at + s + 1u], a[at + 2u * s + 1u], a[at + 3u * s + 1u]),
    );
  }
  let low = min(8u * block8 + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u)) * params.aStride + quad;
  let high = min(8u * block8 + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(params.rows - 1u)) * params.aStride + quad;
  return Eight(
    transpose(mat4x4<f32>(a[low.x], a[low.y], a[low.z], a[low.w])),
    transpose(mat4x4<f32>(a[high.x], a[high.y], a[high.z], a[high.w])),
  );
}

fn b_lines(block8: u32, quad: u32) -> Eight {
  if (B_ALONG == 0u) {
    let at = 4u * quad * params.bStride + 2u * block8;
    let s = params.bStride;
    return Eight(
      mat4x4<f32>(b[at], b[at + s], b[at + 2u * s], b[at + 3u * s]),
      mat4x4<f32>(b[at + 1u], b[at + s + 1u], b[at + 2u * s + 1u], b[at + 3u * s + 1u]),
    );
  }
  let low = min(8u * block8 + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.columns - 1u)) * params.bStride + quad;
  let high = min(8u * block8 + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(params.columns - 1u)) * params.bStride + quad;
  return Eight(
    transpose(mat4x4<f32>(b[low.x], b[low.y], b[low.z], b[low.w])),
    transpose(mat4x4<f32>(b[high.x], b[high.y], b[high.z], b[high.w])),
  );
}

fn put(row: u32, column: u32, value: f32) {
  if (row >= params.rows || column >= params.columns) { return; }
  var sum = value;
  if (HAS_BIAS != 0u) { sum += bias[column]; }
  output[row * params.columns + column] = activate(sum);
}

fn put8(row: u32, column: u32, low: vec4<f32>, high: vec4<f32>) {
  put(row, column, low.x);
  put(row, column + 1u, low.y);
  put(row, column + 2u, low.z);
  put(row, column + 3u, low.w);
  put(row, column + 4u, high.x);
  put(row, column + 5u, high.y);
  put(row, column + 6u, high.z);
  put(row, column + 7u, high.w);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.rowBlocks * params.columnBlocks) { return; }
  let columnBlock = i % params.columnBlocks;
  let rowBlock = i / params.columnBlocks;
  // Four by four sums each: column r of a matrix is row r's.
  var ll = mat4x4<f32>();
  var lh = mat4x4<f32>();
  var hl = mat4x4<f32>();
  var hh = mat4x4<f32>();
  for (var quad = 0u; quad < params.inner4; quad++) {
    let x = a_lines(rowBlock, quad);
    let y = b_lines(columnBlock, quad);
    ll += outer(x.low[0], y.low[0]) + outer(x.low[1], y.low[1]) + outer(x.low[2], y.low[2]) + outer(x.low[3], y.low[3]);
    lh += outer(x.low[0], y.high[0]) + outer(x.low[1], y.high[1]) + outer(x.low[2], y.high[2]) + outer(x.low[3], y.high[3]);
    hl += outer(x.high[0], y.low[0]) + outer(x.high[1], y.low[1]) + outer(x.high[2], y.low[2]) + outer(x.high[3], y.low[3]);
    hh += outer(x.high[0], y.high[0]) + outer(x.high[1], y.high[1]) + outer(x.high[2], y.high[2]) + outer(x.high[3], y.high[3]);
  }
  let row = rowBlock * 8u;
  let column = columnBlock * 8u;
  put8(row, column, ll[0], lh[0]);
  put8(row + 1u, column, ll[1], lh[1]);
  put8(row + 2u, column, ll[2], lh[2]);
  put8(row + 3u, column, ll[3], lh[3]);
  put8(row + 4u, column, hl[0], hh[0]);
  put8(row + 5u, column, hl[1], hh[1]);
  put8(row + 6u, column, hl[2], hh[2]);
  put8(row + 7u, column, hl[3], hh[3]);
}
