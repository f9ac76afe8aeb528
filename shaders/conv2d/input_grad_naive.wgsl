// Gradient of a convolution by its input, by the definition: output[n, c, y, x] = Σ cotangent[n, oc, oy, ox] ·
// weight[oc, c, ky, kx] over the output channels of c's group and the taps with oy · stride − pad + ky · dilation = y, and
// likewise for x. cotangent [N, O, outH, outW], weight [O, C / groups, kH, kW], output [N, C, H, W]. As a transposed convolution
// it also adds a bias [C], and an activation. One invocation an element.

override HAS_BIAS: u32 = 0u;

struct Params {
  count: u32,
  inChannels: u32,
  inHeight: u32,
  inWidth: u32,
  outChannels: u32,
  outHeight: u32,
  outWidth: u32,
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
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
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
  let x = i % params.inWidth;
  let y = (i / params.inWidth) % params.inHeight;
  let c = (i / (params.inWidth * params.inHeight)) % params.inChannels;
  let n = i / (params.inWidth * params.inHeight * params.inChannels);
  let inPerGroup = params.inChannels / params.groups;
  let outPerGroup = params.outChannels / params.groups;
  let g = c / inPerGroup;
  let inGroup = c - g * inPerGroup;
  var sum = 0.0;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    // Below 0 wraps around to above every extent, and is left out with the rest.
    let ty = y + params.padTop - ky * params.dilationHeight;
    let oy = ty / params.strideHeight;
    if (ty % params.strideHeight != 0u || oy >= params.outHeight) { continue; }
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let tx = x + params.padLeft - kx * params.dilationWidth;
      let ox = tx / params.strideWidth;
      if (tx % params.strideWidth != 0u || ox >= params.outWidth) { continue; }
      for (var k = 0u; k < outPerGroup; k++) {
        let oc = g * outPerGroup + k;
        let w = weight[((oc * inPerGroup + inGroup) * params.kernelHeight + ky) * params.kernelWidth + kx];
        sum += cotangent[((n * params.outChannels + oc) * params.outHeight + oy) * params.outWidth + ox] * w;
      }
    }
  }
  if (HAS_BIAS != 0u) { sum += bias[c]; }
  output[i] = activate(sum);
}
