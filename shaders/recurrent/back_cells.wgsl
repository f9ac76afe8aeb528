// The cell states of an LSTM, worked out again from its gates: slot 4 is the cell before each step, slot 5 tanh of the cell
// after it (lib/cell_back.wgsl). slots [T][B][6][H], c0 [B][H]. One invocation a hidden unit of a batch item, step after step.

struct Params {
  steps: u32,
  batch: u32,
  hidden: u32,
}

@group(0) @binding(0) var<storage, read> c0: array<f32>;
@group(0) @binding(1) var<storage, read_write> slots: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batch * params.hidden) { return; }
  let hidden = params.hidden;
  var cell = c0[i];
  var at = (i / hidden) * 6u * hidden + i % hidden;
  for (var t = 0u; t < params.steps; t++) {
    slots[at + 4u * hidden] = cell;
    cell = slots[at + hidden] * cell + slots[at] * slots[at + 2u * hidden];
    slots[at + 5u * hidden] = tanh_f32(cell);
    at += params.batch * 6u * hidden;
  }
}
