// output[n, oc, p] = activate(bias[oc] + Σₖ weight[oc, k] · patch[n, k, p]), for adapters on which a load is dear and
// workgroup memory no cheaper than any other: software ones. Each invocation keeps 8 output channels × 8 pixels of sums in
// registers, so that 16 numbers loaded feed 64 multiply-adds. Loops over the block are written out: a software adapter's
// compiler neither unrolls nor keeps an indexed array in registers.
// weightPacked: [group][block of 8 channels][k], patches: [image][group][block of 8 pixels][k], pairs of vec4s.

override HAS_BIAS: u32 = 0u;

struct Params {
  firstImage: u32,
  images: u32,
  groups: u32,
  outPerGroup: u32,
  pixels: u32,
  inner: u32,
  channelBlocks: u32,
  pixelBlocks: u32,
}

@group(0) @binding(0) var<storage, read> weightPacked: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> patches: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn put(at: u32, pixel: u32, value: f32) {
  if (pixel < params.pixels) { output[at + pixel] = activate(value); }
}

fn put8(image: u32, g: u32, row: u32, pixel: u32, low: vec4<f32>, high: vec4<f32>) {
  if (row >= params.outPerGroup) { return; }
  let oc = g * params.outPerGroup + row;
  var offset = 0.0;
  if (HAS_BIAS != 0u) { offset = bias[oc]; }
  let at = ((params.firstImage + image) * params.groups * params.outPerGroup + oc) * params.pixels;
  put(at, pixel, low.x + offset);
  put(at, pixel + 1u, low.y + offset);
  put(at, pixel + 2u, low.z + offset);
  put(at, pixel + 3u, low.w + offset);
  put(at, pixel + 4u, high.x + offset);
  put(at, pixel + 5u, high.y + offset);
  put(at, pixel + 6u, high.z + offset);
  put(at, pixel + 7u, high.w + offset);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.images * params.groups * params.channelBlocks * params.pixelBlocks) { return; }
  let pixelBlock = i % params.pixelBlocks;
  let channelBlock = (i / params.pixelBlocks) % params.channelBlocks;
  let g = (i / (params.pixelBlocks * params.channelBlocks)) % params.groups;
  let image = i / (params.pixelBlocks * params.channelBlocks * params.groups);
  var pw = (g * params.channelBlocks + channelBlock) * params.inner * 2u;
  var pp = ((image * params.groups + g) * params.pixelBlocks + pixelBlock) * params.inner * 2u;

  var s0l = vec4<f32>(); var s0h = vec4<f32>();
  var s1l = vec4<f32>(); var s1h = vec4<f32>();
  var s2l = vec4<f32>(); var s2h = vec4<f32>();
  var s3l = vec4<f32>(); var s3h = vec4<f32>();
  var s4l = vec4<f32>(); var s4h = vec4<f32>();
  var s5l = vec4<f32>(); var s5h = vec4<f32>();
  var s6l = vec4<f32>(); var s6h = vec4<f32>();
  var s7l = vec4<f32>(); var s7h = vec4<f32>();
  for (var k = 0u; k < params.inner; k++) {
    let wl = weightPacked[pw];
    let wh = weightPacked[pw + 1u];
    let pl = patches[pp];
    let ph = patches[pp + 1u];
    s0l += wl.x * pl; s0h += wl.x * ph;
    s1l += wl.y * pl; s1h += wl.y * ph;
    s2l += wl.z * pl; s2h += wl.z * ph;
    s3l += wl.w * pl; s3h += wl.w * ph;
    s4l += wh.x * pl; s4h += wh.x * ph;
    s5l += wh.y * pl; s5h += wh.y * ph;
    s6l += wh.z * pl; s6h += wh.z * ph;
    s7l += wh.w * pl; s7h += wh.w * ph;
    pw += 2u;
    pp += 2u;
  }

  let row = channelBlock * 8u;
  let pixel = pixelBlock * 8u;
  put8(image, g, row, pixel, s0l, s0h);
  put8(image, g, row + 1u, pixel, s1l, s1h);
  put8(image, g, row + 2u, pixel, s2l, s2h);
  put8(image, g, row + 3u, pixel, s3l, s3h);
  put8(image, g, row + 4u, pixel, s4l, s4h);
  put8(image, g, row + 5u, pixel, s5l, s5h);
  put8(image, g, row + 6u, pixel, s6l, s6h);
  put8(image, g, row + 7u, pixel, s7l, s7h);
}
