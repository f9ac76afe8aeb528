// What flows into a recurrent layer from outside: flow [T][B][H] into the hidden state of each step, from the layer's output
// and, at the last step, its last hidden state; carry [B][H] into the last cell (LSTM; else zeros). Cotangents that are not
// there count as zeros. One invocation a hidden unit of a step and batch item.

override HAS_OUTPUT: u32 = 0u;
override HAS_HIDDEN: u32 = 0u;
override HAS_CELL: u32 = 0u;

struct Params {
  count: u32,
  // Elements of one step, batch · hidden.
  step: u32,
}

@group(0) @binding(0) var<storage, read> ofOutput: array<f32>;
@group(0) @binding(1) var<storage, read> ofHidden: array<f32>;
@group(0) @binding(2) var<storage, read> ofCell: array<f32>;
@group(0) @binding(3) var<storage, read_write> flow: array<f32>;
@group(0) @binding(4) var<storage, read_write> carry: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.count) { return; }
  var sum = 0.0;
  if (HAS_OUTPUT != 0u) { sum += ofOutput[i]; }
  if (HAS_HIDDEN != 0u && i + params.step >= params.count) { sum += ofHidden[i + params.step - params.count]; }
  flow[i] = sum;
  if (i < params.step) {
    var cell = 0.0;
    if (HAS_CELL != 0u) { cell = ofCell[i]; }
    carry[i] = cell;
  }
}
