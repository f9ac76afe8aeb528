// The gates' share of the inputs, for all steps at once: projected[r, g] = bias[g] + Σᵢ input[r, i] · weight[g, i], r over
// steps and batch. input [rows][inputs], weight [gates · hidden][inputs]. One invocation four neighbouring gates of a row,
// so that each input that is loaded serves four.

override HAS_BIAS: u32 = 0u;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> weightIh: array<f32>;
@group(0) @binding(2) var<storage, read> biasIh: array<f32>;
@group(0) @binding(3) var<storage, read_write> projected: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  let quads = (params.columns + 3u) / 4u;
  if (i >= params.rows * quads) { return; }
  let row = i / quads;
  let g = (i % quads) * 4u;
  let last = params.columns - 1u;
  let columns = min(vec4<u32>(g, g + 1u, g + 2u, g + 3u), vec4<u32>(last));
  let w = columns * params.inputs;
  let x = row * params.inputs;
  var sum = vec4<f32>();
  for (var k = 0u; k < params.inputs; k++) {
    sum += input[x + k] * vec4<f32>(weightIh[w.x + k], weightIh[w.y + k], weightIh[w.z + k], weightIh[w.w + k]);
  }
  for (var j = 0u; j < 4u; j++) {
    if (g + j <= last) {
      var value = sum[j];
      if (HAS_BIAS != 0u) { value += biasIh[g + j]; }
      projected[row * params.columns + g + j] = value;
    }
  }
}
