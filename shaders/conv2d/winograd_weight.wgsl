// The filters of a 3 × 3 convolution for winograd: U = G · g · Gᵀ, 16 numbers for 9.
// weight: [outChannels, channels, 3, 3]; taps: [16][group][block of output channels][channel][LINES], channels up to `depth`,
// zeros beyond the last line and channel. One invocation an output channel and an input channel of its group.
// Method: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section 4.1.

override LINES: u32 = 16u;

struct Params {
  groups: u32,
  outPerGroup: u32,
  inPerGroup: u32,
  depth: u32,
  blocks: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read_write> taps: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// G · (a, b, c).
fn spread(a: f32, b: f32, c: f32) -> vec4<f32> {
  return vec4<f32>(a, 0.5 * (a + b + c), 0.5 * (a - b + c), c);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  let lines = params.blocks * LINES;
  let count = params.groups * lines * params.depth;
  if (i >= count) { return; }
  let line = i % LINES;
  let channel = (i / LINES) % params.depth;
  let blockOf = i / (LINES * params.depth);
  let row = (blockOf % params.blocks) * LINES + line;
  let g = blockOf / params.blocks;
  var r0 = vec4<f32>();
  var r1 = vec4<f32>();
  var r2 = vec4<f32>();
  if (row < params.outPerGroup && channel < params.inPerGroup) {
    let at = ((g * params.outPerGroup + row) * params.inPerGroup + channel) * 9u;
    r0 = spread(weight[at], weight[at + 1u], weight[at + 2u]);
    r1 = spread(weight[at + 3u], weight[at + 4u], weight[at + 5u]);
    r2 = spread(weight[at + 6u], weight[at + 7u], weight[at + 8u]);
  }
  for (var x = 0u; x < 4u; x++) {
    let column = spread(r0[x], r1[x], r2[x]);
    taps[x * count + i] = column.x;
    taps[(4u + x) * count + i] = column.y;
    taps[(8u + x) * count + i] = column.z;
    taps[(12u + x) * count + i] = column.w;
  }
}
