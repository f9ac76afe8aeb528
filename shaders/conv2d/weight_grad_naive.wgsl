// Gradient of a convolution by its weights, by the definition: output[oc, c, ky, kx] = Σ cotangent[n, oc, oy, ox] ·
// input[n, c of oc's group, oy · stride − pad + ky · dilation, …] over images and output positions. input [N, C, H, W],
// cotangent [N, O, outH, outW], output [O, C / groups, kH, kW]. One invocation an element of the output.

struct Params {
  count: u32,
  batch: u32,
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
@group(0) @binding(1) var<storage, read> cotangent: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  let channels = params.inChannels / params.groups;
  let kx = i % params.kernelWidth;
  let ky = (i / params.kernelWidth) % params.kernelHeight;
  let inGroup = (i / (params.kernelWidth * params.kernelHeight)) % channels;
  let oc = i / (params.kernelWidth * params.kernelHeight * channels);
  let c = (oc / (params.outChannels / params.groups)) * channels + inGroup;
  var sum = 0.0;
  for (var n = 0u; n < params.batch; n++) {
    let plane = (n * params.inChannels + c) * params.inHeight;
    let flow = (n * params.outChannels + oc) * params.outHeight;
    // Sums of one image first: the running total of all images would round the small terms away.
    var image = 0.0;
    for (var oy = 0u; oy < params.outHeight; oy++) {
      // Below 0 wraps around to above the height, so one comparison catches both edges.
      let y = oy * params.strideHeight + ky * params.dilationHeight - params.padTop;
      if (y >= params.inHeight) { continue; }
      for (var ox = 0u; ox < params.outWidth; ox++) {
        let x = ox * params.strideWidth + kx * params.dilationWidth - params.padLeft;
        if (x >= params.inWidth) { continue; }
        image += input[(plane + y) * params.inWidth + x] * cotangent[(flow + oy) * params.outWidth + ox];
      }
    }
    sum += image;
  }
  output[i] = sum;
}
