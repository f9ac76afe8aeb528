// output[n, c, oy, ox] = mean of the window of input[n, c] at (oy·stride − pad, ox·stride − pad); padding counts as zeros
// when COUNT_PADDING is set, what lies beyond the padded image never counts. input [planes][H][W], output
// [planes][outH][outW]. One invocation an element of the output.

override COUNT_PADDING: u32 = 0u;

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

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

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
  // In the coordinates of the padded image.
  let top = oy * params.strideHeight;
  let left = ox * params.strideWidth;
  let bottom = min(top + params.kernelHeight, params.padTop + params.inHeight + params.padBottom);
  let right = min(left + params.kernelWidth, params.padLeft + params.inWidth + params.padRight);
  let firstY = max(top, params.padTop);
  let firstX = max(left, params.padLeft);
  let lastY = min(bottom, params.padTop + params.inHeight);
  let lastX = min(right, params.padLeft + params.inWidth);
  var sum = 0.0;
  for (var y = firstY; y < lastY; y++) {
    let line = plane + (y - params.padTop) * params.inWidth;
    for (var x = firstX; x < lastX; x++) { sum += input[line + x - params.padLeft]; }
  }
  var elements = (lastY - firstY) * (lastX - firstX);
  if (COUNT_PADDING != 0u) { elements = (bottom - top) * (right - left); }
  output[i] = sum / f32(elements);
}
