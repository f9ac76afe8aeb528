// output[m, n] = activate(bias[n] + Σₖ x[m, k] · weight[n, k]) for few rows m: each weight is used once or a few times, so
// memory decides. A workgroup of LANES × 4 invocations computes 4 columns; the lanes of a column read neighbouring vec4s
// of its weights, keep partial sums, and add them up in workgroup memory as a tree.
// x: rows × inner, weight: columns × inner (both in vec4s along inner, a multiple of 4); weight may be bound in part.

override LANES: u32 = 64u;
override HAS_BIAS: u32 = 0u;

const COLUMNS: u32 = 4u;

struct Params {
  rows: u32,
  columns: u32,
  inner4: u32,
  firstColumn: u32,
  outColumns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> partial: array<f32, LANES * COLUMNS>;

@compute @workgroup_size(LANES, COLUMNS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let n = (group.y * groups.x + group.x) * COLUMNS + local.y;
  let m = group.z;
  let lane = local.x;
  var sum = 0.0;
  if (n < params.columns) {
    for (var k = lane; k < params.inner4; k += LANES) {
      sum += dot(x[m * params.inner4 + k], weight[n * params.inner4 + k]);
    }
  }
  let at = local.y * LANES + lane;
  partial[at] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { partial[at] += partial[at + half]; }
    workgroupBarrier();
  }
  if (lane == 0u && n < params.columns) {
    var total = partial[at];
    let column = params.firstColumn + n;
    if (HAS_BIAS != 0u) { total += bias[column]; }
    output[m * params.outColumns + column] = activate(total);
  }
}
