// Gradient of cross-entropy by the logits: output = (softmax(input) − 1 at the label) · scale · cotangent. One invocation a
// line of `classes` logits, `inner` apart; line l begins at (l / inner) · classes · inner + l % inner. A line with NaN or +∞
// is all NaN.

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

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let line = index_1d(group, groups, local);
  if (line >= params.lines) { return; }
  let start = (line / params.inner) * params.classes * params.inner + line % params.inner;
  let label = u32(labels[line]);
  var largest = LOWEST;
  var bad = label >= params.classes;
  for (var c = 0u; c < params.classes; c++) {
    let x = input[start + c * params.inner];
    bad = bad || spoils(x);
    largest = max(largest, x);
  }
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c++) { sum += exp_shifted(input[start + c * params.inner], largest); }
  let flow = params.scale * cotangent[0];
  for (var c = 0u; c < params.classes; c++) {
    let at = start + c * params.inner;
    output[at] = (normalised(input[at], largest, sum, bad, false) - select(0.0, 1.0, c == label)) * flow;
  }
}
