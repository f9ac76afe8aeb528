// Softmax, or its logarithm, along one axis: y = eˣ⁻ᵐ / Σ eˣ⁻ᵐ with m the largest x. A workgroup does one line: maximum and
// sum are found by trees in workgroup memory. A line is `extent` numbers, `inner` apart; line l begins at
// (l / inner) · extent · inner + l % inner. A line with NaN or +∞ in it is all NaN, as in PyTorch.

override LOG: u32 = 0u;
override WORKGROUP: u32 = 64u;

struct Params {
  lines: u32,
  extent: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;
var<workgroup> spoilt: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let line = group.y * groups.x + group.x;
  let start = (line / params.inner) * params.extent * params.inner + line % params.inner;
  let inside = line < params.lines;
  var largest = LOWEST;
  var bad = 0u;
  if (inside) {
    for (var i = local; i < params.extent; i += WORKGROUP) {
      let x = input[start + i * params.inner];
      if (spoils(x)) { bad = 1u; }
      largest = max(largest, x);
    }
  }
  partial[local] = largest;
  spoilt[local] = bad;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      partial[local] = max(partial[local], partial[local + half]);
      spoilt[local] |= spoilt[local + half];
    }
    workgroupBarrier();
  }
  largest = partial[0];
  bad = spoilt[0];
  workgroupBarrier();
  var sum = 0.0;
  if (inside) {
    for (var i = local; i < params.extent; i += WORKGROUP) { sum += exp_shifted(input[start + i * params.inner], largest); }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  sum = partial[0];
  if (inside) {
    for (var i = local; i < params.extent; i += WORKGROUP) {
      let at = start + i * params.inner;
      output[at] = normalised(input[at], largest, sum, bad != 0u, LOG != 0u);
    }
  }
}
