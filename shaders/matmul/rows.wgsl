// output[m, n] = activate(bias[n] + Σₖ x[m, k] · weight[n, k]) for few rows m, on adapters without real parallel lanes:
// an invocation computes one row of the output at four columns by itself, so that each vec4 of x serves four of weight,
// and nothing is shared or waited for.
// x: rows × inner, weight: columns × inner (both in vec4s along inner, a multiple of 4); weight may be bound in part.

override HAS_BIAS: u32 = 0u;

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

fn put(m: u32, n: u32, value: f32) {
  if (n >= params.columns) { return; }
  let column = params.firstColumn + n;
  var sum = value;
  if (HAS_BIAS != 0u) { sum += bias[column]; }
  output[m * params.outColumns + column] = activate(sum);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  let blocks = (params.columns + 3u) / 4u;
  if (i >= blocks * params.rows) { return; }
  let m = i / blocks;
  let n = (i % blocks) * 4u;
  let last = params.columns - 1u;
  let w0 = n * params.inner4;
  let w1 = min(n + 1u, last) * params.inner4;
  let w2 = min(n + 2u, last) * params.inner4;
  let w3 = min(n + 3u, last) * params.inner4;
  let first = m * params.inner4;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  for (var k = 0u; k < params.inner4; k++) {
    let v = x[first + k];
    s0 += v * weight[w0 + k];
    s1 += v * weight[w1 + k];
    s2 += v * weight[w2 + k];
    s3 += v * weight[w3 + k];
  }
  let one = vec4<f32>(1.0);
  put(m, n, dot(s0, one));
  put(m, n + 1u, dot(s1, one));
  put(m, n + 2u, dot(s2, one));
  put(m, n + 3u, dot(s3, one));
}
