// Writes the patches of some images down for matmul/register.wgsl when it computes the gradient by the weights: taps
// j = (c · kH + ky) · kW + kx of a group in blocks of eight, zeros beyond the last and outside the image.
// tapsPacked[group][block][k] is a pair of vec4s, k = image · pixels + p. input: [N, C, H, W]. One invocation a row of output
// positions of one block: the eight taps are worked out once for all of it.

struct Params {
  firstImage: u32,
  images: u32,
  inChannels: u32,
  inHeight: u32,
  inWidth: u32,
  outHeight: u32,
  outWidth: u32,
  groups: u32,
  inner: u32,
  blocks: u32,
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
@group(0) @binding(1) var<storage, read_write> tapsPacked: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn take(row: u32, x: u32) -> f32 {
  // A row of no image is marked; below 0 wraps around to above the width.
  if (row == 0xffffffffu || x >= params.inWidth) { return 0.0; }
  return input[row + x];
}

fn take4(rows: vec4<u32>, x: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(take(rows.x, x.x), take(rows.y, x.y), take(rows.z, x.z), take(rows.w, x.w));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.groups * params.blocks * params.images * params.outHeight) { return; }
  let oy = i % params.outHeight;
  let image = (i / params.outHeight) % params.images;
  let blockIndex = (i / (params.outHeight * params.images)) % params.blocks;
  let g = i / (params.outHeight * params.images * params.blocks);
  let taps = params.kernelHeight * params.kernelWidth;
  let channels = params.inChannels / params.groups;
  let firstPlane = (params.firstImage + image) * params.inChannels + g * channels;
  let corner = oy * params.strideHeight - params.padTop;

  let low = vec4<u32>(0u, 1u, 2u, 3u) + vec4<u32>(blockIndex * 8u);
  let high = low + vec4<u32>(4u);
  let lowTap = low % taps;
  let highTap = high % taps;
  let lowY = corner + (lowTap / params.kernelWidth) * params.dilationHeight;
  let highY = corner + (highTap / params.kernelWidth) * params.dilationHeight;
  let lowInside = (low < vec4<u32>(params.inner)) & (lowY < vec4<u32>(params.inHeight));
  let highInside = (high < vec4<u32>(params.inner)) & (highY < vec4<u32>(params.inHeight));
  let none = vec4<u32>(0xffffffffu);
  let lowRow = select(none, ((low / taps + firstPlane) * params.inHeight + lowY) * params.inWidth, lowInside);
  let highRow = select(none, ((high / taps + firstPlane) * params.inHeight + highY) * params.inWidth, highInside);
  var lowX = (lowTap % params.kernelWidth) * params.dilationWidth - params.padLeft;
  var highX = (highTap % params.kernelWidth) * params.dilationWidth - params.padLeft;

  let depth = params.images * params.outHeight * params.outWidth;
  let row = (image * params.outHeight + oy) * params.outWidth;
  var at = ((g * params.blocks + blockIndex) * depth + row) * 2u;
  for (var ox = 0u; ox < params.outWidth; ox++) {
    tapsPacked[at] = take4(lowRow, lowX);
    tapsPacked[at + 1u] = take4(highRow, highX);
    lowX += vec4<u32>(params.strideWidth);
    highX += vec4<u32>(params.strideWidth);
    at += 2u;
  }
}
