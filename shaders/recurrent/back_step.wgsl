// One step of a recurrent layer backwards through time: what flows into the hidden state is what comes from outside, what the
// gates of the step after (of row `step + 1`) send through weightHh, and, for the GRU, what flowed past its gates. gates [T][B]
// [gates · H] gets what flows into the gates' sums; hiddenGates, for the GRU, that on the side of the hidden state, which
// differs. FINAL: no step is left, and what flows into h0 goes to h0Grad. carry [B][H] is each unit's own.
// One invocation a hidden unit of a batch item.

override FINAL: u32 = 0u;

struct Params {
  step: u32,
  steps: u32,
  batch: u32,
  hidden: u32,
}

@group(0) @binding(0) var<storage, read> slots: array<f32>;
@group(0) @binding(1) var<storage, read> weightHh: array<f32>;
@group(0) @binding(2) var<storage, read> flow: array<f32>;
@group(0) @binding(3) var<storage, read_write> gates: array<f32>;
@group(0) @binding(4) var<storage, read_write> hiddenGates: array<f32>;
@group(0) @binding(5) var<storage, read_write> carry: array<f32>;
@group(0) @binding(6) var<storage, read_write> h0Grad: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

// The slots of unit j of the row (step and batch item) at `row`.
fn slots_at(row: u32, j: u32) -> Slots {
  let first = row * slot_count() * params.hidden + j;
  if (KIND < 2u) { return Slots(vec4<f32>(slots[first], 0.0, 0.0, 0.0), 0.0, 0.0); }
  let known = vec4<f32>(
    slots[first],
    slots[first + params.hidden],
    slots[first + 2u * params.hidden],
    slots[first + 3u * params.hidden],
  );
  var after = 0.0;
  if (KIND == 2u) { after = slots[first + 5u * params.hidden]; }
  return Slots(known, slots[first + 4u * params.hidden], after);
}

fn sent(at: u32) -> f32 {
  if (KIND == 3u) { return hiddenGates[at]; }
  return gates[at];
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = index_1d(group, groups, local);
  if (i >= params.batch * params.hidden) { return; }
  let j = i % params.hidden;
  let b = i / params.hidden;
  let width = gate_count() * params.hidden;
  // The row whose gates send into this step; at the end of the sequence there is none.
  var next = params.step + 1u;
  if (FINAL != 0u) { next = 0u; }
  var sum = 0.0;
  if (next < params.steps) {
    let first = (next * params.batch + b) * width;
    for (var g = 0u; g < width; g++) { sum += sent(first + g) * weightHh[g * params.hidden + j]; }
    if (KIND == 3u) { sum += carry[i]; }
  }
  if (FINAL != 0u) {
    h0Grad[i] = sum;
    return;
  }
  let row = params.step * params.batch + b;
  sum += flow[row * params.hidden + j];
  let back = cell_back(slots_at(row, j), sum, carry[i]);
  for (var g = 0u; g < gate_count(); g++) {
    gates[row * width + g * params.hidden + j] = back.input_side[g];
    if (KIND == 3u) { hiddenGates[row * width + g * params.hidden + j] = back.hidden_side[g]; }
  }
  carry[i] = back.carry;
}
