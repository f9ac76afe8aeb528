// Softmax, or its logarithm, along one axis: y = eˣ⁻ᵐ / Σ eˣ⁻ᵐ with m the largest x. One invocation a line of `extent`
// numbers, `inner` apart; line l begins at (l / inner) · extent · inner + l % inner. A line with NaN or +∞ in it is all
// NaN, as in PyTorch.

override LOG: u32 = 0u;

struct Params {
  lines: u32,
  extent: u32,
  inner: u32,
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
  let line = index_1d(group, groups, local);
  if (line >= params.lines) { return; }
  let start = (line / params.inner) * params.extent * params.inner + line % params.inner;
  var largest = LOWEST;
  var bad = false;
  for (var i = 0u; i < params.extent; i++) {
    let x = input[start + i * params.inner];
    bad = bad || spoils(x);
    largest = max(largest, x);
  }
  var sum = 0.0;
  for (var i = 0u; i < params.extent; i++) { sum += exp_shifted(input[start + i * params.inner], largest); }
  for (var i = 0u; i < params.extent; i++) {
    let at = start + i * params.inner;
    output[at] = normalised(input[at], largest, sum, bad, LOG != 0u);
  }
}
