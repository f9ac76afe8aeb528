// The gates' share of the inputs, for all steps at once: projected[r, g] = bias[g] + Σᵢ input[r, i] · weight[g, i], r over
// steps and batch. input [rows][inputs], packedIh [inputs][gates · hidden], the weight transposed. One invocation four rows and
// four gates.

override HAS_BIAS: u32 = 0u;

struct Params {
  rows: u32,
  inputs: u32,
  quads: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> packedIh: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> biasIh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> projected: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= (params.rows + 3u) / 4u * params.quads) { return; }
  let g = i % params.quads;
  let first = i / params.quads * 4u;
  let rows = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u));
  let x = rows * params.inputs;
  var sum = mat4x4<f32>();
  for (var k = 0u; k < params.inputs; k++) {
    let values = vec4<f32>(input[x.x + k], input[x.y + k], input[x.z + k], input[x.w + k]);
    sum += outer(values, packedIh[k * params.quads + g]);
  }
  var bias = vec4<f32>();
  if (HAS_BIAS != 0u) { bias = biasIh[g]; }
  projected[rows.x * params.quads + g] = sum[0] + bias;
  if (first + 1u < params.rows) { projected[rows.y * params.quads + g] = sum[1] + bias; }
  if (first + 2u < params.rows) { projected[rows.z * params.quads + g] = sum[2] + bias; }
  if (first + 3u < params.rows) { projected[rows.w * params.quads + g] = sum[3] + bias; }
}
