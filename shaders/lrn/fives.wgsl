// Response normalisation across channels with windows of five, as AlexNet has it: output[c] = input[c] · (k + coefficient ·
// Σ input[j]²)^(−BETA), j from c − 2 to c + 2 where they lie in c's group. input, output [N][C][pixels]. One invocation four
// neighbouring channels of a pixel: eight numbers are loaded, and four sums of five share their squares.

struct Params {
  quads: u32,
  quadsPerGroup: u32,
  pixels: u32,
  perGroup: u32,
  coefficient: f32,
  k: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// The four channels from `c`, zeros outside the group; below 0 wraps around to above the last.
fn take4(start: u32, c: u32) -> vec4<f32> {
  let channels = vec4<u32>(c, c + 1u, c + 2u, c + 3u);
  let at = vec4<u32>(start) + min(channels, vec4<u32>(params.perGroup - 1u)) * params.pixels;
  let values = vec4<f32>(input[at.x], input[at.y], input[at.z], input[at.w]);
  return select(vec4<f32>(), values, channels < vec4<u32>(params.perGroup));
}

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
  let low = take4(start, c - 2u);
  let high = take4(start, c + 2u);
  let p = low * low;
  let q = high * high;
  let middle = p.w + q.x;
  let sums = vec4<f32>(
    p.x + p.y + p.z + middle,
    p.y + p.z + middle + q.y,
    p.z + middle + q.y + q.z,
    middle + q.y + q.z + q.w,
  );
  let result = vec4<f32>(low.zw, high.xy) * inverse_power4(vec4<f32>(params.k) + params.coefficient * sums);
  let first = start + c * params.pixels;
  output[first] = result.x;
  if (c + 1u < params.perGroup) { output[first + params.pixels] = result.y; }
  if (c + 2u < params.perGroup) { output[first + 2u * params.pixels] = result.z; }
  if (c + 3u < params.perGroup) { output[first + 3u * params.pixels] = result.w; }
}
