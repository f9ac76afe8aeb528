// output[n, oc, oy, ox] = activate(bias[oc] + Σ input[n, c, oy·stride − pad + ky·dilation, …] · weight[oc, c, ky, kx]),
// by the definition: c over the channels of oc's group, zeros outside the image. input [N, C, H, W], weight
// [O, C / groups, kH, kW], output [N, O, outH, outW]. One invocation an element of the output.

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

@group(0) @binding(0) var<storage, read> input: array<f32>;
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
  let ox = i % params.outWidth;
  let oy = (i / params.outWidth) % params.outHeight;
  let oc = (i / (params.outWidth * params.outHeight)) % params.outChannels;
  let n = i / (params.outWidth * params.outHeight * params.outChannels);
  let channels = params.inChannels / params.groups;
  let firstChannel = (oc / (params.outChannels / params.groups)) * channels;
  var sum = 0.0;
  for (var c = 0u; c < channels; c++) {
    let plane = (n * params.inChannels + firstChannel + c) * params.inHeight;
    for (var ky = 0u; ky < params.kernelHeight; ky++) {
      // Below 0 wraps around to above the height, so one comparison catches both edges.
      let y = oy * params.strideHeight + ky * params.dilationHeight - params.padTop;
      if (y >= params.inHeight) { continue; }
      for (var kx = 0u; kx < params.kernelWidth; kx++) {
        let x = ox * params.strideWidth + kx * params.dilationWidth - params.padLeft;
        if (x >= params.inWidth) { continue; }
        let w = weight[((oc * channels + c) * params.kernelHeight + ky) * params.kernelWidth + kx];
        sum += input[(plane + y) * params.inWidth + x] * w;
      }
    }
  }
  if (HAS_BIAS != 0u) { sum += bias[oc]; }
  output[i] = activate(sum);
}
