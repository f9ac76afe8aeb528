// One step of a recurrent layer: gates from the projected input and the hidden state before, then the cell. One invocation
// a hidden unit of a batch item. The hidden state before is h0 at step 0 and output[step − 1] later; the running cell state
// lies in `lastCell`, where each unit reads and writes only its own. projected [T][B][gates · H], weightHh [gates · H][H].

override HAS_BIAS: u32 = 0u;

struct Params {
  step: u32,
  steps: u32,
  batch: u32,
  hidden: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> h0: array<f32>;
@group(0) @binding(2) var<storage, read> c0: array<f32>;
@group(0) @binding(3) var<storage, read> weightHh: array<f32>;
@group(0) @binding(4) var<storage, read> biasHh: array<f32>;
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
@group(0) @binding(6) var<storage, read_write> lastHidden: array<f32>;
@group(0) @binding(7) var<storage, read_write> lastCell: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

fn before(b: u32, k: u32) -> f32 {
  if (params.step == 0u) { return h0[b * params.hidden + k]; }
  return output[((params.step - 1u) * params.batch + b) * params.hidden + k];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batch * params.hidden) { return; }
  let b = i / params.hidden;
  let j = i % params.hidden;
  let gates = gate_count();
  let row = params.step * params.batch + b;
  var x = vec4<f32>();
  var h = vec4<f32>();
  for (var g = 0u; g < gates; g++) {
    x[g] = projected[(row * gates + g) * params.hidden + j];
    if (HAS_BIAS != 0u) { h[g] = biasHh[g * params.hidden + j]; }
  }
  for (var k = 0u; k < params.hidden; k++) {
    let value = before(b, k);
    for (var g = 0u; g < gates; g++) {
      h[g] += value * weightHh[(g * params.hidden + j) * params.hidden + k];
    }
  }
  var state = 0.0;
  if (KIND == 2u) {
    if (params.step == 0u) { state = c0[i]; } else { state = lastCell[i]; }
  }
  let next = cell_step(x, h, before(b, j), state);
  output[row * params.hidden + j] = next.x;
  if (KIND == 2u) { lastCell[i] = next.y; }
  if (params.step + 1u == params.steps) { lastHidden[i] = next.x; }
}
