// Response normalisation within a map: output[y, x] = input[y, x] · (k + coefficient · Σ input²)^(−BETA), the sum over the
// window from −before to +after in both directions, clipped at the map's edge. input, output [planes][H][W]. One invocation
// an element.

struct Params {
  count: u32,
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
  if (i >= params.count) { return; }
  let x = i % params.width;
  let y = (i / params.width) % params.height;
  let plane = i - y * params.width - x;
  let top = y - min(y, params.before);
  let left = x - min(x, params.before);
  let bottom = min(y + params.after, params.height - 1u);
  let right = min(x + params.after, params.width - 1u);
  var sum = 0.0;
  for (var v = top; v <= bottom; v++) {
    for (var u = left; u <= right; u++) {
      let value = input[plane + v * params.width + u];
      sum += value * value;
    }
  }
  output[i] = input[i] * inverse_power(params.k + params.coefficient * sum);
}
