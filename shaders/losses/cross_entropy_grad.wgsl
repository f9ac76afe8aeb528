// Gradient of cross-entropy by the logits: output = (softmax(input) − 1 at the label) · scale · cotangent, the softmax never
// written down. A workgroup does one line of `classes` logits, `inner` apart; line l begins at
// (l / inner) · classes · inner + l % inner. Maximum and sum by trees in workgroup memory. A line with NaN or +∞ is all NaN.

override WORKGROUP: u32 = 64u;

struct Params {
  lines: u32,
  classes: u32,
  inner: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> cotangent: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> partial: array<f32, WORKGROUP>;
var<workgroup> spoilt: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let line = group.y * groups.x + group.x;
  let start = (line / params.inner) * params.classes * params.inner + line % params.inner;
  let inside = line < params.lines;
  var largest = LOWEST;
  var bad = 0u;
  if (inside) {
    for (var c = local; c < params.classes; c += WORKGROUP) {
      let x = input[start + c * params.inner];
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
    for (var c = local; c < params.classes; c += WORKGROUP) {
      sum += exp_shifted(input[start + c * params.inner], largest);
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    if (local < half) { partial[local] += partial[local + half]; }
    workgroupBarrier();
  }
  sum = partial[0];
  if (inside) {
    let label = u32(labels[line]);
    let flow = params.scale * cotangent[0];
    for (var c = local; c < params.classes; c += WORKGROUP) {
      let at = start + c * params.inner;
      var p = normalised(input[at], largest, sum, bad != 0u, false);
      if (label >= params.classes) { p = quiet_nan(); }
      output[at] = (p - select(0.0, 1.0, c == label)) * flow;
    }
  }
}
