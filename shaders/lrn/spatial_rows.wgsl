// Response normalisation within a map: output[y, x] = input[y, x] · (k + coefficient · Σ input²)^(−BETA), the sum over the
// window from −before to +after in both directions, clipped at the map's edge. input, output [planes][H][W]. One invocation
// four neighbouring elements of a row: each square that is loaded serves the windows that share it.

struct Params {
  quads: u32,
  quadsPerRow: u32,
  height: u32,
  width: u32,
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
  let x = (i % params.quadsPerRow) * 4u;
  let row = i / params.quadsPerRow;
  let y = row % params.height;
  let plane = (row - y) * params.width;
  let top = y - min(y, params.before);
  let bottom = min(y + params.after, params.height - 1u);
  let centres = vec4<u32>(x, x + 1u, x + 2u, x + 3u);
  let firsts = centres - min(centres, vec4<u32>(params.before));
  let lasts = centres + vec4<u32>(params.after);
  let right = min(x + 3u + params.after, params.width - 1u);
  var sums = vec4<f32>();
  for (var v = top; v <= bottom; v++) {
    for (var u = firsts.x; u <= right; u++) {
      let value = input[plane + v * params.width + u];
      let at = vec4<u32>(u);
      sums += select(vec4<f32>(), vec4<f32>(value * value), (at >= firsts) & (at <= lasts));
    }
  }
  let at = plane + y * params.width + x;
  for (var j = 0u; j < 4u; j++) {
    if (x + j < params.width) { output[at + j] = input[at + j] * inverse_power(params.k + params.coefficient * sums[j]); }
  }
}
