// Gradient of a convolution by its weights, as a matrix product whose second operand is never written down, for GPUs:
// partial[s, oc, j] = Σₖ cotangent[n, oc, p] · patch(n, j, p), k = n · pixels + p over the s-th span of images and pixels,
// j = (c · kH + ky) · kW + kx. There are few sums and each is long, so the sum is split over workgroups; fold.wgsl adds the
// splits up. A workgroup computes 64 output channels × 64 j of one group and split, as in implicit_gemm.wgsl.

const TILE_M: u32 = 64u;
const TILE_N: u32 = 64u;
const TILE_K: u32 = 16u;

struct Params {
  inChannels: u32,
  inHeight: u32,
  inWidth: u32,
  outChannels: u32,
  outWidth: u32,
  pixels: u32,
  groups: u32,
  inner: u32,
  // Images × pixels, and how many of them one split takes.
  depth: u32,
  span: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  strideHeight: u32,
  strideWidth: u32,
  padTop: u32,
  padLeft: u32,
  dilationHeight: u32,
  dilationWidth: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> cotangent: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> flowTile: array<f32, TILE_K * (TILE_M + 1u)>;
var<workgroup> patchTile: array<f32, TILE_K * (TILE_N + 1u)>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let part = group.z / params.groups;
  let g = group.z % params.groups;
  let outPerGroup = params.outChannels / params.groups;
  let inPerGroup = params.inChannels / params.groups;
  let firstRow = group.y * TILE_M;
  let firstColumn = group.x * TILE_N;
  let plane = params.inHeight * params.inWidth;
  let taps = params.kernelHeight * params.kernelWidth;
  let start = part * params.span;
  let end = min(start + params.span, params.depth);

  var sums: array<array<f32, 4>, 4>;
  for (var first = start; first < end; first += TILE_K) {
    // Neighbouring invocations stage neighbouring pixels, which lie side by side in memory.
    let k = first + index % TILE_K;
    let n = k / params.pixels;
    let p = k % params.pixels;
    let cornerY = (p / params.outWidth) * params.strideHeight - params.padTop;
    let cornerX = (p % params.outWidth) * params.strideWidth - params.padLeft;
    for (var i = index; i < TILE_M * TILE_K; i += 256u) {
      let m = i / TILE_K;
      var value = 0.0;
      if (firstRow + m < outPerGroup && k < end) {
        value = cotangent[(n * params.outChannels + g * outPerGroup + firstRow + m) * params.pixels + p];
      }
      flowTile[(i % TILE_K) * (TILE_M + 1u) + m] = value;
    }
    for (var i = index; i < TILE_N * TILE_K; i += 256u) {
      let j = firstColumn + i / TILE_K;
      let c = j / taps;
      let tap = j % taps;
      // Below 0 wraps around to above the extent, so one comparison catches both edges.
      let y = cornerY + (tap / params.kernelWidth) * params.dilationHeight;
      let x = cornerX + (tap % params.kernelWidth) * params.dilationWidth;
      var value = 0.0;
      if (j < params.inner && k < end && y < params.inHeight && x < params.inWidth) {
        value = input[(n * params.inChannels + g * inPerGroup + c) * plane + y * params.inWidth + x];
      }
      patchTile[(i % TILE_K) * (TILE_N + 1u) + i / TILE_K] = value;
    }
    workgroupBarrier();
    for (var d = 0u; d < TILE_K; d++) {
      var w: array<f32, 4>;
      var v: array<f32, 4>;
      for (var i = 0u; i < 4u; i++) {
        w[i] = flowTile[d * (TILE_M + 1u) + local.y + i * 16u];
        v[i] = patchTile[d * (TILE_N + 1u) + local.x + i * 16u];
      }
      for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
          sums[i][j] = fma(w[i], v[j], sums[i][j]);
        }
      }
    }
    workgroupBarrier();
  }

  for (var i = 0u; i < 4u; i++) {
    let m = firstRow + local.y + i * 16u;
    if (m >= outPerGroup) { continue; }
    let row = (part * params.outChannels + g * outPerGroup + m) * params.inner;
    for (var j = 0u; j < 4u; j++) {
      let column = firstColumn + local.x + j * 16u;
      if (column < params.inner) { partial[row + column] = sums[i][j]; }
    }
  }
}
