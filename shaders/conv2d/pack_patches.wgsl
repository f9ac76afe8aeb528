// Writes the patches of some images down for register.wgsl and the panels of matrix products: output pixels in blocks of
// eight, zeros beyond the last and outside the image. patches[image][group][block][k] is a pair of vec4s,
// k = (c · kH + ky) · kW + kx, followed by zeros up to `depth`.
// input: [N, C, H, W]. One invocation one input channel of one block: eight corners are worked out once for all taps.

struct Params {
  firstImage: u32,
  images: u32,
  inChannels: u32,
  inHeight: u32,
  inWidth: u32,
  outWidth: u32,
  pixels: u32,
  blocks: u32,
  depth: u32,
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

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> patches: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn take(plane: u32, y: u32, x: u32) -> f32 {
  // Below 0 wraps around to above the extent, so one comparison catches both edges.
  if (y >= params.inHeight || x >= params.inWidth) { return 0.0; }
  return input[plane + y * params.inWidth + x];
}

fn take4(plane: u32, y: vec4<u32>, x: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(take(plane, y.x, x.x), take(plane, y.y, x.y), take(plane, y.z, x.z), take(plane, y.w, x.w));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.images * params.inChannels * params.blocks) { return; }
  let blockIndex = i % params.blocks;
  let channel = (i / params.blocks) % params.inChannels;
  let image = i / (params.blocks * params.inChannels);
  let channels = params.inChannels / params.groups;
  let g = channel / channels;
  let taps = params.kernelHeight * params.kernelWidth;
  let plane = ((params.firstImage + image) * params.inChannels + channel) * params.inHeight * params.inWidth;
  let row = (image * params.groups + g) * params.blocks + blockIndex;
  let inGroup = channel - g * channels;
  var at = (row * params.depth + inGroup * taps) * 2u;

  let low = vec4<u32>(0u, 1u, 2u, 3u) + vec4<u32>(blockIndex * 8u);
  let high = low + vec4<u32>(4u);
  // Pixels beyond the last get a row that no image has.
  let outside = vec4<u32>(0x40000000u);
  let end = vec4<u32>(params.pixels);
  let lowRow = low / params.outWidth;
  let highRow = high / params.outWidth;
  let lowInside = low < end;
  let highInside = high < end;
  let lowY = select(outside, lowRow * params.strideHeight - params.padTop, lowInside);
  let highY = select(outside, highRow * params.strideHeight - params.padTop, highInside);
  let lowX = (low % params.outWidth) * params.strideWidth - params.padLeft;
  let highX = (high % params.outWidth) * params.strideWidth - params.padLeft;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    let dy = ky * params.dilationHeight;
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let dx = kx * params.dilationWidth;
      patches[at] = take4(plane, lowY + dy, lowX + dx);
      patches[at + 1u] = take4(plane, highY + dy, highX + dx);
      at += 2u;
    }
  }
  if (inGroup + 1u == channels) {
    for (var k = channels * taps; k < params.depth; k++) {
      patches[at] = vec4<f32>();
      patches[at + 1u] = vec4<f32>();
      at += 2u;
    }
  }
}
