// output[n, c, oy, ox] = max of the window of input[n, c] at (oy·stride − pad, ox·stride − pad), over its taps that lie in
// the image. NaN in a window wins; of equal values the first in row-major order. With INDICES, `indices` holds y·W + x of
// the winner. input [planes][H][W], output [planes][outH][outW]. One invocation an element of the output.

override INDICES: u32 = 0u;

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
  dilationHeight: u32,
  dilationWidth: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<i32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let ox = i % params.outWidth;
  let oy = (i / params.outWidth) % params.outHeight;
  let plane = (i / (params.outWidth * params.outHeight)) * params.inHeight * params.inWidth;
  var best = 0.0;
  var winner = 0u;
  var found = false;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    // Below 0 wraps around to above the height, so one comparison catches both edges.
    let y = oy * params.strideHeight + ky * params.dilationHeight - params.padTop;
    if (y >= params.inHeight) { continue; }
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let x = ox * params.strideWidth + kx * params.dilationWidth - params.padLeft;
      if (x >= params.inWidth) { continue; }
      let value = input[plane + y * params.inWidth + x];
      if (!found || (!is_nan(best) && (value > best || is_nan(value)))) {
        best = value;
        winner = y * params.inWidth + x;
        found = true;
      }
    }
  }
  output[i] = best;
  if (INDICES != 0u) { indices[i] = i32(winner); }
}
