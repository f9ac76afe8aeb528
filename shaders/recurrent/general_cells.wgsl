// One step of a recurrent layer of any form, from the gates' sums over the input and over the hidden state: the cell. Running
// states are `hiddenState` and `cellState`, where each unit reads and writes only its own. An item whose sequence has ended keeps
// its states, and its output is 0. projected [T][B][gates · H], sums [B][gates · H], peephole [3 · H]. One invocation a hidden unit
// of a batch item. Joined with lib/cell_general.wgsl and lib/step_row.wgsl.

override HAS_PEEPHOLE: u32 = 0u;
override RESET_AFTER: u32 = 1u;

struct Params {
  step: u32,
  steps: u32,
  batch: u32,
  hidden: u32,
  gates: u32,
}

@group(0) @binding(0) var<storage, read> projected: array<f32>;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<i32>;
@group(0) @binding(3) var<storage, read> peephole: array<f32>;
@group(0) @binding(4) var<storage, read_write> output: array<f32>;
@group(0) @binding(5) var<storage, read_write> hiddenState: array<f32>;
@group(0) @binding(6) var<storage, read_write> cellState: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

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
  let row = step_of(b) * params.batch + b;
  if (params.step >= length_of(b)) {
    output[row * params.hidden + j] = 0.0;
    return;
  }
  var x = vec4<f32>();
  var h = vec4<f32>();
  for (var g = 0u; g < params.gates; g++) {
    x[g] = projected[(row * params.gates + g) * params.hidden + j];
    h[g] = sums[(b * params.gates + g) * params.hidden + j];
  }
  var peep = vec3<f32>();
  if (HAS_PEEPHOLE != 0u) {
    peep = vec3<f32>(peephole[j], peephole[params.hidden + j], peephole[2u * params.hidden + j]);
  }
  var state = 0.0;
  if (KIND == 2u) { state = cellState[i]; }
  let next = general_step(x, h, peep, hiddenState[i], state, RESET_AFTER != 0u);
  output[row * params.hidden + j] = next.x;
  hiddenState[i] = next.x;
  if (KIND == 2u) { cellState[i] = next.y; }
}
