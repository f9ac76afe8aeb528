// Convolution as a matrix product whose second operand is never written down, for GPUs:
// output[n, oc, p] = activate(bias[oc] + Σₖ weight[oc, k] · patch(n, k, p)), p = oy · outWidth + ox,
// k = (c · kH + ky) · kW + kx. A workgroup computes 64 output channels × 64 pixels of one image and group; tiles of the
// weights and of the patches, 16 deep, are staged in workgroup memory; an invocation keeps a 4 × 4 block of sums.
// Method: S. Chetlur et al., "cuDNN: Efficient Primitives for Deep Learning" (2014), section 3.

override HAS_BIAS: u32 = 0u;

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
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

// One word of padding a row keeps the banks apart while staging.
var<workgroup> weightTile: array<f32, TILE_K * (TILE_M + 1u)>;
var<workgroup> patchTile: array<f32, TILE_K * (TILE_N + 1u)>;

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
  let plane = params.inHeight * params.inWidth;
  let inputBase = (n * params.inChannels + g * inPerGroup) * plane;
  let weightBase = g * outPerGroup * params.inner;
  let taps = params.kernelHeight * params.kernelWidth;

  // Every invocation stages patches of one pixel only, so that its corner is worked out once.
  let pixel = firstPixel + index % TILE_N;
  let cornerY = (pixel / params.outWidth) * params.strideHeight - params.padTop;
  let cornerX = (pixel % params.outWidth) * params.strideWidth - params.padLeft;

  var sums: array<array<f32, 4>, 4>;
  for (var first = 0u; first < params.inner; first += TILE_K) {
    for (var i = index; i < TILE_M * TILE_K; i += 256u) {
      let m = i / TILE_K;
      let k = i % TILE_K;
      var value = 0.0;
      if (firstRow + m < outPerGroup && first + k < params.inner) {
        value = weight[weightBase + (firstRow + m) * params.inner + first + k];
      }
      weightTile[k * (TILE_M + 1u) + m] = value;
    }
    for (var i = index; i < TILE_N * TILE_K; i += 256u) {
      let depth = first + i / TILE_N;
      let c = depth / taps;
      let tap = depth % taps;
      // Below 0 wraps around to above the extent, so one comparison catches both edges.
      let y = cornerY + (tap / params.kernelWidth) * params.dilationHeight;
      let x = cornerX + (tap % params.kernelWidth) * params.dilationWidth;
      var value = 0.0;
      if (depth < params.inner && pixel < params.pixels && y < params.inHeight && x < params.inWidth) {
        value = input[inputBase + c * plane + y * params.inWidth + x];
      }
      patchTile[(i / TILE_N) * (TILE_N + 1u) + i % TILE_N] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE_K; k++) {
      var w: array<f32, 4>;
      var v: array<f32, 4>;
      for (var i = 0u; i < 4u; i++) {
        w[i] = weightTile[k * (TILE_M + 1u) + local.y + i * 16u];
        v[i] = patchTile[k * (TILE_N + 1u) + local.x + i * 16u];
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
    let oc = g * outPerGroup + m;
    var offset = 0.0;
    if (HAS_BIAS != 0u) { offset = bias[oc]; }
    for (var j = 0u; j < 4u; j++) {
      let p = firstPixel + local.x + j * 16u;
      if (p < params.pixels) {
        output[(n * params.outChannels + oc) * params.pixels + p] = activate(sums[i][j] + offset);
      }
    }
  }
}
