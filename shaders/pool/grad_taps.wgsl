// Gradient of a pooling, by the definition: output[plane, y, x] = Σ over the taps of the kernel of what the window that has
// (y, x) under that tap gives back to it (lib/window_share.wgsl). output [planes][H][W], cotangent [planes][outH][outW].
// One invocation an element of the output.

struct Params {
  count: u32,
  inHeight: u32,
  inWidth: u32,
  outHeight: u32,
  outWidth: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  strideHeight: u32,
  strideWidth: u32,
  padTop: u32,
  padLeft: u32,
  padBottom: u32,
  padRight: u32,
  dilationHeight: u32,
  dilationWidth: u32,
}

@group(0) @binding(0) var<storage, read> chosen: array<u32>;
@group(0) @binding(1) var<storage, read> maxima: array<f32>;
@group(0) @binding(2) var<storage, read> cotangent: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let inPlane = i % (params.inHeight * params.inWidth);
  let plane = i / (params.inHeight * params.inWidth);
  let y = inPlane / params.inWidth;
  let x = inPlane % params.inWidth;
  var sum = 0.0;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    // Below 0 wraps around to above every extent, and is left out with the rest.
    let ty = y + params.padTop - ky * params.dilationHeight;
    let oy = ty / params.strideHeight;
    if (oy * params.strideHeight != ty || oy >= params.outHeight) { continue; }
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let tx = x + params.padLeft - kx * params.dilationWidth;
      let ox = tx / params.strideWidth;
      if (ox * params.strideWidth != tx || ox >= params.outWidth) { continue; }
      sum += shares(plane, oy, ox, i - inPlane, vec4<u32>(inPlane)).x;
    }
  }
  output[i] = sum;
}
