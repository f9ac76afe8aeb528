// Gradient of a pooling without dilation: output[plane, y, x] = Σ over the windows that cover (y, x), which lie side by side,
// of what they give back to it (lib/window_share.wgsl). output [planes][H][W], cotangent [planes][outH][outW].
// One invocation four neighbours of a row of the output: what is read of a window serves all that it covers.

struct Params {
  quads: u32,
  quadsPerRow: u32,
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
  let q = index_1d(group, groups, local);
  if (q >= params.quads) { return; }
  let line = q / params.quadsPerRow;
  let x = (q % params.quadsPerRow) * 4u;
  let y = line % params.inHeight;
  let plane = line / params.inHeight;
  let py = y + params.padTop;
  let px = x + params.padLeft;
  let last = min(x + 3u, params.inWidth - 1u) + params.padLeft;
  // Windows that cover one of the four: from the first that still reaches the first to the last that begins at the last.
  let firstY = (max(py + 1u, params.kernelHeight) - params.kernelHeight + params.strideHeight - 1u) / params.strideHeight;
  let firstX = (max(px + 1u, params.kernelWidth) - params.kernelWidth + params.strideWidth - 1u) / params.strideWidth;
  let endY = min(py / params.strideHeight + 1u, params.outHeight);
  let endX = min(last / params.strideWidth + 1u, params.outWidth);
  let columns = vec4<u32>(px, px + 1u, px + 2u, px + 3u);
  let inPlane = vec4<u32>(y * params.inWidth + x) + vec4<u32>(0u, 1u, 2u, 3u);
  let start = plane * params.inHeight * params.inWidth;
  var sums = vec4<f32>();
  for (var oy = firstY; oy < endY; oy++) {
    for (var ox = firstX; ox < endX; ox++) {
      // Below 0 wraps around to above the width, so one comparison catches both edges.
      let under = columns - vec4<u32>(ox * params.strideWidth) < vec4<u32>(params.kernelWidth);
      sums += select(vec4<f32>(), shares(plane, oy, ox, start, inPlane), under);
    }
  }
  for (var j = 0u; j < min(4u, params.inWidth - x); j++) { output[start + inPlane.x + j] = sums[j]; }
}
