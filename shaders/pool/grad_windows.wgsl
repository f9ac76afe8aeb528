// Gradient of a pooling without dilation: output[plane, y, x] = Σ over the windows that cover (y, x), which lie side by side,
// of what they give back to it (lib/window_share.wgsl). output [planes][H][W], cotangent [planes][outH][outW].
// One invocation an element of the output: AlexNet's 3 × 3 windows of stride 2 cover it once, twice or four times.

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
  let py = inPlane / params.inWidth + params.padTop;
  let px = inPlane % params.inWidth + params.padLeft;
  // Windows first … last: the first that still reaches the element, and the last that begins at it or before.
  let firstY = (max(py + 1u, params.kernelHeight) - params.kernelHeight + params.strideHeight - 1u) / params.strideHeight;
  let firstX = (max(px + 1u, params.kernelWidth) - params.kernelWidth + params.strideWidth - 1u) / params.strideWidth;
  let endY = min(py / params.strideHeight + 1u, params.outHeight);
  let endX = min(px / params.strideWidth + 1u, params.outWidth);
  var sum = 0.0;
  for (var oy = firstY; oy < endY; oy++) {
    for (var ox = firstX; ox < endX; ox++) { sum += share(plane, oy, ox, i, inPlane); }
  }
  output[i] = sum;
}
