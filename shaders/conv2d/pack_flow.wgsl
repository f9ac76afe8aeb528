// Writes down what flows into the pixels of some images, for register.wgsl when it computes the gradient by the input: input
// pixels in blocks of eight. patches[image][group][block][k] is a pair of vec4s, k = oc · taps + tap: the cotangent of oc at
// the output position whose window has the pixel under `tap`; zeros where there is none, and beyond the last pixel.
// cotangent: [N, O, outH, outW]. One invocation one output channel of one block.

// Whether the convolution has a stride: without one there is nothing to divide.
override STRIDED: u32 = 1u;

struct Params {
  firstImage: u32,
  images: u32,
  outChannels: u32,
  outHeight: u32,
  outWidth: u32,
  inWidth: u32,
  pixels: u32,
  blocks: u32,
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
@group(0) @binding(1) var<storage, read_write> patches: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

fn take(plane: u32, y: u32, x: u32) -> f32 {
  // Below 0 wraps around to above every extent, and is left out with the rest.
  var oy = y;
  var ox = x;
  if (STRIDED != 0u) {
    oy = y / params.strideHeight;
    ox = x / params.strideWidth;
    if (oy * params.strideHeight != y || ox * params.strideWidth != x) { return 0.0; }
  }
  if (oy >= params.outHeight || ox >= params.outWidth) { return 0.0; }
  return cotangent[plane + oy * params.outWidth + ox];
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
  if (i >= params.images * params.outChannels * params.blocks) { return; }
  let blockIndex = i % params.blocks;
  let channel = (i / params.blocks) % params.outChannels;
  let image = i / (params.blocks * params.outChannels);
  let channels = params.outChannels / params.groups;
  let g = channel / channels;
  let taps = params.kernelHeight * params.kernelWidth;
  let plane = ((params.firstImage + image) * params.outChannels + channel) * params.outHeight * params.outWidth;
  let row = (image * params.groups + g) * params.blocks + blockIndex;
  var at = (row * channels + channel - g * channels) * taps * 2u;

  let low = vec4<u32>(0u, 1u, 2u, 3u) + vec4<u32>(blockIndex * 8u);
  let high = low + vec4<u32>(4u);
  // Pixels beyond the last get a row that no output has.
  let outside = vec4<u32>(0x40000000u);
  let end = vec4<u32>(params.pixels);
  let lowY = select(outside, low / params.inWidth + params.padTop, low < end);
  let highY = select(outside, high / params.inWidth + params.padTop, high < end);
  let lowX = low % params.inWidth + params.padLeft;
  let highX = high % params.inWidth + params.padLeft;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    let dy = ky * params.dilationHeight;
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let dx = kx * params.dilationWidth;
      patches[at] = take4(plane, lowY - dy, lowX - dx);
      patches[at + 1u] = take4(plane, highY - dy, highX - dx);
      at += 2u;
    }
  }
}
