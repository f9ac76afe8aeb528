// Max-pooling without padding or dilation, as networks mostly have it: output[p, oy, ox] = max of the window of input[p] at
// (oy·stride, ox·stride). An invocation computes four neighbouring elements of a row. Maxima are taken on bits: floats in
// the order of their bits with the sign's meaning undone, NaN above all, so that NaN wins without a test for each value.
// input [planes][H][W], output [planes][outH][outW].

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
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// Whole numbers in the order of the floats; every NaN is made the positive one, which is above infinity.
fn ordered(x: vec4<f32>) -> vec4<i32> {
  let bits = bitcast<vec4<i32>>(x);
  let magnitude = bits & vec4<i32>(0x7fffffff);
  let key = select(bits, vec4<i32>(0) - magnitude, bits < vec4<i32>(0));
  return select(key, magnitude, magnitude > vec4<i32>(0x7f800000));
}

fn value_of(key: vec4<i32>) -> vec4<f32> {
  let negative = (vec4<i32>(0) - key) | vec4<i32>(-2147483647 - 1);
  return bitcast<vec4<f32>>(select(key, negative, key < vec4<i32>(0)));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.quads) { return; }
  let ox = (i % params.quadsPerRow) * 4u;
  let row = i / params.quadsPerRow;
  let oy = row % params.outHeight;
  let plane = (row / params.outHeight) * params.inHeight;
  // Elements beyond the row's end repeat its last one.
  let columns = min(vec4<u32>(ox, ox + 1u, ox + 2u, ox + 3u), vec4<u32>(params.outWidth - 1u)) * params.strideWidth;
  var best = vec4<i32>(-2147483647 - 1);
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    let y = oy * params.strideHeight + ky;
    if (y >= params.inHeight) { continue; }
    let line = (plane + y) * params.inWidth;
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      // A window that reaches beyond the image repeats its last column, which it has anyway.
      let x = min(columns + vec4<u32>(kx), vec4<u32>(params.inWidth - 1u));
      let values = vec4<f32>(input[line + x.x], input[line + x.y], input[line + x.z], input[line + x.w]);
      best = max(best, ordered(values));
    }
  }
  let result = value_of(best);
  let at = row * params.outWidth + ox;
  output[at] = result.x;
  if (ox + 1u < params.outWidth) { output[at + 1u] = result.y; }
  if (ox + 2u < params.outWidth) { output[at + 2u] = result.z; }
  if (ox + 3u < params.outWidth) { output[at + 3u] = result.w; }
}
