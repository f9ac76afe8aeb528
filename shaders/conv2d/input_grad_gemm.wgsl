// Gradient of a convolution by its input, as a matrix product whose second operand is never written down, for GPUs:
// output[n, c, p] = Σₖ weight[oc, c, tap] · flow(n, k, p), p = y · inWidth + x, k = oc · taps + tap, where flow is the
// cotangent at the output position whose window has p under `tap`, and 0 where there is none. A workgroup computes 64 input
// channels × 64 pixels of one image and group, as in implicit_gemm.wgsl. As a transposed convolution it also adds a bias [C], and
// an activation.

override HAS_BIAS: u32 = 0u;

const TILE_M: u32 = 64u;
const TILE_N: u32 = 64u;
const TILE_K: u32 = 16u;

struct Params {
  inChannels: u32,
  inWidth: u32,
  inPixels: u32,
  outChannels: u32,
  outHeight: u32,
  outWidth: u32,
  groups: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  strideHeight: u32,
  strideWidth: u32,
  padTop: u32,
  padLeft: u32,
  dilationHeight: u32,
  dilationWidth: u32,
}

@group(0) @binding(0) var<storage, read> cotangent: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// One word of padding a row keeps the banks apart while staging.
var<workgroup> weightTile: array<f32, TILE_K * (TILE_M + 1u)>;
var<workgroup> flowTile: array<f32, TILE_K * (TILE_N + 1u)>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let n = group.z / params.groups;
  let g = group.z % params.groups;
  let outPerGroup = params.outChannels / params.groups;
  let inPerGroup = params.inChannels / params.groups;
  let firstRow = group.y * TILE_M;
  let firstPixel = group.x * TILE_N;
  let taps = params.kernelHeight * params.kernelWidth;
  let inner = outPerGroup * taps;
  let plane = params.outHeight * params.outWidth;
  let flowBase = (n * params.outChannels + g * outPerGroup) * plane;

  // Every invocation stages the flow into one pixel only.
  let pixel = firstPixel + index % TILE_N;
  let reachY = pixel / params.inWidth + params.padTop;
  let reachX = pixel % params.inWidth + params.padLeft;

  var sums: array<array<f32, 4>, 4>;
  for (var first = 0u; first < inner; first += TILE_K) {
    for (var i = index; i < TILE_M * TILE_K; i += 256u) {
      let m = i / TILE_K;
      let depth = first + i % TILE_K;
      let oc = depth / taps;
      let tap = depth % taps;
      var value = 0.0;
      if (firstRow + m < inPerGroup && depth < inner) {
        value = weight[((g * outPerGroup + oc) * inPerGroup + firstRow + m) * taps + tap];
      }
      weightTile[(i % TILE_K) * (TILE_M + 1u) + m] = value;
    }
    for (var i = index; i < TILE_N * TILE_K; i += 256u) {
      let depth = first + i / TILE_N;
      let oc = depth / taps;
      let tap = depth % taps;
      // Below 0 wraps around to above every extent, and is left out with the rest.
      let ty = reachY - (tap / params.kernelWidth) * params.dilationHeight;
      let tx = reachX - (tap % params.kernelWidth) * params.dilationWidth;
      let oy = ty / params.strideHeight;
      let ox = tx / params.strideWidth;
      let meets = ty % params.strideHeight == 0u && tx % params.strideWidth == 0u;
      var value = 0.0;
      if (meets && depth < inner && pixel < params.inPixels && oy < params.outHeight && ox < params.outWidth) {
        value = cotangent[flowBase + oc * plane + oy * params.outWidth + ox];
      }
      flowTile[(i / TILE_N) * (TILE_N + 1u) + i % TILE_N] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE_K; k++) {
      var w: array<f32, 4>;
      var v: array<f32, 4>;
      for (var i = 0u; i < 4u; i++) {
        w[i] = weightTile[k * (TILE_M + 1u) + local.y + i * 16u];
        v[i] = flowTile[k * (TILE_N + 1u) + local.x + i * 16u];
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
    if (m >= inPerGroup) { continue; }
    var added = 0.0;
    if (HAS_BIAS != 0u) { added = bias[g * inPerGroup + m]; }
    for (var j = 0u; j < 4u; j++) {
      let p = firstPixel + local.x + j * 16u;
      if (p < params.inPixels) {
        output[(n * params.inChannels + g * inPerGroup + m) * params.inPixels + p] = activate(sums[i][j] + added);
      }
    }
  }
}
