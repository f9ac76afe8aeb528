// Response normalisation across channels: output[c] = input[c] · (k + coefficient · Σ input[j]²)^(−BETA), j over the channels
// from c − before to c + after that lie in c's group. input, output [N][C][pixels]. One invocation four neighbouring
// channels of a pixel: each square that is loaded serves the windows that share it. (A sum that slides, adding one square
// and taking one away, would load less still, but keeps what rounding leaves behind, and every NaN, for ever.)

struct Params {
  quads: u32,
  quadsPerGroup: u32,
  pixels: u32,
  perGroup: u32,
  before: u32,
  after: u32,
  coefficient: f32,
  k: f32,
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
  if (i >= params.quads) { return; }
  let pixel = i % params.pixels;
  let quad = i / params.pixels;
  let c = (quad % params.quadsPerGroup) * 4u;
  let start = (quad / params.quadsPerGroup) * params.perGroup * params.pixels + pixel;
  let centres = vec4<u32>(c, c + 1u, c + 2u, c + 3u);
  let firsts = centres - min(centres, vec4<u32>(params.before));
  let lasts = centres + vec4<u32>(params.after);
  let end = min(c + 3u + params.after, params.perGroup - 1u);
  var sums = vec4<f32>();
  for (var j = firsts.x; j <= end; j++) {
    let value = input[start + j * params.pixels];
    let at = vec4<u32>(j);
    sums += select(vec4<f32>(), vec4<f32>(value * value), (at >= firsts) & (at <= lasts));
  }
  // Written out: a software adapter keeps what is indexed by a variable in memory.
  let factors = inverse_power4(vec4<f32>(params.k) + params.coefficient * sums);
  let at = start + c * params.pixels;
  output[at] = input[at] * factors.x;
  if (c + 1u < params.perGroup) { output[at + params.pixels] = input[at + params.pixels] * factors.y; }
  if (c + 2u < params.perGroup) { output[at + 2u * params.pixels] = input[at + 2u * params.pixels] * factors.z; }
  if (c + 3u < params.perGroup) { output[at + 3u * params.pixels] = input[at + 3u * params.pixels] * factors.w; }
}
