// Response normalisation across channels, by the definition: output[c] = input[c] · (k + coefficient · Σ input[j]²)^(−BETA),
// j over the channels from c − before to c + after that lie in c's group. input, output [N][C][pixels]. One invocation an
// element.

struct Params {
  count: u32,
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
  if (i >= params.count) { return; }
  let c = (i / params.pixels) % params.perGroup;
  let first = c - min(c, params.before);
  let last = min(c + params.after, params.perGroup - 1u);
  let start = i - c * params.pixels;
  var sum = 0.0;
  for (var j = first; j <= last; j++) {
    let x = input[start + j * params.pixels];
    sum += x * x;
  }
  output[i] = input[i] * inverse_power(params.k + params.coefficient * sum);
}
